//! A row as its reader hands it over: text by contract column, not yet checked.

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Field<'a> {
    /// JSON `null`, a missing JSON key, or no text at all.
    Null,
    /// A CSV field or a JSON string.
    Text(&'a str),
    /// A JSON string that had escapes.
    EscapedText(String),
    /// A JSON number, as written.
    Number(&'a str),
    /// JSON `true` or `false`.
    Boolean(bool),
    /// A JSON array of strings.
    List(Vec<String>),
    /// A JSON object, or an array of something else than strings.
    Nested,
}

/// A row with its values by position of the contract's columns.
pub(super) trait Record {
    fn field(&self, column: usize) -> Field<'_>;
}
