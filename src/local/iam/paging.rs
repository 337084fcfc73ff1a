//! `Marker` and `MaxItems`.

use crate::local::error::AwsError;
use crate::local::query::Params;
use crate::local::xml::Xml;

use super::constraints;

/// What one answer shows of a list.
pub(super) struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page starts; there is one if this is not `None`.
    marker: Option<String>,
}

impl<T> Page<T> {
    /// Cuts the page a request asks for out of `items`, which come sorted by their keys.
    /// `MaxItems` is 1-1,000, by default 100 (API_ListRoles).
    pub fn of(params: &Params, items: impl IntoIterator<Item = (String, T)>) -> Result<Self, AwsError> {
        let max = constraints::number(params, "MaxItems", 1, 1000)?.unwrap_or(100) as usize;
        let after = params.get("Marker").map(decode).transpose()?;
        let mut rest = items
            .into_iter()
            .skip_while(|(key, _)| after.as_ref().is_some_and(|after| key <= after));
        let mut last = None;
        let mut page = Vec::new();
        for (key, item) in rest.by_ref().take(max) {
            last = Some(key);
            page.push(item);
        }
        let marker = if rest.next().is_some() { last } else { None };
        Ok(Self { items: page, marker })
    }

    /// `IsTruncated` and `Marker`.
    pub fn write(&self, xml: &mut Xml) {
        xml.text("IsTruncated", self.marker.is_some());
        let marker = self
            .marker
            .as_ref()
            .map(|key| base64_simd::URL_SAFE_NO_PAD.encode_to_string(key));
        xml.optional("Marker", marker);
    }
}

fn decode(marker: &str) -> Result<String, AwsError> {
    let invalid = || constraints::validation_error("Invalid Marker.");
    let bytes = base64_simd::URL_SAFE_NO_PAD
        .decode_to_vec(marker)
        .map_err(|_| invalid())?;
    String::from_utf8(bytes).map_err(|_| invalid())
}
