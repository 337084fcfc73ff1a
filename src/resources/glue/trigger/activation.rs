//! Starting and stopping a trigger, and changing one that is active.

use aws_sdk_glue::types as glue;

use super::{settled, status, waiting};
use crate::aws::{self, failure, wait_until};
use crate::engine::Cx;
use crate::resources::error::Error;
use crate::resources::handler::Scope;

pub(super) fn is_active(state: &str) -> bool {
    matches!(state, "ACTIVATED" | "ACTIVATING")
}

pub(super) async fn start(scope: &Scope, name: &str, cx: &Cx) -> Result<(), Error> {
    scope
        .retrying(cx, async || {
            let answer = scope.clients.glue.start_trigger().name(name).send().await;
            answer.map_err(|e| failure("glue", "StartTrigger", name, e))
        })
        .await?;
    // A trigger just started can read as it did before for a moment.
    reached(scope, name, &["CREATED", "DEACTIVATED", "ACTIVATING"], "ACTIVATED", cx).await
}

pub(super) async fn stop(scope: &Scope, name: &str, cx: &Cx) -> Result<(), Error> {
    scope
        .retrying(cx, async || {
            let answer = scope.clients.glue.stop_trigger().name(name).send().await;
            answer.map_err(|e| failure("glue", "StopTrigger", name, e))
        })
        .await?;
    reached(scope, name, &["ACTIVATED", "DEACTIVATING"], "DEACTIVATED", cx).await
}

async fn reached(scope: &Scope, name: &str, pending: &[&str], target: &str, cx: &Cx) -> Result<(), Error> {
    let target = [target];
    let wait = waiting(name, pending, &target);
    let poll = async || Ok(status(super::find(scope, name).await?));
    wait_until(wait, &|state| cx.report(state), poll).await?;
    Ok(())
}

/// Writes the definition. Glue's documentation does not say whether an active trigger can be changed: where it is
/// refused for its state, the trigger is stopped for the change and started again, also if the change fails.
pub(super) async fn redefine(
    scope: &Scope,
    name: &str,
    update: glue::TriggerUpdate,
    active: bool,
    cx: &Cx,
) -> Result<(), Error> {
    let write = async || {
        let request = scope.clients.glue.update_trigger().name(name);
        let answer = request.trigger_update(update.clone()).send().await;
        answer.map_err(|e| failure("glue", "UpdateTrigger", name, e))
    };
    match scope.retrying(cx, write).await {
        Err(Error::Aws(error)) if active && for_its_state(&error) => {
            stop(scope, name, cx).await?;
            let written = scope.retrying(cx, write).await;
            start(scope, name, cx).await?;
            written?;
        }
        result => {
            result?;
        }
    }
    settled(scope, name, cx).await?;
    Ok(())
}

/// As StopTrigger words it: "The operation is not allowed when trigger is in state: CREATED"
/// (hashicorp/terraform-provider-aws#49407).
fn for_its_state(error: &aws::Error) -> bool {
    error.code == "InvalidInputException" && error.message.contains("in state")
}
