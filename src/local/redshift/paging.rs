//! `Marker` and `MaxRecords`.

use super::errors::invalid_value;
use super::input::Input;
use crate::local::error::AwsError;
use crate::local::paging::{self, BadToken, Order};
use crate::local::xml::Xml;

/// What one answer shows of a list.
pub(super) struct Page<T> {
    pub items: Vec<T>,
    /// Of the next page, if there is one.
    marker: Option<String>,
}

impl<T> Page<T> {
    /// Cuts the page a request asks for out of `items`, which come sorted by their keys. `MaxRecords` is 20 to 100,
    /// by default 100 (DescribeClusters' API reference).
    pub fn of(input: &Input<'_>, items: impl IntoIterator<Item = (String, T)>) -> Result<Self, AwsError> {
        let max = input.within("MaxRecords", 20, 100)?.unwrap_or(100) as usize;
        let marker = input.text("Marker").filter(|marker| !marker.is_empty());
        let paged = paging::page(items, Order::Ascending, marker, max);
        let (items, marker) = paged.map_err(|BadToken| {
            let marker = marker.unwrap_or_default();
            invalid_value(format!("Invalid marker: {marker}"))
        })?;
        Ok(Self { items, marker })
    }

    /// `Marker`.
    pub fn write(&self, xml: &mut Xml) {
        xml.optional("Marker", self.marker.as_ref());
    }
}
