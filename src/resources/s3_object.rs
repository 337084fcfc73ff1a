//! `Pipectl::S3::Object`: a file of the project, uploaded.
//!
//! Properties: `Bucket`, `Key`, `Source` (path relative to the project), `ContentType`. `Ref` is the object's URI.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types as s3;
use aws_smithy_types::byte_stream::{ByteStream, Length};
use futures::stream::{self, StreamExt, TryStreamExt};
use md5::Md5;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::Error;
use super::handler::{AVAILABLE, Handler, Observed, Scope, found, system_time};
use super::ownership::{Tags, owner};
use crate::aws::{ErrorKind, failure};
use crate::engine::Cx;

/// Files above this go in parts, several at a time.
const MULTIPART_ABOVE: u64 = 16 << 20;
/// S3 takes parts of 5 MiB to 5 GiB, at most 10,000 of them
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>).
const SMALLEST_PART: u64 = 8 << 20;
const MOST_PARTS: u64 = 10_000;
const IN_FLIGHT: usize = 4;

/// Metadata that says whose the object is and what it holds: written with the object itself, so never missing.
const PIPELINE: &str = "pipectl-pipeline";
const ENVIRONMENT: &str = "pipectl-env";
const RESOURCE: &str = "pipectl-resource";
const SHA256: &str = "pipectl-sha256";

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Properties {
    bucket: Option<String>,
    key: Option<String>,
    source: Option<String>,
    content_type: Option<String>,
    /// SHA-256 of the file, as hex; worked out, not configured.
    content_sha256: Option<String>,
}

/// What identifies a file's content.
#[derive(Clone, Debug)]
struct Content {
    size: u64,
    /// Hex.
    sha256: String,
    /// What S3's ETag of it is when uploaded as here, without KMS
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html>): the MD5 of the whole, or of the parts'
    /// MD5s followed by their number.
    etag: String,
}

/// Remembers digests by path, size and time of change: a run asks several times.
#[derive(Default)]
pub(super) struct S3Object {
    known: Mutex<HashMap<PathBuf, (SystemTime, Content)>>,
}

impl S3Object {
    fn content(&self, scope: &Scope, source: &str) -> Result<Content, Error> {
        let path = scope.root.join(source);
        self.digest(&path).map_err(|source| Error::Source { path, source })
    }

    fn digest(&self, path: &Path) -> std::io::Result<Content> {
        let metadata = std::fs::metadata(path)?;
        let changed = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let known = |known: &HashMap<PathBuf, (SystemTime, Content)>| {
            let (at, content) = known.get(path)?;
            (*at == changed && content.size == metadata.len()).then(|| content.clone())
        };
        if let Some(content) = known(&self.known.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(content);
        }
        let content = digest(path, metadata.len())?;
        let mut entries = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        entries.insert(path.to_path_buf(), (changed, content.clone()));
        Ok(content)
    }
}

#[async_trait]
impl Handler for S3Object {
    type Properties = Properties;

    fn normalise(&self, scope: &Scope, object: &mut Properties) -> Result<(), Error> {
        object
            .content_type
            .get_or_insert_with(|| "application/octet-stream".into());
        if let (Some(source), None) = (&object.source, &object.content_sha256) {
            object.content_sha256 = Some(self.content(scope, source)?.sha256);
        }
        Ok(())
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let (Some(bucket), Some(key)) = (&wanted.bucket, &wanted.key) else {
            return Ok(None);
        };
        let uri = format!("s3://{bucket}/{key}");
        let answer = scope.clients.s3.head_object().bucket(bucket).key(key).send().await;
        let Some(head) = found(answer.map_err(|e| failure("s3", "HeadObject", &uri, e)))? else {
            return Ok(None);
        };
        let local = wanted
            .source
            .as_ref()
            .map(|source| self.content(scope, source))
            .transpose()?;
        let properties = Properties {
            content_type: head.content_type.clone(),
            content_sha256: Some(live_sha256(&head, local.as_ref())),
            ..wanted.clone()
        };
        let attributes = BTreeMap::from([
            ("Arn".into(), format!("arn:{}:s3:::{bucket}/{key}", scope.partition().0)),
            ("Bucket".into(), bucket.clone()),
            ("Key".into(), key.clone()),
            (
                "ETag".into(),
                head.e_tag().unwrap_or_default().trim_matches('"').to_owned(),
            ),
            ("Uri".into(), uri.clone()),
        ]);
        Ok(Some(Observed {
            physical_id: uri,
            state: AVAILABLE.into(),
            properties,
            attributes,
            owner: owner(scope, &tags(&head)),
            created_at: head.last_modified().and_then(system_time),
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let source = scope.required("Source", &wanted.source)?;
        let upload = Upload {
            scope,
            bucket: scope.required("Bucket", &wanted.bucket)?,
            key: scope.required("Key", &wanted.key)?,
            path: scope.root.join(source),
            content: self.content(scope, source)?,
            content_type: wanted.content_type.clone(),
        };
        if upload.content.size > MULTIPART_ABOVE {
            upload.in_parts(cx).await
        } else {
            upload.whole(cx).await
        }
    }

    /// An object is written whole or not at all.
    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        self.create(scope, wanted, cx).await
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let bucket = scope.required("Bucket", &live.bucket)?;
        let key = scope.required("Key", &live.key)?;
        scope
            .retrying(cx, async || {
                let answer = scope.clients.s3.delete_object().bucket(bucket).key(key).send().await;
                found(answer.map_err(|e| failure("s3", "DeleteObject", key, e)))
            })
            .await?;
        Ok(())
    }
}

/// The digest written with the object, unless size or ETag show that the object holds something else by now.
fn live_sha256(head: &HeadObjectOutput, local: Option<&Content>) -> String {
    let recorded = head
        .metadata()
        .and_then(|metadata| metadata.get(SHA256))
        .cloned()
        .unwrap_or_default();
    let Some(local) = local.filter(|local| local.sha256 == recorded) else {
        return recorded;
    };
    let etag = head.e_tag().unwrap_or_default().trim_matches('"');
    // With KMS the ETag is no digest.
    let plain = !matches!(head.server_side_encryption(), Some(kind) if *kind != s3::ServerSideEncryption::Aes256);
    let same_size = head.content_length().is_none_or(|size| size as u64 == local.size);
    let same_etag = !plain || etag.is_empty() || etag.eq_ignore_ascii_case(&local.etag);
    if same_size && same_etag {
        recorded
    } else {
        format!("changed in S3 (ETag {etag})")
    }
}

/// Ownership as it is in tags elsewhere.
fn tags(head: &HeadObjectOutput) -> Tags {
    let names = [
        (PIPELINE, super::PIPELINE_TAG),
        (ENVIRONMENT, super::ENVIRONMENT_TAG),
        (RESOURCE, super::RESOURCE_TAG),
    ];
    let metadata = head.metadata();
    let tag = |(name, tag): (&str, &str)| Some((tag.to_owned(), metadata?.get(name)?.clone()));
    names.into_iter().filter_map(tag).collect()
}

fn part_size(size: u64) -> u64 {
    SMALLEST_PART.max(size.div_ceil(MOST_PARTS))
}

/// Reads the file once, in pieces the size of a part.
fn digest(path: &Path, size: u64) -> std::io::Result<Content> {
    let mut file = File::open(path)?;
    let (mut sha256, mut whole, mut parts, mut count) = (Sha256::new(), Md5::new(), Md5::new(), 0);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let read = file.by_ref().take(part_size(size)).read_to_end(&mut buffer)?;
        if read == 0 {
            break;
        }
        sha256.update(&buffer);
        whole.update(&buffer);
        parts.update(Md5::digest(&buffer));
        count += 1;
    }
    let etag = match size > MULTIPART_ABOVE {
        true => format!("{}-{count}", hex(&parts.finalize())),
        false => hex(&whole.finalize()),
    };
    Ok(Content {
        size,
        sha256: hex(&sha256.finalize()),
        etag,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Upload<'a> {
    scope: &'a Scope,
    bucket: &'a str,
    key: &'a str,
    path: PathBuf,
    content: Content,
    content_type: Option<String>,
}

impl Upload<'_> {
    fn metadata(&self) -> HashMap<String, String> {
        let scope = self.scope;
        let entries = [
            (PIPELINE, &scope.pipeline),
            (ENVIRONMENT, &scope.environment),
            (RESOURCE, &scope.id),
            (SHA256, &self.content.sha256),
        ];
        entries.map(|(name, value)| (name.to_owned(), value.clone())).into()
    }

    async fn body(&self, offset: u64, length: u64) -> Result<ByteStream, Error> {
        let body = ByteStream::read_from()
            .path(&self.path)
            .offset(offset)
            .length(Length::Exact(length))
            .build()
            .await;
        body.map_err(|error| Error::Source {
            path: self.path.clone(),
            source: std::io::Error::other(error),
        })
    }

    async fn whole(&self, cx: &Cx) -> Result<(), Error> {
        self.body(0, self.content.size).await?;
        self.scope
            .retrying(cx, async || {
                let body = self
                    .body(0, self.content.size)
                    .await
                    .map_err(|error| self.unreadable(&error))?;
                let request = self.scope.clients.s3.put_object().bucket(self.bucket).key(self.key);
                let request = request
                    .set_content_type(self.content_type.clone())
                    .set_metadata(Some(self.metadata()));
                request
                    .body(body)
                    .send()
                    .await
                    .map_err(|e| failure("s3", "PutObject", self.key, e))
            })
            .await?;
        Ok(())
    }

    async fn in_parts(&self, cx: &Cx) -> Result<(), Error> {
        let client = &self.scope.clients.s3;
        let request = client.create_multipart_upload().bucket(self.bucket).key(self.key);
        let request = request
            .set_content_type(self.content_type.clone())
            .set_metadata(Some(self.metadata()));
        let answer = request
            .send()
            .await
            .map_err(|e| failure("s3", "CreateMultipartUpload", self.key, e))?;
        let id = self.scope.required("UploadId", &answer.upload_id)?;
        match self.parts(id, cx).await {
            Ok(()) => Ok(()),
            Err(error) => {
                let abort = client
                    .abort_multipart_upload()
                    .bucket(self.bucket)
                    .key(self.key)
                    .upload_id(id);
                if let Err(failed) = abort.send().await {
                    tracing::warn!(error = %failure("s3", "AbortMultipartUpload", self.key, failed), "parts are left behind");
                }
                Err(error)
            }
        }
    }

    async fn parts(&self, id: &str, cx: &Cx) -> Result<(), Error> {
        let size = part_size(self.content.size);
        let count = self.content.size.div_ceil(size);
        let parts: Vec<_> = stream::iter(0..count)
            .map(|index| self.part(id, index, size, cx))
            .buffered(IN_FLIGHT)
            .inspect_ok(|part| {
                cx.report(&format!(
                    "uploading, part {} of {count}",
                    part.part_number.unwrap_or_default()
                ))
            })
            .try_collect()
            .await?;
        let completed = s3::CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let request = self
            .scope
            .clients
            .s3
            .complete_multipart_upload()
            .bucket(self.bucket)
            .key(self.key)
            .upload_id(id);
        let answer = request.multipart_upload(completed).send().await;
        answer.map_err(|e| failure("s3", "CompleteMultipartUpload", self.key, e))?;
        Ok(())
    }

    async fn part(&self, id: &str, index: u64, size: u64, cx: &Cx) -> Result<s3::CompletedPart, Error> {
        let offset = index * size;
        let length = size.min(self.content.size - offset);
        let number = i32::try_from(index + 1).unwrap_or(i32::MAX);
        let answer = self
            .scope
            .retrying(cx, async || {
                let body = self
                    .body(offset, length)
                    .await
                    .map_err(|error| self.unreadable(&error))?;
                let request = self
                    .scope
                    .clients
                    .s3
                    .upload_part()
                    .bucket(self.bucket)
                    .key(self.key)
                    .upload_id(id);
                let answer = request.part_number(number).body(body).send().await;
                answer.map_err(|e| failure("s3", "UploadPart", self.key, e))
            })
            .await?;
        Ok(s3::CompletedPart::builder()
            .part_number(number)
            .set_e_tag(answer.e_tag)
            .build())
    }

    fn unreadable(&self, error: &Error) -> crate::aws::Error {
        crate::aws::Error::new("s3", "read source", self.key, ErrorKind::Fatal, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
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

    #[test]
    fn a_large_file_has_the_etag_of_its_parts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("large");
        let size = MULTIPART_ABOVE + 1;
        std::fs::write(&path, vec![0; size as usize]).unwrap();
        let content = digest(&path, size).unwrap();
        let part = |length: u64| Md5::digest(vec![0; length as usize]);
        let parts = [part(SMALLEST_PART), part(SMALLEST_PART), part(1)].concat();
        assert_eq!(content.etag, format!("{}-3", hex(&Md5::digest(parts))));
    }
}
