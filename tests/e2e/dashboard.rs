//! From a file to pictures, and what is said where there are none.

use std::fs;

use serde_json::{Value, json};

use crate::project::Project;

const DEFINITION: &str = "configs/visualization/dashboard.json";

/// Changes the dashboard's definition.
fn edit(project: &Project, change: impl FnOnce(&mut Value)) {
    let text = fs::read_to_string(project.path().join(DEFINITION)).unwrap();
    let mut fragment: Value = serde_json::from_str(&text).unwrap();
    change(&mut fragment["Resources"]["EmployeeDashboard"]["Properties"]["Definition"]);
    project.write(DEFINITION, serde_json::to_string_pretty(&fragment).unwrap());
}

/// Rows at a hop of the books.
fn rows(summary: &Value, hop: &str) -> u64 {
    let hops = summary["reconciliation"]["hops"].as_array().unwrap();
    let found = hops.iter().find(|one| one["hop"] == hop);
    found.unwrap_or_else(|| panic!("{hop} in {summary}"))["rows"]
        .as_u64()
        .unwrap()
}

#[test]
fn up_brings_a_file_to_its_dashboard_and_accounts_for_every_row() {
    let project = Project::employees();
    project.sample();
    for (time, merged) in [("first", 982), ("second", 982)] {
        let up = project.done(&["up", "employees.csv", "--json"]);
        let summary = up.summary();
        let read = rows(&summary, "read");
        assert_eq!(read, rows(&summary, "rejected") + rows(&summary, "confirmed"), "{time}");
        assert_eq!(rows(&summary, "confirmed"), rows(&summary, "delivered"), "{time}");
        let parts = ["curated", "quarantined", "duplicates"].map(|hop| rows(&summary, hop));
        assert_eq!(rows(&summary, "lines"), parts.iter().sum::<u64>(), "{time}");
        assert_eq!(rows(&summary, "merged"), merged, "{time}");
        assert_eq!(rows(&summary, "queried"), rows(&summary, "spice"), "{time}");
        assert_eq!(summary["reconciliation"]["differences"], json!([]), "{time}");
        let steps: Vec<Value> = up
            .events()
            .into_iter()
            .filter(|event| event["event"] == "step")
            .collect();
        let steps: Vec<&str> = steps.iter().map(|event| event["step"].as_str().unwrap()).collect();
        assert_eq!(steps, ["deploy", "ingest", "run", "dashboard"]);
        for file in summary["dashboards"][0]["files"].as_array().unwrap() {
            let file = project.path().join(file.as_str().unwrap());
            assert!(
                fs::metadata(&file).is_ok_and(|file| file.len() > 1_000),
                "{}",
                file.display()
            );
        }
    }
    let page = fs::read_to_string(project.path().join("dashboards/EmployeeDashboard.html")).unwrap();
    let people = project
        .done(&["query", "SELECT COUNT(*) AS n FROM hr.employees", "--json"])
        .stdout;
    assert!(people.contains("982") && page.contains("<title>") && page.contains("connect-src 'none'"));
    let drawn = project.done(&["dashboard", "--terminal"]).stdout;
    assert!(drawn.contains("Headcount") && drawn.contains("982"), "{drawn}");
}

#[test]
fn up_deploys_nothing_for_a_file_that_is_not_there() {
    let project = Project::employees();
    let ran = project.run(&["up", "missing.csv"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("missing.csv") && ran.stderr.contains("nothing was begun"),
        "{}",
        ran.stderr
    );
    let plan = project.done(&["plan", "--json"]).stdout;
    assert!(plan.contains("\"create\"") && !plan.contains("\"no_op\""), "{plan}");
}

#[test]
fn before_there_are_rows_charts_are_empty_and_before_a_deploy_there_is_no_warehouse() {
    let project = Project::employees();
    let early = project.run(&["dashboard"]);
    assert_eq!(early.code, 1, "{}", early.stderr);
    assert!(
        early.stderr.contains("does not exist") && early.stderr.contains("pipectl deploy"),
        "{}",
        early.stderr
    );
    project.done(&["deploy", "--yes"]);
    let drawn = project.done(&["dashboard", "--terminal"]).stdout;
    assert!(drawn.contains("No data"), "{drawn}");
    let files = project
        .done(&["dashboard", "--format", "svg", "--out", "pictures"])
        .stdout;
    assert!(
        files.lines().count() > 10 && files.lines().all(|file| file.ends_with(".svg")),
        "{files}"
    );
}

#[test]
fn a_column_that_a_data_set_lacks_is_found_offline_with_its_place() {
    let project = Project::employees();
    edit(&project, |definition| {
        let text = definition
            .to_string()
            .replace("\"ColumnName\":\"salary\"", "\"ColumnName\":\"salery\"");
        *definition = serde_json::from_str(&text).unwrap();
    });
    for command in [&["validate"][..], &["dashboard"], &["up", "employees.csv"]] {
        let ran = project.run(command);
        assert_eq!(ran.code, 2, "{command:?} {}", ran.stderr);
        for part in ["EmployeeDashboard", "salery", "did you mean `salary`"] {
            assert!(ran.stderr.contains(part), "{command:?} {}", ran.stderr);
        }
    }
}

#[test]
fn what_the_preview_cannot_draw_is_named_by_validate_and_on_the_page() {
    let project = Project::employees();
    edit(&project, |definition| {
        let map = json!({"FilledMapVisual": {"VisualId": "map", "ChartConfiguration": {}}});
        definition["Sheets"][0]["Visuals"].as_array_mut().unwrap().push(map);
    });
    let valid = project.done(&["validate", "--json"]).summary();
    assert!(
        valid["not_in_preview"].to_string().contains("FilledMapVisual"),
        "{valid}"
    );
    project.done(&["deploy", "--yes"]);
    let drawn = project.done(&["dashboard", "--format", "html"]);
    assert!(drawn.stderr.contains("FilledMapVisual"), "{}", drawn.stderr);
    let page = fs::read_to_string(project.path().join(drawn.stdout.trim())).unwrap();
    assert!(page.contains("FilledMapVisual"));
}

#[test]
fn a_dashboard_that_is_not_there_is_refused_with_those_that_are() {
    let project = Project::employees();
    let ran = project.run(&["dashboard", "Sales"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("Sales") && ran.stderr.contains("EmployeeDashboard"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_refresh_that_fails_says_why_and_the_next_one_mends_it() {
    let project = Project::employees();
    project.done(&["deploy", "--yes"]);
    project.done(&["query", "DROP VIEW hr.age_vs_salary"]);
    let failed = project.run(&["run", "refresh"]);
    assert_eq!(failed.code, 1, "{}", failed.stderr);
    for part in ["AgeVsSalaryData", "FAILED", "age_vs_salary", "help:"] {
        assert!(failed.stderr.contains(part), "{}", failed.stderr);
    }
    failed.assert_no_panic();
    let view = fs::read_to_string(project.path().join("sql/views/age_vs_salary.sql")).unwrap();
    project.write("view.sql", view);
    project.done(&["query", "view.sql"]);
    let refreshed = project.done(&["run", "refresh", "--json"]).summary();
    assert_eq!(refreshed["refresh"]["data_sets"], 8, "{refreshed}");
}

#[test]
fn the_embedded_quicksight_makes_no_snapshot_and_what_does_is_said() {
    let project = Project::employees();
    let snapshot = ["dashboard", "--snapshot", "board.pdf"];
    let early = project.run(&snapshot);
    assert_eq!(early.code, 1, "{}", early.stderr);
    assert!(early.stderr.contains("pipectl deploy"), "{}", early.stderr);
    project.done(&["deploy", "--yes"]);
    let refused = project.run(&snapshot);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    for part in [
        "EmployeeDashboard",
        "UnsupportedUserEditionException",
        "help:",
        "without --snapshot draws",
    ] {
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
    }
    refused.assert_no_panic();
    assert!(!project.path().join("board.pdf").exists());
    assert_eq!(project.run(&["dashboard", "--snapshot", "board.png"]).code, 2);
    let both = project.run(&["dashboard", "--snapshot", "board.pdf", "--terminal"]);
    assert_eq!(both.code, 2, "{}", both.stderr);
}
