//! Uploads against a scripted S3.

use std::path::Path;
use std::sync::Mutex;

use serde_json::json;

use crate::aws::script::{Answer, Request, Script};
use crate::engine::{Cx, Owner};
use crate::resources::testing::{assert_within, desired, resource_at};

const KIND: &str = "Pipectl::S3::Object";

/// An S3 that remembers the metadata and answers with an ETag.
fn service(etag: &'static str) -> Script {
    let stored = Mutex::new(None::<Request>);
    Script::new(move |request| {
        let mut stored = stored.lock().unwrap();
        match request.method.as_str() {
            "PUT" => {
                *stored = Some(request.clone());
                Answer::xml("").header("etag", etag)
            }
            "HEAD" => match &*stored {
                None => Answer::xml("").status(404),
                Some(put) => {
                    let header = |name| put.header(name).unwrap_or_default().to_owned();
                    Answer::xml("")
                        .header("etag", format!("\"{etag}\""))
                        .header("content-type", header("content-type"))
                        .header("x-amz-meta-pipectl-sha256", header("x-amz-meta-pipectl-sha256"))
                        .header("x-amz-meta-pipectl-pipeline", header("x-amz-meta-pipectl-pipeline"))
                        .header("x-amz-meta-pipectl-env", header("x-amz-meta-pipectl-env"))
                }
            },
            _ => Answer::xml("").status(204),
        }
    })
}

const MD5_OF_HELLO: &str = "5d41402abc4b2a76b9719d911017c592";

async fn object(dir: &Path, script: &Script) -> std::sync::Arc<dyn crate::engine::Resource> {
    std::fs::write(dir.join("job.py"), "hello").unwrap();
    let properties =
        json!({"Bucket": "scripts", "Key": "jobs/job.py", "Source": "job.py", "ContentType": "text/x-python"});
    resource_at(dir, "us-east-1", KIND, properties, script).await
}

#[tokio::test]
async fn an_upload_reads_back_and_a_changed_file_shows() {
    let dir = tempfile::tempdir().unwrap();
    let script = service(MD5_OF_HELLO);
    let resource = object(dir.path(), &script).await;
    let document = desired(&resource);
    assert!(resource.read(&document, &Cx::silent()).await.unwrap().is_none());
    let live = resource.create(&document, &Cx::silent()).await.unwrap();
    assert_within(&document, &live.document);
    assert_eq!(
        (live.owner, live.physical_id.as_str()),
        (Owner::Ours, "s3://scripts/jobs/job.py")
    );
    std::fs::write(dir.path().join("job.py"), "hello again").unwrap();
    let changed = desired(&resource);
    assert_ne!(changed["ContentSha256"], document["ContentSha256"]);
    let live = resource.read(&changed, &Cx::silent()).await.unwrap().unwrap();
    assert_eq!(live.document["ContentSha256"], document["ContentSha256"]);
}

#[tokio::test]
async fn an_object_changed_in_s3_shows_although_its_metadata_did_not() {
    let dir = tempfile::tempdir().unwrap();
    let script = service("0123456789abcdef0123456789abcdef");
    let resource = object(dir.path(), &script).await;
    let document = desired(&resource);
    let live = resource.create(&document, &Cx::silent()).await.unwrap();
    assert!(
        live.document["ContentSha256"]
            .as_str()
            .unwrap()
            .starts_with("changed in S3"),
        "{live:?}"
    );
}

#[tokio::test]
async fn a_missing_source_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let properties = json!({"Bucket": "b", "Key": "k", "Source": "nowhere.py"});
    let resource = resource_at(dir.path(), "us-east-1", KIND, properties, &service("")).await;
    let error = resource.desired(&Default::default()).unwrap_err();
    assert!(error.to_string().contains("nowhere.py"), "{error}");
}
