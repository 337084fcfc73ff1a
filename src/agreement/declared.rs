//! What the configs declare: files, Glue tables and which data each describes, scripts for the warehouse.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::kind::Kind;
use super::place::{File, Place};
use crate::template::{self, Declaration, Project};

/// The project, to look things up in.
pub(super) struct Declared<'a> {
    project: &'a Project,
    /// Default arguments of the Glue job; references stand as `{logical id}`.
    arguments: BTreeMap<String, String>,
}

impl<'a> Declared<'a> {
    pub fn new(project: &'a Project) -> Self {
        let job = project.flow.job.as_deref().and_then(|id| find(project, id));
        let arguments = job.map(|job| texts(&named(&job.properties)["DefaultArguments"]));
        Self {
            project,
            arguments: arguments.unwrap_or_default(),
        }
    }

    /// A file by its path relative to the project.
    pub fn file(&self, path: &Path) -> io::Result<File> {
        let text = fs::read_to_string(self.project.root.join(path))
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        Ok(File {
            path: path.to_owned(),
            text,
        })
    }

    /// The SQL file of the transformation: the object that the job's `--transform` refers to.
    pub fn transformation(&self) -> Option<PathBuf> {
        let id = self
            .arguments
            .get("--transform")?
            .strip_prefix('{')?
            .strip_suffix('}')?;
        let source = find(self.project, id)?.properties.get("Source")?.as_str()?;
        Some(source.into())
    }

    /// Glue tables whose data lies below the folder of a job argument, with the name of their folder.
    pub fn tables(&self, argument: &str) -> io::Result<Vec<(String, Place)>> {
        let Some(folder) = self.arguments.get(argument) else {
            return Ok(Vec::new());
        };
        // Keys of the raw bucket begin with `raw/`.
        let folder = match argument {
            "--raw" => format!("{folder}raw/"),
            _ => folder.clone(),
        };
        let mut found = Vec::new();
        for declaration in self.all().filter(|declaration| declaration.kind == "AWS::Glue::Table") {
            let table = &named(&declaration.properties)["TableInput"];
            let location = table["StorageDescriptor"]["Location"].as_str().unwrap_or_default();
            if let Some(name) = location.strip_prefix(folder.as_str()) {
                let name = name.trim_end_matches('/').to_owned();
                found.push((name, self.place(declaration, &table["StorageDescriptor"]["Columns"])?));
            }
        }
        Ok(found)
    }

    fn place(&self, declaration: &Declaration, columns: &Value) -> io::Result<Place> {
        let columns = columns.as_array().into_iter().flatten();
        let columns = columns.map(|column| {
            let text = |name: &str| column[name].as_str().unwrap_or_default().to_owned();
            (text("Name"), Kind::parse(&text("Type")))
        });
        let file = self.file(&declaration.file)?;
        let what = format!("Glue table {}", declaration.id);
        Ok(Place::new(what, &file, &declaration.id, columns.collect()))
    }

    /// Declarations of a type, with their properties; references stand as `{logical id}`.
    pub fn of_kind(&self, kind: &str) -> Vec<(&'a Declaration, Value)> {
        let found = self.all().filter(|declaration| declaration.kind == kind);
        found.map(|one| (one, named(&one.properties))).collect()
    }

    /// Scripts that the deploy runs in the warehouse, those that others depend on first.
    pub fn scripts(&self) -> Vec<&'a Declaration> {
        let mut open: Vec<_> = self
            .all()
            .filter(|declaration| declaration.kind == "Pipectl::Redshift::Sql")
            .collect();
        let mut ordered = Vec::new();
        while !open.is_empty() {
            let waits = |one: &&Declaration| open.iter().any(|other| one.dependencies.contains(&other.id));
            let at = open.iter().position(|one| !waits(one)).unwrap_or(0);
            ordered.push(open.remove(at));
        }
        ordered
    }

    /// The `.sql` files of a path that names one, or a folder of them, in the order of their names.
    pub fn sql_files(&self, source: &str) -> io::Result<Vec<File>> {
        let path = self.project.root.join(source);
        if !path.is_dir() {
            return Ok(vec![self.file(Path::new(source))?]);
        }
        let mut names: Vec<PathBuf> = fs::read_dir(&path)?
            .map(|entry| Ok(Path::new(source).join(entry?.file_name())))
            .collect::<io::Result<_>>()?;
        names.retain(|name| name.extension().is_some_and(|extension| extension == "sql"));
        names.sort();
        names.iter().map(|name| self.file(name)).collect()
    }

    fn all(&self) -> impl Iterator<Item = &'a Declaration> {
        self.project.resources.iter().chain(&self.project.unselected)
    }
}

fn find<'a>(project: &'a Project, id: &str) -> Option<&'a Declaration> {
    let mut all = project.resources.iter().chain(&project.unselected);
    all.find(|declaration| declaration.id == id)
}

/// The properties with `{logical id}` in place of references.
fn named(properties: &Value) -> Value {
    template::resolve(properties, &|id, _| Some(format!("{{{id}}}"))).0
}

/// The members of an object that are texts.
pub(super) fn texts(value: &Value) -> BTreeMap<String, String> {
    let members = value.as_object().into_iter().flatten();
    let members = members.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    members.collect()
}
