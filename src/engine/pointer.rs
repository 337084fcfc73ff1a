//! JSON pointers (RFC 6901) and the patterns that resource schemas write with them.

/// A JSON pointer in which a segment `*` stands for any array index or key, as in CloudFormation resource schemas
/// (`/Rules/*/Prefix`).
pub(super) struct Pattern(Vec<String>);

impl Pattern {
    pub fn new(pointer: &str) -> Self {
        Self(segments(pointer))
    }

    /// True if the pattern names `path` or something `path` lies in.
    pub fn covers(&self, path: &[String]) -> bool {
        self.0.len() <= path.len() && self.agrees(path)
    }

    /// True if the pattern names `path` itself.
    pub fn names(&self, path: &[String]) -> bool {
        self.0.len() == path.len() && self.agrees(path)
    }

    /// True if the pattern names something that lies in `path`, and not `path` itself.
    pub fn lies_below(&self, path: &[String]) -> bool {
        self.0.len() > path.len() && self.agrees(path)
    }

    fn agrees(&self, path: &[String]) -> bool {
        self.0
            .iter()
            .zip(path)
            .all(|(pattern, segment)| pattern == "*" || pattern == segment)
    }
}

/// Whether a change at `changed` is a change of one of `patterns`: it lies at or under one, or replaces a whole that
/// holds one.
pub(super) fn touches(patterns: &[String], changed: &str) -> bool {
    let changed = segments(changed);
    patterns
        .iter()
        .map(|pattern| Pattern::new(pattern))
        .any(|p| p.covers(&changed) || p.lies_below(&changed))
}

/// Whether `path` lies at or under one of `patterns`.
pub(super) fn covered(patterns: &[String], path: &str) -> bool {
    let path = segments(path);
    patterns.iter().any(|pattern| Pattern::new(pattern).covers(&path))
}

/// The unescaped segments of a pointer; none for the whole document.
pub(super) fn segments(pointer: &str) -> Vec<String> {
    pointer
        .split('/')
        .skip(1)
        .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
        .collect()
}

/// The pointer made of `segments`.
pub(super) fn pointer(segments: &[String]) -> String {
    segments
        .iter()
        .flat_map(|segment| ["/".to_owned(), segment.replace('~', "~0").replace('/', "~1")])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_survive_a_round_trip() {
        let path = vec!["a/b".to_owned(), "~1".to_owned(), String::new()];
        assert_eq!(pointer(&path), "/a~1b/~01/");
        assert_eq!(segments(&pointer(&path)), path);
        assert!(segments("").is_empty());
    }

    #[test]
    fn a_star_stands_for_one_segment() {
        let patterns = vec!["/Rules/*/Prefix".to_owned()];
        assert!(touches(&patterns, "/Rules/3/Prefix"));
        assert!(touches(&patterns, "/Rules/3/Prefix/Deep"));
        assert!(touches(&patterns, "/Rules"), "a new list of rules brings new prefixes");
        assert!(!touches(&patterns, "/Rules/3/Status"));
        assert!(!touches(&patterns, "/RulesOfAnother"));
        assert!(!covered(&patterns, "/Rules"));
    }
}
