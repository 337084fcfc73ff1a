//! `pipectl local`, and how other commands find the embedded AWS.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use serde_json::json;
use tokio::net::TcpListener;

use super::dashboard::pages::{self, Dashboards};
use super::error::CliError;
use super::exit::Exit;
use super::output::Output;
use super::{Global, interrupt, session};
use crate::aws::Endpoint;
use crate::local::{Drained, Embedded, Holder, Limits, OpenError, Options, Timing, drain_server, is_server};
use crate::template::{EmbeddedSettings, Project};

/// Serve the embedded AWS for the AWS CLI, boto3 and every other SDK
///
/// While it runs, other pipectl commands of the same project and environment use it. Any access key
/// is accepted. Ctrl-C ends it; nothing that was written is lost.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 4566)]
    port: u16,
    /// Throughput limits of shards
    #[arg(long, value_enum)]
    limits: Option<LimitsArgument>,
    /// Waiting times: CREATING states, buffering intervals, IAM propagation
    #[arg(long, value_enum)]
    timing: Option<TimingArgument>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LimitsArgument {
    /// As fast as the machine
    None,
    /// 1 MiB/s and 1,000 records/s a shard
    Aws,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TimingArgument {
    /// Short
    Fast,
    /// As long as AWS takes
    Aws,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let project = session::load(global, output)?;
    let settings = project.environment.embedded.ok_or_else(|| {
        let name = &project.environment.name;
        CliError::usage(format!("environment {name} is not an embedded one")).hint("use --env local")
    })?;
    let settings = EmbeddedSettings {
        aws_limits: arguments
            .limits
            .map_or(settings.aws_limits, |limits| matches!(limits, LimitsArgument::Aws)),
        aws_timing: arguments
            .timing
            .map_or(settings.aws_timing, |timing| matches!(timing, TimingArgument::Aws)),
    };
    let shutdown = interrupt::token(output);
    let embedded = Embedded::open(&folder(&project), options(&project, settings))
        .await
        .map_err(|error| open_failed(error, &project))?;
    let listener = TcpListener::bind(("127.0.0.1", arguments.port))
        .await
        .map_err(|error| {
            CliError::failed(format!("cannot listen on 127.0.0.1:{}: {error}", arguments.port))
                .hint("another server is there; choose a port with --port, 0 for a free one")
        })?;
    let address = listener
        .local_addr()
        .map_err(|error| CliError::failed(error.to_string()))?;
    announce(&format!("http://{address}"), &project, output);
    let pages = Dashboards::new(global, output, Endpoint::InProcess(embedded.http_client()));
    let served = Arc::clone(&embedded).serve(listener, Arc::new(pages), shutdown).await;
    embedded.close().await;
    served.map_err(|error| CliError::failed(format!("the server stopped: {error}")))?;
    Ok(Exit::Done)
}

fn announce(endpoint: &str, project: &Project, output: &Output) {
    let dashboards = pages::paths(project)
        .into_iter()
        .map(|path| format!("{endpoint}{path}"));
    let dashboards: Vec<String> = dashboards.collect();
    if output.json() {
        output.event(&json!({ "event": "listening", "endpoint": endpoint, "dashboards": dashboards }));
        return;
    }
    let region = &project.environment.region;
    output.data(&format!(
        "The embedded AWS listens on {endpoint} (account {}).",
        project.environment.account
    ));
    output.data("In another terminal:");
    output.data(&format!(
        "  export AWS_ENDPOINT_URL={endpoint} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION={region}"
    ));
    output.data("  aws s3 ls");
    for url in dashboards {
        output.data(&format!("Dashboard: {url}"));
    }
}

/// The embedded AWS of this process, or the server that another process runs on the same data.
pub(super) enum Embedding {
    Here(Arc<Embedded>),
    Served(String),
}

/// How long to wait for another command that is using the data.
const PATIENCE: Duration = Duration::from_secs(60);

impl Embedding {
    pub async fn open(project: &Project, settings: EmbeddedSettings, output: &Output) -> Result<Self, CliError> {
        let deadline = Instant::now() + PATIENCE;
        let mut told = false;
        loop {
            let holder = match Embedded::open(&folder(project), options(project, settings)).await {
                Ok(embedded) => return Ok(Self::Here(embedded)),
                Err(OpenError::InUse(Some(Holder {
                    endpoint: Some(url), ..
                }))) => return Ok(Self::Served(url)),
                Err(OpenError::InUse(holder)) if Instant::now() < deadline => holder,
                Err(error) => return Err(open_failed(error, project)),
            };
            if !told {
                let process = holder.map_or_else(
                    || "another process".to_owned(),
                    |holder| format!("process {}", holder.pid),
                );
                output.status(&format!("waiting for {process}, which is using the embedded AWS"));
                told = true;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The embedded AWS that serves at `url`, if one does: reached by its address instead of by its data.
    pub async fn at(url: &str) -> Option<Self> {
        let url = url.trim_end_matches('/');
        is_server(url).await.then(|| Self::Served(url.to_owned()))
    }

    pub fn endpoint(&self) -> Endpoint {
        match self {
            Self::Here(embedded) => Endpoint::InProcess(embedded.http_client()),
            Self::Served(url) => Endpoint::Url(url.clone()),
        }
    }

    /// Delivers what is in the streams and buffers, instead of waiting for a buffering interval.
    pub async fn drain(&self) -> Result<Drained, CliError> {
        let drained = match self {
            Self::Here(embedded) => embedded.drain().await.map_err(|error| error.to_string()),
            Self::Served(url) => drain_server(url).await.map_err(|error| error.to_string()),
        };
        drained
            .map_err(|error| CliError::failed(format!("the embedded Firehose could not deliver everything: {error}")))
    }

    pub async fn close(self) {
        if let Self::Here(embedded) = self {
            embedded.close().await;
        }
    }
}

/// Where the embedded AWS of an environment keeps its data.
fn folder(project: &Project) -> PathBuf {
    project.root.join(".pipectl").join(&project.environment.name)
}

fn options(project: &Project, settings: EmbeddedSettings) -> Options {
    Options {
        account: project.environment.account.clone(),
        region: project.environment.region.clone(),
        limits: if settings.aws_limits { Limits::Aws } else { Limits::None },
        timing: if settings.aws_timing {
            Timing::aws()
        } else {
            Timing::fast()
        },
    }
}

fn open_failed(error: OpenError, project: &Project) -> CliError {
    let failed = CliError::failed("cannot open the embedded AWS").caused_by(&error);
    match error {
        OpenError::InUse(_) => failed.hint("another pipectl process is using this environment; wait for it or end it"),
        OpenError::Store(error) if !error.is_disk_full() => {
            let folder = folder(project).display().to_string();
            failed.hint(format!(
                "if the data is damaged, remove the folder {folder} and deploy again; the environment starts empty"
            ))
        }
        _ => failed,
    }
}
