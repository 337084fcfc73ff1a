//! The graph engine: knows no AWS and does no I/O of its own.
//!
//! A [`Resource`] declares what it should be and how to read, create, update and delete it; the engine alone decides
//! which of these to call, in which order, and how many at a time.
//!
//! [`plan()`] reads the world and compares it with the desired documents; [`execute()`] carries a [`Plan`] out. Both
//! walk the [`Graph`] without level barriers and tell an [`EventSink`] what they do. The engine prints nothing.

mod apply;
mod decide;
mod diff;
mod error;
mod event;
mod execute;
mod graph;
mod outcome;
mod plan;
mod pointer;
mod policy;
mod resource;
mod step;
#[cfg(test)]
mod tests;
mod walk;

pub use error::{Call, StepError};
pub use event::{Event, EventSink};
pub use execute::execute;
pub use graph::{Graph, GraphError};
pub use outcome::{Failure, Outcome, Skip};
pub use plan::{Intent, Options, plan};
pub use resource::{BoxError, Condition, Cx, Desired, Live, Outputs, Owner, Resource, Unresolved};
pub use step::{Action, Counts, Plan, Step};
