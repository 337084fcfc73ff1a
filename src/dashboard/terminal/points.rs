//! Box plots and scatter plots.

use serde_json::Value;

use super::cells::{dim, fit, padded, painted, width};
use super::{TerminalOptions, rows, texts_of};

/// A box on one line: whiskers ─, box █, median ┃, all on one scale.
pub(super) fn boxes(view: &Value, options: TerminalOptions) -> Vec<String> {
    let categories = view["categories"].as_array().map_or(&[][..], Vec::as_slice);
    let series = view["series"].as_array().map_or(&[][..], Vec::as_slice);
    let found = || {
        series
            .iter()
            .flat_map(|one| one["boxes"].as_array().into_iter().flatten())
            .filter(|one| one.is_object())
    };
    let number = |one: &Value, key: &str| one[key].as_f64().unwrap_or(0.0);
    let low = found().map(|one| number(one, "min")).fold(f64::INFINITY, f64::min);
    let high = found().map(|one| number(one, "max")).fold(f64::NEG_INFINITY, f64::max);
    let rows = rows(view);
    let label_width = categories
        .iter()
        .map(|one| width(one["label"].as_str().unwrap_or_default()))
        .max()
        .unwrap_or(0)
        .min(options.width / 4);
    let median = |row: usize, series: usize| {
        rows.get(row)
            .and_then(|row| row.get(1 + series * 5 + 2))
            .copied()
            .unwrap_or("–")
    };
    let value_width = (0..categories.len())
        .flat_map(|row| (0..series.len()).map(move |at| (row, at)))
        .map(|(row, at)| width(median(row, at)))
        .max()
        .unwrap_or(0);
    let room = options.width.saturating_sub(label_width + value_width + 4).max(8);
    let mut out = Vec::new();
    for (row, category) in categories.iter().take(options.lines).enumerate() {
        for (at, one) in series.iter().enumerate() {
            let shape = &one["boxes"][row];
            if !shape.is_object() {
                continue;
            }
            let cell = |key: &str| {
                let part = if high > low {
                    (number(shape, key) - low) / (high - low)
                } else {
                    0.5
                };
                (part * (room - 1) as f64).round() as usize
            };
            let (from, q1, middle, q3, to) = (cell("low"), cell("q1"), cell("median"), cell("q3"), cell("high"));
            let line: String = (0..room)
                .map(|x| match x {
                    x if x == middle => '┃',
                    x if (q1..=q3).contains(&x) => '▒',
                    x if (from..=to).contains(&x) => '─',
                    _ => ' ',
                })
                .collect();
            let label = category["label"].as_str().unwrap_or_default();
            let value = median(row, at);
            out.push(format!(
                "{} {} {}",
                padded(&fit(label, label_width), label_width),
                painted(&line, at, options),
                " ".repeat(value_width - width(value)) + value
            ));
        }
    }
    out.push(dim("┃ median (the number)  ▒ quartiles  ─ whiskers", options));
    out
}

/// Points as Braille dots, two by four a cell.
pub(super) fn scatter(view: &Value, options: TerminalOptions) -> Vec<String> {
    let points: Vec<(f64, f64)> = view["points"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|point| Some((point["x"].as_f64()?, point["y"].as_f64()?)))
        .collect();
    let ends = |pick: fn(&(f64, f64)) -> f64| {
        let values = points.iter().map(pick);
        let low = values.clone().fold(f64::INFINITY, f64::min);
        (low, values.fold(f64::NEG_INFINITY, f64::max))
    };
    let ((x0, x1), (y0, y1)) = (ends(|point| point.0), ends(|point| point.1));
    let (columns, lines) = (options.width.saturating_sub(2).max(4), options.lines.clamp(4, 16));
    let mut cells = vec![vec![0_u32; columns]; lines];
    let place = |value: f64, low: f64, high: f64, cells: usize| {
        let part = if high > low { (value - low) / (high - low) } else { 0.5 };
        (part * (cells - 1) as f64).round() as usize
    };
    for (x, y) in &points {
        let (column, row) = (
            place(*x, x0, x1, columns * 2),
            lines * 4 - 1 - place(*y, y0, y1, lines * 4),
        );
        const DOTS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        cells[row / 4][column / 2] |= DOTS[row % 4][column % 2];
    }
    let columns = texts_of(&view["columns"]);
    let rows = rows(view);
    let axis = |at: usize, low: f64, high: f64| {
        let text = |wanted: f64, key: &str| {
            let found = view["points"]
                .as_array()
                .into_iter()
                .flatten()
                .position(|point| point[key].as_f64() == Some(wanted));
            found
                .and_then(|row| rows.get(row)?.get(at).copied())
                .unwrap_or_default()
                .to_owned()
        };
        let key = if at + 2 + usize::from(view["fields"]["size"].is_object()) == columns.len() {
            "x"
        } else {
            "y"
        };
        format!(
            "{}: {} to {}",
            columns.get(at).unwrap_or(&""),
            text(low, key),
            text(high, key)
        )
    };
    let first = columns
        .len()
        .saturating_sub(2 + usize::from(view["fields"]["size"].is_object()));
    let mut out: Vec<String> = cells
        .iter()
        .map(|line| {
            let dots: String = line
                .iter()
                .map(|dots| char::from_u32(0x2800 + dots).unwrap_or(' '))
                .collect();
            painted(&dots, 0, options)
        })
        .collect();
    out.push(dim(&fit(&format!("→ {}", axis(first, x0, x1)), options.width), options));
    out.push(dim(
        &fit(&format!("↑ {}", axis(first + 1, y0, y1)), options.width),
        options,
    ));
    out
}
