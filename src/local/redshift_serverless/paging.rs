//! `maxResults` and `nextToken`.

use super::constraints::constrain;
use super::errors::validation;
use crate::local::error::AwsError;
use crate::local::paging::{self, BadToken, Order};

/// A page of `items`, which come sorted by their keys, and the token of the next. 1 to 100 items, by default 100.
pub(super) fn page<T>(
    items: impl IntoIterator<Item = (String, T)>,
    max: Option<i64>,
    token: Option<&str>,
) -> Result<(Vec<T>, Option<String>), AwsError> {
    if let Some(max) = max {
        constrain(|constraints| constraints.range("maxResults", max, 1, 100))?;
    }
    let limit = max.unwrap_or(100) as usize;
    paging::page(items, Order::Ascending, token, limit).map_err(|BadToken| validation("The nextToken is not valid."))
}
