//! Pages and pictures as files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::draw::Drawn;
use super::{Format, Pictures};
use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::dashboard::{Picture, PictureError, to_pdf, to_png};

/// Pixels of a png for each unit of its picture: sharp on dense screens.
const SCALE: f32 = 2.0;

/// Where files go, and which.
pub(in crate::cli) struct Files {
    folder: PathBuf,
    formats: Vec<Format>,
}

impl Files {
    pub fn new(session: &Session, pictures: &Pictures) -> Self {
        let formats = match pictures.format.as_slice() {
            [] => vec![Format::Html, Format::Png, Format::Pdf],
            formats => formats.to_vec(),
        };
        let folder = pictures.out.clone();
        Self {
            folder: folder.unwrap_or_else(|| below(&session.project.root)),
            formats,
        }
    }

    /// Writes a dashboard's files; answers their paths, the page first.
    ///
    /// ```text
    /// dashboards/EmployeeDashboard.html, .pdf     all of it
    /// dashboards/EmployeeDashboard/sheet.png      a sheet, a visual
    /// ```
    ///
    /// # Errors
    /// A picture cannot be made, or a file not be written.
    pub fn write(&self, drawn: &Drawn) -> Result<Vec<PathBuf>, CliError> {
        let mut written = Vec::new();
        let (rendered, below) = (&drawn.rendered, self.folder.join(&drawn.id));
        let has = |format| self.formats.contains(&format);
        if has(Format::Html) {
            written.push(save(&below.with_extension("html"), rendered.html.as_bytes())?);
        }
        if has(Format::Pdf) {
            let sheets: Vec<&str> = rendered.sheets.iter().map(|sheet| sheet.svg.as_str()).collect();
            let pdf = to_pdf(&sheets).map_err(|error| unmade(&drawn.id, &error))?;
            written.push(save(&below.with_extension("pdf"), &pdf)?);
        }
        for picture in rendered.sheets.iter().chain(&rendered.visuals) {
            let path = below.join(file_name(&picture.id));
            if has(Format::Svg) {
                written.push(save(&path.with_extension("svg"), picture.svg.as_bytes())?);
            }
            if has(Format::Png) {
                let png = to_png(&picture.svg, SCALE).map_err(|error| unmade(&picture.id, &error))?;
                written.push(save(&path.with_extension("png"), &png)?);
            }
        }
        // A sheet's pdf is a page of the whole.
        for visual in rendered.visuals.iter().filter(|_| has(Format::Pdf)) {
            written.push(self.visual_pdf(&below, visual)?);
        }
        Ok(written)
    }

    fn visual_pdf(&self, below: &Path, visual: &Picture) -> Result<PathBuf, CliError> {
        let pdf = to_pdf(&[&visual.svg]).map_err(|error| unmade(&visual.id, &error))?;
        save(&below.join(file_name(&visual.id)).with_extension("pdf"), &pdf)
    }
}

fn below(root: &Path) -> PathBuf {
    // `dashboards/x.html`, not `./dashboards/x.html`.
    root.strip_prefix(".").unwrap_or(root).join("dashboards")
}

fn unmade(what: &str, error: &PictureError) -> CliError {
    CliError::failed(format!("no picture could be made of {what}: {error}"))
}

/// Ids are made of letters, digits, dashes and underscores; anything else becomes a dash, so that none leaves the folder
/// or ends in an extension of its own.
pub(super) fn file_name(id: &str) -> String {
    let plain = |one: char| {
        if one.is_alphanumeric() || matches!(one, '-' | '_') {
            one
        } else {
            '-'
        }
    };
    id.chars().map(plain).collect()
}

fn save(path: &Path, content: &[u8]) -> Result<PathBuf, CliError> {
    let write = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, content)
    };
    match write() {
        Ok(()) => Ok(path.to_owned()),
        Err(error) => Err(
            CliError::failed(format!("{} cannot be written: {error}", path.display()))
                .hint("name another folder with --out"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn ids_become_names_of_files() {
        assert_eq!(file_name("age-vs_salary1"), "age-vs_salary1");
        assert_eq!(file_name("../a.b/ü"), "---a-b-ü");
    }
}
