//! The project's dashboards as the preview reads them: no network, no warehouse.

use serde_json::Value;

use crate::cli::error::CliError;
use crate::dashboard::{self, Dashboard, DataSetSource, ReadError};
use crate::template::{self, Declaration, Project};

pub(in crate::cli) const DASHBOARD: &str = "AWS::QuickSight::Dashboard";
pub(in crate::cli) const DATA_SET: &str = "AWS::QuickSight::DataSet";

/// A dashboard that can be drawn.
pub(in crate::cli) struct Board {
    /// Logical id.
    pub id: String,
    /// QuickSight's id of it, where it is known before anything is deployed.
    pub dashboard_id: Option<String>,
    pub dashboard: Dashboard,
}

/// All dashboards of the project, or the one called `only` by its logical id or its name.
///
/// # Errors
/// There is none of that name; or a definition, or a data set that it uses, is wrong: with every fault.
pub(in crate::cli) fn boards(project: &Project, only: Option<&str>) -> Result<Vec<Board>, CliError> {
    let wanted = wanted(project, only)?;
    let sources = sources(project);
    let (mut boards, mut faults) = (Vec::new(), Vec::new());
    for one in wanted {
        match read(one, &sources) {
            Ok(dashboard) => boards.push(Board {
                id: one.id.clone(),
                dashboard_id: one.properties["DashboardId"].as_str().map(str::to_owned),
                dashboard,
            }),
            Err(error) => faults.push(told(one, &error)),
        }
    }
    match faults.is_empty() {
        true => Ok(boards),
        false => Err(CliError::usage(faults.join("\n"))),
    }
}

/// The declarations of all dashboards, or of the one called `only` by its logical id, its name or QuickSight's id.
///
/// # Errors
/// There is none.
pub(super) fn wanted<'a>(project: &'a Project, only: Option<&str>) -> Result<Vec<&'a Declaration>, CliError> {
    let declared: Vec<&Declaration> = of_kind(project, DASHBOARD).collect();
    let wanted: Vec<&Declaration> = match only {
        None => declared.clone(),
        Some(name) => declared
            .iter()
            .copied()
            .filter(|one| one.id == name || one.properties["Name"] == name || one.properties["DashboardId"] == name)
            .collect(),
    };
    match wanted.is_empty() {
        true => Err(missing(project, &declared, only)),
        false => Ok(wanted),
    }
}

/// Every resource of a type, those of stages that were not asked for included.
pub(in crate::cli) fn of_kind<'a>(project: &'a Project, kind: &'a str) -> impl Iterator<Item = &'a Declaration> {
    let all = project.resources.iter().chain(&project.unselected);
    all.filter(move |declared| declared.kind == kind)
}

fn missing(project: &Project, declared: &[&Declaration], only: Option<&str>) -> CliError {
    let environment = &project.environment.name;
    if declared.is_empty() {
        return CliError::usage(format!("environment {environment} has no dashboard")).hint(format!(
            "declare a resource of type {DASHBOARD} in configs/visualization"
        ));
    }
    let ids: Vec<&str> = declared.iter().map(|one| one.id.as_str()).collect();
    let name = only.unwrap_or_default();
    CliError::usage(format!("environment {environment} has no dashboard {name}"))
        .hint(format!("there is: {}", ids.join(", ")))
}

fn read(declared: &Declaration, sources: &[DataSetSource]) -> Result<Dashboard, ReadError> {
    let name = declared.properties["Name"].as_str().unwrap_or(&declared.id);
    dashboard::read(name, &symbolic(&declared.properties["Definition"]), sources)
}

/// The project's data sets, each under the name that [`symbolic`] gives its ARN.
fn sources(project: &Project) -> Vec<DataSetSource> {
    of_kind(project, DATA_SET)
        .map(|declared| DataSetSource {
            arn: declared.id.clone(),
            properties: symbolic(&declared.properties),
        })
        .collect()
}

/// References stand for themselves: `{"Fn::GetAtt": ["Data", "Arn"]}` is `Data`. Only their equality counts here.
pub(in crate::cli) fn symbolic(value: &Value) -> Value {
    template::resolve(value, &|id, _| Some(id.to_owned())).0
}

/// `configs/visualization/dashboard.json, line 5: EmployeeDashboard:` and every fault.
fn told(declared: &Declaration, error: &ReadError) -> String {
    let (file, line, id) = (declared.file.display(), declared.line, &declared.id);
    let faults = error.faults.iter().map(|fault| format!("\n  {fault}"));
    format!(
        "{file}, line {line}: {id} cannot be drawn:{}",
        faults.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_stand_for_what_they_refer_to() {
        let value = json!({
            "Arn": {"Fn::GetAtt": ["Data", "Arn"]},
            "Text": {"Fn::Join": ["", ["select 1 from ", {"Ref": "Table"}]]},
            "Kept": [7],
        });
        assert_eq!(
            symbolic(&value),
            json!({"Arn": "Data", "Text": "select 1 from Table", "Kept": [7]})
        );
    }
}
