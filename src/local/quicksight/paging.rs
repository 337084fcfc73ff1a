//! `MaxResults` and `NextToken`.

use crate::local::error::AwsError;
use crate::local::rest::Input;

/// Most items of a page, and how many it has where the request says nothing.
const PAGE: usize = 100;

/// The page of `items`, sorted by their keys, that the request asks for; and the next page's token.
///
/// # Errors
/// `InvalidNextTokenException`
pub(super) fn page<T>(
    items: impl IntoIterator<Item = (String, T)>,
    descending: bool,
    input: &Input,
) -> Result<(Vec<T>, Option<String>), AwsError> {
    let after = input.optional("NextToken").map(decode).transpose()?;
    let limit = input.number("MaxResults").and_then(|max| usize::try_from(max).ok());
    let shown = |key: &String| match &after {
        Some(after) if descending => key >= after,
        Some(after) => key <= after,
        None => false,
    };
    let mut rest = items.into_iter().skip_while(|(key, _)| shown(key));
    let (mut last, mut page) = (None, Vec::new());
    for (key, item) in rest.by_ref().take(limit.unwrap_or(PAGE).min(PAGE)) {
        last = Some(key);
        page.push(item);
    }
    let next = last.filter(|_| rest.next().is_some());
    Ok((page, next.map(|key| base64_simd::URL_SAFE_NO_PAD.encode_to_string(key))))
}

fn decode(token: &str) -> Result<String, AwsError> {
    let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(token).ok();
    let key = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    key.ok_or_else(|| AwsError::bad_request("InvalidNextTokenException", "The NextToken value isn't valid."))
}
