//! A declaration and its type's handler, as a node of the engine's graph.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::error::{Error, PropertyError};
use super::handler::{Handler, Observed, Scope};
use super::properties::{self, Misfit};
use crate::aws::{self, Backoff, ErrorKind};
use crate::engine::{BoxError, Condition, Cx, Desired, Live, Outputs, Owner, Resource};
use crate::template::Declaration;

/// How long something just written may stay invisible. IAM is the slowest: seconds.
const VISIBLE_WITHIN: Duration = Duration::from_secs(60);

pub(super) struct Declared<H> {
    handler: H,
    scope: Scope,
    declaration: Declaration,
    observed: bool,
}

impl<H: Handler> Declared<H> {
    pub(super) fn new(handler: H, scope: Scope, mut declaration: Declaration, observed: bool) -> Self {
        let fixed = handler.fixed_paths().iter().map(|path| (*path).to_owned());
        declaration.replacement_paths.extend(fixed);
        Self {
            handler,
            scope,
            declaration,
            observed,
        }
    }

    fn parse(&self, document: &Value) -> Result<H::Properties, Error> {
        properties::parse(document).map_err(|Misfit { path, reason }| {
            Error::from(Box::new(PropertyError {
                id: self.declaration.id.clone(),
                kind: self.declaration.kind.clone(),
                file: self.declaration.file.clone(),
                line: self.declaration.line,
                path,
                reason,
            }))
        })
    }

    fn live(&self, mut observed: Observed<H::Properties>) -> Result<Live, Error> {
        self.handler.normalise(&self.scope, &mut observed.properties)?;
        Ok(Live {
            physical_id: observed.physical_id,
            state: observed.state,
            document: properties::document(&observed.properties),
            attributes: observed.attributes,
            owner: observed.owner,
            created_at: observed.created_at,
        })
    }

    /// Reads what was just written, which some services show only after a moment.
    async fn read_back(&self, wanted: &H::Properties, cx: &Cx) -> Result<Live, Error> {
        let started = Instant::now();
        for delay in Backoff::POLL.delays() {
            match self.handler.observe(&self.scope, wanted).await {
                Ok(Some(observed)) => return self.live(observed),
                // Its parts (tags, policies) can become visible later than the resource itself.
                Ok(None) => {}
                Err(error) if error.is(ErrorKind::NotFound) => {}
                Err(error) => return Err(error),
            }
            if started.elapsed() > VISIBLE_WITHIN {
                break;
            }
            cx.report("not visible yet");
            sleep(delay).await;
        }
        let message = format!("it was written but cannot be read after {} s", VISIBLE_WITHIN.as_secs());
        Err(aws::Error::new(
            "pipectl",
            "read back",
            &self.declaration.id,
            ErrorKind::WaitTimedOut,
            message,
        )
        .into())
    }

    /// Reads what was just deleted until it no longer shows, so that a deploy that follows does not take it for alive.
    /// A name that somebody else has taken meanwhile, or a read that fails, ends it too: the deletion itself is done.
    async fn read_gone(&self, deleted: &H::Properties, cx: &Cx) {
        let started = Instant::now();
        for delay in Backoff::POLL.delays() {
            match self.handler.observe(&self.scope, deleted).await {
                Ok(Some(observed)) if observed.owner == Owner::Ours => {}
                _ => return,
            }
            if started.elapsed() > VISIBLE_WITHIN {
                tracing::warn!(id = %self.declaration.id, "deleted, but still listed by the service");
                return;
            }
            cx.report("deleted, still visible");
            sleep(delay).await;
        }
    }
}

#[async_trait]
impl<H: Handler> Resource for Declared<H> {
    fn id(&self) -> &str {
        &self.declaration.id
    }

    fn kind(&self) -> &str {
        &self.declaration.kind
    }

    fn dependencies(&self) -> &BTreeSet<String> {
        &self.declaration.dependencies
    }

    fn retained(&self) -> bool {
        self.declaration.retain
    }

    fn observed(&self) -> bool {
        self.observed
    }

    fn replacement_paths(&self) -> &[String] {
        &self.declaration.replacement_paths
    }

    fn closed_paths(&self) -> &'static [&'static str] {
        self.handler.closed_paths()
    }

    // No write-only paths: the schemas list properties that CloudFormation's own handlers do not read back, but every
    // property that the handlers here map is read back from the service.

    fn desired(&self, outputs: &Outputs) -> Result<Desired, BoxError> {
        let lookup = |id: &str, attribute: &str| outputs.get(id)?.get(attribute).cloned();
        let resolved = properties::resolve(&self.declaration.properties, &lookup);
        let mut wanted = self.parse(&resolved.document)?;
        self.handler.normalise(&self.scope, &mut wanted)?;
        let mut document = properties::document(&wanted);
        let unresolved = properties::unresolved(&mut document, &resolved.waiting);
        Ok(Desired { document, unresolved })
    }

    fn condition(&self, live: &Live) -> Condition {
        self.handler.condition(&live.state)
    }

    async fn read(&self, desired: &Value, _: &Cx) -> Result<Option<Live>, BoxError> {
        let wanted = self.parse(desired)?;
        let observed = self.handler.observe(&self.scope, &wanted).await?;
        Ok(observed.map(|observed| self.live(observed)).transpose()?)
    }

    async fn create(&self, desired: &Value, cx: &Cx) -> Result<Live, BoxError> {
        let wanted = self.parse(desired)?;
        self.handler.create(&self.scope, &wanted, cx).await?;
        Ok(self.read_back(&wanted, cx).await?)
    }

    async fn update(&self, _: &Live, desired: &Value, _: &[String], cx: &Cx) -> Result<Live, BoxError> {
        let wanted = self.parse(desired)?;
        self.handler.update(&self.scope, &wanted, cx).await?;
        Ok(self.read_back(&wanted, cx).await?)
    }

    async fn delete(&self, live: &Live, cx: &Cx) -> Result<(), BoxError> {
        let properties = self.parse(&live.document)?;
        self.handler.delete(&self.scope, &properties, cx).await?;
        self.read_gone(&properties, cx).await;
        Ok(())
    }
}
