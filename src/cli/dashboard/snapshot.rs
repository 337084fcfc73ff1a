//! `pipectl dashboard --snapshot`: what QuickSight itself draws, as files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::boards::wanted;
use super::files::file_name;
use super::link;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::flow_error::flow_error;
use crate::cli::output::Output;
use crate::cli::run_view::View;
use crate::cli::session::Session;
use crate::cli::{Global, interrupt};
use crate::flow::{self, DeployedDashboard, SheetSnapshot, Unstoppable, Watch};
use crate::template::Project;

/// Saves the sheets of the dashboard called `name`, or of the only one.
pub(super) async fn save(global: &Global, name: Option<&str>, file: &Path, output: &Output) -> Result<Exit, CliError> {
    check(file)?;
    let view = View::new(output);
    let watch = Watch {
        events: view.sink(),
        cancel: interrupt::token(output),
        interruption: Arc::new(Unstoppable),
    };
    let session = tokio::select! {
        session = Session::open(global, output) => session?,
        () = watch.cancel.cancelled() => return Ok(Exit::Interrupted),
    };
    let saved = match dashboard(&session.project, name) {
        Ok(dashboard) => sheets(&session, &dashboard, file, &watch, &view, output).await,
        Err(error) => Err(error),
    };
    session.close().await;
    saved
}

async fn sheets(
    session: &Session,
    dashboard: &DeployedDashboard,
    file: &Path,
    watch: &Watch,
    view: &View,
    output: &Output,
) -> Result<Exit, CliError> {
    let account = &session.project.environment.account;
    let sheets = flow::snapshot(&session.clients, account, dashboard, watch).await;
    view.finish();
    let sheets = match sheets {
        Ok(sheets) => sheets,
        Err(error @ flow::Error::Interrupted(_)) => {
            output.status(&error.to_string());
            if output.json() {
                output.event(&json!({ "event": "interrupted", "message": error.to_string() }));
            }
            return Ok(Exit::Interrupted);
        }
        Err(error) => return Err(flow_error(error)),
    };
    let files = write(file, &sheets)?;
    let url = link::quicksight(session, Some(&dashboard.dashboard_id));
    if output.json() {
        let document = json!({
            "id": dashboard.id,
            "dashboard_id": dashboard.dashboard_id,
            "snapshot": file,
            "files": files,
            "url": url,
        });
        output.event(&json!({ "event": "summary", "dashboards": [document] }));
        return Ok(Exit::Done);
    }
    files.iter().for_each(|file| output.data(&file.display().to_string()));
    if let Some(url) = url {
        output.status(&format!("QuickSight shows {} at {url}", dashboard.id));
    }
    Ok(Exit::Done)
}

/// The one dashboard that is meant.
///
/// # Errors
/// There is none, or there are several, or its id depends on what is deployed.
fn dashboard(project: &Project, name: Option<&str>) -> Result<DeployedDashboard, CliError> {
    let wanted = wanted(project, name)?;
    let [declared] = wanted[..] else {
        let ids: Vec<&str> = wanted.iter().map(|one| one.id.as_str()).collect();
        let environment = &project.environment.name;
        let several = format!("environment {environment} has several dashboards: {}", ids.join(", "));
        return Err(CliError::usage(several).hint("name one: pipectl dashboard NAME --snapshot FILE.pdf"));
    };
    let (path, line, id) = (declared.file.display(), declared.line, &declared.id);
    let dashboard_id = declared.properties["DashboardId"].as_str().ok_or_else(|| {
        CliError::usage(format!(
            "{path}, line {line}: DashboardId of {id} depends on another resource"
        ))
        .hint("give it a text that is known before anything is deployed")
    })?;
    Ok(DeployedDashboard {
        id: id.clone(),
        dashboard_id: dashboard_id.to_owned(),
    })
}

/// Said before QuickSight is kept busy for minutes.
fn check(file: &Path) -> Result<(), CliError> {
    if !file
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("pdf"))
    {
        let text = format!("the snapshot is a PDF, and {} is not the name of one", file.display());
        return Err(CliError::usage(text).hint("give --snapshot a name that ends in .pdf"));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let made = folder.map_or(Ok(()), fs::create_dir_all);
    made.map_err(|error| unwritten(file, &error))
}

/// The first sheet goes to `file`, each other beside it under its own id.
fn write(file: &Path, sheets: &[SheetSnapshot]) -> Result<Vec<PathBuf>, CliError> {
    let mut written = Vec::new();
    for (number, sheet) in sheets.iter().enumerate() {
        let path = match number {
            0 => file.to_owned(),
            _ => beside(file, &sheet.sheet),
        };
        fs::write(&path, &sheet.pdf).map_err(|error| unwritten(&path, &error))?;
        written.push(path);
    }
    Ok(written)
}

/// `x/board-people.pdf` of `x/board.pdf`.
fn beside(file: &Path, sheet: &str) -> PathBuf {
    let mut name = file.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{}.pdf", file_name(sheet)));
    file.with_file_name(name)
}

fn unwritten(path: &Path, error: &std::io::Error) -> CliError {
    CliError::failed(format!("{} cannot be written: {error}", path.display())).hint("name another file with --snapshot")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sheet_has_the_name_and_the_others_are_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let sheet = |id: &str| SheetSnapshot {
            sheet: id.into(),
            pdf: format!("%PDF-{id}").into(),
        };
        let file = dir.path().join("new/board.v2.pdf");
        check(&file).unwrap();
        let written = write(&file, &[sheet("people"), sheet("../pay")]).unwrap();
        let other = dir.path().join("new/board.v2----pay.pdf");
        assert_eq!(written, [file.clone(), other.clone()]);
        assert_eq!(fs::read_to_string(file).unwrap(), "%PDF-people");
        assert_eq!(fs::read_to_string(other).unwrap(), "%PDF-../pay");
    }

    #[test]
    fn a_name_that_is_no_pdf_is_refused_before_anything_is_asked() {
        for name in ["board", "board.png", "pdf", ".pdf"] {
            let error = check(Path::new(name)).unwrap_err();
            assert_eq!(error.exit(), Exit::Usage, "{name}");
        }
    }
}
