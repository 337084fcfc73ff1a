//! Behaviour of the service through the SDK.
