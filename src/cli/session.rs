//! What every command that talks to AWS needs: the project, a way to reach its environment, its graph.

use std::sync::Arc;

use super::Global;
use super::error::CliError;
use super::output::Output;
use crate::aws::{self, Clients, Endpoint, Target};
use crate::engine::Graph;
use crate::resources;
use crate::template::{self, LoadOptions, Project};

#[cfg(feature = "local")]
use super::local::Embedding;

/// Without the embedded AWS there is none.
#[cfg(not(feature = "local"))]
type Embedding = std::convert::Infallible;

/// An open connection to one environment of a project.
pub(super) struct Session {
    pub project: Project,
    pub clients: Arc<Clients>,
    pub graph: Graph,
    #[cfg(feature = "local")]
    pub embedding: Option<Embedding>,
}

/// What a drain delivered to S3.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delivered {
    pub records: u64,
    pub objects: u64,
}

/// Loads and validates the project for the environment and stages asked for.
pub(super) fn load(global: &Global, output: &Output) -> Result<Project, CliError> {
    let options = LoadOptions {
        environment: Some(global.env.clone()),
        stages: global.stages.clone(),
        endpoint: global.endpoint_url.clone().filter(|url| !url.is_empty()),
        ..Default::default()
    };
    let project = template::load(&global.project, &options)?;
    for warning in &project.warnings {
        output.status(&format!("{}\n", warning.render(output.colour())));
    }
    Ok(project)
}

impl Session {
    /// Loads the project, reaches its environment and checks that it is the account the project names.
    pub async fn open(global: &Global, output: &Output) -> Result<Self, CliError> {
        let project = load(global, output)?;
        let (endpoint, embedding) = reach(&project, output).await?;
        Self::new(project, endpoint, embedding).await
    }

    /// The same for a project that is loaded and an endpoint that is known.
    #[cfg(feature = "local")]
    pub async fn over(project: Project, endpoint: Endpoint) -> Result<Self, CliError> {
        Self::new(project, endpoint, None).await
    }

    async fn new(project: Project, endpoint: Endpoint, _embedding: Option<Embedding>) -> Result<Self, CliError> {
        let target = Target {
            region: project.environment.region.clone(),
            endpoint,
            profile: project.environment.profile.clone(),
            record_requests: std::env::var_os("PIPECTL_RECORD_REQUESTS").map(Into::into),
        };
        let clients = Arc::new(aws::connect(&target).await?);
        let environment = &project.environment;
        aws::check_account(&clients, &environment.name, &environment.account).await?;
        let nodes = resources::graph_nodes(&project, Arc::clone(&clients))
            .map_err(|error| CliError::usage(error.to_string()))?;
        let graph = Graph::new(nodes).map_err(|error| CliError::usage(error.to_string()))?;
        Ok(Self {
            project,
            clients,
            graph,
            #[cfg(feature = "local")]
            embedding: _embedding,
        })
    }

    /// Whether this is the embedded AWS, here or in a running `pipectl local`.
    pub fn is_embedded(&self) -> bool {
        #[cfg(feature = "local")]
        return self.embedding.is_some();
        #[cfg(not(feature = "local"))]
        false
    }

    /// Whether the embedded AWS is in this process, and ends with it.
    pub fn is_inside(&self) -> bool {
        #[cfg(feature = "local")]
        return matches!(self.embedding, Some(Embedding::Here(_)));
        #[cfg(not(feature = "local"))]
        false
    }

    /// On the embedded AWS, delivers to S3 what is in the streams and buffers; elsewhere Firehose does in its own time.
    pub async fn drain(&self) -> Result<Option<Delivered>, CliError> {
        #[cfg(feature = "local")]
        if let Some(embedding) = &self.embedding {
            let drained = embedding.drain().await?;
            return Ok(Some(Delivered {
                records: drained.records,
                objects: drained.objects,
            }));
        }
        Ok(None)
    }

    /// Lets go of the embedded AWS, so that the next process finds its data at rest.
    pub async fn close(self) {
        #[cfg(feature = "local")]
        if let Some(embedding) = self.embedding {
            embedding.close().await;
        }
    }
}

#[cfg(feature = "local")]
async fn reach(project: &Project, output: &Output) -> Result<(Endpoint, Option<Embedding>), CliError> {
    if let Some(url) = remote_url(project)? {
        let embedding = match aws::is_loopback(&url) {
            true => Embedding::at(&url).await,
            false => None,
        };
        return Ok((Endpoint::Url(url), embedding));
    }
    let Some(settings) = project.environment.embedded else {
        return Ok((Endpoint::Aws, None));
    };
    let embedding = Embedding::open(project, settings, output).await?;
    Ok((embedding.endpoint(), Some(embedding)))
}

#[cfg(not(feature = "local"))]
async fn reach(project: &Project, _: &Output) -> Result<(Endpoint, Option<Embedding>), CliError> {
    if let Some(url) = remote_url(project)? {
        return Ok((Endpoint::Url(url), None));
    }
    if project.environment.embedded.is_some() {
        let name = &project.environment.name;
        return Err(CliError::usage(format!(
            "environment {name} needs the embedded AWS, which this pipectl was built without"
        ))
        .hint("name another environment with --env, or install pipectl with its default features"));
    }
    Ok((Endpoint::Aws, None))
}

fn remote_url(project: &Project) -> Result<Option<String>, CliError> {
    match project.environment.endpoint.as_ref() {
        Some(url) if !is_http(url) => Err(CliError::usage(format!("{url:?} is not the URL of an endpoint"))
            .hint("give --endpoint-url or AWS_ENDPOINT_URL one like http://127.0.0.1:4566")),
        url => Ok(url.cloned()),
    }
}

/// Whether it is an absolute URL that a request can be sent to.
fn is_http(url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else {
        return false;
    };
    matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
}
