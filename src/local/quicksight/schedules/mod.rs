//! Refresh schedules of data sets in SPICE. They fire while the embedded AWS is served.

mod api;
mod frequency;
mod timetable;
