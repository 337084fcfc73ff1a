//! "Did you mean": the nearest of the names that would have been right.

/// The name nearest to `wrong`, if any is near enough to be meant.
pub(super) fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = wrong.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for name in names {
        let score = strsim::normalized_damerau_levenshtein(&lower, &name.to_lowercase());
        if score >= 0.55 && best.is_none_or(|(top, other)| score > top || (score == top && name < other)) {
            best = Some((score, name));
        }
    }
    best.map(|(_, name)| name)
}

/// Help for a wrong name: the nearest right one, or the right ones when they are few.
pub(super) fn help<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(name) = nearest(wrong, names.clone()) {
        return Some(format!("did you mean `{name}`?"));
    }
    let mut all: Vec<_> = names.into_iter().collect();
    all.sort_unstable();
    all.dedup();
    (!all.is_empty() && all.len() <= 12).then(|| format!("valid here: {}", all.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let names = ["ShardCount", "StreamModeDetails", "Name", "Tags"];
        for (wrong, right) in [
            ("ShradCount", "ShardCount"),
            ("shardcount", "ShardCount"),
            ("Tag", "Tags"),
        ] {
            assert_eq!(nearest(wrong, names), Some(right));
        }
        assert_eq!(nearest("Encryption", names), None);
        assert_eq!(
            help("Encryption", names).unwrap(),
            "valid here: Name, ShardCount, StreamModeDetails, Tags"
        );
        assert_eq!(help("x", ["local", "dev", "local"]).unwrap(), "valid here: dev, local");
        assert_eq!(help("x", []), None);
    }
}
