//! Quoting for Redshift.

/// A quoted identifier.
pub(crate) fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text literal. Redshift reads backslashes in literals as escapes.
pub(crate) fn text(text: &str) -> String {
    let text = text.replace('\0', "");
    if text.contains('\\') {
        // Without a backslash in the literal it means the same to every dialect.
        let parts: Vec<String> = text
            .split('\\')
            .map(|part| format!("'{}'", part.replace('\'', "''")))
            .collect();
        return format!("({})", parts.join(" || CHR(92) || "));
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// A number literal.
pub(crate) fn number(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        format!("{number:.0}")
    } else {
        format!("CAST('{number:?}' AS DOUBLE PRECISION)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes() {
        assert_eq!(name("a\"b"), "\"a\"\"b\"");
        assert_eq!(text("it's"), "'it''s'");
        assert_eq!(text("a\\' OR 1=1"), "('a' || CHR(92) || ''' OR 1=1')");
        assert_eq!(number(3.0), "3");
        assert_eq!(number(0.25), "CAST('0.25' AS DOUBLE PRECISION)");
    }
}
