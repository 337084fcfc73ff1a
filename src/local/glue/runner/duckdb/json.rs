//! Finds the values of a JSON object's members without building a tree (RFC 8259, read strictly).

use std::borrow::Cow;
use std::collections::HashMap;

/// How deep values may nest: what Spark's parser takes (Jackson, `StreamReadConstraints`), less the one level that the
/// script wraps around a line.
const MAX_DEPTH: usize = 999;

/// The value of a member, not yet read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// No such member, or null.
    #[default]
    Nothing,
    Number(&'a str),
    Text(Text<'a>),
    Boolean(bool),
    /// The array with its brackets.
    List(&'a str),
    Object,
}

/// A string, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Text<'a> {
    /// With its quotes.
    quoted: &'a str,
    escaped: bool,
}

impl<'a> Text<'a> {
    /// The text it stands for.
    pub fn decode(self) -> Cow<'a, str> {
        let inner = &self.quoted[1..self.quoted.len() - 1];
        if !self.escaped {
            return Cow::Borrowed(inner);
        }
        // Its escapes were checked when it was found.
        serde_json::from_str(self.quoted).map_or(Cow::Borrowed(inner), Cow::Owned)
    }
}

/// Names of the members to find.
#[derive(Debug)]
pub(super) struct Members {
    names: Vec<String>,
    places: HashMap<String, usize>,
}

impl Members {
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        let names: Vec<String> = names.into_iter().collect();
        let places = names.iter().cloned().zip(0..).collect();
        Self { names, places }
    }

    /// Puts each member's value into its place of `found`; of a member that comes twice the last counts. `None` if the
    /// line is not one JSON object.
    pub fn find<'a>(&self, line: &'a str, found: &mut [Found<'a>]) -> Option<()> {
        found.fill(Found::Nothing);
        let mut scanner = Scanner { text: line, at: 0 };
        scanner.space();
        if scanner.peek() != Some(b'{') {
            return None;
        }
        // Producers write members in the contract's order.
        let mut expected = 0;
        scanner.object(1, |name, value| {
            let name = name.decode();
            let place = if self.names.get(expected).is_some_and(|expected| *expected == name) {
                Some(expected)
            } else {
                self.places.get(name.as_ref()).copied()
            };
            if let Some(place) = place {
                found[place] = value;
                expected = place + 1;
            }
        })?;
        scanner.space();
        (scanner.at == line.len()).then_some(())
    }
}

/// The texts of an array that holds nothing but strings.
pub(super) fn texts(list: &str) -> Option<Vec<Text<'_>>> {
    let mut scanner = Scanner { text: list, at: 0 };
    let mut items = Vec::new();
    let mut other = false;
    scanner.array(1, |item| match item {
        Found::Text(text) => items.push(text),
        _ => other = true,
    })?;
    (!other).then_some(items)
}

/// Whether a text is a number as JSON writes it.
pub(super) fn is_number(text: &str) -> bool {
    let mut scanner = Scanner { text, at: 0 };
    scanner.number().is_some() && scanner.at == text.len()
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn object(&mut self, depth: usize, mut each: impl FnMut(Text<'a>, Found<'a>)) -> Option<()> {
        self.take(b'{')?;
        self.space();
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            self.space();
            let name = self.string()?;
            self.space();
            self.take(b':')?;
            let value = self.value(depth)?;
            each(name, value);
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }

    fn array(&mut self, depth: usize, mut each: impl FnMut(Found<'a>)) -> Option<()> {
        self.take(b'[')?;
        self.space();
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            let value = self.value(depth)?;
            each(value);
            if self.take(b',').is_none() {
                return self.take(b']');
            }
        }
    }

    /// A value and the white space around it.
    fn value(&mut self, depth: usize) -> Option<Found<'a>> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.space();
        let start = self.at;
        let value = match self.peek()? {
            b'"' => Found::Text(self.string()?),
            b'[' => {
                self.array(depth + 1, |_| ())?;
                Found::List(&self.text[start..self.at])
            }
            b'{' => {
                self.object(depth + 1, |_, _| ())?;
                Found::Object
            }
            b't' => self.literal("true", Found::Boolean(true))?,
            b'f' => self.literal("false", Found::Boolean(false))?,
            b'n' => self.literal("null", Found::Nothing)?,
            _ => {
                self.number()?;
                Found::Number(&self.text[start..self.at])
            }
        };
        self.space();
        Some(value)
    }

    fn literal(&mut self, word: &str, value: Found<'a>) -> Option<Found<'a>> {
        self.text[self.at..].starts_with(word).then(|| {
            self.at += word.len();
            value
        })
    }

    fn number(&mut self) -> Option<()> {
        let _ = self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if self.take(b'e').or_else(|| self.take(b'E')).is_some() {
            let _ = self.take(b'+').or_else(|| self.take(b'-'));
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn string(&mut self) -> Option<Text<'a>> {
        let (bytes, start) = (self.text.as_bytes(), self.at);
        self.take(b'"')?;
        let mut escaped = false;
        loop {
            let plain = memchr::memchr2(b'"', b'\\', &bytes[self.at..])?;
            if bytes[self.at..self.at + plain].iter().any(|byte| *byte < 0x20) {
                return None;
            }
            self.at += plain + 1;
            if bytes[self.at - 1] == b'"' {
                let quoted = &self.text[start..self.at];
                return Some(Text { quoted, escaped });
            }
            escaped = true;
            self.escape()?;
        }
    }

    /// What follows a backslash. Half a surrogate pair is no character, so a text with one is no text.
    fn escape(&mut self) -> Option<()> {
        let kind = self.peek()?;
        self.at += 1;
        match kind {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => match self.hexadecimal()? {
                0xDC00..=0xDFFF => None,
                0xD800..=0xDBFF => {
                    self.take(b'\\')?;
                    self.take(b'u')?;
                    matches!(self.hexadecimal()?, 0xDC00..=0xDFFF).then_some(())
                }
                _ => Some(()),
            },
            _ => None,
        }
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4)?;
        self.at += 4;
        digits
            .iter()
            .try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn find(line: &str) -> Option<Vec<Found<'_>>> {
        let members = Members::new(["a".to_owned(), "b".to_owned()]);
        let mut found = vec![Found::Object; members.names.len()];
        members.find(line, &mut found).map(|()| found)
    }

    #[test]
    fn members_are_found_by_name_and_the_last_of_a_name_counts() {
        let found = find(r#" {"x":[{"a":1}], "b" : -1.50e3 ,"\u0061":"\ud83d\ude00", "b":[1, "]"]} "#).unwrap();
        assert!(matches!(found[0], Found::Text(text) if text.decode() == "😀"));
        assert_eq!(found[1], Found::List(r#"[1, "]"]"#));
        assert_eq!(find(r#"{"a":null}"#).unwrap(), [Found::Nothing, Found::Nothing]);
        assert_eq!(find("{}").unwrap(), [Found::Nothing, Found::Nothing]);
    }

    #[test]
    fn lines_that_are_not_one_object_are_refused() {
        for line in [
            "",
            "1",
            "null",
            "[]",
            r#"{"a":1} x"#,
            r#"{"a":1}{"a":1}"#,
            r#"{"a":1,}"#,
            r#"{"a":01}"#,
            r#"{"a":1.}"#,
            r#"{"a":.5}"#,
            r#"{"a":+1}"#,
            r#"{"a":NaN}"#,
            r#"{a:1}"#,
            r#"{'a':1}"#,
            r#"{"a":"\x"}"#,
            r#"{"a":"\ud800"}"#,
            r#"{"a":"\udc00\ud800"}"#,
            "{\"a\":\"\n\"}",
            r#"{"a":tru}"#,
            r#"{"a":[1}"#,
            r#"{"a":"x}"#,
            r#"{"a" 1}"#,
        ] {
            assert_eq!(find(line), None, "{line}");
        }
    }

    #[test]
    fn nesting_without_end_is_refused_and_not_followed() {
        let nested = |depth: usize| format!("{{\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(find(&nested(MAX_DEPTH - 1)).is_some());
        assert_eq!(find(&nested(100_000)), None);
    }

    proptest! {
        #[test]
        fn it_takes_what_serde_takes(line in r#"[\[\]{}:,"\\ab01.eE+ -]{0,12}|\{"a":[\[\]{}:,"\\ab01.eE+ntrufalse -]{0,8}\}"#) {
            let serde = serde_json::from_str::<serde_json::Value>(&line).is_ok_and(|value| value.is_object());
            // serde_json refuses numbers that are too large for it.
            prop_assume!(serde || !line.contains(['e', 'E']));
            prop_assert_eq!(find(&line).is_some(), serde);
        }
    }
}
