use std::fs;

use super::client::Lab;
use crate::local::error::AwsError;
use crate::local::s3::ObjectMeta;
use crate::local::store::Table;

const POSITION: Table<u64> = Table::new("test.position");

#[tokio::test]
async fn what_was_answered_survives() {
    let lab = Lab::with_bucket().await;
    lab.put("k", "v1").await;
    lab.put("k", "v2").await;
    lab.put("gone", "x").await;
    lab.client
        .delete_object()
        .bucket("data")
        .key("gone")
        .send()
        .await
        .unwrap();
    let lab = lab.reopen();
    assert_eq!(lab.get("k").await, "v2");
    assert_eq!((lab.bodies(), lab.incoming()), (1, 0));
    lab.put("k", "v3").await;
    assert_eq!(lab.reopen().get("k").await, "v3");
}

#[tokio::test]
async fn bodies_that_a_crash_left_are_deleted() {
    let lab = Lab::with_bucket().await;
    lab.put("k", "v").await;
    // Killed between writing a body and the commit: the body and its marker are there.
    let fresh = lab.s3.blobs.reserve().unwrap();
    fresh.create().unwrap();
    std::mem::forget(fresh);
    assert_eq!((lab.bodies(), lab.incoming()), (2, 1));
    let lab = lab.reopen();
    assert_eq!((lab.bodies(), lab.incoming()), (1, 0));
    assert_eq!(lab.get("k").await, "v");
}

#[tokio::test]
async fn a_crash_right_after_the_commit_loses_nothing() {
    let lab = Lab::with_bucket().await;
    lab.put("k", "v").await;
    // The marker was not removed yet, and the replaced body not either.
    let shard = fs::read_dir(lab.dir.path().join("s3"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let shard = shard.filter(|path| !path.ends_with("incoming"));
    let body = shard
        .flat_map(|path| fs::read_dir(path).unwrap())
        .next()
        .unwrap()
        .unwrap();
    let id = body.file_name();
    fs::write(lab.dir.path().join("s3/incoming").join(&id), b"").unwrap();
    let lab = lab.reopen();
    assert_eq!(lab.get("k").await, "v");
    assert_eq!((lab.bodies(), lab.incoming()), (1, 0));

    // Deleted in the index, killed before the file was: it comes back as garbage and goes at start.
    let path = lab.s3.blobs.path(&id.to_string_lossy());
    let bytes = fs::read(&path).unwrap();
    lab.client.delete_object().bucket("data").key("k").send().await.unwrap();
    assert!(!path.exists());
    fs::write(&path, bytes).unwrap();
    assert_eq!(lab.reopen().bodies(), 0);
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let lab = Lab::with_bucket().await;
    let chunks = [
        Ok(bytes::Bytes::from_static(b"half")),
        Err(std::io::Error::other("gone")),
    ];
    let frames = futures::StreamExt::map(futures::stream::iter(chunks), |chunk| chunk.map(http_body::Frame::data));
    let body = s3s::Body::http_body_unsync(http_body_util::StreamBody::new(frames));
    let request = http::Request::put("http://localhost/data/k").header("content-length", "8");
    let response = lab.s3.service().call(request.body(body).unwrap()).await.unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!((lab.bodies(), lab.incoming()), (0, 0));
}

#[tokio::test]
async fn files_are_stored_with_something_else_or_not_at_all() {
    let lab = Lab::with_bucket().await;
    let file = lab.dir.path().join("delivery");
    let put = |bucket: &str, fails: bool| {
        fs::write(&file, b"rows").unwrap();
        let meta = ObjectMeta {
            content_type: Some("text/csv".into()),
            content_encoding: Some("gzip".into()),
            ..ObjectMeta::default()
        };
        lab.s3.put_file(bucket, "raw/1.gz", &file, meta, |tx| {
            POSITION.put(tx, "shard", &7)?;
            if fails {
                Err(AwsError::bad_request("Nope", ""))
            } else {
                Ok(())
            }
        })
    };
    let position = || POSITION.get(&lab.s3.env.store.read().unwrap(), "shard").unwrap();
    assert_eq!(put("nowhere", false).unwrap_err().code, "NoSuchBucket");
    assert_eq!(put("data", true).unwrap_err().code, "Nope");
    assert_eq!((position(), lab.bodies(), lab.incoming()), (None, 0, 0));
    assert_eq!(fs::read(&file).unwrap(), b"rows", "a file that was not stored stays");
    put("data", false).unwrap();
    assert!(!file.exists());
    assert_eq!(position(), Some(7));
    assert_eq!(lab.get("raw/1.gz").await, "rows");
    let head = lab
        .client
        .head_object()
        .bucket("data")
        .key("raw/1.gz")
        .send()
        .await
        .unwrap();
    assert_eq!(head.content_encoding(), Some("gzip"));
}
