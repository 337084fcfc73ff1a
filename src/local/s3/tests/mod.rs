//! S3 through the real SDK client, without a socket.

mod buckets;
pub(in crate::local) mod client;
mod configurations;
mod durability;
mod listing;
mod multipart;
mod objects;
mod protocol;
mod versions;
