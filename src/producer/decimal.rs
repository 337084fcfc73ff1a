//! Exact decimal numbers as text: no floating point on the way from the file to the warehouse.

/// A decimal number split into its digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal<'a> {
    negative: bool,
    /// Without leading zeros; empty for zero.
    whole: &'a str,
    /// Without trailing zeros beyond the written scale.
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    /// Parses an optional sign, digits, and an optional point with digits (`12`, `-0.50`, `.5`, `7.`).
    /// No exponent, no grouping.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (negative, digits) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        Some(Self {
            negative,
            whole: whole.trim_start_matches('0'),
            fraction,
        })
    }

    /// True if the value is exactly representable with `precision` digits, `scale` of them after the point.
    pub fn fits(&self, precision: u8, scale: u8) -> bool {
        self.whole.len() <= usize::from(precision.saturating_sub(scale))
            && self.fraction.trim_end_matches('0').len() <= usize::from(scale)
    }

    /// The value times 10^`scale`. `None` if it does not fit 38 digits; Redshift's and Spark's decimals stop there.
    pub fn scaled(&self, scale: u8) -> Option<i128> {
        let kept = &self.fraction[..self.fraction.len().min(usize::from(scale))];
        let digits = self.whole.bytes().chain(kept.bytes());
        let padding = std::iter::repeat_n(b'0', usize::from(scale) - kept.len());
        let mut value = 0i128;
        for digit in digits.chain(padding) {
            value = value.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
        }
        Some(if self.negative { -value } else { value })
    }

    /// Appends the number as JSON, the fraction as it was written but for zeros beyond `scale`.
    pub fn write(&self, out: &mut Vec<u8>, scale: u8) {
        let kept = &self.fraction[..self.fraction.len().min(usize::from(scale))];
        if self.negative {
            out.push(b'-');
        }
        out.extend_from_slice(if self.whole.is_empty() {
            b"0"
        } else {
            self.whole.as_bytes()
        });
        if !kept.is_empty() {
            out.push(b'.');
            out.extend_from_slice(kept.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, scale: u8) -> String {
        let mut out = Vec::new();
        Decimal::parse(text).unwrap().write(&mut out, scale);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn digits_are_kept_exactly() {
        let exact = "98765432109876543210987654321098.123456";
        assert_eq!(written(exact, 6), exact);
        assert_eq!(written("0.10", 2), "0.10");
        assert_eq!(written("+007.500", 2), "7.50");
        assert_eq!(written("-.5", 2), "-0.5");
        assert_eq!(written("12.", 2), "12");
        assert_eq!(written("000", 2), "0");
    }

    #[test]
    fn only_plain_decimals_parse() {
        for text in [
            "", "-", ".", "1e3", "1,000.00", "12.3.4", "0x10", "NaN", "1 000", "--1", "١٢",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn precision_and_scale_are_checked_by_digits() {
        let fits = |text: &str| Decimal::parse(text).unwrap().fits(5, 2);
        assert!(fits("999.99") && fits("0999.9900") && fits("-0.01"));
        assert!(!fits("1000") && !fits("0.001"));
    }

    #[test]
    fn scaled_values_compare_as_numbers() {
        let scaled = |text: &str| Decimal::parse(text).unwrap().scaled(2);
        assert_eq!(scaled("-1.5"), Some(-150));
        assert_eq!(scaled("12"), Some(1200));
        assert!(scaled("9.99") < scaled("10"));
        assert_eq!(Decimal::parse(&"9".repeat(39)).unwrap().scaled(2), None);
    }
}
