use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::*;

use super::client::{Lab, code, noise};

const FIVE: usize = 5 << 20;

struct Upload<'a> {
    lab: &'a Lab,
    id: String,
}

impl<'a> Upload<'a> {
    async fn begin(lab: &'a Lab, algorithm: Option<ChecksumAlgorithm>) -> Self {
        let request = lab
            .client
            .create_multipart_upload()
            .bucket("data")
            .key("k")
            .content_type("text/csv");
        let output = request.set_checksum_algorithm(algorithm).send().await.unwrap();
        Self {
            lab,
            id: output.upload_id.unwrap(),
        }
    }

    async fn part(&self, number: i32, body: Vec<u8>, algorithm: Option<ChecksumAlgorithm>) -> CompletedPart {
        let request = self
            .lab
            .client
            .upload_part()
            .bucket("data")
            .key("k")
            .upload_id(&self.id);
        let request = request.part_number(number).set_checksum_algorithm(algorithm);
        let output = request.body(ByteStream::from(body)).send().await.unwrap();
        CompletedPart::builder()
            .part_number(number)
            .set_e_tag(output.e_tag)
            .set_checksum_crc32(output.checksum_crc32)
            .set_checksum_sha256(output.checksum_sha256)
            .build()
    }

    async fn complete(
        &self,
        parts: Vec<CompletedPart>,
    ) -> Result<
        aws_sdk_s3::operation::complete_multipart_upload::CompleteMultipartUploadOutput,
        aws_sdk_s3::error::SdkError<
            aws_sdk_s3::operation::complete_multipart_upload::CompleteMultipartUploadError,
            aws_smithy_runtime_api::http::Response,
        >,
    > {
        let request = self
            .lab
            .client
            .complete_multipart_upload()
            .bucket("data")
            .key("k")
            .upload_id(&self.id);
        let list = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        request.multipart_upload(list).send().await
    }
}

#[tokio::test]
async fn parts_become_one_object() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    let upload = Upload::begin(&lab, None).await;
    let (one, two) = (noise(FIVE, 1), noise(1000, 2));
    upload.part(2, noise(10, 3), None).await;
    let second = upload.part(2, two.clone(), None).await;
    let first = upload.part(1, one.clone(), None).await;
    upload.part(9, noise(10, 4), None).await;
    assert!(
        c.list_objects_v2()
            .bucket("data")
            .send()
            .await
            .unwrap()
            .contents()
            .is_empty()
    );
    let done = upload.complete(vec![first, second]).await.unwrap();
    assert!(done.e_tag().unwrap().ends_with("-2\""), "{:?}", done.e_tag());
    let get = c.get_object().bucket("data").key("k").send().await.unwrap();
    assert_eq!(get.content_type(), Some("text/csv"));
    assert!(get.body.collect().await.unwrap().to_vec() == [one.clone(), two.clone()].concat());
    let across = c
        .get_object()
        .bucket("data")
        .key("k")
        .range(format!("bytes={}-{}", FIVE - 2, FIVE + 1));
    let across = across.send().await.unwrap().body.collect().await.unwrap().to_vec();
    assert_eq!(across, [&one[FIVE - 2..], &two[..2]].concat());
    let part = c
        .get_object()
        .bucket("data")
        .key("k")
        .part_number(2)
        .send()
        .await
        .unwrap();
    assert_eq!((part.content_length(), part.parts_count()), (Some(1000), Some(2)));
    assert_eq!(lab.bodies(), 2, "replaced and unlisted parts are gone");
    assert_eq!(code(upload.complete(vec![]).await), "NoSuchUpload");
    // A copy of it is one body, with the MD5 of the whole.
    let copy = c
        .copy_object()
        .bucket("data")
        .key("copy")
        .copy_source("data/k")
        .send()
        .await
        .unwrap();
    let tag = copy.copy_object_result().unwrap().e_tag().unwrap();
    assert!(!tag.contains('-'), "{tag}");
}

#[tokio::test]
async fn wrong_lists_of_parts_are_refused() {
    let lab = Lab::with_bucket().await;
    let upload = Upload::begin(&lab, None).await;
    let one = upload.part(1, noise(FIVE - 1, 1), None).await;
    let two = upload.part(2, noise(10, 2), None).await;
    assert_eq!(
        code(upload.complete(vec![two.clone(), one.clone()]).await),
        "InvalidPartOrder"
    );
    assert_eq!(
        code(upload.complete(vec![one.clone(), two.clone()]).await),
        "EntityTooSmall"
    );
    let missing = CompletedPart::builder().part_number(3).e_tag("\"x\"").build();
    assert_eq!(code(upload.complete(vec![missing]).await), "InvalidPart");
    let wrong = CompletedPart::builder().part_number(1).e_tag("\"x\"").build();
    assert_eq!(code(upload.complete(vec![wrong]).await), "InvalidPart");
    let part = lab
        .client
        .upload_part()
        .bucket("data")
        .key("k")
        .upload_id(&upload.id)
        .part_number(10_001);
    let refused = part.body(ByteStream::from_static(b"x")).send().await;
    assert_eq!(code(refused), "InvalidArgument");
    let part = lab
        .client
        .upload_part()
        .bucket("data")
        .key("k")
        .upload_id("none")
        .part_number(1);
    let refused = part.body(ByteStream::from_static(b"x")).send().await;
    assert_eq!(code(refused), "NoSuchUpload");
    upload.complete(vec![one]).await.expect("one part may be small");
}

#[tokio::test]
async fn composite_checksums() {
    let lab = Lab::with_bucket().await;
    for algorithm in [ChecksumAlgorithm::Crc32, ChecksumAlgorithm::Sha256] {
        let upload = Upload::begin(&lab, Some(algorithm.clone())).await;
        let one = upload.part(1, noise(FIVE, 1), Some(algorithm.clone())).await;
        let two = upload.part(2, noise(10, 2), Some(algorithm.clone())).await;
        let bare = CompletedPart::builder()
            .part_number(1)
            .set_e_tag(one.e_tag.clone())
            .build();
        assert_eq!(code(upload.complete(vec![bare]).await), "InvalidRequest");
        let done = upload.complete(vec![one, two]).await.unwrap();
        let sum = done.checksum_crc32().or(done.checksum_sha256()).unwrap();
        assert!(sum.ends_with("-2"), "{sum}");
        assert_eq!(done.checksum_type(), Some(&ChecksumType::Composite));
        let request = lab.client.get_object_attributes().bucket("data").key("k");
        let attributes = request
            .object_attributes(ObjectAttributes::ObjectParts)
            .send()
            .await
            .unwrap();
        let parts = attributes.object_parts().unwrap();
        assert_eq!((parts.total_parts_count(), parts.parts().len()), (Some(2), 2));
    }
}

#[tokio::test]
async fn full_object_checksums() {
    let lab = Lab::with_bucket().await;
    let algorithm = Some(ChecksumAlgorithm::Crc64Nvme);
    let upload = Upload::begin(&lab, algorithm.clone()).await;
    let (first, second) = (noise(FIVE, 1), noise(10, 2));
    let one = upload.part(1, first.clone(), algorithm.clone()).await;
    let two = upload.part(2, second.clone(), algorithm.clone()).await;
    let done = upload.complete(vec![one, two]).await.unwrap();
    assert_eq!(done.checksum_type(), Some(&ChecksumType::FullObject));
    let whole = lab
        .client
        .put_object()
        .bucket("data")
        .key("whole")
        .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme);
    let whole = whole
        .body(ByteStream::from([first, second].concat()))
        .send()
        .await
        .unwrap();
    assert_eq!(done.checksum_crc64_nvme(), whole.checksum_crc64_nvme());
}

#[tokio::test]
async fn parts_and_uploads_are_listed_and_given_up() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    let upload = Upload::begin(&lab, None).await;
    for number in [1, 2, 5] {
        upload.part(number, noise(10, 1), None).await;
    }
    let list = || c.list_parts().bucket("data").key("k").upload_id(&upload.id);
    let first = list().max_parts(2).send().await.unwrap();
    assert_eq!(
        (first.is_truncated(), first.next_part_number_marker()),
        (Some(true), Some("2"))
    );
    let rest = list().part_number_marker("2").send().await.unwrap();
    assert_eq!(rest.parts()[0].part_number(), Some(5));
    assert_eq!((rest.parts().len(), rest.parts()[0].size()), (1, Some(10)));

    for key in ["a/1", "a/2", "b"] {
        c.create_multipart_upload()
            .bucket("data")
            .key(key)
            .send()
            .await
            .unwrap();
    }
    let all = c.list_multipart_uploads().bucket("data").send().await.unwrap();
    let keys: Vec<_> = all.uploads().iter().filter_map(|upload| upload.key()).collect();
    assert_eq!(keys, ["a/1", "a/2", "b", "k"]);
    let by_folder = c.list_multipart_uploads().bucket("data").delimiter("/").max_uploads(2);
    let page = by_folder.send().await.unwrap();
    assert_eq!(page.common_prefixes()[0].prefix(), Some("a/"));
    assert_eq!((page.uploads()[0].key(), page.is_truncated()), (Some("b"), Some(true)));
    let next = c.list_multipart_uploads().bucket("data").delimiter("/");
    let next = next
        .set_key_marker(page.next_key_marker)
        .set_upload_id_marker(page.next_upload_id_marker)
        .send()
        .await
        .unwrap();
    assert_eq!((next.uploads().len(), next.uploads()[0].key()), (1, Some("k")));

    let abort = || {
        c.abort_multipart_upload()
            .bucket("data")
            .key("k")
            .upload_id(&upload.id)
            .send()
    };
    abort().await.unwrap();
    assert_eq!(code(abort().await), "NoSuchUpload");
    assert_eq!(code(list().send().await), "NoSuchUpload");
    assert_eq!(lab.bodies(), 0);
}

#[tokio::test]
async fn parts_can_be_copied() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    lab.put("source", "0123456789").await;
    let upload = Upload::begin(&lab, None).await;
    let copy = |range: &str| {
        let request = c.upload_part_copy().bucket("data").key("k").upload_id(&upload.id);
        request
            .part_number(1)
            .copy_source("data/source")
            .copy_source_range(range)
            .send()
    };
    assert_eq!(code(copy("bytes=5-10").await), "InvalidArgument");
    assert_eq!(code(copy("bytes=5-").await), "InvalidArgument");
    let copied = copy("bytes=5-9").await.unwrap();
    let part = CompletedPart::builder()
        .part_number(1)
        .set_e_tag(copied.copy_part_result.unwrap().e_tag)
        .build();
    upload.complete(vec![part]).await.unwrap();
    assert_eq!(lab.get("k").await, "56789");
}

#[tokio::test]
async fn completion_can_be_conditional() {
    let lab = Lab::with_bucket().await;
    lab.put("k", "there").await;
    let upload = Upload::begin(&lab, None).await;
    let part = upload.part(1, noise(10, 1), None).await;
    let list = CompletedMultipartUpload::builder().parts(part.clone()).build();
    let request = lab
        .client
        .complete_multipart_upload()
        .bucket("data")
        .key("k")
        .upload_id(&upload.id);
    let refused = request.multipart_upload(list).if_none_match("*").send().await;
    assert_eq!(code(refused), "PreconditionFailed");
    assert_eq!(lab.get("k").await, "there");
    upload.complete(vec![part]).await.expect("the upload is still there");
}
