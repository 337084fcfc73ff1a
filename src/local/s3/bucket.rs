//! Buckets themselves.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3ErrorCode, S3Request, S3Result};

use super::configuration::{self, Kind};
use super::error::{error, not_implemented};
use super::front::SigningRegion;
use super::record::{Bucket, Versioning, timestamp};
use super::tags::{self, NewBucketTags};
use super::{S3, index, names, uploads};

const US_EAST_1: &str = "us-east-1";

/// Source: S3 API reference, CreateBucket. Making one's own bucket again is 200 in us-east-1 alone.
pub(super) async fn create(s3: &Arc<S3>, req: S3Request<CreateBucketInput>) -> S3Result<CreateBucketOutput> {
    let signed_for = req.extensions.get::<SigningRegion>().map(|region| region.0.clone());
    let endpoint_region = signed_for.unwrap_or_else(|| s3.env.region().to_owned());
    let tags = req.extensions.get::<NewBucketTags>().cloned().unwrap_or_default().0;
    let input = req.input;
    names::check_new_bucket(&input.bucket)?;
    if input.object_lock_enabled_for_bucket == Some(true) {
        return Err(not_implemented("Object Lock"));
    }
    if input
        .acl
        .as_ref()
        .is_some_and(|acl| acl.as_str() != BucketCannedACL::PRIVATE)
    {
        let message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
        return Err(error(S3ErrorCode::InvalidBucketAclWithObjectOwnership, message));
    }
    let constraint = input
        .create_bucket_configuration
        .and_then(|configuration| configuration.location_constraint);
    let region = region(
        &endpoint_region,
        constraint.as_ref().map(BucketLocationConstraint::as_str),
    )?;
    let location = if region == US_EAST_1 {
        format!("/{}", input.bucket)
    } else {
        format!("http://{}.s3.amazonaws.com/", input.bucket)
    };
    let ownership = input
        .object_ownership
        .unwrap_or_else(|| ObjectOwnership::from_static(ObjectOwnership::BUCKET_OWNER_ENFORCED));
    let created = s3.now();
    s3.commit(move |change| {
        let name = &input.bucket;
        if index::BUCKETS.get(change.tx, name)?.is_some() {
            if endpoint_region == US_EAST_1 {
                return Ok(());
            }
            let message = "Your previous request to create the named bucket succeeded and you already own it.";
            return Err(error(S3ErrorCode::BucketAlreadyOwnedByYou, message));
        }
        let bucket = Bucket {
            created,
            region,
            versioning: Versioning::Never,
            tags,
        };
        index::BUCKETS.put(change.tx, name, &bucket)?;
        let blocked = configuration::blocked_public_access();
        configuration::put(change.tx, name, Kind::PublicAccessBlock, &blocked)?;
        configuration::put(
            change.tx,
            name,
            Kind::OwnershipControls,
            &configuration::ownership(ownership),
        )
    })
    .await?;
    Ok(CreateBucketOutput {
        location: Some(location),
    })
}

/// The region of a new bucket. The us-east-1 endpoint makes buckets anywhere else by constraint and needs
/// none for its own region; every other endpoint makes its own only, named.
fn region(endpoint: &str, constraint: Option<&str>) -> S3Result<String> {
    let incompatible = |given: &str| {
        let message = format!(
            "The {given} location constraint is incompatible for the region specific endpoint this request was sent to."
        );
        Err(error(S3ErrorCode::IllegalLocationConstraintException, message))
    };
    match constraint {
        Some("EU") if matches!(endpoint, US_EAST_1 | "eu-west-1") => Ok("eu-west-1".into()),
        Some(US_EAST_1) if endpoint == US_EAST_1 => Err(error(
            S3ErrorCode::InvalidLocationConstraint,
            "The specified location-constraint is not valid",
        )),
        Some(given) if endpoint == US_EAST_1 || given == endpoint => Ok(given.to_owned()),
        Some(given) => incompatible(given),
        None if endpoint == US_EAST_1 => Ok(endpoint.to_owned()),
        None => incompatible("unspecified"),
    }
}

pub(super) fn head(s3: &S3, name: &str) -> S3Result<HeadBucketOutput> {
    let bucket = index::bucket(&s3.env.store.read()?, name)?;
    Ok(HeadBucketOutput {
        bucket_region: Some(bucket.region),
        access_point_alias: Some(false),
        ..Default::default()
    })
}

pub(super) fn location(s3: &S3, name: &str) -> S3Result<GetBucketLocationOutput> {
    let bucket = index::bucket(&s3.env.store.read()?, name)?;
    let elsewhere = bucket.region != US_EAST_1;
    Ok(GetBucketLocationOutput {
        location_constraint: elsewhere.then(|| BucketLocationConstraint::from(bucket.region)),
    })
}

/// The continuation token is the last name of the page before.
pub(super) fn list(s3: &S3, input: ListBucketsInput) -> S3Result<ListBucketsOutput> {
    let paged = input.max_buckets.is_some() || input.continuation_token.is_some();
    let most = usize::try_from(input.max_buckets.unwrap_or(10_000)).unwrap_or(0);
    if !(1..=10_000).contains(&most) {
        return Err(super::error::invalid_argument(
            "Argument max-buckets must be an integer between 1 and 10000",
        ));
    }
    let prefix = input.prefix.clone().unwrap_or_default();
    let wanted_region = input.bucket_region;
    let (mut buckets, mut more) = (Vec::new(), false);
    let tx = s3.env.store.read()?;
    index::BUCKETS.scan(&tx, &prefix, input.continuation_token.as_deref(), |name, bucket| {
        if wanted_region.as_ref().is_some_and(|region| *region != bucket.region) {
            return true;
        }
        more = buckets.len() == most;
        if !more {
            buckets.push(s3s::dto::Bucket {
                bucket_region: (paged || input.prefix.is_some() || wanted_region.is_some()).then_some(bucket.region),
                creation_date: Some(timestamp(bucket.created)),
                name: Some(name.to_owned()),
            });
        }
        !more
    })?;
    let last = buckets.last().and_then(|bucket| bucket.name.clone());
    Ok(ListBucketsOutput {
        continuation_token: last.filter(|_| more),
        buckets: Some(buckets),
        owner: Some(s3.owner()),
        prefix: input.prefix,
    })
}

/// A bucket with versions or delete markers is not empty; unfinished uploads go with the bucket.
pub(super) async fn delete(s3: &Arc<S3>, name: String) -> S3Result<DeleteBucketOutput> {
    s3.commit(move |change| {
        let bucket = index::bucket(change.tx, &name)?;
        let mut empty = true;
        index::VERSIONS.scan(change.tx, &format!("{name}\0"), None, |_, _| {
            empty = false;
            false
        })?;
        if !empty {
            let message = match bucket.versioning {
                Versioning::Never => "The bucket you tried to delete is not empty",
                _ => "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
            };
            return Err(error(S3ErrorCode::BucketNotEmpty, message));
        }
        uploads::remove_all(change, &name)?;
        configuration::remove_all(change.tx, &name)?;
        index::BUCKETS.remove(change.tx, &name)?;
        Ok(DeleteBucketOutput::default())
    })
    .await
}

pub(super) fn versioning(s3: &S3, name: &str) -> S3Result<GetBucketVersioningOutput> {
    let bucket = index::bucket(&s3.env.store.read()?, name)?;
    let status = match bucket.versioning {
        Versioning::Never => None,
        Versioning::Enabled => Some(BucketVersioningStatus::from_static(BucketVersioningStatus::ENABLED)),
        Versioning::Suspended => Some(BucketVersioningStatus::from_static(BucketVersioningStatus::SUSPENDED)),
    };
    Ok(GetBucketVersioningOutput {
        mfa_delete: None,
        status,
    })
}

pub(super) async fn set_versioning(s3: &Arc<S3>, name: String, wanted: VersioningConfiguration) -> S3Result<()> {
    if wanted.mfa_delete.is_some_and(|status| status.as_str() == "Enabled") {
        return Err(not_implemented("MFA delete"));
    }
    let versioning = match wanted.status.as_ref().map(BucketVersioningStatus::as_str) {
        Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
        Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
        _ => {
            let message = "The Versioning element must be specified";
            return Err(error(S3ErrorCode::IllegalVersioningConfigurationException, message));
        }
    };
    s3.commit(move |change| {
        let mut bucket = index::bucket(change.tx, &name)?;
        bucket.versioning = versioning;
        index::BUCKETS.put(change.tx, &name, &bucket)?;
        Ok(())
    })
    .await
}

pub(super) fn tagging(s3: &S3, name: &str) -> S3Result<GetBucketTaggingOutput> {
    let bucket = index::bucket(&s3.env.store.read()?, name)?;
    if bucket.tags.is_empty() {
        return Err(error(S3ErrorCode::NoSuchTagSet, "The TagSet does not exist"));
    }
    Ok(GetBucketTaggingOutput {
        tag_set: tags::to_dto(&bucket.tags),
    })
}

/// Replaces the whole tag set.
pub(super) async fn set_tags(s3: &Arc<S3>, name: String, tag_set: Vec<Tag>) -> S3Result<()> {
    let tags = tags::check(&tag_set, tags::MOST_OF_BUCKET)?;
    s3.commit(move |change| {
        let mut bucket = index::bucket(change.tx, &name)?;
        bucket.tags = tags;
        index::BUCKETS.put(change.tx, &name, &bucket)?;
        Ok(())
    })
    .await
}

/// The owner has everything, and nobody else anything.
pub(super) fn acl(s3: &S3, name: &str) -> S3Result<GetBucketAclOutput> {
    index::bucket(&s3.env.store.read()?, name)?;
    Ok(GetBucketAclOutput {
        grants: Some(vec![owner_grant(s3)]),
        owner: Some(s3.owner()),
    })
}

pub(super) fn owner_grant(s3: &S3) -> Grant {
    Grant {
        grantee: Some(Grantee {
            display_name: None,
            email_address: None,
            id: Some(s3.owner_id()),
            type_: Type::from_static(Type::CANONICAL_USER),
            uri: None,
        }),
        permission: Some(Permission::from_static(Permission::FULL_CONTROL)),
    }
}
