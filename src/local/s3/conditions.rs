//! Conditional requests.
//! Source: RFC 9110, 13; S3 user guide, "Add preconditions to S3 operations with conditional requests".

use http::{HeaderMap, HeaderValue, header};
use s3s::dto::{ETagCondition, Timestamp, TimestampFormat};
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::error::{error, not_implemented};
use super::index;
use super::record::{Object, Version, etag};

/// Conditions of a read, or of the source of a copy.
#[derive(Default)]
pub(super) struct Reading {
    pub matches: Option<ETagCondition>,
    pub none_matches: Option<ETagCondition>,
    pub modified_since: Option<Timestamp>,
    pub unmodified_since: Option<Timestamp>,
}

/// Why a read is refused.
enum Refusal {
    NotModified,
    Failed(&'static str),
}

impl Reading {
    fn refusal(&self, version: &Version, object: &Object) -> Option<Refusal> {
        let modified = version.last_modified();
        match &self.matches {
            Some(condition) if !holds(condition, object) => return Some(Refusal::Failed("If-Match")),
            Some(_) => {}
            None => {
                if self.unmodified_since.as_ref().is_some_and(|since| modified > *since) {
                    return Some(Refusal::Failed("If-Unmodified-Since"));
                }
            }
        }
        match &self.none_matches {
            Some(condition) => holds(condition, object).then_some(Refusal::NotModified),
            None => {
                let unchanged = self.modified_since.as_ref().is_some_and(|since| modified <= *since);
                unchanged.then_some(Refusal::NotModified)
            }
        }
    }

    /// For GET and HEAD.
    ///
    /// # Errors
    /// `PreconditionFailed`; `NotModified`, with the headers that a cache needs.
    pub fn check(&self, version: &Version, object: &Object) -> S3Result<()> {
        match self.refusal(version, object) {
            None => Ok(()),
            Some(Refusal::Failed(header)) => Err(failed(header)),
            Some(Refusal::NotModified) => Err(not_modified(version, object)),
        }
    }

    /// For the source of a copy, where every refusal is `PreconditionFailed`.
    pub fn check_source(&self, version: &Version, object: &Object) -> S3Result<()> {
        match self.refusal(version, object) {
            None => Ok(()),
            Some(Refusal::Failed(header)) => Err(failed(header)),
            Some(Refusal::NotModified) => Err(failed("x-amz-copy-source-If-None-Match")),
        }
    }
}

fn holds(condition: &ETagCondition, object: &Object) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(tag) => tag.value() == object.etag,
    }
}

fn failed(condition: &str) -> S3Error {
    error(
        S3ErrorCode::PreconditionFailed,
        format!("At least one of the pre-conditions you specified did not hold (Condition: {condition})"),
    )
}

fn not_modified(version: &Version, object: &Object) -> S3Error {
    let mut headers = HeaderMap::new();
    if let Ok(value) = etag(&object.etag).to_http_header() {
        headers.insert(header::ETAG, value);
    }
    let mut date = Vec::new();
    if version
        .last_modified()
        .format(TimestampFormat::HttpDate, &mut date)
        .is_ok()
        && let Ok(value) = HeaderValue::from_bytes(&date)
    {
        headers.insert(header::LAST_MODIFIED, value);
    }
    let mut error = error(S3ErrorCode::NotModified, "Not Modified");
    error.set_headers(headers);
    error
}

/// Conditions of a write or a delete, checked in its transaction.
#[derive(Clone, Default)]
pub(super) struct Writing {
    pub matches: Option<ETagCondition>,
    pub none_matches: Option<ETagCondition>,
}

impl Writing {
    /// # Errors
    /// `PreconditionFailed`; `NoSuchKey` for If-Match without an object; `NotImplemented` for
    /// If-None-Match with anything but `*`, as AWS answers.
    pub fn check(&self, newest: Option<&Version>) -> S3Result<()> {
        let object = newest.and_then(|version| version.object.as_ref());
        match &self.none_matches {
            Some(ETagCondition::Any) if object.is_some() => return Err(failed("If-None-Match")),
            Some(ETagCondition::ETag(_)) => return Err(not_implemented("If-None-Match with an ETag on a write")),
            _ => {}
        }
        match (&self.matches, object) {
            (Some(_), None) => Err(index::no_such_key()),
            (Some(condition), Some(object)) if !holds(condition, object) => Err(failed("If-Match")),
            _ => Ok(()),
        }
    }
}
