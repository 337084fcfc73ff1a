//! Charts in the terminal: bars of block characters and tables, as wide as the terminal.

mod bars;
mod cells;
mod points;
mod table;

use serde_json::Value;

use self::bars::{bars, histogram};
use self::cells::{dim, fit};
use self::points::{boxes, scatter};
use self::table::table;
use super::render::Rendered;

/// How to draw.
#[derive(Clone, Copy, Debug)]
pub struct TerminalOptions {
    /// Columns of the terminal.
    pub width: usize,
    /// ANSI colours: a tty, and NO_COLOR is not set. The caller decides.
    pub color: bool,
    /// Lines a chart may take; the rest is counted.
    pub lines: usize,
}

impl Default for TerminalOptions {
    fn default() -> Self {
        Self {
            width: 80,
            color: false,
            lines: 20,
        }
    }
}

/// All visuals of a rendered dashboard, one below the other.
pub fn terminal(rendered: &Rendered, options: TerminalOptions) -> String {
    let mut out = String::new();
    for (picture, view) in rendered.visuals.iter().zip(&rendered.views) {
        out.push_str(&heading(&picture.title, options));
        for line in chart(view, options) {
            out.push_str(line.trim_end());
            out.push('\n');
        }
        for note in view["notes"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            out.push_str(&dim(&fit(note, options.width), options));
            out.push('\n');
        }
        out.push('\n');
    }
    out
}

fn heading(title: &str, options: TerminalOptions) -> String {
    let title = fit(title, options.width);
    if options.color {
        format!("\x1b[1m{title}\x1b[0m\n")
    } else {
        format!("{title}\n")
    }
}

fn chart(view: &Value, options: TerminalOptions) -> Vec<String> {
    if view["empty"].as_bool() == Some(true) {
        return vec!["No data".to_owned()];
    }
    match view["kind"].as_str().unwrap_or_default() {
        "kpi" => kpi(view),
        // Many bars for many series say less than a table.
        "bar" | "line" if crowded(view, options) => table(view, options),
        "bar" | "line" | "pie" => bars(view, options),
        "histogram" => histogram(view, options),
        "box" => boxes(view, options),
        "scatter" => scatter(view, options),
        _ => table(view, options),
    }
}

fn crowded(view: &Value, options: TerminalOptions) -> bool {
    let count = |key: &str| view[key].as_array().map_or(0, Vec::len);
    count("series") > 1 && count("series") * count("categories") > options.lines
}

fn texts(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn rows(view: &Value) -> Vec<Vec<&str>> {
    view["rows"].as_array().into_iter().flatten().map(texts).collect()
}

fn kpi(view: &Value) -> Vec<String> {
    rows(view)
        .iter()
        .take(2)
        .map(|row| format!("  {}  {}", row.get(1).unwrap_or(&""), row.first().unwrap_or(&"")))
        .collect()
}

fn texts_of(columns: &Value) -> Vec<&str> {
    columns
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|column| column["label"].as_str())
        .collect()
}
