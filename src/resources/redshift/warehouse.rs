//! The warehouse that SQL runs in, a workgroup or a cluster: its tags and whether it takes statements.

use super::cluster;
use crate::aws::statement::SqlTarget;
use crate::aws::{self, ErrorKind};
use crate::engine::Cx;
use crate::resources::error::Error;
use crate::resources::handler::{Scope, found};
use crate::resources::ownership::Tags;
use crate::resources::{redshift_serverless as serverless, redshift_serverless::workgroup};

/// What to do about a paused cluster. (A workgroup wakes up by itself.)
pub(super) const RESUME: &str =
    "resume the cluster (`aws redshift resume-cluster --cluster-identifier NAME`) and run the command again";

pub(super) struct Warehouse {
    pub name: String,
    pub arn: String,
    pub tags: Tags,
    serverless: bool,
    paused: bool,
}

impl Warehouse {
    /// `None` if it does not exist.
    pub(super) async fn find(scope: &Scope, target: &SqlTarget) -> Result<Option<Self>, aws::Error> {
        let name = target.name().to_owned();
        if target.workgroup.is_some() {
            let Some(workgroup) = workgroup::describe(scope, &name).await? else {
                return Ok(None);
            };
            let arn = workgroup.workgroup_arn.unwrap_or_default();
            let tags = found(serverless::tags(scope, &name, &arn).await)?.unwrap_or_default();
            return Ok(Some(Self {
                name,
                arn,
                tags,
                serverless: true,
                paused: false,
            }));
        }
        let Some(cluster) = cluster::describe(scope, &name).await? else {
            return Ok(None);
        };
        Ok(Some(Self {
            arn: super::arn(scope, "cluster", &name),
            name,
            paused: matches!(cluster.cluster_status(), Some("paused" | "pausing")),
            tags: super::by_key(cluster.tags),
            serverless: false,
        }))
    }

    /// # Errors
    /// It is paused.
    pub(super) fn awake(&self) -> Result<(), aws::Error> {
        if !self.paused {
            return Ok(());
        }
        let message = "the cluster is paused and takes no statements".to_owned();
        let error = aws::Error::new(
            "redshift",
            "DescribeClusters",
            &self.name,
            ErrorKind::FailedState,
            message,
        );
        Err(error.with_hint(RESUME))
    }

    pub(super) async fn tag(&self, scope: &Scope, key: &str, value: &str, cx: &Cx) -> Result<(), Error> {
        let tags = Tags::from([(key.to_owned(), value.to_owned())]);
        match self.serverless {
            true => serverless::tag(scope, &self.name, &self.arn, tags, cx).await,
            false => super::tag(scope, &self.name, &self.arn, tags, cx).await,
        }
    }

    /// A warehouse that is gone by now counts as done.
    pub(super) async fn untag(&self, scope: &Scope, key: &str, cx: &Cx) -> Result<(), Error> {
        let result = match self.serverless {
            true => serverless::untag(scope, &self.name, &self.arn, key, cx).await,
            false => super::untag(scope, &self.name, &self.arn, key, cx).await,
        };
        match result {
            Err(error) if error.is(ErrorKind::NotFound) => Ok(()),
            result => result,
        }
    }
}
