//! `pipectl dashboard`

pub(super) mod boards;
mod draw;
mod files;
mod link;
#[cfg(feature = "local")]
pub(super) mod pages;
mod rows;
mod snapshot;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::error::CliError;
use super::exit::Exit;
use super::output::Output;
use super::session::Session;
use super::{Global, interrupt};
use crate::dashboard::{TerminalOptions, terminal};
use boards::boards;
pub(super) use draw::Drawn;
use draw::draw;
use files::Files;
use rows::Rows;

/// Draw the project's QuickSight dashboards from the warehouse's data
///
/// Reads each definition in the configs, runs its queries in the warehouse and writes one page (html) that holds
/// everything, and pictures. What QuickSight draws and this preview does not is named on the page. On AWS the command also
/// prints where QuickSight shows the dashboard.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Logical id or name of a dashboard [default: all]
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    pictures: Pictures,
    /// Open the page in the browser
    #[arg(long)]
    open: bool,
    /// Draw in the terminal; no file is written unless --out or --format is given
    #[arg(long, conflicts_with = "json")]
    terminal: bool,
    /// Save QuickSight's own PDF of the deployed dashboard instead of drawing it
    ///
    /// On AWS only. QuickSight makes one PDF a sheet: the first sheet goes to FILE.pdf, the others beside it
    /// (FILE-SHEET.pdf). It needs the Enterprise edition and the permissions quicksight:DescribeDashboard,
    /// StartDashboardSnapshotJob, DescribeDashboardSnapshotJob and DescribeDashboardSnapshotJobResult; no bucket. The
    /// reader is anonymous, for whom QuickSight may demand capacity pricing and from whom row-level security by user
    /// keeps its rows. A paginated sheet needs the Pixel-perfect reports add-on.
    #[arg(long, value_name = "FILE.pdf", conflicts_with_all = ["out", "format", "dark", "open", "terminal"])]
    snapshot: Option<PathBuf>,
}

/// Which files, and where.
#[derive(Clone, Debug, Args)]
pub(super) struct Pictures {
    /// Folder to write to, below it one folder a dashboard [default: dashboards/ in the project]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What to write [default: html,png,pdf]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FORMAT")]
    format: Vec<Format>,
    /// Pictures on dark paper; the page follows its reader
    #[arg(long)]
    pub dark: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// One interactive page, complete in itself
    Html,
    /// Each sheet and each visual
    Svg,
    /// Each sheet and each visual
    Png,
    /// All sheets, and each visual
    Pdf,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    if let Some(file) = &arguments.snapshot {
        return snapshot::save(global, arguments.name.as_deref(), file, output).await;
    }
    let cancel = interrupt::token(output);
    let session = tokio::select! {
        session = Session::open(global, output) => session?,
        () = cancel.cancelled() => return Ok(Exit::Interrupted),
    };
    let drawn = tokio::select! {
        drawn = drawn(&session, arguments.name.as_deref(), arguments.pictures.dark, &cancel) => drawn,
        () = cancel.cancelled() => Ok(Vec::new()),
    };
    let shown = drawn.and_then(|drawn| show(&session, arguments, &drawn, output));
    session.close().await;
    shown?;
    Ok(match cancel.is_cancelled() {
        true => Exit::Interrupted,
        false => Exit::Done,
    })
}

/// Dashboards drawn from the warehouse as it is now.
///
/// # Errors
/// A definition is wrong, or there is no warehouse, or it refuses a query.
pub(super) async fn drawn(
    session: &Session,
    name: Option<&str>,
    dark: bool,
    cancel: &CancellationToken,
) -> Result<Vec<Drawn>, CliError> {
    let boards = boards(&session.project, name)?;
    let warehouse = session.warehouse().await?;
    let facts = draw::Facts::of(session, &warehouse, dark);
    let rows = Rows::new(warehouse, cancel.clone());
    // Queries block, and drawing takes a second or two.
    let drawing = tokio::task::spawn_blocking(move || draw(boards, &rows, &facts));
    let drawn = drawing
        .await
        .map_err(|error| CliError::failed(format!("the drawing ended early: {error}")))?;
    drawn.map_err(draw::Failed::into_error)
}

/// Writes the files, or draws in the terminal.
fn show(session: &Session, arguments: &Arguments, drawn: &[Drawn], output: &Output) -> Result<(), CliError> {
    let pictures = &arguments.pictures;
    if arguments.terminal {
        for one in drawn {
            output.data(terminal(&one.rendered, terminal_options(output)).trim_end());
        }
        if pictures.out.is_none() && pictures.format.is_empty() && !arguments.open {
            return Ok(());
        }
    }
    let written = written(session, pictures, drawn)?;
    if output.json() {
        let documents: Vec<Value> = written.iter().map(Written::document).collect();
        output.event(&json!({ "dashboards": documents }));
    }
    for one in &written {
        one.warn(output);
        if !output.json() {
            one.files
                .iter()
                .for_each(|file| output.data(&file.display().to_string()));
        }
        if let Some(url) = &one.url {
            output.status(&format!("QuickSight shows {} at {url}", one.drawn.id));
        }
        if arguments.open {
            open(&one.files)?;
        }
    }
    Ok(())
}

/// A dashboard in files.
pub(super) struct Written<'a> {
    pub drawn: &'a Drawn,
    pub files: Vec<PathBuf>,
    /// Where QuickSight shows it.
    pub url: Option<String>,
}

/// # Errors
/// A picture cannot be made, or a file not be written.
pub(super) fn written<'a>(
    session: &Session,
    pictures: &Pictures,
    drawn: &'a [Drawn],
) -> Result<Vec<Written<'a>>, CliError> {
    let files = Files::new(session, pictures);
    let one = |drawn| {
        Ok(Written {
            drawn,
            files: files.write(drawn)?,
            url: link::quicksight(session, drawn.dashboard_id.as_deref()),
        })
    };
    drawn.iter().map(one).collect()
}

impl Written<'_> {
    /// Names what the preview leaves out.
    pub fn warn(&self, output: &Output) {
        for missing in &self.drawn.unsupported {
            output.status(&format!("  {}: not drawn by the preview: {missing}", self.drawn.id));
        }
    }

    /// Where to look at it: the address of the page, or else of its folder, and QuickSight's.
    pub fn place(&self) -> String {
        let file = self.files.first().map(|file| file.display().to_string());
        let places: Vec<String> = [file, self.url.clone()].into_iter().flatten().collect();
        format!("{}: {}", self.drawn.id, places.join(", "))
    }

    pub fn document(&self) -> Value {
        self.drawn.document(&self.files, self.url.as_deref())
    }
}

fn terminal_options(output: &Output) -> TerminalOptions {
    TerminalOptions {
        width: output.width(),
        color: output.coloured_data(),
        ..TerminalOptions::default()
    }
}

/// Opens the page among the files.
fn open(files: &[PathBuf]) -> Result<(), CliError> {
    let page = files
        .iter()
        .find(|file| file.extension().is_some_and(|extension| extension == "html"));
    let Some(page) = page else {
        return Err(CliError::usage("there is no page to open").hint("add html to --format"));
    };
    open::that_detached(page).map_err(|error| {
        CliError::failed(format!("no browser could be started: {error}"))
            .hint(format!("open {} yourself", page.display()))
    })
}
