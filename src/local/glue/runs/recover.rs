//! What a process left behind that ended while runs were going.

use super::model::{ACTIVE, RUNS, State, put};
use crate::local::error::AwsError;
use crate::local::glue::Glue;

impl Glue {
    /// Runs of an earlier process are FAILED. On AWS they would go on; here the process is the cluster. They are not
    /// retried, whatever MaxRetries says: nobody may find work begun that was interrupted by intent.
    pub(in crate::local::glue) fn recover_runs(&self) -> Result<(), AwsError> {
        let left = ACTIVE.all(&self.env.store.read()?, "")?;
        if left.is_empty() {
            return Ok(());
        }
        let now = self.env.now();
        self.env.store.write(|tx| {
            for (id, key) in left {
                let Some(mut run) = RUNS.get(tx, &key)? else {
                    ACTIVE.remove(tx, &id)?;
                    continue;
                };
                let doing = match run.state {
                    State::Waiting => "was queued",
                    _ => "was going",
                };
                run.set(State::Failed, now);
                run.detail = None;
                run.error = Some(format!(
                    "The process of the embedded AWS ended while this job run {doing}; start the job again."
                ));
                put(tx, &key, &run)?;
            }
            Ok::<_, AwsError>(())
        })
    }
}
