//! S3 on this machine's disk, spoken to through the real protocol (crate `s3s`).
//!
//! Object bodies are files under `<dir>/s3/`; everything else is in the shared store, keyed so that a
//! listing is a range scan in UTF-8 byte order. Bodies stream both ways and are never whole in memory.
//! A write is on disk, index and body, when its answer goes out, and survives `kill -9`.
//!
//! What differs from AWS: any credentials are accepted and no signature or signed payload hash is
//! verified; bucket policies, lifecycle rules, CORS, logging and notifications are checked, stored and
//! returned but not carried out (only `BlockPublicPolicy` is enforced); encryption is reported as AWS
//! does, but bodies are stored as they are; there are no ACLs but the owner's, as in every bucket AWS
//! creates since April 2023. What is not here answers `NotImplemented`.

mod api;
mod attributes;
mod blob;
mod bucket;
mod checksum;
mod chunked;
mod complete;
mod conditions;
mod configuration;
mod copy;
mod delete;
mod direct;
mod encryption;
mod error;
mod front;
mod get;
mod index;
mod list;
mod listings;
mod multipart;
mod names;
mod object_tags;
mod policy;
mod put;
mod receive;
mod record;
mod tags;
mod unconfigured;
mod unread;
mod uploads;

#[cfg(test)]
pub(super) mod tests;

use std::path::Path;
use std::sync::Arc;

use s3s::S3Result;
use s3s::service::S3ServiceBuilder;

use self::blob::{Blobs, Change};
pub(crate) use self::front::Endpoint;
pub(crate) use self::put::ObjectMeta;
use super::env::Env;
use super::error::AwsError;
use super::store::{StoreError, Write};
use super::tagging::Tagged;

/// The service.
pub(crate) struct S3 {
    env: Arc<Env>,
    blobs: Arc<Blobs>,
}

impl S3 {
    /// Opens what is stored, and deletes bodies that a crash left without an index entry.
    pub fn new(env: Arc<Env>) -> Result<Arc<Self>, AwsError> {
        let blobs = Blobs::open(env.dir.join("s3"), &env.store)?;
        Ok(Arc::new(Self { env, blobs }))
    }

    /// Its HTTP side.
    pub fn service(self: &Arc<Self>) -> Endpoint {
        let mut builder = S3ServiceBuilder::new(api::Api(Arc::clone(self)));
        builder.set_host(front::Hosts);
        Endpoint::new(builder.build(), Arc::clone(&self.env))
    }

    /// Stores the file at `body` (moved, not copied; it must be under the same file system) as an
    /// object, in one transaction with `also`. Blocks: it reads the file for its MD5 unless `meta` has
    /// it, and waits for the commit. On failure nothing is stored and the file stays where it is; it may
    /// also still be there, stored, after a crash.
    ///
    /// # Errors
    /// `NoSuchBucket`; what `also` returns; `InternalFailure` for the disk.
    pub fn put_file(
        &self,
        bucket: &str,
        key: &str,
        body: &Path,
        meta: ObjectMeta,
        also: impl FnOnce(&Write) -> Result<(), AwsError>,
    ) -> Result<(), AwsError> {
        put::put_file(self, bucket, key, body, meta, also)
    }

    /// ARN and tags of every bucket that has tags, for the Resource Groups Tagging API.
    pub fn tagged(&self) -> Result<Vec<Tagged>, AwsError> {
        let buckets = index::BUCKETS.all(&self.env.store.read()?, "")?;
        let tagged = buckets.into_iter().filter(|(_, bucket)| !bucket.tags.is_empty());
        Ok(tagged
            .map(|(name, bucket)| (format!("arn:aws:s3:::{name}"), bucket.tags.into_iter().collect()))
            .collect())
    }

    /// One transaction over index and bodies. Blocks until it is on disk.
    fn write<T, E: From<StoreError>>(&self, change: impl FnOnce(&Change) -> Result<T, E>) -> Result<T, E> {
        self.blobs.write(&self.env.store, change)
    }

    /// The same from async code, off its threads.
    async fn commit<T: Send + 'static>(
        self: &Arc<Self>,
        change: impl FnOnce(&Change) -> S3Result<T> + Send + 'static,
    ) -> S3Result<T> {
        let s3 = Arc::clone(self);
        error::blocking(move || s3.write(change)).await
    }

    /// Milliseconds since 1970.
    fn now(&self) -> i64 {
        self.env.now().as_millisecond()
    }

    /// The account's canonical user id: 64 hex digits, as AWS forms them.
    fn owner(&self) -> s3s::dto::Owner {
        s3s::dto::Owner {
            display_name: None,
            id: Some(self.owner_id()),
        }
    }

    fn owner_id(&self) -> String {
        use md5::Digest as _;
        let half = checksum::hex(&md5::Md5::digest(self.env.account().as_bytes()));
        format!("{half}{half}")
    }
}
