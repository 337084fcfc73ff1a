//! Workers and data processing units.
//! Source: botocore `glue/2017-03-31`, documentation of `JobUpdate`'s MaxCapacity, WorkerType and NumberOfWorkers.

use super::model::Definition;
use crate::local::error::AwsError;
use crate::local::glue::errors::invalid;

/// Worker types and the data processing units of one worker.
const WORKERS: [(&str, f64); 13] = [
    ("Standard", 1.0),
    ("G.025X", 0.25),
    ("G.1X", 1.0),
    ("G.2X", 2.0),
    ("G.4X", 4.0),
    ("G.8X", 8.0),
    ("G.12X", 12.0),
    ("G.16X", 16.0),
    ("R.1X", 1.0),
    ("R.2X", 2.0),
    ("R.4X", 4.0),
    ("R.8X", 8.0),
    ("Z.2X", 2.0),
];

pub(in crate::local::glue) fn worker_types() -> Vec<&'static str> {
    WORKERS.iter().map(|(name, _)| *name).collect()
}

/// Units of a number of workers; the type has been checked against the model.
pub(in crate::local::glue) fn units(worker_type: &str, workers: i64) -> f64 {
    let known = WORKERS.iter().find(|(name, _)| *name == worker_type);
    known.map_or(1.0, |(_, units)| *units) * workers as f64
}

/// Checks which of capacity and workers is given, and fills in the others. Ten G.1X is what a job gets that asks
/// for nothing.
pub(super) fn complete(definition: &mut Definition) -> Result<(), AwsError> {
    let version = definition.glue_version.as_deref().unwrap_or_default();
    let by_capacity = version == "0.9" || version == "1.0";
    let capacity = definition
        .max_capacity
        .or(definition.allocated_capacity.map(|units| units as f64));
    match (definition.worker_type.clone(), definition.number_of_workers, capacity) {
        (Some(_), Some(_), Some(_)) => Err(invalid(
            "Please do not set Max Capacity if using Worker Type and Number of Workers.",
        )),
        (None, Some(_), _) | (Some(_), None, _) => Err(invalid("Please set both Worker Type and Number of Workers.")),
        (None, None, Some(_)) if !by_capacity => Err(invalid(format!(
            "Max Capacity cannot be set for Glue version {version}: set Worker Type and Number of Workers instead."
        ))),
        (None, None, Some(units)) if units < 2.0 => {
            Err(invalid("Max Capacity must be at least 2 for jobs of command glueetl."))
        }
        (None, None, capacity) if by_capacity => {
            fill(definition, capacity.unwrap_or(10.0));
            Ok(())
        }
        (kind, workers, _) => {
            let (kind, workers) = (kind.unwrap_or_else(|| "G.1X".into()), workers.unwrap_or(10));
            if workers < 1 {
                return Err(invalid("Number of Workers must be at least 1."));
            }
            fill(definition, units(&kind, workers));
            definition.worker_type = Some(kind);
            definition.number_of_workers = Some(workers);
            Ok(())
        }
    }
}

fn fill(definition: &mut Definition, units: f64) {
    definition.max_capacity = Some(units);
    definition.allocated_capacity = Some(units as i64);
}
