//! Lists that are answered in pages: what the token of the next page says, and which items it leaves.
//!
//! A token holds the key of the last item that was shown. It stays good whatever comes and goes between two calls.

use base64_simd::URL_SAFE_NO_PAD;

/// How the keys of a list go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Ascending,
    Descending,
}

/// No answer gave out this token; services have errors of their own for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadToken;

/// At most `limit` of the items that come after the token's, and the token of the next page if there is one. `items` are
/// in the order of their keys, each of which is there once.
pub(crate) fn page<T>(
    items: impl IntoIterator<Item = (String, T)>,
    order: Order,
    token: Option<&str>,
    limit: usize,
) -> Result<(Vec<T>, Option<String>), BadToken> {
    let after = token.map(key).transpose()?;
    let shown = |key: &String| match (&after, order) {
        (None, _) => false,
        (Some(after), Order::Ascending) => key <= after,
        (Some(after), Order::Descending) => key >= after,
    };
    let mut rest = items.into_iter().skip_while(|(key, _)| shown(key));
    let (mut last, mut page) = (None, Vec::new());
    for (key, item) in rest.by_ref().take(limit) {
        last = Some(key);
        page.push(item);
    }
    let next = rest.next().and(last);
    Ok((page, next.as_deref().map(token_of)))
}

/// The token that says that the item of this key was the last.
pub(crate) fn token_of(key: &str) -> String {
    URL_SAFE_NO_PAD.encode_to_string(key)
}

/// The key that a token holds.
pub(crate) fn key(token: &str) -> Result<String, BadToken> {
    let bytes = URL_SAFE_NO_PAD.decode_to_vec(token).map_err(|_| BadToken)?;
    String::from_utf8(bytes).map_err(|_| BadToken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyed(keys: &[&'static str]) -> Vec<(String, &'static str)> {
        keys.iter().map(|key| ((*key).to_owned(), *key)).collect()
    }

    #[test]
    fn pages_follow_each_other_in_either_order() {
        for (order, keys) in [
            (Order::Ascending, ["a", "b", "c"]),
            (Order::Descending, ["c", "b", "a"]),
        ] {
            let (first, token) = page(keyed(&keys), order, None, 2).unwrap();
            assert_eq!(first, keys[..2]);
            let (rest, end) = page(keyed(&keys), order, token.as_deref(), 2).unwrap();
            assert_eq!((rest, end), (keys[2..].to_vec(), None));
        }
    }

    #[test]
    fn a_token_outlives_its_item() {
        let (_, token) = page(keyed(&["a", "b", "c"]), Order::Ascending, None, 2).unwrap();
        let (rest, _) = page(keyed(&["a", "c"]), Order::Ascending, token.as_deref(), 2).unwrap();
        assert_eq!(rest, ["c"]);
    }

    #[test]
    fn other_tokens_are_refused() {
        assert_eq!(page(keyed(&["a"]), Order::Ascending, Some("%"), 1), Err(BadToken));
        assert_eq!(key(&URL_SAFE_NO_PAD.encode_to_string([0xff])), Err(BadToken));
        assert_eq!(key(&token_of("a")), Ok("a".to_owned()));
    }
}
