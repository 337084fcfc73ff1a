//! `AWS::S3::BucketPolicy`.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucketpolicy.html>

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bucket;
use super::error::Error;
use super::handler::{AVAILABLE, Handler, Observed, Scope, found};
use super::policy;
use crate::aws::failure;
use crate::engine::Cx;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Properties {
    bucket: Option<String>,
    policy_document: Option<Value>,
}

/// A policy carries no tags: it is whose its bucket is.
pub(super) struct BucketPolicy;

#[async_trait]
impl Handler for BucketPolicy {
    type Properties = Properties;

    fn normalise(&self, _: &Scope, _: &mut Properties) -> Result<(), Error> {
        Ok(())
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(bucket) = &wanted.bucket else { return Ok(None) };
        let answer = scope.clients.s3.get_bucket_policy().bucket(bucket).send().await;
        let answer = found(answer.map_err(|e| failure("s3", "GetBucketPolicy", bucket, e)))?;
        let Some(document) = answer.and_then(|answer| answer.policy) else {
            return Ok(None);
        };
        let owner = bucket::owner_of(scope, bucket).await?;
        Ok(Some(Observed {
            physical_id: bucket.clone(),
            state: AVAILABLE.into(),
            properties: Properties {
                bucket: Some(bucket.clone()),
                policy_document: Some(policy::parse(&document)),
            },
            attributes: BTreeMap::new(),
            owner,
            created_at: None,
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let bucket = scope.required("Bucket", &wanted.bucket)?;
        let document = scope.required("PolicyDocument", &wanted.policy_document)?;
        let request = scope
            .clients
            .s3
            .put_bucket_policy()
            .bucket(bucket)
            .policy(policy::text(document));
        scope
            .retrying(cx, async || {
                request
                    .clone()
                    .send()
                    .await
                    .map_err(|e| failure("s3", "PutBucketPolicy", bucket, e))
            })
            .await?;
        Ok(())
    }

    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        self.create(scope, wanted, cx).await
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let bucket = scope.required("Bucket", &live.bucket)?;
        scope
            .retrying(cx, async || {
                let answer = scope.clients.s3.delete_bucket_policy().bucket(bucket).send().await;
                found(answer.map_err(|e| failure("s3", "DeleteBucketPolicy", bucket, e)))
            })
            .await?;
        Ok(())
    }
}
