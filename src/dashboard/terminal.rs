//! Charts in the terminal: bars of block characters and tables, as wide as the terminal.

use serde_json::Value;

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

fn dim(text: &str, options: TerminalOptions) -> String {
    if options.color {
        format!("\x1b[2m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

const COLORS: [u8; 6] = [34, 33, 36, 35, 32, 31];

fn painted(text: &str, series: usize, options: TerminalOptions) -> String {
    if options.color && !text.is_empty() {
        format!("\x1b[{}m{text}\x1b[0m", COLORS[series % COLORS.len()])
    } else {
        text.to_owned()
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

/// One line a category and series: label, bar, value.
fn bars(view: &Value, options: TerminalOptions) -> Vec<String> {
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

fn histogram(view: &Value, options: TerminalOptions) -> Vec<String> {
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

/// A bar of `part` (0 to 1) of `room` cells, in eighths.
fn blocks(part: f64, room: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (part.clamp(0.0, 1.0) * room as f64 * 8.0).round() as usize;
    let eighths = if part > 0.0 { eighths.max(1) } else { eighths };
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// A box on one line: whiskers ─, box █, median ┃, all on one scale.
fn boxes(view: &Value, options: TerminalOptions) -> Vec<String> {
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
fn scatter(view: &Value, options: TerminalOptions) -> Vec<String> {
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

fn texts_of(columns: &Value) -> Vec<&str> {
    columns
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|column| column["label"].as_str())
        .collect()
}

fn table(view: &Value, options: TerminalOptions) -> Vec<String> {
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

/// Cells of a text in a terminal.
fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(one: char) -> usize {
    match one as u32 {
        0x300..=0x36f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// Shortened to `room` cells with an ellipsis; control characters, which could steer the terminal, are replaced.
fn fit(text: &str, room: usize) -> String {
    let text: String = text
        .chars()
        .map(|one| if one.is_control() { '\u{fffd}' } else { one })
        .collect();
    if width(&text) <= room {
        return text;
    }
    let mut out = String::new();
    let mut used = 1;
    for one in text.chars() {
        used += char_width(one);
        if used > room {
            break;
        }
        out.push(one);
    }
    if room > 0 {
        out.push('…');
    }
    out
}

fn padded(text: &str, room: usize) -> String {
    let pad = room.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(pad))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_fits() {
        assert_eq!(fit("Engineering", 6), "Engin…");
        assert_eq!(fit("佐藤蓮と東京", 7), "佐藤蓮…");
        assert_eq!(fit("a\x1b[31mb", 20), "a\u{fffd}[31mb");
        assert_eq!(blocks(1.0, 4), "████");
        assert_eq!(blocks(0.5, 3), "█▌");
        assert_eq!(blocks(0.0001, 3), "▏");
        assert_eq!(blocks(0.0, 3), "");
    }
}
