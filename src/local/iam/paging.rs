//! `Marker` and `MaxItems`.

use crate::local::error::AwsError;
use crate::local::paging::{self, BadToken, Order};
use crate::local::query::Params;
use crate::local::xml::Xml;

use super::constraints;

/// What one answer shows of a list.
pub(super) struct Page<T> {
    pub items: Vec<T>,
    /// Of the next page, if there is one.
    marker: Option<String>,
}

impl<T> Page<T> {
    /// Cuts the page a request asks for out of `items`, which come sorted by their keys.
    /// `MaxItems` is 1-1,000, by default 100 (API_ListRoles).
    pub fn of(params: &Params, items: impl IntoIterator<Item = (String, T)>) -> Result<Self, AwsError> {
        let max = constraints::number(params, "MaxItems", 1, 1000)?.unwrap_or(100) as usize;
        let paged = paging::page(items, Order::Ascending, params.get("Marker"), max);
        let (items, marker) = paged.map_err(|BadToken| constraints::validation_error("Invalid Marker."))?;
        Ok(Self { items, marker })
    }

    /// `IsTruncated` and `Marker`.
    pub fn write(&self, xml: &mut Xml) {
        xml.text("IsTruncated", self.marker.is_some());
        xml.optional("Marker", self.marker.as_ref());
    }
}
