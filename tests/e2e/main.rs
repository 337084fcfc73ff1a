//! The binary as a user runs it, on the embedded AWS, from a project in a temporary folder.

#![cfg(feature = "local")]

mod bad_input;
mod help;
mod kill;
mod project;
mod run;
mod server;
mod walk;
mod warehouse;
