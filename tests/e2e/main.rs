//! The binary as a user runs it, on the embedded AWS, from a project in a temporary folder.

#![cfg(feature = "local")]

mod bad_input;
mod bad_query;
mod dashboard;
mod failed_job;
mod failed_load;
mod first_deploy;
mod help;
mod interrupted_job;
mod interrupted_load;
mod kill;
mod project;
mod pyspark;
mod run;
mod server;
mod walk;
mod warehouse;
