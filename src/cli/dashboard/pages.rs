//! Dashboards as `pipectl local` serves them: drawn anew for every reader, and again when the warehouse has changed.

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::boards::{DASHBOARD, boards, of_kind};
use super::draw::{self, Facts};
use super::rows::Rows;
use crate::aws::Endpoint;
use crate::cli::Global;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::session::{self, Session};
use crate::dashboard::escape;
use crate::local::{Page, Pages};

/// Where they are, each below by its logical id.
pub(in crate::cli) const PREFIX: &str = "/_pipectl/dashboards/";
/// After a dashboard's path: the fingerprint of what its page would show now.
const NOW: &str = "/now";

/// The project's dashboards.
///
/// The configs are read for each request, so that a page shows a definition as it is being written, deployed or not; the
/// rows are those of the embedded warehouse.
pub(in crate::cli) struct Dashboards {
    pub global: Global,
    pub output: Output,
    pub endpoint: Endpoint,
}

/// Paths of the dashboards that the project has now.
pub(in crate::cli) fn paths(project: &crate::template::Project) -> Vec<String> {
    of_kind(project, DASHBOARD)
        .map(|one| format!("{PREFIX}{}", one.id))
        .collect()
}

#[async_trait]
impl Pages for Dashboards {
    async fn page(&self, path: &str) -> Option<Page> {
        let name = path.strip_prefix(PREFIX)?;
        if name.is_empty() {
            return Some(self.index());
        }
        Some(match name.strip_suffix(NOW) {
            Some(name) => match self.fingerprint(name).await {
                Ok(fingerprint) => Page::text(200, fingerprint),
                Err(error) => Page::text(503, error.render(false)),
            },
            None => match self.drawn(name).await {
                Ok(html) => Page::html(200, html),
                Err(error) => Page::html(503, waiting(name, &error)),
            },
        })
    }
}

impl Dashboards {
    pub fn new(global: &Global, output: &Output, endpoint: Endpoint) -> Self {
        Self {
            global: global.clone(),
            output: output.clone(),
            endpoint,
        }
    }

    fn index(&self) -> Page {
        match session::load(&self.global, &self.output) {
            Ok(project) => {
                let link = |path: String| {
                    let name = path.trim_start_matches(PREFIX);
                    format!("<li><a href=\"{path}\">{}</a></li>", escape(name))
                };
                let links: String = paths(&project).into_iter().map(link).collect();
                let title = format!("Dashboards of {}", escape(&project.name));
                Page::html(200, document(&title, &format!("<h1>{title}</h1><ul>{links}</ul>"), ""))
            }
            Err(error) => Page::html(503, waiting("Dashboards", &error)),
        }
    }

    async fn session(&self) -> Result<Session, CliError> {
        let project = session::load(&self.global, &self.output)?;
        Session::over(project, self.endpoint.clone()).await
    }

    async fn drawn(&self, name: &str) -> Result<String, CliError> {
        let session = self.session().await?;
        let boards = boards(&session.project, Some(name))?;
        let warehouse = session.warehouse().await?;
        let facts = Facts::of(&session, &warehouse, false).live(format!("{PREFIX}{name}{NOW}"));
        let rows = Rows::new(warehouse, CancellationToken::new());
        let drawn = blocking(move || draw::draw(boards, &rows, &facts)).await?;
        let drawn = drawn.map_err(draw::Failed::into_error)?;
        Ok(drawn.into_iter().map(|one| one.rendered.html).collect())
    }

    async fn fingerprint(&self, name: &str) -> Result<String, CliError> {
        let session = self.session().await?;
        let boards = boards(&session.project, Some(name))?;
        let rows = Rows::new(session.warehouse().await?, CancellationToken::new());
        blocking(move || draw::fingerprint(&boards, &rows)).await?
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, CliError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| CliError::failed(format!("the drawing ended early: {error}")))
}

/// What a reader sees who is too early, or whose definition is wrong: looks again by itself.
fn waiting(name: &str, error: &CliError) -> String {
    let body = format!(
        "<h1>{}</h1><pre>{}</pre><p>This page looks again every few seconds.</p>",
        escape(name),
        escape(&error.render(false))
    );
    document(&escape(name), &body, "<meta http-equiv=\"refresh\" content=\"3\">")
}

fn document(title: &str, body: &str, head: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
         <link rel=\"icon\" href=\"data:,\">{head}<title>{title}</title>\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}pre{{white-space:pre-wrap}}</style>\
         </head><body>{body}</body></html>"
    )
}
