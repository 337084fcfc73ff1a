//! Triggers: on demand, on a schedule, on the end of other jobs' runs.

mod fire;
mod model;
mod operations;
mod read;
mod schedule;
mod timetable;

use crate::local::error::AwsError;
use crate::local::glue::Glue;
use crate::local::glue::constraints::input;
use crate::local::json;

pub(super) use model::TRIGGERS;

impl Glue {
    /// Answers an operation on triggers, or `None` if it is none.
    pub(super) fn triggers(&self, operation: &str, body: &[u8]) -> Option<Result<Vec<u8>, AwsError>> {
        let run = || match operation {
            "CreateTrigger" => json::output(&self.create_trigger(input(body)?)?),
            "GetTrigger" => json::output(&self.get_trigger(&input(body)?)?),
            "GetTriggers" => json::output(&self.get_triggers(&input(body)?)?),
            "ListTriggers" => json::output(&self.list_triggers(&input(body)?)?),
            "BatchGetTriggers" => json::output(&self.batch_get_triggers(&input(body)?)?),
            "UpdateTrigger" => json::output(&self.update_trigger(input(body)?)?),
            "DeleteTrigger" => json::output(&self.delete_trigger(input(body)?)?),
            "StartTrigger" => json::output(&self.start_trigger(input(body)?)?),
            "StopTrigger" => json::output(&self.stop_trigger(input(body)?)?),
            _ => Err(json::unknown_operation(operation)),
        };
        let mine = operation.ends_with("Trigger") || operation.ends_with("Triggers");
        mine.then(run)
    }
}
