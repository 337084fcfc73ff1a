//! The embedded AWS as a whole: opened on a folder, reached in process or over TCP.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use http::{Method, Request, Response};
use s3s::Body;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::cloudwatch::{self, CloudWatch};
use super::connector::InProcess;
use super::control::{self, DrainError, Drained};
use super::env::{Env, Options};
use super::error::AwsError;
use super::firehose::Firehose;
use super::glue::Glue;
use super::glue::runner::{DuckDbRunner, Engines, SparkRunner};
use super::http::{HttpService, Services};
use super::iam::Iam;
use super::json::JsonService;
use super::kinesis::Kinesis;
use super::lock::{Holder, Lock};
use super::logs::Logs;
use super::pages::{self, Pages};
use super::query::QueryService;
use super::quicksight::QuickSight;
use super::redshift::Redshift;
use super::redshift_data::RedshiftData;
use super::redshift_serverless::RedshiftServerless;
use super::rest::RestService;
use super::s3::S3;
use super::secrets::Secrets;
use super::server;
use super::store::{Store, StoreError};
use super::sts::Sts;
use super::tagging::{TagSource, Tagging};
use super::warehouse::Warehouses;
use super::warehouse_access::Endpoints;

/// A running embedded AWS. Dropping it loses nothing that was acknowledged.
pub struct Embedded {
    services: Arc<Services>,
    cloudwatch: Arc<CloudWatch>,
    firehose: Arc<Firehose>,
    glue: Arc<Glue>,
    data: Arc<RedshiftData>,
    quicksight: Arc<QuickSight>,
    warehouses: Arc<Warehouses>,
    lock: Lock,
}

/// The data could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it; who, if it said so.
    #[error("{}", in_use(.0))]
    InUse(Option<Holder>),
    #[error("{}: {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Service(String),
}

fn in_use(holder: &Option<Holder>) -> String {
    match holder {
        Some(Holder {
            pid,
            endpoint: Some(url),
        }) => format!("process {pid} serves this data on {url}"),
        Some(Holder { pid, endpoint: None }) => format!("process {pid} is using this data"),
        None => "another process is using this data".to_owned(),
    }
}

impl From<AwsError> for OpenError {
    fn from(error: AwsError) -> Self {
        Self::Service(error.to_string())
    }
}

impl Embedded {
    /// Opens the data in `dir`, making the folder if there is none, and resumes deliveries.
    /// One process at a time; the second gets [`OpenError::InUse`].
    pub async fn open(dir: &Path, options: Options) -> Result<Arc<Self>, OpenError> {
        let folder = |source| OpenError::Folder {
            path: dir.to_owned(),
            source,
        };
        fs::create_dir_all(dir).map_err(folder)?;
        let lock = Lock::take(dir).map_err(folder)?.map_err(OpenError::InUse)?;
        let store = Store::open(&dir.join("state.redb"))?;
        let env = Arc::new(Env::new(dir.to_owned(), store, options));
        let s3 = S3::new(Arc::clone(&env))?;
        let kinesis = Kinesis::new(Arc::clone(&env))?;
        let iam = Arc::new(Iam::new(Arc::clone(&env)));
        let logs = Arc::new(Logs::new(Arc::clone(&env)));
        let cloudwatch = CloudWatch::new(Arc::clone(&env));
        let firehose = Firehose::new(
            Arc::clone(&env),
            Arc::clone(&kinesis),
            Arc::clone(&iam) as _,
            Arc::clone(&s3) as _,
            Arc::clone(&logs) as _,
        )?;
        let glue = Glue::new(
            Arc::clone(&env),
            Arc::clone(&iam) as _,
            Arc::clone(&logs) as _,
            Arc::new(glue_engines(&s3)),
        )?;
        let warehouses = Warehouses::new(&env, Arc::clone(&s3) as _, Arc::clone(&iam) as _);
        let secrets = Arc::new(Secrets::new(Arc::clone(&env)));
        let redshift = Arc::new(Redshift::new(Arc::clone(&env), Arc::clone(&warehouses) as _)?);
        let serverless = Arc::new(RedshiftServerless::new(Arc::clone(&env), Arc::clone(&warehouses) as _)?);
        let data = RedshiftData::new(
            Arc::clone(&env),
            Arc::clone(&warehouses) as _,
            Arc::clone(&redshift),
            Arc::clone(&serverless),
            Arc::clone(&secrets),
        )?;
        let endpoints = Endpoints {
            warehouses: Arc::clone(&warehouses),
            clusters: Arc::clone(&redshift),
            workgroups: Arc::clone(&serverless),
            secrets: Arc::clone(&secrets),
            roles: Arc::clone(&iam) as _,
        };
        let quicksight = QuickSight::new(Arc::clone(&env), Arc::new(endpoints))?;
        let tagged: Vec<Arc<dyn TagSource>> = vec![
            s3.clone(),
            kinesis.clone(),
            firehose.clone(),
            glue.clone(),
            iam.clone(),
            logs.clone(),
            cloudwatch.clone(),
            redshift.clone(),
            serverless.clone(),
            secrets.clone(),
            quicksight.clone(),
        ];
        let services = Services {
            json: BTreeMap::from([
                ("Kinesis_20131202", kinesis as Arc<dyn JsonService>),
                ("Firehose_20150804", firehose.clone() as _),
                ("AWSGlue", glue.clone() as _),
                ("Logs_20140328", logs as _),
                ("RedshiftServerless", serverless as _),
                ("RedshiftData", data.clone() as _),
                ("secretsmanager", secrets as _),
                ("ResourceGroupsTaggingAPI_20170126", Arc::new(Tagging::new(tagged)) as _),
            ]),
            query: BTreeMap::from([
                ("2010-05-08", iam.clone() as Arc<dyn QueryService>),
                (cloudwatch::VERSION, cloudwatch.clone() as _),
                ("2012-12-01", redshift as _),
                ("2011-06-15", Arc::new(Sts::new(env, iam)) as _),
            ]),
            rest: BTreeMap::from([("quicksight", quicksight.clone() as Arc<dyn RestService>)]),
            rpc: BTreeMap::from([(cloudwatch::TARGET, cloudwatch.clone() as Arc<dyn HttpService>)]),
            s3: Arc::new(s3.service()),
        };
        firehose.start();
        Ok(Arc::new(Self {
            services: Arc::new(services),
            cloudwatch,
            firehose,
            glue,
            data,
            quicksight,
            warehouses,
            lock,
        }))
    }

    /// A transport for the SDK that opens no socket.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(InProcess::new(Arc::clone(&self.services)))
    }

    /// Serves on TCP, `pages` besides, until `shutdown`; other processes learn the address from the lock. Meanwhile Glue's
    /// scheduled triggers and QuickSight's refresh schedules fire, and CloudWatch's alarms are evaluated.
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        pages: Arc<dyn Pages>,
        shutdown: CancellationToken,
    ) -> io::Result<()> {
        self.lock.announce(Some(format!("http://{}", listener.local_addr()?)))?;
        let embedded = Arc::clone(&self);
        let answer = move |request| {
            let (embedded, pages) = (Arc::clone(&embedded), Arc::clone(&pages));
            async move { embedded.answer(request, pages.as_ref()).await }
        };
        self.glue.start_schedule();
        self.quicksight.start_schedule();
        self.cloudwatch.start();
        server::serve(listener, Arc::new(answer), shutdown).await?;
        self.lock.announce(None)
    }

    async fn answer(&self, request: Request<Body>, pages: &dyn Pages) -> Response<Body> {
        match (request.method(), request.uri().path()) {
            (&Method::GET, control::HEALTH) => control::health(self.services.names()),
            (&Method::POST, control::DRAIN) => control::respond(self.drain().await),
            (_, path) if path.starts_with(control::PREFIX) => {
                let page = pages::answer(pages, &request).await;
                page.unwrap_or_else(control::not_found)
            }
            _ => self.services.handle(request).await,
        }
    }

    /// Delivers to S3 what is in the streams and in buffers now, without waiting for buffering intervals.
    pub async fn drain(&self) -> Result<Drained, DrainError> {
        let drained = self
            .firehose
            .drain()
            .await
            .map_err(|error| DrainError(error.to_string()))?;
        Ok(Drained {
            records: drained.rows,
            objects: drained.objects,
        })
    }

    /// Waits for ingestions of QuickSight, then stops deliveries, job runs and SQL statements. What was not delivered
    /// yet is on disk and goes on with the next start; job runs that are going become STOPPED, with an ErrorMessage that
    /// says why.
    pub async fn close(&self) {
        self.quicksight.stop().await;
        self.glue.stop().await;
        self.firehose.stop().await;
        self.data.stop().await;
        self.warehouses.close();
        self.cloudwatch.stop().await;
    }
}

/// What runs Glue's jobs.
fn glue_engines(s3: &Arc<S3>) -> Engines {
    Engines {
        sql: Arc::new(DuckDbRunner::new(Arc::clone(s3) as _)),
        spark: Arc::new(SparkRunner::new(Arc::clone(s3) as _)),
    }
}
