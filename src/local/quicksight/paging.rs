//! `MaxResults` and `NextToken`.

use crate::local::error::AwsError;
use crate::local::paging::{self, BadToken, Order};
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
    let limit = input.number("MaxResults").and_then(|max| usize::try_from(max).ok());
    let order = if descending {
        Order::Descending
    } else {
        Order::Ascending
    };
    let paged = paging::page(
        items,
        order,
        input.optional("NextToken"),
        limit.unwrap_or(PAGE).min(PAGE),
    );
    paged.map_err(|BadToken| AwsError::bad_request("InvalidNextTokenException", "The NextToken value isn't valid."))
}
