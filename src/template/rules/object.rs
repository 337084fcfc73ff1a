//! `Pipectl::S3::Object`: a file of the project.

use std::path::{Component, Path};

use super::Subject;
use crate::template::sink::{Finding, Sink};
use crate::template::source::Span;

/// `Source` is a file inside the project.
pub(super) fn source_exists(subject: &Subject<'_>, sink: &mut Sink) {
    let Some((node, source)) = subject
        .properties
        .get("Source")
        .and_then(|node| Some((node, node.text()?)))
    else {
        return;
    };
    file_of_project(subject.root, source, node.span, sink);
}

/// Whether `source`, written at `span`, is a file inside the project; reported if not.
pub(in crate::template) fn file_of_project(root: &Path, source: &str, span: Span, sink: &mut Sink) -> bool {
    let path = Path::new(source);
    let inside = path
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !inside {
        let message = format!("`{source}` is not inside the project");
        let help = "give the path relative to the project's folder, without `..`";
        sink.push(Finding::error("missing-file", span, message).help(help));
        return false;
    }
    let full = root.join(path);
    if !full.is_file() {
        let (message, help) = match full.is_dir() {
            true => (format!("`{source}` is a folder, not a file"), None),
            false => missing(&full, source, "file"),
        };
        sink.push(Finding::error("missing-file", span, message).help_opt(help));
        return false;
    }
    true
}

/// Why there is nothing at `full`, which the configs call `source`, and what may help.
pub(super) fn missing(full: &Path, source: &str, what: &str) -> (String, Option<String>) {
    if let Some(help) = dangling(full) {
        return (format!("`{source}` is a symbolic link to nothing"), Some(help));
    }
    let help = near(full).map(|name| format!("did you mean `{}`?", Path::new(source).with_file_name(name).display()));
    (format!("the project has no {what} `{source}`"), help)
}

/// Where a symbolic link leads whose target does not exist.
pub(super) fn dangling(path: &Path) -> Option<String> {
    let target = std::fs::read_link(path).ok().filter(|_| !path.exists())?;
    Some(format!("it points to `{}`, which does not exist", target.display()))
}

/// The nearest name in the folder where the file should be.
fn near(path: &Path) -> Option<String> {
    let wrong = path.file_name()?.to_str()?;
    let entries = std::fs::read_dir(path.parent()?).ok()?;
    let names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    crate::template::suggest::nearest(wrong, names.iter().map(String::as_str)).map(str::to_owned)
}
