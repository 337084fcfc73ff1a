//! Where two places differ on names, order or types of columns.

use super::place::Place;
use crate::template::Diagnostic;

/// How much of the other place a place describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// The same columns.
    All,
    /// The other one may have more at the end.
    Beginning,
}

/// Compares `one` with `other` position by position, as COPY does. Names are compared up to the first that differs:
/// all that follows would differ too.
pub(super) fn compare(one: &Place, other: &Place, extent: Extent) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, (name, kind)) in one.columns.iter().enumerate() {
        let place = index + 1;
        let Some((other_name, other_kind)) = other.columns.get(index) else {
            let message = format!(
                "{} has column {place} `{name}`, {} ends before it",
                one.what, other.what
            );
            let mistake = one.mistake(Some(name), message);
            let note = format!("{} has {} columns", other.what, other.columns.len());
            found.push(other.note(mistake, None, note));
            return found;
        };
        if name != other_name {
            let message = format!(
                "column {place} is `{name}` in {} and `{other_name}` in {}",
                one.what, other.what
            );
            let mistake = one.mistake(Some(name), message);
            found.push(other.note(mistake, Some(other_name), format!("column {place} here")));
            return found;
        }
        if !kind.agrees(other_kind) {
            let message = format!("`{name}` is {kind} in {}, and {other_kind} in {}", one.what, other.what);
            let mistake = one.mistake(Some(name), message);
            found.push(other.note(mistake, Some(name), format!("{other_kind} here")));
        }
    }
    if let Some((extra, _)) = other.columns.get(one.columns.len()).filter(|_| extent == Extent::All) {
        let message = format!(
            "{} has column {} `{extra}`, {} ends before it",
            other.what,
            one.columns.len() + 1,
            one.what
        );
        let mistake = other.mistake(Some(extra), message);
        let note = format!("{} has {} columns", one.what, one.columns.len());
        found.push(one.note(mistake, None, note));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::kind::Kind;
    use super::super::place::File;
    use super::*;

    fn place(what: &str, text: &str) -> Place {
        let file = File {
            path: format!("{what}.sql").into(),
            text: text.into(),
        };
        let columns = text.split(", ").filter_map(|column| column.split_once(' '));
        let columns = columns
            .map(|(name, kind)| (name.to_owned(), Kind::parse(kind)))
            .collect();
        Place::new(what, &file, "", columns)
    }

    fn messages(one: &str, other: &str, extent: Extent) -> Vec<String> {
        let found = compare(&place("A", one), &place("B", other), extent);
        found.into_iter().map(|mistake| mistake.message).collect()
    }

    #[test]
    fn equal_places_agree() {
        assert!(messages("a int, b date", "a int4, b date", Extent::All).is_empty());
        assert!(messages("a int", "a int, b date", Extent::Beginning).is_empty());
    }

    #[test]
    fn each_kind_of_difference_names_both_places() {
        assert_eq!(
            messages("a int, b date", "a bigint, b timestamp", Extent::All),
            [
                "`a` is integer in A, and bigint in B",
                "`b` is date in A, and timestamp in B"
            ]
        );
        assert_eq!(
            messages("a int, b date", "b date, a int", Extent::All),
            ["column 1 is `a` in A and `b` in B"]
        );
        assert_eq!(
            messages("a int, b date", "a int", Extent::Beginning),
            ["A has column 2 `b`, B ends before it"]
        );
        assert_eq!(
            messages("a int", "a int, b date", Extent::All),
            ["B has column 2 `b`, A ends before it"]
        );
    }
}
