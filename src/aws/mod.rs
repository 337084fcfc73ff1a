//! Clients for AWS and its emulators, what their errors mean, and waiting.
//!
//! The only module that knows which failures are worth retrying (`classify.rs` holds them as data).

mod account;
mod backoff;
mod classify;
mod connect;
mod error;
mod ingestion_advice;
mod locate;
mod presigned;
mod raw_json;
mod record;
mod retry;
#[cfg(test)]
pub(crate) mod script;
mod sql;
pub mod statement;
mod subscription;
mod wait;

pub use account::{AccountError, Identity, check_account};
pub use backoff::Backoff;
pub use connect::{Clients, Endpoint, Target, connect, is_loopback};
pub use error::{Details, Error, ErrorKind, Retry, failure};
pub use ingestion_advice::ingestion_advice;
pub use presigned::PresignedUrl;
pub use raw_json::RawJson;
pub use retry::retrying;
pub use sql::{SqlPlace, SqlStatement, Unclosed, sql_error_offset, sql_place, sql_statements};
pub use subscription::{Subscription, SubscriptionError};
pub use wait::{Status, Wait, wait_until};
