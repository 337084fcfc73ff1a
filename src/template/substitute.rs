//! The little language of `Fn::Sub`: `${Name}`, `${Resource.Attribute}`, and `${!literal}` for a literal `${literal}`.

#[derive(Debug, PartialEq)]
pub(super) enum Piece<'a> {
    Text(String),
    Name(&'a str),
    /// A `${` without its `}`.
    Unclosed,
}

/// The pieces of a template, each with its byte offset.
pub(super) fn pieces(template: &str) -> Vec<(Piece<'_>, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = template[at..].find("${").map(|offset| at + offset) {
        if start > at {
            found.push((Piece::Text(template[at..start].to_owned()), at));
        }
        let Some(end) = template[start..].find('}').map(|offset| start + offset) else {
            found.push((Piece::Unclosed, start));
            return found;
        };
        let name = &template[start + 2..end];
        match name.strip_prefix('!') {
            Some(literal) => found.push((Piece::Text(format!("${{{literal}}}")), start)),
            None => found.push((Piece::Name(name), start)),
        }
        at = end + 1;
    }
    if at < template.len() {
        found.push((Piece::Text(template[at..].to_owned()), at));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_templates() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let cases = [
            ("", vec![]),
            (
                "plain $x {y} !{timestamp:yyyy}",
                vec![(text("plain $x {y} !{timestamp:yyyy}"), 0)],
            ),
            ("${A}", vec![(Piece::Name("A"), 0)]),
            (
                "s3://${B}/${C.Arn}!",
                vec![
                    (text("s3://"), 0),
                    (Piece::Name("B"), 5),
                    (text("/"), 9),
                    (Piece::Name("C.Arn"), 10),
                    (text("!"), 18),
                ],
            ),
            ("${!Literal}", vec![(text("${Literal}"), 0)]),
            ("ü${A", vec![(text("ü"), 0), (Piece::Unclosed, 2)]),
        ];
        for (template, expected) in cases {
            assert_eq!(pieces(template), expected, "{template}");
        }
    }
}
