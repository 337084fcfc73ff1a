//! `pipectl up`

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::dashboard::{self, Pictures};
use super::error::CliError;
use super::exit::Exit;
use super::output::Output;
use super::run::{self, Failed};
use super::run_view::Done;
use super::session::Session;
use super::{Global, apply, human, ingest, interrupt};
use crate::engine::Intent;

/// Deploy, ingest files, process, load, refresh, and draw the dashboards: all of it
///
/// The same as pipectl deploy, ingest, run and dashboard one after the other; the first that fails ends it, and the same
/// command again goes on from there. It ends with the books: every row accounted for from the file to the dashboard. Rows
/// that break the record contract are kept aside and stand in the books.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    ingest: ingest::Arguments,
    #[command(flatten)]
    pictures: Pictures,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let cancel = interrupt::token(output);
    let session = tokio::select! {
        session = Session::open(global, output) => session?,
        () = cancel.cancelled() => return Ok(Exit::Interrupted),
    };
    output.status(&format!("{}:", human::headline(&session.project)));
    let up = Up {
        session: &session,
        global,
        arguments,
        output,
        cancel,
        started: Instant::now(),
    };
    let exit = up.steps().await;
    session.close().await;
    exit
}

struct Up<'a> {
    session: &'a Session,
    global: &'a Global,
    arguments: &'a Arguments,
    output: &'a Output,
    cancel: CancellationToken,
    started: Instant,
}

impl Up<'_> {
    async fn steps(&self) -> Result<Exit, CliError> {
        // What can be known to be wrong is said before anything is begun.
        let mut selected = self.session.project.resources.iter();
        let draws = selected.any(|one| one.kind == dashboard::boards::DASHBOARD);
        if draws {
            dashboard::boards::boards(&self.session.project, None)?;
        }
        self.arguments.ingest.openable()?;
        let exit = self.deploy().await?;
        if exit != Exit::Done {
            return Ok(exit);
        }
        if self.ingest().await? == Exit::Interrupted {
            return Ok(Exit::Interrupted);
        }
        let (ended, done) = self.run().await;
        if ended.is_err() || !done.agrees() {
            return run::conclude(ended, &done, self.started, self.output);
        }
        if !draws {
            return run::conclude(Ok(()), &done, self.started, self.output);
        }
        self.dashboard(&done).await
    }

    fn heading(&self, step: &str, text: &str) {
        if self.output.json() {
            self.output.event(&json!({ "event": "step", "step": step }));
        } else {
            self.output.status(&self.output.strong(text));
        }
    }

    async fn deploy(&self) -> Result<Exit, CliError> {
        self.heading("deploy", "Deploy");
        let (pace, cancel) = (apply::Pace::default(), self.cancel.clone());
        apply::within(self.session, Intent::Deploy, self.global, &pace, cancel, self.output).await
    }

    async fn ingest(&self) -> Result<Exit, CliError> {
        self.heading("ingest", "Ingest");
        let (files, cancel) = (&self.arguments.ingest, self.cancel.clone());
        let summary = ingest::stream_and_deliver(self.session, files, cancel, self.output).await?;
        Ok(match summary.interrupted {
            true => Exit::Interrupted,
            false => Exit::Done,
        })
    }

    async fn run(&self) -> (Result<(), Failed>, Done) {
        self.heading("run", "Process, load, refresh");
        let arguments = run::Arguments::default();
        run::work(self.session, &arguments, self.cancel.clone(), self.output).await
    }

    async fn dashboard(&self, done: &Done) -> Result<Exit, CliError> {
        self.heading("dashboard", "Dashboard");
        let dark = self.arguments.pictures.dark;
        let drawn = tokio::select! {
            drawn = dashboard::drawn(self.session, None, dark, &self.cancel) => drawn?,
            () = self.cancel.cancelled() => return Ok(Exit::Interrupted),
        };
        let written = dashboard::written(self.session, &self.arguments.pictures, &drawn)?;
        self.end(done, &written);
        Ok(Exit::Done)
    }

    /// The books, and where the pictures are.
    fn end(&self, done: &Done, written: &[dashboard::Written]) {
        let elapsed = self.started.elapsed();
        if self.output.json() {
            let mut summary = done.summary(elapsed, false);
            let dashboards: Vec<Value> = written.iter().map(dashboard::Written::document).collect();
            summary["dashboards"] = json!(dashboards);
            self.output.event(&summary);
            return;
        }
        for one in written {
            one.warn(self.output);
            self.output.status(&pictures(&one.files));
        }
        self.output.status("");
        if let Some(books) = &done.reconciliation {
            self.output.data(&done.books(books));
        }
        for one in written {
            self.output.data(&format!("\n{}", one.place()));
        }
        self.output.status(&done.sentence(elapsed));
    }
}

fn pictures(files: &[PathBuf]) -> String {
    let folder = files
        .iter()
        .find(|file| file.extension().is_some_and(|extension| extension == "png"));
    let count = human::counted(files.len() as u64, "file");
    match folder.and_then(|file| file.parent()) {
        Some(folder) => format!("  {count}; pictures of each chart in {}", folder.display()),
        None => format!("  {count}"),
    }
}
