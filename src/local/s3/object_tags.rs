//! Tags and ACL of an object.

use std::sync::Arc;

use s3s::S3Result;
use s3s::dto::*;

use super::record::Tags;
use super::{S3, bucket, get, index, tags};

pub(super) fn get_tagging(s3: &S3, input: &GetObjectTaggingInput) -> S3Result<GetObjectTaggingOutput> {
    let tx = s3.env.store.read()?;
    let found = get::find(&tx, &input.bucket, &input.key, input.version_id.as_deref())?;
    Ok(GetObjectTaggingOutput {
        tag_set: tags::to_dto(&found.object.tags),
        version_id: found.shown_id(),
    })
}

/// Replaces the whole tag set and returns the version's id.
async fn set(
    s3: &Arc<S3>,
    name: String,
    key: String,
    version_id: Option<String>,
    tags: Tags,
) -> S3Result<Option<String>> {
    s3.commit(move |change| {
        let mut found = get::find(change.tx, &name, &key, version_id.as_deref())?;
        if let Some(object) = &mut found.version.object {
            object.tags = tags;
        }
        let at = index::version_key(&name, &key, found.version.sequence);
        index::VERSIONS.put(change.tx, &at, &found.version)?;
        Ok(found.shown_id())
    })
    .await
}

pub(super) async fn put_tagging(s3: &Arc<S3>, input: PutObjectTaggingInput) -> S3Result<PutObjectTaggingOutput> {
    let checked = tags::check(&input.tagging.tag_set, tags::MOST_OF_OBJECT)?;
    let version_id = set(s3, input.bucket, input.key, input.version_id, checked).await?;
    Ok(PutObjectTaggingOutput { version_id })
}

pub(super) async fn delete_tagging(
    s3: &Arc<S3>,
    input: DeleteObjectTaggingInput,
) -> S3Result<DeleteObjectTaggingOutput> {
    let version_id = set(s3, input.bucket, input.key, input.version_id, Tags::new()).await?;
    Ok(DeleteObjectTaggingOutput { version_id })
}

pub(super) fn acl(s3: &S3, input: &GetObjectAclInput) -> S3Result<GetObjectAclOutput> {
    let tx = s3.env.store.read()?;
    get::find(&tx, &input.bucket, &input.key, input.version_id.as_deref())?;
    Ok(GetObjectAclOutput {
        grants: Some(vec![bucket::owner_grant(s3)]),
        owner: Some(s3.owner()),
        ..Default::default()
    })
}
