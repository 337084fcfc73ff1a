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
        let message = match full.is_dir() {
            true => format!("`{source}` is a folder, not a file"),
            false => format!("the project has no file `{source}`"),
        };
        let help = near(&full).map(|name| format!("did you mean `{}`?", path.with_file_name(name).display()));
        sink.push(Finding::error("missing-file", span, message).help_opt(help));
        return false;
    }
    true
}

/// The nearest name in the folder where the file should be.
pub(super) fn near(path: &Path) -> Option<String> {
    let wrong = path.file_name()?.to_str()?;
    let entries = std::fs::read_dir(path.parent()?).ok()?;
    let names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    crate::template::suggest::nearest(wrong, names.iter().map(String::as_str)).map(str::to_owned)
}
