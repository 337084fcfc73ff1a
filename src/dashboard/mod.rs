//! Amazon QuickSight dashboards as pictures.
//!
//! ```text
//! read(name, definition, data sets)    -> Dashboard          columns, fields and options checked: all faults at once
//! Dashboard::unsupported()                                   what QuickSight draws and the preview does not
//! render(&dashboard, &source, options) -> Rendered           queries run; html, one svg a visual, one svg a sheet
//! to_png(&svg, scale), to_pdf(&[&svg])                       pictures of an svg
//! terminal(&rendered, options)         -> String             charts of block characters
//! ```
//!
//! [`Source`] runs a query of Redshift SQL; it blocks, so callers on an async runtime use a thread that may. How visuals
//! become queries is told in [`query`], how pictures are drawn in [`script`]. No number comes from anything else.
//!
//! A definition holds CloudFormation's shapes with all references resolved: `DataSetArn` is the ARN that the matching
//! [`DataSetSource`] has.

mod model;
mod page;
mod picture;
pub(crate) mod query;
mod read;
mod render;
mod script;
mod source;
mod terminal;
#[cfg(test)]
mod tests;

pub use self::model::{Control, Dashboard, Fault, Kind, Place, Sheet, Unsupported, Visual};
pub(crate) use self::page::escape;
pub use self::picture::{PictureError, to_pdf, to_png};
pub use self::query::Budget;
pub use self::read::{DataSetSource, ReadError, read, row_count};
pub use self::render::{Options, PAGE_LIMIT, Picture, RenderError, Rendered, fingerprint, render};
pub use self::script::ScriptError;
pub use self::source::{Cell, Source, SourceError};
pub use self::terminal::{TerminalOptions, terminal};
