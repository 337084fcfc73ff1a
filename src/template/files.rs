//! Finds and reads the files under `configs/`. The only place of this module that reads texts from disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::node::Node;
use super::sink::{Finding, Sink};
use super::source::Span;
use super::stage::STAGES;
use super::{suggest, syntax};

/// What a project's `configs/` holds, parsed.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub pipeline: Option<Node>,
    /// Stage and fragment, by stage and file name.
    pub fragments: Vec<(&'static str, Node)>,
    /// `configs/ingestion/source.json`.
    pub contract: Option<Node>,
}

const CONFIGS: &str = "configs";

pub(super) fn read(root: &Path, sink: &mut Sink) -> Files {
    let mut files = Files::default();
    if !root.join(CONFIGS).is_dir() {
        sink.incomplete = true;
        let message = format!("{} has no folder `configs`", root.display());
        let help = "run this in a project's folder, or name one with --project";
        sink.push(Finding::usage("no-project", message).help(help));
        return files;
    }
    let pipeline = Path::new(CONFIGS).join("pipeline.json");
    if root.join(&pipeline).is_file() {
        files.pipeline = parse(root, &pipeline, sink);
    } else {
        let help = "write {\"name\": \"my-pipeline\", \"environments\": {}} into it";
        sink.push(Finding::usage("no-project", "there is no configs/pipeline.json").help(help));
    }
    unknown_folders(root, sink);
    for stage in STAGES {
        for path in json_files(root, &Path::new(CONFIGS).join(stage), sink) {
            let contract = stage == "ingestion" && path.ends_with("source.json");
            match parse(root, &path, sink) {
                Some(node) if contract => files.contract = Some(node),
                Some(node) => files.fragments.push((stage, node)),
                None if !contract => sink.incomplete = true,
                None => {}
            }
        }
    }
    files
}

fn parse(root: &Path, path: &Path, sink: &mut Sink) -> Option<Node> {
    let bytes = match fs::read(root.join(path)) {
        // RFC 8259, section 8.1: a byte order mark may be ignored.
        Ok(bytes) => bytes.strip_prefix(b"\xef\xbb\xbf").map(<[u8]>::to_vec).unwrap_or(bytes),
        Err(error) => return unreadable(path, &error, sink),
    };
    match String::from_utf8(bytes) {
        Ok(text) => {
            let file = sink.sources.add(path.to_owned(), text);
            syntax::parse(file, sink)
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let file = sink
                .sources
                .add(path.to_owned(), String::from_utf8_lossy(error.as_bytes()).into_owned());
            let finding = Finding::error("json-syntax", Span::new(file, at, at), "the file is not UTF-8");
            sink.push(finding.help("save it with the encoding UTF-8"));
            None
        }
    }
}

fn unreadable<T>(path: &Path, error: &io::Error, sink: &mut Sink) -> Option<T> {
    sink.push(Finding::usage(
        "unreadable",
        format!("cannot read {}: {error}", path.display()),
    ));
    None
}

/// The `.json` files of a stage's folder, sorted; the folder may be missing.
fn json_files(root: &Path, folder: &Path, sink: &mut Sink) -> Vec<PathBuf> {
    let entries = match fs::read_dir(root.join(folder)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            sink.incomplete = true;
            return unreadable(folder, &error, sink).unwrap_or_default();
        }
    };
    let mut paths = Vec::new();
    for entry in entries.filter_map(Result::ok) {
        let path = folder.join(entry.file_name());
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => paths.push(path),
            Some("yaml" | "yml" | "jsonc" | "template") => {
                let file = sink.sources.add(path, String::new());
                let message = "this file is not read: fragments are JSON files named *.json";
                sink.push(Finding::warning("ignored-file", Span::start_of(file), message));
            }
            _ => {}
        }
    }
    paths.sort();
    paths
}

/// A misspelt stage would be ignored in silence.
fn unknown_folders(root: &Path, sink: &mut Sink) {
    let Ok(entries) = fs::read_dir(root.join(CONFIGS)) else {
        return;
    };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.') && !STAGES.contains(&name.as_str()))
        .collect();
    names.sort();
    for name in names {
        let help = match suggest::nearest(&name, STAGES) {
            Some(stage) => format!("did you mean `{stage}`?"),
            None => format!("stages are {}", STAGES.join(", ")),
        };
        sink.push(Finding::usage("unknown-stage", format!("configs/{name} is not a stage")).help(help));
    }
}
