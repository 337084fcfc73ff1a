//! From dashboards as they were read to dashboards as they are seen.

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::boards::Board;
use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::dashboard::{self, Options, RenderError, Rendered, Source, Unsupported, render};
use crate::flow::Warehouse;

/// A dashboard with its numbers.
pub(in crate::cli) struct Drawn {
    /// Logical id.
    pub id: String,
    /// QuickSight's id.
    pub dashboard_id: Option<String>,
    pub rendered: Rendered,
    pub unsupported: Vec<Unsupported>,
}

/// What a page says of its origin, and on what paper.
pub(super) struct Facts {
    from: String,
    dark: bool,
    /// Path that answers with the fingerprint of now, where the page is served.
    live: Option<String>,
}

impl Facts {
    pub fn of(session: &Session, warehouse: &Warehouse, dark: bool) -> Self {
        let project = &session.project;
        let from = format!(
            "{}, environment {}, warehouse {} (database {})",
            project.name,
            project.environment.name,
            warehouse.name(),
            warehouse.database()
        );
        Self { from, dark, live: None }
    }

    #[cfg(feature = "local")]
    pub fn live(mut self, path: String) -> Self {
        self.live = Some(path);
        self
    }
}

/// Why nothing was drawn.
pub(super) enum Failed {
    Query(CliError),
    Drawing(CliError),
}

impl Failed {
    pub fn into_error(self) -> CliError {
        match self {
            Self::Query(error) => error.hint("has the data been loaded? See pipectl run"),
            Self::Drawing(error) => error,
        }
    }
}

/// Changes when what the boards' pages show does. Blocks.
#[cfg(feature = "local")]
pub(super) fn fingerprint(boards: &[Board], rows: &dyn Source) -> Result<String, CliError> {
    let budget = Options::default().budget;
    let one =
        |board: &Board| dashboard::fingerprint(&board.dashboard, rows, budget).map_err(|error| failed(board, error));
    boards
        .iter()
        .map(one)
        .collect::<Result<String, Failed>>()
        .map_err(Failed::into_error)
}

fn failed(board: &Board, error: RenderError) -> Failed {
    let message = format!("{} cannot be drawn: {error}", board.id);
    match error {
        RenderError::Query { .. } => Failed::Query(CliError::failed(message)),
        RenderError::Script(_) => Failed::Drawing(CliError::failed(message)),
    }
}

/// Blocks.
pub(super) fn draw(boards: Vec<Board>, rows: &dyn Source, facts: &Facts) -> Result<Vec<Drawn>, Failed> {
    boards.into_iter().map(|board| one(board, rows, facts)).collect()
}

fn one(board: Board, rows: &dyn Source, facts: &Facts) -> Result<Drawn, Failed> {
    let options = Options {
        made_at: Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string(),
        made_from: facts.from.clone(),
        dark: facts.dark,
        live: facts.live.clone(),
        ..Options::default()
    };
    let rendered = render(&board.dashboard, rows, &options).map_err(|error| failed(&board, error))?;
    Ok(Drawn {
        id: board.id,
        dashboard_id: board.dashboard_id,
        unsupported: board.dashboard.unsupported().to_vec(),
        rendered,
    })
}

impl Drawn {
    /// For programs: what was drawn, from which queries, into which files.
    pub fn document(&self, files: &[PathBuf], url: Option<&str>) -> Value {
        let visuals = self
            .rendered
            .visuals
            .iter()
            .map(|visual| json!({ "id": visual.id, "title": visual.title, "queries": visual.queries }));
        let unsupported = self.unsupported.iter().map(ToString::to_string);
        json!({
            "id": self.id,
            "dashboard_id": self.dashboard_id,
            "files": files,
            "visuals": visuals.collect::<Vec<_>>(),
            "unsupported": unsupported.collect::<Vec<_>>(),
            "url": url,
        })
    }
}
