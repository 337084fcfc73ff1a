//! `Marker` and `MaxRecords`.

use super::errors::invalid_value;
use super::input::Input;
use crate::local::error::AwsError;
use crate::local::xml::Xml;

/// What one answer shows of a list.
pub(super) struct Page<T> {
    pub items: Vec<T>,
    /// Key of the last item, if there are more.
    marker: Option<String>,
}

impl<T> Page<T> {
    /// Cuts the page a request asks for out of `items`, which come sorted by their keys. `MaxRecords` is 20 to 100,
    /// by default 100 (DescribeClusters' API reference).
    pub fn of(input: &Input<'_>, items: impl IntoIterator<Item = (String, T)>) -> Result<Self, AwsError> {
        let max = input.within("MaxRecords", 20, 100)?.unwrap_or(100) as usize;
        let after = input.text("Marker").filter(|marker| !marker.is_empty()).map(decode);
        let after = after.transpose()?;
        let mut rest = items
            .into_iter()
            .skip_while(|(key, _)| after.as_ref().is_some_and(|after| key <= after));
        let mut last = None;
        let mut page = Vec::new();
        for (key, item) in rest.by_ref().take(max) {
            last = Some(key);
            page.push(item);
        }
        let marker = rest.next().and(last);
        Ok(Self { items: page, marker })
    }

    /// `Marker`.
    pub fn write(&self, xml: &mut Xml) {
        let marker = self.marker.as_ref();
        xml.optional(
            "Marker",
            marker.map(|key| base64_simd::URL_SAFE_NO_PAD.encode_to_string(key)),
        );
    }
}

fn decode(marker: &str) -> Result<String, AwsError> {
    let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(marker).ok();
    let key = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    key.ok_or_else(|| invalid_value(format!("Invalid marker: {marker}")))
}
