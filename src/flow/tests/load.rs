use serde_json::json;

use super::world::{CURATED, Seen, World, interrupting, report, watching};
use crate::flow::{Error, Event, Load, LoadSummary, Report, load};

const SCRIPT: &str = "-- One batch, one transaction.
CREATE TEMP TABLE stage (LIKE hr.employees);
COPY stage FROM '${Manifest.employees}'
  IAM_ROLE '${CopyRole}' FORMAT AS PARQUET MANIFEST;
SELECT rows_staged FROM hr.load_ledger WHERE batch_id = '${Batch}';
";
const ROLE: &str = "arn:aws:iam::000000000000:role/employees-local-warehouse";

fn batch(digit: char) -> String {
    digit.to_string().repeat(32)
}

fn reports(dates: &[(&str, char)]) -> Vec<Report> {
    dates
        .iter()
        .map(|(date, digit)| serde_json::from_value(report(date, &batch(*digit), 2)).unwrap())
        .collect()
}

async fn run(world: &World, script: &str, reports: &[Report], seen: &Seen) -> Result<LoadSummary, Error> {
    let warehouse = world.warehouse().await;
    let inputs = Load {
        warehouse: &warehouse,
        curated_bucket: CURATED,
        copy_role: ROLE,
        script_file: "sql/load/employees.sql",
        script,
        ledger: "hr.load_ledger",
    };
    load(&world.clients().await, &inputs, reports, &seen.watch).await
}

#[tokio::test]
async fn batches_that_the_ledger_lacks_are_loaded_once() {
    let world = World::new();
    let reports = reports(&[("2026-11-24", 'a'), ("2026-11-25", 'b')]);
    let first = run(&world, SCRIPT, &reports, &watching()).await.unwrap();
    let loaded: Vec<_> = first
        .loaded
        .iter()
        .map(|(date, entry)| (date.to_string(), entry.rows_staged))
        .collect();
    assert_eq!(loaded, [("2026-11-24".to_owned(), 2), ("2026-11-25".to_owned(), 2)]);
    let second = run(&world, SCRIPT, &reports, &watching()).await.unwrap();
    assert_eq!((second.loaded.len(), second.unchanged), (0, 2));
    assert_eq!(world.calls("BatchExecuteStatement").len(), 2);
}

#[tokio::test]
async fn a_load_is_one_batch_of_statements_over_exactly_the_files_of_the_report() {
    let world = World::new();
    run(&world, SCRIPT, &reports(&[("2026-11-25", 'b')]), &watching())
        .await
        .unwrap();
    let manifest = format!("manifests/{}/employees.json", batch('b'));
    assert_eq!(
        world.json(CURATED, &manifest),
        json!({"entries": [{"url": format!("s3://{CURATED}/curated/employees/dt=2026-11-25/part-0.parquet"),
            "mandatory": true, "meta": {"content_length": 77}}]})
    );
    let sent = world.calls("BatchExecuteStatement")[0].json();
    assert_eq!(
        sent["Sqls"],
        json!([
            "CREATE TEMP TABLE stage (LIKE hr.employees)",
            format!("COPY stage FROM 's3://{CURATED}/{manifest}'\n  IAM_ROLE '{ROLE}' FORMAT AS PARQUET MANIFEST"),
            format!(
                "SELECT rows_staged FROM hr.load_ledger WHERE batch_id = '{}'",
                batch('b')
            ),
        ])
    );
    assert_eq!(sent["ClientToken"].as_str().map(str::len), Some(64));
}

#[tokio::test]
async fn a_statement_of_a_killed_pipectl_is_joined() {
    let world = World::new();
    let reports = reports(&[("2026-11-25", 'b')]);
    world.state().next_load = ("STARTED", None);
    let killed = watching();
    // Killed, not interrupted: its future is dropped once the statement is on its way.
    tokio::select! {
        _ = run(&world, SCRIPT, &reports, &killed) => panic!("it never ends"),
        () = tokio::time::sleep(std::time::Duration::from_millis(200)) => {}
    }
    let statement = world.state().statements.last().unwrap().id.clone();
    let seen = watching();
    let again = run(&world, SCRIPT, &reports, &seen);
    let (summary, ()) = tokio::join!(again, ends_with(&world, &seen, counts(5)));
    let summary = summary.unwrap();
    assert_eq!(seen.all("loading", "statement"), [statement.as_str()]);
    assert_eq!(summary.loaded[0].1.rows_staged, 5);
}

/// The load that goes on ends once it is seen, with this result.
async fn ends_with(world: &World, seen: &Seen, result: serde_json::Value) {
    while seen.all("loading", "statement").is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let mut state = world.state();
    let load = state.statements.iter_mut().find(|one| one.status == "STARTED").unwrap();
    assert_eq!(load.sqls.len(), 3);
    load.status = "FINISHED";
    load.result = Some(result);
}

/// The row that a load script ends with.
fn counts(staged: u64) -> serde_json::Value {
    json!({
        "ColumnMetadata": [{"name": "rows_staged"}, {"name": "rows_inserted"}, {"name": "rows_updated"},
            {"name": "rows_unchanged"}],
        "Records": [[{"longValue": staged}, {"longValue": 1}, {"longValue": 2}, {"longValue": 2}]]})
}

/// The Data API answers a token for hours with the statement it was first used for, whatever became of its rows.
#[tokio::test]
async fn a_batch_that_the_ledger_has_lost_is_loaded_again() {
    let world = World::new();
    let reports = reports(&[("2026-11-25", 'b')]);
    run(&world, SCRIPT, &reports, &watching()).await.unwrap();
    world.state().ledger.clear();
    let again = run(&world, SCRIPT, &reports, &watching()).await.unwrap();
    assert_eq!((again.loaded.len(), again.unchanged), (1, 0));
    assert_eq!(world.state().ledger.len(), 1);
}

#[tokio::test]
async fn a_load_that_failed_in_an_earlier_run_is_begun_anew() {
    let world = World::new();
    let reports = reports(&[("2026-11-25", 'b')]);
    for _ in 0..2 {
        world.state().next_load = ("FAILED", Some((0, "ERROR: out of luck".into())));
        let error = run(&world, SCRIPT, &reports, &watching()).await.unwrap_err();
        assert!(
            error.to_string().contains("nothing of it was kept: out of luck"),
            "{error}"
        );
    }
    let summary = run(&world, SCRIPT, &reports, &watching()).await.unwrap();
    assert_eq!(summary.loaded.len(), 1);
    let tokens: std::collections::BTreeSet<_> = world
        .calls("BatchExecuteStatement")
        .iter()
        .map(|call| call.json()["ClientToken"].to_string())
        .collect();
    assert_eq!(tokens.len(), 3);
}

#[tokio::test]
async fn rows_that_copy_cannot_take_are_shown_without_their_values() {
    let world = World::new();
    world.state().next_load = (
        "FAILED",
        Some((
            1,
            "ERROR: Load into table 'stage' failed.  Check 'sys_load_error_detail' system table for details.".into(),
        )),
    );
    let names = [
        "file_name",
        "line_number",
        "column_name",
        "column_type",
        "error_code",
        "error_message",
    ];
    world.state().load_errors = json!({
        "ColumnMetadata": names.map(|name| json!({ "name": name })),
        "Records": [[{"stringValue": "s3://c/part-0.parquet"}, {"longValue": 7}, {"stringValue": "salary    "},
            {"stringValue": "numeric"}, {"longValue": 1207}, {"stringValue": "Invalid digit, Value 'x', Pos 0, Type: Decimal"}]]});
    let error = run(&world, SCRIPT, &reports(&[("2026-11-25", 'b')]), &watching())
        .await
        .unwrap_err();
    let hint = error.hint().unwrap();
    let Error::Load { date, error, rows, .. } = error else {
        panic!("a load error")
    };
    assert_eq!((date.to_string().as_str(), error.place.line), ("2026-11-25", 3));
    assert_eq!(
        rows[0].to_string(),
        "s3://c/part-0.parquet, row 7, column salary (numeric): Invalid digit, Value not shown, Pos 0, Type: Decimal (code 1207)"
    );
    assert!(hint.contains("pipectl validate"), "{hint}");
    let asked = world.state().statements.last().unwrap().sqls[0].clone();
    assert!(asked.contains("start_time >= '1970-01-01 00:"), "{asked}");
}

#[tokio::test]
async fn an_interrupted_load_is_cancelled() {
    let world = World::new();
    world.state().next_load = ("STARTED", None);
    let seen = interrupting(|event| matches!(event, Event::LoadState { .. }), false);
    let error = run(&world, SCRIPT, &reports(&[("2026-11-25", 'b')]), &seen)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "interrupted: the load of 2026-11-25 was cancelled and rolled back"
    );
    assert_eq!(world.calls("CancelStatement").len(), 1);
}

#[tokio::test]
async fn a_batch_without_rows_is_not_loaded_and_a_table_without_files_is_an_error() {
    let world = World::new();
    let mut reports = reports(&[("2026-11-25", 'b')]);
    reports[0].tables.get_mut("employees").unwrap().objects.clear();
    let error = run(&world, SCRIPT, &reports, &watching()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("employees of 2026-11-25 has no object to load"),
        "{error}"
    );
    reports[0].tables.get_mut("employee_skills").unwrap().objects.clear();
    let seen = watching();
    let summary = run(&world, SCRIPT, &reports, &seen).await.unwrap();
    assert_eq!(
        (summary.loaded.len(), seen.all("nothing_to_load", "date").len()),
        (0, 1)
    );
    assert!(world.calls("BatchExecuteStatement").is_empty());
}

#[tokio::test]
async fn mistakes_in_the_script_are_found_before_anything_is_sent() {
    let world = World::new();
    let reports = reports(&[("2026-11-25", 'b')]);
    let error = run(&world, "SELECT '${Manifest.people}'", &reports, &watching())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "sql/load/employees.sql, line 1: there is no variable ${Manifest.people}; there are ${Batch}, ${CopyRole}, \
         ${Date}, ${Manifest.employee_skills}, ${Manifest.employees}"
    );
    assert!(world.calls("BatchExecuteStatement").is_empty());
}

#[tokio::test]
async fn a_script_that_ends_without_its_counts_is_an_error() {
    let world = World::new();
    let seen = watching();
    world.state().next_load = ("STARTED", None);
    let reports = reports(&[("2026-11-25", 'b')]);
    let answers = json!({"ColumnMetadata": [{"name": "n"}], "Records": [[{"longValue": 1}]]});
    let (ran, ()) = tokio::join!(run(&world, SCRIPT, &reports, &seen), ends_with(&world, &seen, answers));
    let error = ran.unwrap_err();
    assert!(error.to_string().contains("no count named rows_staged"), "{error}");
}
