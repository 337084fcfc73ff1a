//! Tests of the module on scripted services.

mod load;
mod process;
mod query;
mod reconcile;
mod refresh;
mod settle;
mod snapshot;
mod world;
