use aws_sdk_s3::types::{BucketVersioningStatus, Delete, ObjectIdentifier};

use super::client::{Lab, code};

/// `key version body-or-marker newest` of every version, newest first.
async fn history(lab: &Lab) -> Vec<(String, String, bool)> {
    let output = lab.client.list_object_versions().bucket("data").send().await.unwrap();
    let mut all: Vec<_> = output
        .versions()
        .iter()
        .map(|version| (version.version_id().unwrap(), "object", version.is_latest().unwrap()))
        .chain(
            output
                .delete_markers()
                .iter()
                .map(|marker| (marker.version_id().unwrap(), "marker", marker.is_latest().unwrap())),
        )
        .map(|(id, what, newest)| (id.to_owned(), what.to_owned(), newest))
        .collect();
    all.sort_by_key(|(_, _, newest)| !newest);
    all
}

#[tokio::test]
async fn every_write_is_a_version() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    lab.put("k", "before").await;
    lab.enable_versioning().await;
    let first = lab.put("k", "one").await.unwrap();
    let second = lab.put("k", "two").await.unwrap();
    assert_ne!(first, second);
    let get = |id: &str| {
        let request = c.get_object().bucket("data").key("k").version_id(id);
        async move { request.send().await.unwrap().body.collect().await.unwrap().to_vec() }
    };
    assert_eq!(lab.get("k").await, "two");
    assert_eq!(get(&first).await, b"one");
    assert_eq!(get("null").await, b"before");
    assert_eq!(history(&lab).await.len(), 3);

    let marker = c.delete_object().bucket("data").key("k").send().await.unwrap();
    assert_eq!(marker.delete_marker(), Some(true));
    let marker = marker.version_id().unwrap();
    assert_eq!(code(c.get_object().bucket("data").key("k").send().await), "NoSuchKey");
    let by_id = c.get_object().bucket("data").key("k").version_id(marker).send().await;
    assert_eq!(code(by_id), "MethodNotAllowed");
    assert!(
        c.list_objects_v2()
            .bucket("data")
            .send()
            .await
            .unwrap()
            .contents()
            .is_empty()
    );
    assert_eq!(history(&lab).await[0], (marker.to_owned(), "marker".to_owned(), true));

    let undone = c
        .delete_object()
        .bucket("data")
        .key("k")
        .version_id(marker)
        .send()
        .await
        .unwrap();
    assert_eq!(undone.delete_marker(), Some(true));
    assert_eq!(lab.get("k").await, "two");
    c.delete_object()
        .bucket("data")
        .key("k")
        .version_id(&second)
        .send()
        .await
        .unwrap();
    assert_eq!(lab.get("k").await, "one", "the version before is the newest again");
    let gone = c.get_object().bucket("data").key("k").version_id(&second).send().await;
    assert_eq!(code(gone), "NoSuchVersion");
    assert_eq!(lab.bodies(), 2);
}

#[tokio::test]
async fn suspended_buckets_replace_the_null_version() {
    let lab = Lab::with_bucket().await;
    lab.enable_versioning().await;
    let kept = lab.put("k", "kept").await.unwrap();
    lab.set_versioning(BucketVersioningStatus::Suspended).await;
    assert_eq!(lab.put("k", "null 1").await.as_deref(), Some("null"));
    assert_eq!(lab.put("k", "null 2").await.as_deref(), Some("null"));
    let ids: Vec<_> = history(&lab).await.into_iter().map(|(id, _, _)| id).collect();
    assert_eq!(ids, ["null", &kept]);
    let marker = lab.client.delete_object().bucket("data").key("k").send().await.unwrap();
    assert_eq!(
        (marker.delete_marker(), marker.version_id()),
        (Some(true), Some("null"))
    );
    let all = history(&lab).await;
    assert_eq!(all[0], ("null".to_owned(), "marker".to_owned(), true));
    assert_eq!(all.len(), 2);
    assert_eq!(lab.bodies(), 1);
}

#[tokio::test]
async fn copying_an_old_version_restores_it() {
    let lab = Lab::with_bucket().await;
    lab.enable_versioning().await;
    let old = lab.put("k", "old").await.unwrap();
    lab.put("k", "new").await;
    let copy = lab.client.copy_object().bucket("data").key("k");
    let copied = copy
        .copy_source(format!("data/k?versionId={old}"))
        .send()
        .await
        .unwrap();
    assert_eq!(copied.copy_source_version_id(), Some(old.as_str()));
    assert_eq!(lab.get("k").await, "old");
    assert_eq!(history(&lab).await.len(), 3);
}

#[tokio::test]
async fn a_versioned_bucket_is_emptied_by_pages() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    lab.enable_versioning().await;
    for n in 0..7 {
        lab.put(&format!("k{}", n % 3), "v").await;
    }
    c.delete_object().bucket("data").key("k1").send().await.unwrap();
    let (mut key, mut id, mut pages) = (None, None, 0);
    loop {
        let list = c.list_object_versions().bucket("data").max_keys(3);
        let page = list.set_key_marker(key).set_version_id_marker(id).send().await.unwrap();
        let versions = page.versions().iter().map(|v| (v.key(), v.version_id()));
        let markers = page.delete_markers().iter().map(|m| (m.key(), m.version_id()));
        let objects = versions.chain(markers).map(|(key, id)| {
            let object = ObjectIdentifier::builder().key(key.unwrap()).version_id(id.unwrap());
            object.build().unwrap()
        });
        let delete = Delete::builder().set_objects(Some(objects.collect())).build().unwrap();
        assert!(
            c.delete_objects()
                .bucket("data")
                .delete(delete)
                .send()
                .await
                .unwrap()
                .errors()
                .is_empty()
        );
        pages += 1;
        if page.is_truncated() != Some(true) {
            break;
        }
        (key, id) = (page.next_key_marker, page.next_version_id_marker);
    }
    assert_eq!(pages, 3);
    assert_eq!(lab.bodies(), 0);
    c.delete_bucket().bucket("data").send().await.unwrap();
}
