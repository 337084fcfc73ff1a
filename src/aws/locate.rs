//! Connection errors that say which endpoint did not answer. The SDK's own say only "connection refused".

use std::error::Error as StdError;

use aws_sdk_sts::config::interceptors::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextMut};
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::config_bag::{Storable, StoreReplace};

/// A connection error with the endpoint it is about.
#[derive(Debug, thiserror::Error)]
#[error("{endpoint}: {reason}")]
struct Located {
    endpoint: String,
    reason: String,
}

/// The endpoint an error's source names, if it is one of ours.
pub(super) fn endpoint_of<'a>(source: &'a (dyn StdError + 'static)) -> Option<&'a str> {
    source
        .downcast_ref::<Located>()
        .map(|located| located.endpoint.as_str())
}

/// Scheme, host and port of the attempt under way.
#[derive(Debug)]
struct Destination(String);

impl Storable for Destination {
    type Storer = StoreReplace<Self>;
}

/// Puts the endpoint into connection errors.
#[derive(Debug)]
pub(super) struct Locate;

impl Intercept for Locate {
    fn name(&self) -> &'static str {
        "Locate"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let uri: http::Uri = context.request().uri().parse()?;
        if let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) {
            cfg.interceptor_state()
                .store_put(Destination(format!("{scheme}://{authority}")));
        }
        Ok(())
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Err(error)) = context.output_or_error() else {
            return Ok(());
        };
        let (Some(error), Some(Destination(endpoint))) = (error.as_connector_error(), cfg.load::<Destination>()) else {
            return Ok(());
        };
        let reasons: Vec<_> = std::iter::successors(error.source(), |e| (*e).source())
            .map(ToString::to_string)
            .collect();
        let source = Box::new(Located {
            endpoint: endpoint.clone(),
            reason: reasons.join(": "),
        });
        let located = match (error.is_timeout(), error.is_io(), error.is_user()) {
            (true, ..) => ConnectorError::timeout(source),
            (_, true, _) => ConnectorError::io(source),
            (.., true) => ConnectorError::user(source),
            _ => ConnectorError::other(source, error.as_other()),
        };
        context
            .inner_mut()
            .set_output_or_error(Err(OrchestratorError::connector(located)));
        Ok(())
    }
}
