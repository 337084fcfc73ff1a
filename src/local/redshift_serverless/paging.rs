//! `maxResults` and `nextToken`.

use super::constraints::constrain;
use super::errors::validation;
use crate::local::error::AwsError;

/// A page of `items`, which come sorted by their keys, and the token of the next. 1 to 100 items, by default 100.
pub(super) fn page<T>(
    items: impl IntoIterator<Item = (String, T)>,
    max: Option<i64>,
    token: Option<&str>,
) -> Result<(Vec<T>, Option<String>), AwsError> {
    if let Some(max) = max {
        constrain(|constraints| constraints.range("maxResults", max, 1, 100))?;
    }
    let after = token.map(decode).transpose()?;
    let mut rest = items
        .into_iter()
        .skip_while(|(key, _)| after.as_ref().is_some_and(|after| key <= after));
    let mut last = None;
    let mut page = Vec::new();
    for (key, item) in rest.by_ref().take(max.unwrap_or(100) as usize) {
        last = Some(key);
        page.push(item);
    }
    let next = rest.next().and(last);
    Ok((page, next.map(|key| base64_simd::URL_SAFE_NO_PAD.encode_to_string(key))))
}

fn decode(token: &str) -> Result<String, AwsError> {
    let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(token).ok();
    let key = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    key.ok_or_else(|| validation("The nextToken is not valid."))
}
