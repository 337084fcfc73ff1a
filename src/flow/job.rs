//! The Glue job as it is deployed: what it reads and where it writes.

use aws_sdk_glue::Client;

use super::error::Error;
use super::places::S3Uri;
use crate::aws::{ErrorKind, failure};

/// What an argument must name.
const OBJECT: &str = "an object";
const FOLDER: &str = "a folder, with a slash at the end";

/// The job's name and the arguments that pipectl and the job agree on.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub name: String,
    /// The SQL that makes curated rows of raw ones.
    pub transform: S3Uri,
    /// The record contract.
    pub contract: S3Uri,
    /// What keys of the input are relative to.
    pub raw: S3Uri,
    /// Where reports go.
    pub reports: S3Uri,
}

impl Job {
    /// Reads the job's default arguments.
    ///
    /// # Errors
    /// There is no such job, or an argument is missing or no S3 URI.
    pub async fn find(glue: &Client, name: &str) -> Result<Self, Error> {
        let answer = glue.get_job().job_name(name).send().await;
        let answer = answer.map_err(|error| match failure("glue", "GetJob", name, error) {
            error if error.is(ErrorKind::NotFound) => Error::NotDeployed {
                what: format!("the Glue job {name}"),
            },
            error => error.into(),
        })?;
        let arguments = answer.job.and_then(|job| job.default_arguments).unwrap_or_default();
        let uri = |argument: &'static str, what| {
            let given = arguments.get(argument).ok_or_else(|| Error::NoArgument {
                job: name.to_owned(),
                argument,
            })?;
            let uri = S3Uri::parse(given).filter(|uri| (what == FOLDER) == uri.is_folder());
            uri.ok_or_else(|| Error::BadArgument {
                job: name.to_owned(),
                argument,
                what,
            })
        };
        Ok(Self {
            name: name.to_owned(),
            transform: uri("--transform", OBJECT)?,
            contract: uri("--contract", OBJECT)?,
            raw: uri("--raw", FOLDER)?,
            reports: uri("--reports", FOLDER)?,
        })
    }
}
