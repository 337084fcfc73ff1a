//! `AWS::S3::Bucket`.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html>

mod empty;
mod lifecycle;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_s3::types as s3;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::handler::{AVAILABLE, Handler, Observed, Scope, found, offered};
use super::ownership::{Tags, all_tags, config_tags, missing_tags, owner};
use super::properties::Tag;
use crate::aws::{self, ErrorKind, failure};
use crate::engine::{Cx, Owner};
use lifecycle::Lifecycle;
use settings::{Cors, Encryption, Logging, OwnershipControls, PublicAccessBlock, Versioning};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Properties {
    bucket_name: Option<String>,
    bucket_encryption: Option<Encryption>,
    versioning_configuration: Option<Versioning>,
    lifecycle_configuration: Option<Lifecycle>,
    public_access_block_configuration: Option<PublicAccessBlock>,
    ownership_controls: Option<OwnershipControls>,
    logging_configuration: Option<Logging>,
    cors_configuration: Option<Cors>,
    tags: Vec<Tag>,
}

pub(super) struct Bucket;

#[async_trait]
impl Handler for Bucket {
    type Properties = Properties;

    /// Versioning, lifecycle and CORS taken out of the configs are turned off. Encryption, the public access block
    /// and object ownership have secure defaults on AWS; taken out of the configs they stay as they are.
    fn normalise(&self, _: &Scope, bucket: &mut Properties) -> Result<(), Error> {
        bucket.versioning_configuration.get_or_insert_default().normalise();
        bucket.lifecycle_configuration.get_or_insert_default().normalise();
        bucket.cors_configuration.get_or_insert_default();
        Ok(())
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(name) = &wanted.bucket_name else {
            return Ok(None);
        };
        match head(scope, name).await {
            Ok(()) => {}
            Err(error) if error.is(ErrorKind::NotFound) => return Ok(None),
            Err(error) if error.is(ErrorKind::AccessDenied) => return Ok(Some(somebody_elses(name))),
            Err(error) => return Err(error.into()),
        }
        let tags = tags(scope, name).await?;
        let owner = owner_by(scope, name, &tags).await?;
        let mut properties = settings::read(scope, name).await?;
        properties.bucket_name = Some(name.clone());
        properties.tags = config_tags(&tags);
        Ok(Some(Observed {
            physical_id: name.clone(),
            state: AVAILABLE.into(),
            properties,
            attributes: attributes(scope, name),
            owner,
            created_at: None,
        }))
    }

    /// The tags go with the request, so that there is no moment in which the bucket is nobody's.
    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("BucketName", &wanted.bucket_name)?;
        let tags = sdk_tags(scope, &all_tags(scope, &wanted.tags))?;
        // us-east-1 is the one region whose name is refused here
        // (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html).
        let location = (scope.region != "us-east-1").then(|| scope.region.as_str().into());
        let configuration = s3::CreateBucketConfiguration::builder()
            .set_location_constraint(location)
            .set_tags(Some(tags))
            .build();
        let request = scope
            .clients
            .s3
            .create_bucket()
            .bucket(name)
            .create_bucket_configuration(configuration);
        scope
            .retrying(cx, async || {
                request
                    .clone()
                    .send()
                    .await
                    .map_err(|e| failure("s3", "CreateBucket", name, e))
            })
            .await?;
        // A bucket made a moment ago is not known to every part of S3 yet.
        self.update(scope, wanted, &cx.just_created()).await
    }

    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("BucketName", &wanted.bucket_name)?;
        let live_tags = tags(scope, name).await?;
        if !missing_tags(scope, &wanted.tags, &live_tags).is_empty() {
            put_tags(scope, name, wanted, live_tags, cx).await?;
        }
        let mut live = settings::read(scope, name).await?;
        self.normalise(scope, &mut live)?;
        settings::change(scope, name, &live, wanted, cx).await
    }

    /// Something may still be writing (a delivery stream's last buffer): a bucket found not empty is emptied again.
    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("BucketName", &live.bucket_name)?;
        for attempt in 1.. {
            empty::empty(scope, name, cx).await?;
            cx.report("deleting");
            let deleted = scope
                .retrying(cx, async || {
                    let answer = scope.clients.s3.delete_bucket().bucket(name).send().await;
                    found(answer.map_err(|e| failure("s3", "DeleteBucket", name, e)))
                })
                .await;
            match deleted {
                Err(Error::Aws(error)) if error.code == "BucketNotEmpty" && attempt < 4 => {}
                result => return result.map(|_| ()),
            }
        }
        Ok(())
    }
}

async fn head(scope: &Scope, name: &str) -> Result<(), aws::Error> {
    let answer = scope.clients.s3.head_bucket().bucket(name).send().await;
    answer.map(|_| ()).map_err(|error| {
        let redirected = error
            .raw_response()
            .is_some_and(|response| response.status().as_u16() == 301);
        let failure = failure("s3", "HeadBucket", name, error);
        match redirected {
            true => {
                failure.with_hint("the bucket is in another region: choose another BucketName or the region it is in")
            }
            false => failure,
        }
    })
}

/// Bucket names are shared by all accounts: one that may not be looked at is another account's.
fn somebody_elses(name: &str) -> Observed<Properties> {
    Observed {
        physical_id: name.to_owned(),
        state: AVAILABLE.into(),
        properties: Properties {
            bucket_name: Some(name.to_owned()),
            ..Properties::default()
        },
        attributes: BTreeMap::new(),
        owner: Owner::Foreign {
            claim: "another AWS account's bucket, or one you have no access to".into(),
        },
        created_at: None,
    }
}

/// Whose a bucket is; also for the parts of it that carry no tags themselves.
pub(super) async fn owner_of(scope: &Scope, name: &str) -> Result<Owner, Error> {
    let tags = tags(scope, name).await?;
    owner_by(scope, name, &tags).await
}

/// On AWS the tags alone decide. Emulators may ignore the tags of CreateBucket, so that a run killed right after it
/// leaves a bucket without any: there an untagged bucket with nothing in it counts as ours.
async fn owner_by(scope: &Scope, name: &str, tags: &Tags) -> Result<Owner, Error> {
    let owner = owner(scope, tags);
    if owner == Owner::Ours || !scope.clients.emulated || !tags.is_empty() {
        return Ok(owner);
    }
    let answer = scope.clients.s3.list_objects_v2().bucket(name).max_keys(1).send().await;
    let objects = answer.map_err(|e| failure("s3", "ListObjectsV2", name, e))?;
    Ok(if objects.contents().is_empty() {
        Owner::Ours
    } else {
        owner
    })
}

async fn tags(scope: &Scope, name: &str) -> Result<Tags, aws::Error> {
    let answer = scope.clients.s3.get_bucket_tagging().bucket(name).send().await;
    let answer = offered(answer.map_err(|e| failure("s3", "GetBucketTagging", name, e)))?;
    let tags = answer.map(|answer| answer.tag_set).unwrap_or_default();
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

/// PutBucketTagging replaces the whole set, so others' tags are sent along.
async fn put_tags(scope: &Scope, name: &str, wanted: &Properties, live: Tags, cx: &Cx) -> Result<(), Error> {
    let mut tags = live;
    tags.extend(all_tags(scope, &wanted.tags));
    let tagging = scope.built(
        s3::Tagging::builder()
            .set_tag_set(Some(sdk_tags(scope, &tags)?))
            .build(),
    )?;
    let request = scope.clients.s3.put_bucket_tagging().bucket(name).tagging(tagging);
    scope
        .retrying(cx, async || {
            request
                .clone()
                .send()
                .await
                .map_err(|e| failure("s3", "PutBucketTagging", name, e))
        })
        .await?;
    Ok(())
}

fn sdk_tags(scope: &Scope, tags: &Tags) -> Result<Vec<s3::Tag>, Error> {
    tags.iter()
        .map(|(key, value)| scope.built(s3::Tag::builder().key(key).value(value).build()))
        .collect()
}

fn attributes(scope: &Scope, name: &str) -> BTreeMap<String, String> {
    let (region, (partition, suffix)) = (&scope.region, scope.partition());
    let entries = [
        ("Arn", format!("arn:{partition}:s3:::{name}")),
        ("DomainName", format!("{name}.s3.{suffix}")),
        ("DualStackDomainName", format!("{name}.s3.dualstack.{region}.{suffix}")),
        ("RegionalDomainName", format!("{name}.s3.{region}.{suffix}")),
        ("WebsiteURL", format!("http://{name}.s3-website-{region}.{suffix}")),
    ];
    entries.map(|(name, value)| (name.to_owned(), value)).into()
}
