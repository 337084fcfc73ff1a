//! CBOR (RFC 8949), as much as Smithy RPC v2 CBOR uses: a request as a JSON tree, and an answer's bytes.

use serde_json::{Map, Number, Value};

use super::Item;

/// Nested deeper than any input of this API, and far from what a stack holds.
const DEEPEST: usize = 32;

/// A tag that holds seconds since 1970.
const EPOCH: u64 = 1;

/// Reads one item, which must be all there is. Times become numbers; numbers that JSON lacks (NaN, infinities) the
/// texts that awsJson has for them.
pub(super) fn decode(bytes: &[u8]) -> Result<Value, &'static str> {
    let mut reader = Reader { bytes, at: 0 };
    let value = reader.value(0)?;
    match reader.at == bytes.len() {
        true => Ok(value),
        false => Err("bytes after its end"),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], &'static str> {
        let end = self.at.checked_add(count).ok_or("a length out of range")?;
        let taken = self.bytes.get(self.at..end).ok_or("it ends too early")?;
        self.at = end;
        Ok(taken)
    }

    fn uint(&mut self, width: usize) -> Result<u64, &'static str> {
        Ok(self
            .take(width)?
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    /// Major type and argument; no argument where the length is indefinite.
    fn head(&mut self) -> Result<(u8, u8, Option<u64>), &'static str> {
        let byte = self.take(1)?[0];
        let (major, minor) = (byte >> 5, byte & 31);
        let argument = match minor {
            0..24 => Some(u64::from(minor)),
            24..28 => Some(self.uint(1 << (minor - 24))?),
            31 => None,
            _ => return Err("a reserved length"),
        };
        Ok((major, minor, argument))
    }

    fn at_break(&mut self) -> bool {
        let ends = self.bytes.get(self.at) == Some(&0xff);
        self.at += usize::from(ends);
        ends
    }

    fn value(&mut self, depth: usize) -> Result<Value, &'static str> {
        if depth > DEEPEST {
            return Err("nested too deeply");
        }
        let (major, minor, argument) = self.head()?;
        match (major, argument) {
            (0, Some(number)) => Ok(Value::from(number)),
            (1, Some(number)) => Ok(match i64::try_from(number) {
                Ok(number) => Value::from(-1 - number),
                Err(_) => float(-1.0 - number as f64),
            }),
            (2, _) => Err("a byte string, which no input of this API has"),
            (3, length) => Ok(Value::String(self.text(length)?)),
            (4, length) => self.list(length, depth),
            (5, length) => self.map(length, depth),
            (6, Some(EPOCH)) => self.value(depth + 1),
            (6, _) => Err("a tag other than that of times"),
            (7, argument) => self.simple(minor, argument),
            _ => Err("an integer without a value"),
        }
    }

    fn simple(&mut self, minor: u8, argument: Option<u64>) -> Result<Value, &'static str> {
        Ok(match (minor, argument) {
            (20, _) => Value::Bool(false),
            (21, _) => Value::Bool(true),
            (22 | 23, _) => Value::Null,
            (25, Some(bits)) => float(half(bits as u16)),
            (26, Some(bits)) => float(f64::from(f32::from_bits(bits as u32))),
            (27, Some(bits)) => float(f64::from_bits(bits)),
            _ => return Err("an unknown simple value"),
        })
    }

    fn text(&mut self, length: Option<u64>) -> Result<String, &'static str> {
        let Some(length) = length else {
            let mut text = String::new();
            while !self.at_break() {
                let (3, _, Some(length)) = self.head()? else {
                    return Err("a text in pieces that are not text");
                };
                text.push_str(&self.text(Some(length))?);
            }
            return Ok(text);
        };
        let bytes = self.take(usize::try_from(length).map_err(|_| "a length out of range")?)?;
        Ok(std::str::from_utf8(bytes)
            .map_err(|_| "a text that is not UTF-8")?
            .to_owned())
    }

    fn list(&mut self, length: Option<u64>, depth: usize) -> Result<Value, &'static str> {
        let mut items = Vec::new();
        while self.more(length, items.len()) {
            items.push(self.value(depth + 1)?);
        }
        Ok(Value::Array(items))
    }

    fn map(&mut self, length: Option<u64>, depth: usize) -> Result<Value, &'static str> {
        let mut members = Map::new();
        let mut read = 0;
        while self.more(length, read) {
            let (3, _, length) = self.head()? else {
                return Err("a name that is not text");
            };
            let name = self.text(length)?;
            members.insert(name, self.value(depth + 1)?);
            read += 1;
        }
        Ok(Value::Object(members))
    }

    fn more(&mut self, length: Option<u64>, read: usize) -> bool {
        match length {
            Some(length) => (read as u64) < length,
            None => !self.at_break(),
        }
    }
}

/// The value of a float of 16 bits (RFC 8949, appendix D).
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

fn float(number: f64) -> Value {
    let text = match number {
        n if n.is_nan() => "NaN",
        n if n == f64::INFINITY => "Infinity",
        n if n == f64::NEG_INFINITY => "-Infinity",
        n => return Number::from_f64(n).map_or(Value::Null, Value::Number),
    };
    Value::from(text)
}

/// Writes an answer.
pub(super) fn encode(item: &Item) -> Vec<u8> {
    let mut out = Vec::new();
    write(item, &mut out);
    out
}

fn head(major: u8, argument: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    match argument {
        0..24 => out.push(major | argument as u8),
        24..0x100 => out.extend([major | 24, argument as u8]),
        0x100..0x1_0000 => {
            out.push(major | 25);
            out.extend((argument as u16).to_be_bytes());
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(major | 26);
            out.extend((argument as u32).to_be_bytes());
        }
        _ => {
            out.push(major | 27);
            out.extend(argument.to_be_bytes());
        }
    }
}

fn write(item: &Item, out: &mut Vec<u8>) {
    match item {
        Item::None => out.push(0xf6),
        Item::Flag(flag) => out.push(0xf4 + u8::from(*flag)),
        Item::Text(text) => write_text(text, out),
        Item::Integer(number) if *number >= 0 => head(0, number.unsigned_abs(), out),
        Item::Integer(number) => head(1, number.unsigned_abs() - 1, out),
        Item::Number(number) => write_float(*number, out),
        Item::Time(at) => {
            head(6, EPOCH, out);
            write_float(at.as_millisecond() as f64 / 1000.0, out);
        }
        Item::List(items) => {
            head(4, items.len() as u64, out);
            items.iter().for_each(|item| write(item, out));
        }
        Item::Structure(members) => {
            head(5, members.len() as u64, out);
            for (name, item) in members {
                write_text(name, out);
                write(item, out);
            }
        }
        Item::Map(entries) => {
            head(5, entries.len() as u64, out);
            for (name, item) in entries {
                write_text(name, out);
                write(item, out);
            }
        }
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    head(3, text.len() as u64, out);
    out.extend(text.as_bytes());
}

fn write_float(number: f64, out: &mut Vec<u8>) {
    out.push(0xfb);
    out.extend(number.to_bits().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_the_examples_of_the_rfc() {
        for (bytes, expected) in [
            (&[0x18, 0x64][..], json!(100)),
            (&[0x39, 0x03, 0xe7], json!(-1000)),
            (&[0xf9, 0x3c, 0x00], json!(1.0)),
            (&[0xf9, 0xc4, 0x00], json!(-4.0)),
            (&[0xf9, 0x00, 0x01], json!(5.960_464_477_539_063e-8)),
            (&[0xf9, 0x7c, 0x00], json!("Infinity")),
            (&[0xfa, 0x47, 0xc3, 0x50, 0x00], json!(100_000.0)),
            (&[0xfb, 0x3f, 0xf1, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a], json!(1.1)),
            (&[0xc1, 0x1a, 0x51, 0x4b, 0x67, 0xb0], json!(1_363_896_240)),
            (&[0x64, 0x49, 0x45, 0x54, 0x46], json!("IETF")),
            (&[0x82, 0x01, 0xf5], json!([1, true])),
            (&[0xa1, 0x61, 0x61, 0xf6], json!({"a": null})),
            (&[0xbf, 0x61, 0x61, 0x9f, 0x01, 0xff, 0xff], json!({"a": [1]})),
            (&[0x7f, 0x61, 0x61, 0x61, 0x62, 0xff], json!("ab")),
        ] {
            assert_eq!(decode(bytes), Ok(expected), "{bytes:x?}");
        }
    }

    #[test]
    fn refuses_what_is_cut_off_endless_or_too_deep() {
        for bytes in [
            &[][..],
            &[0x64, 0x49],
            &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0x01, 0x01],
            &[0x9f],
        ] {
            assert!(decode(bytes).is_err(), "{bytes:x?}");
        }
        assert!(decode(&[0x81; 100_000]).is_err());
    }

    #[test]
    fn what_is_written_is_read_back() {
        let at = jiff::Timestamp::from_millisecond(1_700_000_000_500).unwrap();
        let item = Item::Structure(vec![
            ("Text", Item::Text("x".repeat(300))),
            ("Small", Item::Integer(-25)),
            ("Large", Item::Integer(1 << 40)),
            ("At", Item::Time(at)),
            ("List", Item::List(vec![Item::Number(0.5), Item::Flag(true)])),
        ]);
        let expected = json!({"Text": "x".repeat(300), "Small": -25, "Large": 1_099_511_627_776_i64,
            "At": 1_700_000_000.5, "List": [0.5, true]});
        assert_eq!(decode(&encode(&item)), Ok(expected));
    }
}
