//! Bars: of categories, of the newest part of a line, of a histogram.

use serde_json::Value;

use super::cells::{blocks, dim, fit, padded, painted, width};
use super::{TerminalOptions, rows};

/// One line a category and series: label, bar, value.
pub(super) fn bars(view: &Value, options: TerminalOptions) -> Vec<String> {
    let rows = rows(view);
    let series = view["series"].as_array().map_or(&[][..], Vec::as_slice);
    let mut lines = Vec::new();
    for (category, row) in rows.iter().enumerate() {
        for (at, one) in series.iter().enumerate() {
            let label = match (
                row.first().copied().unwrap_or_default(),
                one["name"].as_str().unwrap_or_default(),
            ) {
                (label, _) if series.len() == 1 => label.to_owned(),
                ("", name) => name.to_owned(),
                (label, name) => format!("{label}, {name}"),
            };
            let value = one["values"][category].as_f64().unwrap_or(0.0);
            lines.push((label, value, row.get(at + 1).copied().unwrap_or("–").to_owned(), at));
        }
    }
    // Of a line the newest part is what one looks for.
    if view["kind"].as_str() == Some("line") && lines.len() > options.lines {
        let earlier = lines.len() - options.lines;
        let mut out = vec![dim(&format!("… {earlier} earlier"), options)];
        out.extend(bar_lines(lines.split_off(earlier), options));
        return out;
    }
    bar_lines(lines, options)
}

pub(super) fn histogram(view: &Value, options: TerminalOptions) -> Vec<String> {
    let counts = view["bins"].as_array().map_or(&[][..], Vec::as_slice);
    let lines = rows(view)
        .iter()
        .zip(counts)
        .map(|(row, bin)| {
            (
                row[0].to_owned(),
                bin["count"].as_f64().unwrap_or(0.0),
                row[1].to_owned(),
                0,
            )
        })
        .collect();
    bar_lines(lines, options)
}

fn bar_lines(lines: Vec<(String, f64, String, usize)>, options: TerminalOptions) -> Vec<String> {
    let all = lines.len();
    let shown = &lines[..all.min(options.lines)];
    let label_width = shown
        .iter()
        .map(|line| width(&line.0))
        .max()
        .unwrap_or(0)
        .min(options.width / 3);
    let value_width = shown.iter().map(|line| width(&line.2)).max().unwrap_or(0);
    let room = options.width.saturating_sub(label_width + value_width + 4).max(4);
    let most = shown.iter().map(|line| line.1.abs()).fold(0.0, f64::max);
    let mut out: Vec<String> = shown
        .iter()
        .map(|(label, value, text, series)| {
            let bar = blocks(if most > 0.0 { value.abs() / most } else { 0.0 }, room);
            let pad = " ".repeat(room - width(&bar));
            format!(
                "{} {}{pad} {}",
                padded(&fit(label, label_width), label_width),
                painted(&bar, *series, options),
                " ".repeat(value_width - width(text)) + text
            )
        })
        .collect();
    if shown.len() < all {
        out.push(dim(&format!("… {} more", all - shown.len()), options));
    }
    out
}
