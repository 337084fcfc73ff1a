//! Writes JSON without going through a tree or a formatter.

use std::io::Write;

/// Appends `text` as a JSON string (RFC 8259 section 7: quote, backslash and control characters are escaped).
pub(super) fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut written = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[written..index]);
        written = index + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
        }
    }
    out.extend_from_slice(&bytes[written..]);
    out.push(b'"');
}

/// Appends a whole number.
pub(super) fn write_integer(out: &mut Vec<u8>, value: i64) {
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{value}");
}

/// Appends a count. Rows are numbered one by one, so this goes past the formatter.
pub(super) fn write_count(out: &mut Vec<u8>, mut value: u64) {
    const DIGITS: usize = 20; // of u64::MAX
    let mut digits = [0; DIGITS];
    let mut first = DIGITS;
    loop {
        first -= 1;
        digits[first] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[first..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_reads_back_as_it_was(text in any::<String>()) {
            let mut out = Vec::new();
            write_text(&mut out, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }

        #[test]
        fn counts_are_written_as_the_formatter_writes_them(value in any::<u64>(), shift in 0u32..64) {
            let mut out = Vec::new();
            write_count(&mut out, value >> shift);
            prop_assert_eq!(String::from_utf8(out).unwrap(), (value >> shift).to_string());
        }
    }

    #[test]
    fn control_characters_are_escaped_so_that_a_row_stays_one_line() {
        let mut out = Vec::new();
        write_text(&mut out, "a\n\"b\"\\\u{1}é");
        assert_eq!(out, "\"a\\n\\\"b\\\"\\\\\\u0001é\"".as_bytes());
    }
}
