use serde_json::{Value, json};

use super::world::{Seen, interrupting, watching};
use crate::aws::ErrorKind;
use crate::aws::script::{Answer, Request, Script};
use crate::flow::{DeployedDashboard, Error, Event, SheetSnapshot, SnapshotError, snapshot};

const ACCOUNT: &str = "111122223333";
const BOARD: &str = "/accounts/111122223333/dashboards/board";
const SECRET: &str = "X-Amz-Signature=0123456789abcdef";

/// QuickSight with a dashboard of two sheets, whose jobs end in `state` with this result.
fn services(state: &'static str, result: Value) -> Script {
    Script::new(move |request: &Request| {
        let path = request.path.strip_prefix(BOARD).unwrap_or(&request.path);
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", [""]) => {
                let sheets = json!([{"SheetId": "people", "Name": "People"}, {"SheetId": "company"}]);
                let version = json!({"VersionNumber": 1, "Status": "CREATION_SUCCESSFUL", "Sheets": sheets});
                Answer::json(json!({"Dashboard": {"DashboardId": "board", "Version": version}}).to_string())
            }
            ("POST", ["snapshot-jobs"]) => {
                let id = request.json()["SnapshotJobId"].clone();
                Answer::json(json!({"SnapshotJobId": id, "Arn": "arn"}).to_string())
            }
            ("GET", ["snapshot-jobs", job]) => {
                Answer::json(json!({"SnapshotJobId": job, "JobStatus": state}).to_string())
            }
            ("GET", ["snapshot-jobs", _, "result"]) => Answer::json(result.to_string()),
            ("GET", [file]) if file.starts_with("made.pdf?") => Answer::xml("%PDF-1.7 drawn"),
            ("GET", [file]) if file.starts_with("late.pdf?") => Answer::s3_error(403, "AccessDenied"),
            ("GET", [file]) if file.starts_with("page.pdf?") => Answer::xml("<html>Log in</html>"),
            _ => Answer::json(json!({"Message": "not there"}).to_string())
                .status(404)
                .header("x-amzn-errortype", "ResourceNotFoundException"),
        }
    })
}

/// The result of a job that made this file.
fn made(file: &str) -> Value {
    let uri = format!("https://quicksight-files.s3.us-east-1.amazonaws.com/{file}?{SECRET}");
    let groups = json!([{"S3Results": [{"S3Uri": uri}]}]);
    json!({"JobStatus": "COMPLETED", "Result": {"AnonymousUsers": [{"FileGroups": groups}]}})
}

async fn snapshots(script: &Script, id: &str, seen: &Seen) -> Result<Vec<SheetSnapshot>, Error> {
    let dashboard = DeployedDashboard {
        id: "EmployeeDashboard".into(),
        dashboard_id: id.into(),
    };
    snapshot(&script.clients().await, ACCOUNT, &dashboard, &seen.watch).await
}

/// The error of the first sheet; its text and advice, which must not hold the signature of a URL.
async fn refused(script: &Script) -> (SnapshotError, String) {
    let error = snapshots(script, "board", &watching()).await.unwrap_err();
    let text = format!("{error}\n{}", error.hint().unwrap());
    assert!(!format!("{text} {error:?}").contains("0123456789abcdef"), "{error:?}");
    match error {
        Error::Snapshot(error) => (*error, text),
        error => panic!("{error}"),
    }
}

#[tokio::test]
async fn each_sheet_is_drawn_by_a_job_of_its_own_and_fetched() {
    let script = services("COMPLETED", made("made.pdf"));
    let seen = watching();
    let sheets = snapshots(&script, "board", &seen).await.unwrap();
    let found: Vec<(&str, &[u8])> = sheets.iter().map(|one| (one.sheet.as_str(), &one.pdf[..])).collect();
    assert_eq!(
        found,
        [("people", &b"%PDF-1.7 drawn"[..]), ("company", b"%PDF-1.7 drawn")]
    );
    let starts = script.calls(&format!("POST {BOARD}/snapshot-jobs"));
    let asked: Vec<Value> = starts.iter().map(Request::json).collect();
    assert_eq!(asked.len(), 2);
    assert_ne!(asked[0]["SnapshotJobId"], asked[1]["SnapshotJobId"]);
    assert_eq!(asked[0]["UserConfiguration"], json!({"AnonymousUsers": [{}]}));
    let file =
        json!({"SheetSelections": [{"SheetId": "people", "SelectionScope": "ALL_VISUALS"}], "FormatType": "PDF"});
    assert_eq!(
        asked[0]["SnapshotConfiguration"],
        json!({"FileGroups": [{"Files": [file]}]})
    );
    assert_eq!(seen.all("snapshot_state", "state"), ["COMPLETED", "COMPLETED"]);
    assert_eq!(seen.all("snapshot", "bytes"), [14, 14]);
    let fetched = script.calls(&format!("GET /made.pdf?{SECRET}"));
    assert_eq!(fetched.len(), 2);
    assert!(fetched[0].header("authorization").is_none());
}

#[tokio::test]
async fn a_job_that_fails_says_why() {
    let of_job = json!({"JobStatus": "FAILED", "ErrorInfo": {"ErrorType": "DATASET_DELETED", "ErrorMessage": "gone"}});
    let groups = json!([{"S3Results": [{"ErrorInfo": [{"ErrorType": "DATASET_DELETED", "ErrorMessage": "gone"}]}]}]);
    let of_file = json!({"JobStatus": "FAILED", "Result": {"AnonymousUsers": [{"FileGroups": groups}]}});
    for result in [of_job, of_file] {
        let (error, text) = refused(&services("FAILED", result)).await;
        assert!(matches!(error, SnapshotError::Failed { .. }), "{error}");
        for part in ["EmployeeDashboard", "people", "DATASET_DELETED: gone", "pipectl deploy"] {
            assert!(text.contains(part), "{text}");
        }
    }
    let (_, text) = refused(&services("FAILED", json!({"JobStatus": "FAILED"}))).await;
    assert!(text.contains("failed") && text.contains("Pixel-perfect"), "{text}");
}

#[tokio::test]
async fn a_file_that_cannot_be_had_is_said_without_its_address() {
    let unnamed = json!({"JobStatus": "COMPLETED", "Result": {}});
    for (result, part) in [
        (made("late.pdf"), "AccessDenied"),
        (made("page.pdf"), "not a PDF"),
        (unnamed, "names no https address"),
    ] {
        let (error, text) = refused(&services("COMPLETED", result)).await;
        assert!(matches!(error, SnapshotError::Lost { .. }), "{error}");
        assert!(
            text.contains(part) && text.contains("run the same command again"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_refusal_names_what_snapshots_need() {
    let start = "POST /accounts/111122223333/dashboards/board/snapshot-jobs";
    for (code, status, part) in [
        (
            "UnsupportedUserEditionException",
            403,
            "pipectl dashboard without --snapshot draws",
        ),
        ("UnsupportedPricingPlanException", 403, "capacity pricing"),
        ("LimitExceededException", 409, "12 snapshot jobs"),
        ("AccessDeniedException", 401, "quicksight:StartDashboardSnapshotJob"),
    ] {
        let answer = Answer::json(json!({"Message": "no"}).to_string()).status(status);
        let answer = answer.header("x-amzn-errortype", code);
        // Each sheet asks, and the SDK repeats some.
        let script = services("COMPLETED", made("made.pdf")).refusing(vec![(start, answer); 6]);
        let (error, text) = refused(&script).await;
        assert!(matches!(error, SnapshotError::Refused { .. }), "{error}");
        assert!(text.contains(code) && text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn a_start_whose_answer_was_lost_has_started() {
    let exists = Answer::json(json!({"Message": "exists"}).to_string()).status(409);
    let exists = exists.header("x-amzn-errortype", "ResourceExistsException");
    let start = "POST /accounts/111122223333/dashboards/board/snapshot-jobs";
    let script = services("COMPLETED", made("made.pdf")).refusing(vec![(start, exists)]);
    assert_eq!(snapshots(&script, "board", &watching()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_dashboard_that_is_not_there_has_to_be_deployed() {
    let script = services("COMPLETED", made("made.pdf"));
    let error = snapshots(&script, "missing", &watching()).await.unwrap_err();
    assert!(matches!(error, Error::NotDeployed { .. }), "{error}");
}

#[tokio::test]
async fn an_interruption_leaves_the_jobs_going() {
    let script = services("RUNNING", json!({}));
    let seen = interrupting(|event| matches!(event, Event::SnapshotState { .. }), false);
    let error = snapshots(&script, "board", &seen).await.unwrap_err();
    assert!(matches!(error, Error::Interrupted(_)), "{error}");
    assert!(error.to_string().contains("goes on in QuickSight"), "{error}");
    assert!(
        !script
            .operations()
            .iter()
            .any(|operation| operation.starts_with("DELETE"))
    );
}

#[tokio::test]
async fn a_service_that_knows_no_snapshots_is_no_mystery() {
    let start = "POST /accounts/111122223333/dashboards/board/snapshot-jobs";
    let unknown = Answer::error("NotImplemented", "no such call").status(501);
    let script = services("COMPLETED", made("made.pdf")).refusing(vec![(start, unknown); 6]);
    let (error, text) = refused(&script).await;
    assert!(matches!(error, SnapshotError::Refused { error, .. } if error.is(ErrorKind::Unsupported)));
    assert!(text.contains("this endpoint makes no snapshots"), "{text}");
}
