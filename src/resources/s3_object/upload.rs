//! The upload of a file: whole, or in parts.

use std::collections::HashMap;
use std::path::PathBuf;

use aws_sdk_s3::types as s3;
use aws_smithy_types::byte_stream::{ByteStream, Length};
use futures::stream::{self, StreamExt, TryStreamExt};

use super::super::error::Error;
use super::super::handler::Scope;
use super::content::{Content, MULTIPART_ABOVE, part_size};
use super::{ENVIRONMENT, PIPELINE, RESOURCE, SHA256};
use crate::aws::{ErrorKind, failure};
use crate::engine::Cx;

/// Parts on their way at a time.
const IN_FLIGHT: usize = 4;

/// A file on its way to a key, with what says whose it is.
pub(super) struct Upload<'a> {
    pub scope: &'a Scope,
    pub bucket: &'a str,
    pub key: &'a str,
    pub path: PathBuf,
    pub content: Content,
    pub content_type: Option<String>,
}

impl Upload<'_> {
    pub async fn send(&self, cx: &Cx) -> Result<(), Error> {
        if self.content.size > MULTIPART_ABOVE {
            self.in_parts(cx).await
        } else {
            self.whole(cx).await
        }
    }

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
