//! Tables.

use serde_json::Value;

use super::cells::{dim, fit, padded, width};
use super::{TerminalOptions, rows, texts, texts_of};

pub(super) fn table(view: &Value, options: TerminalOptions) -> Vec<String> {
    let heads = texts_of(&view["columns"]);
    let numeric: Vec<bool> = view["columns"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| one["numeric"].as_bool() == Some(true))
        .collect();
    let rows = rows(view);
    let total = view["total"].is_array().then(|| texts(&view["total"]));
    let shown: Vec<&Vec<&str>> = rows.iter().take(options.lines).chain(&total).collect();
    let natural: Vec<usize> = heads
        .iter()
        .enumerate()
        .map(|(at, head)| {
            shown
                .iter()
                .filter_map(|row| row.get(at))
                .map(|text| width(text))
                .chain([width(head)])
                .max()
                .unwrap_or(0)
                .min(40)
        })
        .collect();
    let mut used = 0;
    let columns = natural
        .iter()
        .take_while(|one| {
            used += **one + 2;
            used <= options.width + 2
        })
        .count()
        .max(1);
    let line = |cells: &[&str]| {
        let cells: Vec<String> = cells
            .iter()
            .take(columns)
            .enumerate()
            .map(|(at, text)| {
                let room = natural[at].min(options.width);
                let text = fit(text, room);
                if numeric[at] {
                    " ".repeat(room - width(&text)) + &text
                } else {
                    padded(&text, room)
                }
            })
            .collect();
        cells.join("  ")
    };
    let mut out = vec![dim(&line(&heads), options)];
    out.extend(shown.iter().map(|row| line(row)));
    if rows.len() > options.lines {
        out.push(dim(&format!("… {} more rows", rows.len() - options.lines), options));
    }
    if columns < heads.len() {
        out.push(dim(&format!("… {} more columns", heads.len() - columns), options));
    }
    out
}
