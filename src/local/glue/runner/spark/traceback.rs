//! The exception in what a Python wrote to its standard error.

const HEAD: &str = "Traceback (most recent call last):";
/// Longest message, in characters: Spark's may hold whole plans.
const LONGEST: usize = 1000;
/// Lines of a trace that are kept.
const LINES: usize = 100;

/// The last exception's own line (`ValueError: no such column`), and the lines of its traceback up to there.
pub(super) fn find(lines: &[String]) -> Option<(String, Vec<String>)> {
    let Some(start) = lines.iter().rposition(|line| line == HEAD) else {
        return syntax_error(lines);
    };
    // Frames are indented; the first line that is not is the exception's.
    let own = lines[start + 1..]
        .iter()
        .position(|line| !line.starts_with(' ') && !line.is_empty())?;
    let end = start + 1 + own;
    // Those that came before it ("During handling of the above exception...") belong to the trace.
    let first = lines
        .iter()
        .position(|line| line == HEAD)
        .unwrap_or(start)
        .max((end + 1).saturating_sub(LINES));
    Some((shortened(&lines[end]), lines[first..=end].to_vec()))
}

/// A script that cannot be parsed has no frames: `File`, the line, a mark, and the error.
fn syntax_error(lines: &[String]) -> Option<(String, Vec<String>)> {
    let names = ["SyntaxError: ", "IndentationError: ", "TabError: "];
    let end = lines
        .iter()
        .rposition(|line| names.iter().any(|name| line.starts_with(name)))?;
    let start = lines[..end].iter().rposition(|line| line.starts_with("  File "))?;
    Some((shortened(&lines[end]), lines[start..=end].to_vec()))
}

fn shortened(line: &str) -> String {
    line.chars().take(LONGEST).collect()
}
