//! The project's data sets in SPICE.

use super::dashboard::boards::{DATA_SET, of_kind, symbolic};
use super::error::CliError;
use crate::dashboard;
use crate::flow::SpiceDataSet;
use crate::template::{Declaration, Project};

/// Every data set that QuickSight keeps a copy of. Those of ImportMode DIRECT_QUERY are asked each time.
///
/// # Errors
/// One is wrong, or its id is not known before it is deployed.
pub(super) fn data_sets(project: &Project) -> Result<Vec<SpiceDataSet>, CliError> {
    let declared = of_kind(project, DATA_SET);
    declared
        .filter(|one| one.properties["ImportMode"] == "SPICE")
        .map(data_set)
        .collect()
}

fn data_set(declared: &Declaration) -> Result<SpiceDataSet, CliError> {
    let (file, line, id) = (declared.file.display(), declared.line, &declared.id);
    let count = dashboard::row_count(&symbolic(&declared.properties), id).map_err(|faults| {
        let faults: String = faults.iter().map(|fault| format!("\n  {fault}")).collect();
        CliError::usage(format!(
            "{file}, line {line}: the rows of {id} cannot be counted:{faults}"
        ))
    })?;
    let data_set_id = declared.properties["DataSetId"].as_str().ok_or_else(|| {
        CliError::usage(format!(
            "{file}, line {line}: DataSetId of {id} depends on another resource"
        ))
        .hint("give it a text that is known before anything is deployed")
    })?;
    Ok(SpiceDataSet {
        id: id.clone(),
        data_set_id: data_set_id.to_owned(),
        count,
    })
}
