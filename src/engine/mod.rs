//! The graph engine: knows no AWS and does no I/O of its own.
//!
//! A [`Resource`] declares what it should be and how to read, create, update and delete it; the
//! engine alone decides which of these to call, in which order, and how many at a time.

mod resource;

pub use resource::{BoxError, Cx, Desired, Live, Outputs, Owner, Resource, Unresolved};
