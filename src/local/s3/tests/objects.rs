use std::collections::HashMap;

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::*;

use super::client::{Lab, code, noise};

#[tokio::test]
async fn an_object_comes_back_with_all_that_was_said_of_it() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    let put = c
        .put_object()
        .bucket("data")
        .key("år/ø b+c?.txt")
        .body(ByteStream::from_static(b"hello"));
    let put = put
        .content_type("text/plain")
        .content_encoding("gzip")
        .cache_control("no-store")
        .content_disposition("inline")
        .content_language("da")
        .expires(DateTime::from_secs(2_000_000_000))
        .metadata("rows", "12")
        .tagging("a=1&b=x%20y")
        .send()
        .await
        .unwrap();
    assert_eq!(put.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    assert_eq!(put.server_side_encryption(), Some(&ServerSideEncryption::Aes256));
    assert_eq!(put.version_id(), None);
    let get = c.get_object().bucket("data").key("år/ø b+c?.txt").send().await.unwrap();
    assert_eq!(get.content_type(), Some("text/plain"));
    assert_eq!(get.content_encoding(), Some("gzip"), "without aws-chunked");
    assert_eq!(get.cache_control(), Some("no-store"));
    assert_eq!(get.content_disposition(), Some("inline"));
    assert_eq!(get.content_language(), Some("da"));
    assert_eq!(
        get.metadata(),
        Some(&HashMap::from([("rows".to_owned(), "12".to_owned())]))
    );
    assert_eq!(get.tag_count(), Some(2));
    assert_eq!(get.content_length(), Some(5));
    assert_eq!(get.body.collect().await.unwrap().to_vec(), b"hello");
    let head = c
        .head_object()
        .bucket("data")
        .key("år/ø b+c?.txt")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (head.content_length(), head.content_type()),
        (Some(5), Some("text/plain"))
    );
    assert_eq!(head.e_tag(), put.e_tag());
}

#[tokio::test]
async fn missing_things_have_their_codes() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    let body = || ByteStream::from_static(b"x");
    assert_eq!(code(c.get_object().bucket("data").key("no").send().await), "NoSuchKey");
    assert_eq!(
        code(c.get_object().bucket("nowhere").key("no").send().await),
        "NoSuchBucket"
    );
    assert_eq!(code(c.head_object().bucket("data").key("no").send().await), "NotFound");
    let put = c.put_object().bucket("nowhere").key("k").body(body()).send().await;
    assert_eq!(code(put), "NoSuchBucket");
    let wrong = c.get_object().bucket("data").key("no").version_id("zzz").send().await;
    assert_eq!(code(wrong), "InvalidArgument");
    let long = "k".repeat(1025);
    let put = c.put_object().bucket("data").key(long).body(body()).send().await;
    assert_eq!(code(put), "KeyTooLongError");
    let put = c
        .put_object()
        .bucket("data")
        .key("k")
        .metadata("m", "x".repeat(3000))
        .body(body())
        .send()
        .await;
    assert_eq!(code(put), "MetadataTooLarge");
    let put = c
        .put_object()
        .bucket("data")
        .key("k")
        .acl(ObjectCannedAcl::PublicRead)
        .body(body())
        .send()
        .await;
    assert_eq!(code(put), "AccessControlListNotSupported");
    c.delete_object()
        .bucket("data")
        .key("no")
        .send()
        .await
        .expect("deleting nothing is fine");
    assert_eq!((lab.bodies(), lab.incoming()), (0, 0), "refused bodies are gone");
}

#[tokio::test]
async fn ranges() {
    let lab = Lab::with_bucket().await;
    lab.put("k", "0123456789").await;
    lab.put("empty", "").await;
    let get = |key: &'static str, range: &'static str| {
        let request = lab.client.get_object().bucket("data").key(key).range(range);
        async move {
            match request.send().await {
                Ok(output) => {
                    let range = output.content_range.clone().unwrap_or_default();
                    let body = output.body.collect().await.unwrap().to_vec();
                    format!("{} {range}", String::from_utf8(body).unwrap())
                }
                refused => code(refused),
            }
        }
    };
    assert_eq!(get("k", "bytes=2-4").await, "234 bytes 2-4/10");
    assert_eq!(get("k", "bytes=8-").await, "89 bytes 8-9/10");
    assert_eq!(get("k", "bytes=-3").await, "789 bytes 7-9/10");
    assert_eq!(get("k", "bytes=8-99").await, "89 bytes 8-9/10");
    assert_eq!(get("k", "bytes=10-").await, "InvalidRange");
    assert_eq!(get("k", "bytes=0-1,3-4").await, "0123456789 ");
    assert_eq!(get("empty", "bytes=0-").await, "InvalidRange");
    assert_eq!(lab.get("empty").await, "");
}

#[tokio::test]
async fn conditional_reads() {
    let lab = Lab::with_bucket().await;
    lab.put("k", "hello").await;
    let tag = "\"5d41402abc4b2a76b9719d911017c592\"";
    let get = || lab.client.get_object().bucket("data").key("k");
    let status = |error: SdkError<_, aws_smithy_runtime_api::http::Response>| {
        error.raw_response().map(|response| response.status().as_u16())
    };
    let day = 86_400;
    let now = jiff::Timestamp::now().as_second();
    assert!(get().if_match(tag).send().await.is_ok());
    assert!(get().if_none_match("\"other\"").send().await.is_ok());
    assert_eq!(code(get().if_match("\"other\"").send().await), "PreconditionFailed");
    assert_eq!(status(get().if_none_match(tag).send().await.unwrap_err()), Some(304));
    let later = DateTime::from_secs(now + day);
    let earlier = DateTime::from_secs(now - day);
    assert_eq!(
        status(get().if_modified_since(later).send().await.unwrap_err()),
        Some(304)
    );
    let exactly = get().send().await.unwrap().last_modified.unwrap();
    assert_eq!(
        status(get().if_modified_since(exactly).send().await.unwrap_err()),
        Some(304)
    );
    assert!(get().if_unmodified_since(exactly).send().await.is_ok());
    assert!(get().if_modified_since(earlier).send().await.is_ok());
    assert_eq!(
        status(get().if_unmodified_since(earlier).send().await.unwrap_err()),
        Some(412)
    );
    assert!(get().if_unmodified_since(earlier).if_match(tag).send().await.is_ok());
}

#[tokio::test]
async fn conditional_writes() {
    let lab = Lab::with_bucket().await;
    let put = || {
        lab.client
            .put_object()
            .bucket("data")
            .key("k")
            .body(ByteStream::from_static(b"x"))
    };
    assert_eq!(code(put().if_match("\"a\"").send().await), "NoSuchKey");
    let first = put().if_none_match("*").send().await.unwrap();
    assert_eq!(code(put().if_none_match("*").send().await), "PreconditionFailed");
    assert_eq!(code(put().if_match("\"other\"").send().await), "PreconditionFailed");
    put().if_match(first.e_tag().unwrap()).send().await.unwrap();
    assert_eq!(code(put().if_none_match("\"a\"").send().await), "NotImplemented");
    assert_eq!((lab.bodies(), lab.incoming()), (1, 0), "refused bodies are gone");
}

#[tokio::test]
async fn responses_can_be_overridden() {
    let lab = Lab::with_bucket().await;
    lab.put("k", "x").await;
    let get = lab.client.get_object().bucket("data").key("k");
    let get = get
        .response_content_type("text/csv")
        .response_content_disposition("attachment")
        .response_cache_control("no-cache")
        .send()
        .await
        .unwrap();
    assert_eq!(get.content_type(), Some("text/csv"));
    assert_eq!(get.content_disposition(), Some("attachment"));
    assert_eq!(get.cache_control(), Some("no-cache"));
}

#[tokio::test]
async fn checksums_are_verified_and_kept() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    let put = || {
        c.put_object()
            .bucket("data")
            .key("k")
            .body(ByteStream::from_static(b"hello"))
    };
    assert_eq!(
        code(put().content_md5("1B2M2Y8AsgTpgAmY7PhCfg==").send().await),
        "BadDigest"
    );
    assert_eq!(code(put().content_md5("zz").send().await), "InvalidDigest");
    put().content_md5("XUFAKrxLKna5cZ2REBfFkg==").send().await.unwrap();
    assert_eq!(code(put().checksum_crc32("AAAAAA==").send().await), "BadDigest");
    assert_eq!(code(put().checksum_sha256("AAAAAA==").send().await), "InvalidRequest");
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ] {
        let stored = put().checksum_algorithm(algorithm.clone()).send().await.unwrap();
        let head = c
            .head_object()
            .bucket("data")
            .key("k")
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await
            .unwrap();
        let sums = [
            (stored.checksum_crc32(), head.checksum_crc32()),
            (stored.checksum_crc32_c(), head.checksum_crc32_c()),
            (stored.checksum_crc64_nvme(), head.checksum_crc64_nvme()),
            (stored.checksum_sha1(), head.checksum_sha1()),
            (stored.checksum_sha256(), head.checksum_sha256()),
        ];
        assert!(sums.iter().all(|(stored, head)| stored == head), "{algorithm}");
        assert_eq!(
            sums.iter().filter(|(stored, _)| stored.is_some()).count(),
            1,
            "{algorithm}"
        );
        assert_eq!(head.checksum_type(), Some(&ChecksumType::FullObject));
        // The SDK verifies what it reads against it.
        let get = c
            .get_object()
            .bucket("data")
            .key("k")
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await
            .unwrap();
        assert_eq!(get.body.collect().await.unwrap().to_vec(), b"hello");
    }
}

#[tokio::test]
async fn copies() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    let put = c
        .put_object()
        .bucket("data")
        .key("a b")
        .body(ByteStream::from_static(b"hello"));
    put.content_type("text/plain")
        .metadata("m", "1")
        .tagging("t=1")
        .send()
        .await
        .unwrap();
    let copy = |to: &str| c.copy_object().bucket("data").key(to).copy_source("data/a%20b");
    let copied = copy("c").send().await.unwrap();
    let result = copied.copy_object_result().unwrap();
    assert_eq!(result.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    let head = c.head_object().bucket("data").key("c").send().await.unwrap();
    assert_eq!(
        (head.content_type(), head.metadata().unwrap()["m"].as_str()),
        (Some("text/plain"), "1")
    );
    let replaced = copy("d")
        .metadata_directive(MetadataDirective::Replace)
        .metadata("n", "2");
    let replaced = replaced.tagging_directive(TaggingDirective::Replace).tagging("u=2");
    replaced.send().await.unwrap();
    let head = c.head_object().bucket("data").key("d").send().await.unwrap();
    assert_eq!(
        (head.content_type(), head.metadata().unwrap().get("m")),
        (Some("binary/octet-stream"), None)
    );
    let tags = c.get_object_tagging().bucket("data").key("d").send().await.unwrap();
    assert_eq!((tags.tag_set().len(), tags.tag_set()[0].key()), (1, "u"));

    assert_eq!(code(copy("a b").send().await), "InvalidRequest", "onto itself");
    let itself = copy("a b")
        .metadata_directive(MetadataDirective::Replace)
        .content_type("text/csv");
    itself.send().await.unwrap();
    assert_eq!(lab.get("a b").await, "hello");
    assert_eq!(
        code(copy("e").copy_source_if_match("\"x\"").send().await),
        "PreconditionFailed"
    );
    let missing = c
        .copy_object()
        .bucket("data")
        .key("f")
        .copy_source("data/none")
        .send()
        .await;
    assert_eq!(code(missing), "NoSuchKey");
    c.delete_object().bucket("data").key("a b").send().await.unwrap();
    assert_eq!(lab.get("c").await, "hello", "a copy outlives its source");
}

#[tokio::test]
async fn deletes_many() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    for key in ["a", "b", "c"] {
        lab.put(key, key).await;
    }
    let delete = |keys: &[&str], quiet: bool| {
        let objects = keys
            .iter()
            .map(|key| ObjectIdentifier::builder().key(*key).build().unwrap());
        let delete = Delete::builder()
            .set_objects(Some(objects.collect()))
            .quiet(quiet)
            .build()
            .unwrap();
        c.delete_objects().bucket("data").delete(delete).send()
    };
    let done = delete(&["a", "missing"], false).await.unwrap();
    assert_eq!(done.deleted().len(), 2);
    let done = delete(&["b"], true).await.unwrap();
    assert_eq!((done.deleted().len(), done.errors().len()), (0, 0));
    let left = c.list_objects_v2().bucket("data").send().await.unwrap();
    assert_eq!(left.contents()[0].key(), Some("c"));
    assert_eq!(left.key_count(), Some(1));
    assert_eq!(lab.bodies(), 1);
}

#[tokio::test]
async fn tags_of_objects() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    lab.put("k", "v").await;
    let set = |tags: Vec<(String, &str)>| {
        let tags = tags
            .into_iter()
            .map(|(key, value)| Tag::builder().key(key).value(value).build().unwrap());
        let tagging = Tagging::builder().set_tag_set(Some(tags.collect())).build().unwrap();
        c.put_object_tagging().bucket("data").key("k").tagging(tagging).send()
    };
    set(vec![("a".into(), "1")]).await.unwrap();
    let get = || c.get_object_tagging().bucket("data").key("k").send();
    assert_eq!(get().await.unwrap().tag_set()[0].value(), "1");
    assert_eq!(lab.get("k").await, "v");
    let eleven = (0..11).map(|n| (format!("k{n}"), "v")).collect();
    assert_eq!(code(set(eleven).await), "BadRequest");
    c.delete_object_tagging().bucket("data").key("k").send().await.unwrap();
    assert!(get().await.unwrap().tag_set().is_empty());
    let missing = c.get_object_tagging().bucket("data").key("none").send().await;
    assert_eq!(code(missing), "NoSuchKey");
}

#[tokio::test]
async fn attributes() {
    let lab = Lab::with_bucket().await;
    lab.put("k", "hello").await;
    let request = lab.client.get_object_attributes().bucket("data").key("k");
    let output = request
        .object_attributes(ObjectAttributes::ObjectSize)
        .object_attributes(ObjectAttributes::StorageClass)
        .object_attributes(ObjectAttributes::Checksum)
        .send()
        .await
        .unwrap();
    assert_eq!(output.object_size(), Some(5));
    assert_eq!(output.storage_class(), Some(&StorageClass::Standard));
    assert!(
        output
            .checksum()
            .and_then(|checksum| checksum.checksum_crc32())
            .is_some()
    );
    assert!(output.e_tag().is_none());
}

#[tokio::test]
async fn large_bodies_stream_through() {
    let lab = Lab::with_bucket().await;
    let body = noise(9_000_001, 7);
    let path = lab.dir.path().join("upload");
    std::fs::write(&path, &body).unwrap();
    let stream = ByteStream::from_path(&path).await.unwrap();
    lab.client
        .put_object()
        .bucket("data")
        .key("k")
        .body(stream)
        .send()
        .await
        .unwrap();
    let get = lab.client.get_object().bucket("data").key("k").send().await.unwrap();
    assert!(get.body.collect().await.unwrap().to_vec() == body);
    let middle = lab
        .client
        .get_object()
        .bucket("data")
        .key("k")
        .range("bytes=4000000-4000009");
    let middle = middle.send().await.unwrap().body.collect().await.unwrap().to_vec();
    assert_eq!(middle, body[4_000_000..4_000_010]);
}
