//! One error type for every AWS call.

use std::error::Error as StdError;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::classify::classify;
use super::locate::endpoint_of;

/// What a failed call means for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    NotFound,
    AlreadyExists,
    /// Too many calls, or no capacity right now.
    Throttled,
    /// The resource is busy or still in use.
    Conflict,
    /// A role or policy that is not known everywhere yet, or one that is wrong: they look alike.
    Propagating,
    /// An account quota is used up.
    QuotaExceeded,
    /// The caller's login is expired or invalid.
    ExpiredCredentials,
    NoCredentials,
    AccessDenied,
    InvalidRequest,
    /// The endpoint does not offer the call.
    Unsupported,
    /// The answer says success but cannot be understood; some emulators do that.
    Unreadable,
    /// No answer: connection refused, name not found, timeout.
    Unreachable,
    /// The service failed (5xx).
    ServiceFault,
    /// A wait ended without the state waited for.
    WaitTimedOut,
    /// The resource reached a state it does not leave (`CREATING_FAILED`).
    FailedState,
    /// Anything unknown: never repeated.
    Fatal,
}

/// Whether repeating a call can help, and for how long at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    Never,
    /// Only when something this call depends on was made or changed moments ago.
    WhenUpstreamFresh(Duration),
    Always(Duration),
}

impl Retry {
    /// How long to go on, or `None` if not at all.
    pub fn limit(self, upstream_fresh: bool) -> Option<Duration> {
        match self {
            Self::Always(limit) => Some(limit),
            Self::WhenUpstreamFresh(limit) if upstream_fresh => Some(limit),
            Self::WhenUpstreamFresh(_) | Self::Never => None,
        }
    }
}

/// A failed AWS call. Displays as one line: what failed, on what, and why; [`Error::hint`] says what to do. Its fields
/// are those of [`Details`].
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(Box<Details>);

/// What is known of a failed call.
#[derive(Clone, Debug)]
pub struct Details {
    /// Short name, as in ARNs (`kinesis`).
    pub service: &'static str,
    /// API operation (`CreateStream`).
    pub operation: &'static str,
    /// Physical name of what it was about.
    pub resource: String,
    /// AWS's error code, empty if the service did not answer.
    pub code: String,
    pub message: String,
    pub request_id: Option<String>,
    pub hint: Option<String>,
    pub kind: ErrorKind,
    pub retry: Retry,
}

impl Error {
    /// An error that pipectl itself finds about a resource.
    pub fn new(
        service: &'static str,
        operation: &'static str,
        resource: &str,
        kind: ErrorKind,
        message: String,
    ) -> Self {
        Self(Box::new(Details {
            service,
            operation,
            resource: resource.to_owned(),
            code: String::new(),
            message,
            request_id: None,
            hint: None,
            kind,
            retry: Retry::Never,
        }))
    }

    /// A refusal inside an answer that succeeds as a whole (one object of DeleteObjects), classified like any other.
    pub fn refused(
        service: &'static str,
        operation: &'static str,
        resource: &str,
        code: &str,
        message: String,
    ) -> Self {
        let mut failure = Self::new(service, operation, resource, ErrorKind::Fatal, message);
        failure.code = code.to_owned();
        by_answer(&mut failure, 200);
        if failure.is(ErrorKind::ServiceFault) {
            // The SDK repeats calls that fail as a whole, so nobody has repeated this one yet.
            failure.retry = Retry::Always(Duration::from_secs(180));
        }
        failure
    }

    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What to do about it, in plain words.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    pub fn is(&self, kind: ErrorKind) -> bool {
        self.kind == kind
    }
}

impl Deref for Error {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl fmt::Display for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} on {}: ", self.service, self.operation, self.resource)?;
        match (self.code.as_str(), self.message.trim()) {
            ("", message) => f.write_str(message)?,
            (code, "") => f.write_str(code)?,
            (code, message) => write!(f, "{code}: {message}")?,
        }
        self.request_id
            .as_ref()
            .map_or(Ok(()), |id| write!(f, " (request {id})"))
    }
}

/// What an SDK error means. `service` is the short name (`kinesis`), `operation` the API operation,
/// `resource` the physical name of what the call was about.
pub fn failure<E>(
    service: &'static str,
    operation: &'static str,
    resource: &str,
    error: SdkError<E, HttpResponse>,
) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let mut failure = Error::new(service, operation, resource, ErrorKind::Fatal, String::new());
    failure.request_id = error.request_id().map(str::to_owned);
    match &error {
        SdkError::ServiceError(context) => {
            let status = context.raw().status().as_u16();
            failure.code = context.err().code().unwrap_or_default().to_owned();
            failure.message = context.err().message().unwrap_or_default().to_owned();
            if context.raw().status().is_success() {
                unreadable(&mut failure, &error);
                return failure;
            }
            if failure.code.is_empty() && failure.message.is_empty() {
                failure.message = format!("the service answered with HTTP status {status} and no error code");
            }
            by_answer(&mut failure, status);
        }
        SdkError::ResponseError(context) => {
            unreadable(&mut failure, &error);
            if context.raw().status().is_server_error() {
                failure.kind = ErrorKind::ServiceFault;
            }
        }
        SdkError::ConstructionFailure(_) => by_absence(&mut failure, &error, true),
        _ => by_absence(&mut failure, &error, false),
    }
    failure
}

fn unreadable(failure: &mut Error, error: &(dyn StdError + 'static)) {
    failure.kind = ErrorKind::Unreadable;
    failure.message = format!("the answer cannot be understood: {}", chain(error));
    failure.hint =
        Some("is the endpoint an AWS service? An emulator, a proxy or another server may have answered".into());
}

/// The service answered: its code and message decide, or the HTTP status where there is no code (HEAD requests).
fn by_answer(failure: &mut Error, status: u16) {
    if let Some(rule) = classify(failure.service, &failure.code, &failure.message) {
        failure.kind = rule.kind;
        failure.retry = rule.retry;
        failure.hint = (!rule.hint.is_empty()).then(|| rule.hint.to_owned());
        return;
    }
    failure.kind = match (failure.code.is_empty(), status) {
        (_, 501) => ErrorKind::Unsupported,
        (true, 404) => ErrorKind::NotFound,
        (true, 401 | 403) => ErrorKind::AccessDenied,
        (_, 500..) => ErrorKind::ServiceFault,
        _ => ErrorKind::Fatal,
    };
}

/// No answer: no credentials, no connection, no time, or a request that could not be built.
fn by_absence(failure: &mut Error, error: &(dyn StdError + 'static), unsent: bool) {
    let text = chain(error);
    if sources(error).any(|source| source.is::<CredentialsError>()) {
        let expired = ["expired", "refresh"]
            .iter()
            .any(|word| text.to_ascii_lowercase().contains(word));
        failure.kind = if expired {
            ErrorKind::ExpiredCredentials
        } else {
            ErrorKind::NoCredentials
        };
        failure.message = format!("no usable AWS credentials: {text}");
        failure.hint = Some(
            "log in with `aws sso login` or `aws configure`, or name the environment's `profile` in configs/pipeline.json"
                .into(),
        );
        return;
    }
    failure.message = text;
    if unsent {
        failure.kind = ErrorKind::InvalidRequest;
        return;
    }
    failure.kind = ErrorKind::Unreachable;
    let place = sources(error).find_map(endpoint_of).unwrap_or("the endpoint");
    failure.hint = Some(format!(
        "no answer from {place}: check that it is running and that the network reaches it"
    ));
}

fn sources<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// What the SDK and hyper put before the cause: names of their layers.
const LAYERS: [&str; 3] = ["dispatch failure", "io error", "client error (Connect)"];

/// The messages of an error and its sources, without repetitions and names of layers.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    for text in sources(error).map(ToString::to_string) {
        if !LAYERS.contains(&text.as_str()) && !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
    }
    parts.join(": ")
}
