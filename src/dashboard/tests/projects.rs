//! The dashboards of the projects in this repository: read from their configs, all of them is drawn.

use std::path::Path;

use serde_json::Value;

use super::super::{Dashboard, DataSetSource, read};
use crate::template::{self, LoadOptions, Project};

/// As `Fn::GetAtt` of a data set or data source would be.
fn arn(id: &str, _: &str) -> Option<String> {
    Some(format!("arn:aws:quicksight:us-east-1:000000000000:dataset/{id}"))
}

fn dashboard_of(folder: &str) -> Dashboard {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let project: Project = template::load(&root, &LoadOptions::default()).unwrap_or_else(|found| panic!("{found}"));
    let resolved = |kind: &str| -> Vec<(String, Value)> {
        let declared = project.resources.iter().filter(|one| one.kind == kind);
        declared
            .map(|one| (one.id.clone(), template::resolve(&one.properties, &arn).0))
            .collect()
    };
    let sources: Vec<DataSetSource> = resolved("AWS::QuickSight::DataSet")
        .into_iter()
        .map(|(id, properties)| DataSetSource {
            arn: arn(&id, "Arn").unwrap(),
            properties,
        })
        .collect();
    let dashboards = resolved("AWS::QuickSight::Dashboard");
    let [(id, properties)] = dashboards.as_slice() else {
        panic!("{folder} has {} dashboards", dashboards.len());
    };
    read(id, &properties["Definition"], &sources).unwrap_or_else(|error| panic!("{folder}: {error}"))
}

#[test]
fn nothing_of_them_is_left_out() {
    for folder in [".", "examples/ibm-hr"] {
        let dashboard = dashboard_of(folder);
        assert_eq!(dashboard.unsupported(), [], "{folder}");
        for sheet in &dashboard.sheets {
            // Each visual has its place, and none lies over another.
            assert_eq!(sheet.places.len(), sheet.visuals.len(), "{folder} {}", sheet.id);
            for (at, one) in sheet.places.iter().enumerate() {
                for other in &sheet.places[at + 1..] {
                    let beside = one.column + one.columns <= other.column || other.column + other.columns <= one.column;
                    let apart = one.row + one.rows <= other.row || other.row + other.rows <= one.row;
                    assert!(
                        beside || apart,
                        "{folder} {}: {} and {}",
                        sheet.id,
                        one.element,
                        other.element
                    );
                }
            }
        }
        let control = &dashboard.sheets[0].controls[0];
        assert_eq!(control.title, "Department", "{folder}");
        let filtered = dashboard.sheets[0]
            .visuals
            .iter()
            .all(|visual| !visual.filters.is_empty());
        assert!(filtered, "{folder}: the control filters every visual of its sheet");
    }
}
