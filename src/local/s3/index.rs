//! The index of buckets and object versions.
//!
//! `s3.versions` holds every version under `bucket \0 key \0 inverted sequence`, so that keys come in byte
//! order and each key's newest version first. S3 keys hold no NUL (it is refused), so the order is exact.

use s3s::{S3Error, S3ErrorCode, S3Result};

use super::blob::Change;
use super::error::{error, invalid_argument};
use super::record::{Bucket, Object, Version, Versioning};
use crate::local::store::{Reads, StoreError, Table};

pub(super) const BUCKETS: Table<Bucket> = Table::new("s3.buckets");
pub(super) const VERSIONS: Table<Version> = Table::new("s3.versions");

/// Sorts after every version of the key it is appended to: `bucket \0 key \0` + this.
pub(super) const AFTER_VERSIONS: char = 'g';

/// Id of the only version of a key in a bucket without versioning.
pub(super) const NULL: &str = "null";

pub(super) fn bucket(tx: &impl Reads, name: &str) -> S3Result<Bucket> {
    BUCKETS.get(tx, name)?.ok_or_else(no_such_bucket)
}

fn no_such_bucket() -> S3Error {
    error(S3ErrorCode::NoSuchBucket, "The specified bucket does not exist")
}

pub(super) fn no_such_key() -> S3Error {
    error(S3ErrorCode::NoSuchKey, "The specified key does not exist.")
}

/// Prefix of a key's versions in the index.
pub(super) fn versions_of(bucket: &str, key: &str) -> String {
    format!("{bucket}\0{key}\0")
}

pub(super) fn version_key(bucket: &str, key: &str, sequence: u64) -> String {
    format!("{bucket}\0{key}\0{:016x}", u64::MAX - sequence)
}

/// Key part and version part of an index key, given the length of `bucket \0`.
pub(super) fn split(index_key: &str, bucket_prefix: usize) -> (&str, &str) {
    let rest = &index_key[bucket_prefix..];
    rest.rsplit_once('\0').unwrap_or((rest, ""))
}

/// The newest version of a key, which may be a delete marker.
pub(super) fn latest(tx: &impl Reads, bucket: &str, key: &str) -> Result<Option<Version>, StoreError> {
    find_first(tx, bucket, key, |_| true)
}

/// A version by its id.
///
/// # Errors
/// `InvalidArgument` if it does not look like one of ours.
pub(super) fn by_id(tx: &impl Reads, bucket: &str, key: &str, id: &str) -> S3Result<Option<Version>> {
    if id == NULL {
        return Ok(find_first(tx, bucket, key, |version| version.id == NULL)?);
    }
    if id.len() != 32 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(invalid_argument("Invalid version id specified"));
    }
    let version = VERSIONS.get(tx, &(versions_of(bucket, key) + &id[..16]))?;
    Ok(version.filter(|version| version.id == id))
}

fn find_first(
    tx: &impl Reads,
    bucket: &str,
    key: &str,
    wanted: impl Fn(&Version) -> bool,
) -> Result<Option<Version>, StoreError> {
    let mut found = None;
    VERSIONS.scan(tx, &versions_of(bucket, key), None, |_, version| {
        let hit = wanted(&version);
        if hit {
            found = Some(version);
        }
        !hit
    })?;
    Ok(found)
}

/// Makes `object` (or a delete marker) the newest version of the key. Where the bucket has no versioning,
/// or it is suspended, it takes the place of the `null` version.
pub(super) fn insert(
    change: &Change,
    bucket: (&str, &Bucket),
    key: &str,
    object: Option<Object>,
    now: i64,
) -> S3Result<Version> {
    let (name, settings) = bucket;
    let newest = latest(change.tx, name, key)?;
    // Clocks step back; a key's history does not.
    let floor = newest.as_ref().map_or(0, |version| version.sequence + 1);
    let sequence = u64::try_from(now).unwrap_or(0).saturating_mul(1000).max(floor);
    let id = if settings.versioning == Versioning::Enabled {
        format!("{:016x}{:016x}", u64::MAX - sequence, rand::random::<u64>())
    } else {
        if let Some(replaced) = by_id(change.tx, name, key, NULL)? {
            remove(change, name, key, &replaced)?;
        }
        NULL.to_owned()
    };
    let version = Version {
        id,
        sequence,
        modified: now,
        object,
    };
    VERSIONS.put(change.tx, &version_key(name, key, sequence), &version)?;
    Ok(version)
}

/// Removes one version for good, with its body.
pub(super) fn remove(change: &Change, bucket: &str, key: &str, version: &Version) -> S3Result<()> {
    VERSIONS.remove(change.tx, &version_key(bucket, key, version.sequence))?;
    for segment in version.object.iter().flat_map(|object| &object.segments) {
        change.discard(&segment.blob)?;
    }
    Ok(())
}

/// What to tell of a version's id: nothing while the bucket has never had versioning.
pub(super) fn shown_id(bucket: &Bucket, version: &Version) -> Option<String> {
    (bucket.versioning != Versioning::Never).then(|| version.id.clone())
}
