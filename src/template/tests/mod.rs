//! Tests of the module as a whole, on projects in temporary folders.

mod between;
mod cloudwatch;
mod contract;
mod export;
mod glue;
mod intrinsics;
mod mistakes;
mod parameters;
mod properties;
mod quicksight;
mod redshift;
mod reference;
mod schemas;
mod stages;

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::{Diagnostics, LoadOptions, Project, load};

/// A project of the given files (paths below `configs/`); `pipeline.json` is there if none is given.
pub(super) fn project(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let configs = folder.path().join("configs");
    fs::create_dir(&configs).unwrap();
    fs::write(configs.join("pipeline.json"), r#"{"name": "demo"}"#).unwrap();
    for (path, text) in files {
        let path = configs.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

pub(super) fn in_environment(files: &[(&str, &str)], environment: &str) -> Result<Project, Diagnostics> {
    let options = LoadOptions {
        environment: Some(environment.into()),
        ..LoadOptions::default()
    };
    load(project(files).path(), &options)
}

pub(super) fn loaded(files: &[(&str, &str)]) -> Result<Project, Diagnostics> {
    load(project(files).path(), &LoadOptions::default())
}

/// The findings as `file:line:column code message (help)`, one a line.
pub(super) fn lines(diagnostics: &Diagnostics) -> String {
    let line = |one: &super::Diagnostic| {
        let help = one.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        let file = one.file.strip_prefix("configs").unwrap_or(&one.file);
        format!(
            "{}:{}:{} {} {}{help}",
            file.display(),
            one.line,
            one.column,
            one.code,
            one.message
        )
    };
    diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
}

pub(super) fn mistakes(files: &[(&str, &str)]) -> String {
    lines(&loaded(files).expect_err("these configs are wrong"))
}

/// The mistakes in one fragment of the stage `storage`, without file and help.
pub(super) fn fragment_mistakes(fragment: &str) -> Vec<String> {
    match loaded(&[("storage/a.json", fragment)]) {
        Ok(_) => Vec::new(),
        Err(found) => found
            .iter()
            .map(|one| format!("{}:{} {}", one.line, one.column, one.message))
            .collect(),
    }
}

/// The evaluated properties of one resource of a fragment.
pub(super) fn evaluated(fragment: &str, id: &str) -> Value {
    let project = loaded(&[("storage/a.json", fragment)]).unwrap_or_else(|found| panic!("{found}"));
    project
        .resources
        .into_iter()
        .find(|one| one.id == id)
        .expect(id)
        .properties
}
