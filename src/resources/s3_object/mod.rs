//! `Pipectl::S3::Object`: a file of the project, uploaded.
//!
//! Properties: `Bucket`, `Key`, `Source` (path relative to the project), `ContentType`. `Ref` is the object's URI.

mod content;
#[cfg(test)]
mod tests;
mod upload;

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types as s3;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::handler::{AVAILABLE, Handler, Observed, Scope, found, system_time};
use super::ownership::{Tags, owner};
use crate::aws::failure;
use crate::engine::Cx;
use content::{Content, Contents};
use upload::Upload;

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

/// The handler.
#[derive(Default)]
pub(super) struct S3Object {
    contents: Contents,
}

impl S3Object {
    fn content(&self, scope: &Scope, source: &str) -> Result<Content, Error> {
        let path = scope.root.join(source);
        self.contents.of(&path).map_err(|source| Error::Source { path, source })
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
        upload.send(cx).await
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
