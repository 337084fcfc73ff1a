//! FormatConfiguration of fields and columns.

use super::node::Node;
use crate::dashboard::model::Format;

/// `field`: a dimension or measure field, or a column configuration. None where it says nothing of format.
pub(super) fn format_of(field: &Node<'_>) -> Option<Format> {
    let node = field.child("FormatConfiguration")?;
    let mut format = Format::default();
    // A numeric field has FormatConfiguration.FormatConfiguration, others a union by type or the parts themselves.
    if let Some(numeric) = node.child("FormatConfiguration") {
        numeric_format(&numeric, &mut format);
    }
    for key in [
        "StringFormatConfiguration",
        "NumberFormatConfiguration",
        "DateTimeFormatConfiguration",
    ] {
        if let Some(typed) = node.child(key) {
            if let Some(numeric) = typed.child("FormatConfiguration") {
                numeric_format(&numeric, &mut format);
            }
            shared(&typed, &mut format);
        }
    }
    shared(&node, &mut format);
    Some(format)
}

fn shared(node: &Node<'_>, format: &mut Format) {
    if let Some(numeric) = node.child("NumericFormatConfiguration") {
        numeric_format(&numeric, format);
    }
    null_text(node, format);
    if let Some(pattern) = node.text("DateTimeFormat") {
        node.unsupported(format!(
            "DateTimeFormat {pattern}: dates are written by their granularity"
        ));
    }
}

fn null_text(node: &Node<'_>, format: &mut Format) {
    if let Some(null) = node.child("NullValueFormatConfiguration") {
        format.null_text = null.need_text("NullString").map(str::to_owned);
    }
}

/// NumericFormatConfiguration: one of number, currency and percentage.
fn numeric_format(union: &Node<'_>, format: &mut Format) {
    let Some((name, node)) = union.variant() else { return };
    format.style = match name {
        "NumberDisplayFormatConfiguration" => Some("number"),
        "CurrencyDisplayFormatConfiguration" => Some("currency"),
        "PercentageDisplayFormatConfiguration" => Some("percent"),
        other => {
            union.unsupported(other);
            node.ignore_rest();
            return;
        }
    };
    format.prefix = node.text("Prefix").map(str::to_owned);
    format.suffix = node.text("Suffix").map(str::to_owned);
    format.symbol = node.text("Symbol").map(currency_symbol);
    format.scale = node
        .one_of(
            "NumberScale",
            &[
                "NONE",
                "AUTO",
                "THOUSANDS",
                "MILLIONS",
                "BILLIONS",
                "TRILLIONS",
                "LAKHS",
                "CRORES",
            ],
        )
        .map(str::to_owned);
    if let Some(places) = node.child("DecimalPlacesConfiguration") {
        // AWS allows 0 to 20.
        format.decimals = places.count("DecimalPlaces").map(|places| places.min(20));
    }
    if let Some(separators) = node.child("SeparatorConfiguration") {
        format.decimal = separators.one_of("DecimalSeparator", SEPARATORS).map(separator);
        if let Some(thousands) = separators.child("ThousandsSeparator") {
            let symbol = thousands.one_of("Symbol", SEPARATORS).map(separator);
            format.thousands = match thousands.visible("Visibility") {
                Some(false) => Some(""),
                _ => symbol,
            };
            if thousands.one_of("GroupingStyle", &["DEFAULT", "LAKHS"]) == Some("LAKHS") {
                thousands.unsupported("GroupingStyle LAKHS");
            }
        }
    }
    if let Some(negative) = node.child("NegativeValueConfiguration")
        && negative.one_of("DisplayMode", &["POSITIVE", "NEGATIVE"]) == Some("POSITIVE")
    {
        negative.unsupported("DisplayMode POSITIVE: negative values keep their sign");
    }
    null_text(&node, format);
}

const SEPARATORS: &[&str] = &["COMMA", "DOT", "SPACE"];

fn separator(name: &str) -> &'static str {
    match name {
        "DOT" => ".",
        "SPACE" => "\u{a0}",
        _ => ",",
    }
}

/// Symbol is an ISO 4217 code (`USD`) in QuickSight's own definitions; signs are taken as they are.
fn currency_symbol(symbol: &str) -> String {
    match symbol {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "JPY" | "CNY" => "¥",
        "INR" => "₹",
        "KRW" => "₩",
        "BRL" => "R$",
        "CAD" => "CA$",
        "AUD" => "A$",
        other if other.len() == 3 && other.chars().all(|c| c.is_ascii_uppercase()) => return format!("{other}\u{a0}"),
        other => other,
    }
    .to_owned()
}
