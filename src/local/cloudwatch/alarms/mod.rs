//! Alarms on metrics: put, described, evaluated; and what became of them.

mod clock;
mod describe;
mod evaluate;
mod history;
mod judge;
mod model;
mod put;
mod reason;
mod state;

pub(super) use clock::Clock;
pub(super) use model::{ALARMS, Alarm};
