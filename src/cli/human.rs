//! Plans, tables and durations for people.

use std::time::Duration;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use crate::engine::{Action, Plan, Step};
use crate::template::Project;

/// A borderless table; an all-empty last column is left out.
pub(super) fn table<const N: usize>(header: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let rows: Vec<[String; N]> = rows.collect();
    let last_is_empty = rows.iter().all(|row| row[N - 1].is_empty());
    let width = if last_is_empty { N - 1 } else { N };
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(&header[..width]);
    for row in &rows {
        table.add_row(&row[..width]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

/// A borderless table of any width; the columns of `right` are aligned to the right.
pub(super) fn grid(header: &[String], rows: &[Vec<String>], right: &[bool]) -> String {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    for row in rows {
        table.add_row(row);
    }
    for (column, right) in table.column_iter_mut().zip(right) {
        column.set_padding((0, 2));
        if *right {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<_> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

/// `employees in local (account 000000000000, us-east-1)`
pub(super) fn headline(project: &Project) -> String {
    let environment = &project.environment;
    format!(
        "{} in {} (account {}, {})",
        project.name, environment.name, environment.account, environment.region
    )
}

/// What a plan would do, one line a change.
pub(super) fn plan(plan: &Plan) -> String {
    let lines: Vec<String> = plan
        .steps
        .iter()
        .filter(|step| !matches!(step.action, Action::NoOp | Action::Observe))
        .map(step_line)
        .collect();
    lines.join("\n")
}

fn step_line(step: &Step) -> String {
    let sign = sign(step.action);
    let name = step
        .live
        .as_ref()
        .map(|live| format!(" ({})", live.physical_id))
        .unwrap_or_default();
    let mut line = format!("  {sign} {} {}{name}", step.id, step.kind);
    if !step.changed.is_empty() {
        line.push_str(&format!("\n      changes {}", step.changed.join(", ")));
    }
    if let Some(error) = &step.error {
        line.push_str(&format!("\n      {}", error.chain()));
    }
    if step.action == Action::Keep {
        line.push_str("\n      kept: DeletionPolicy is Retain");
    }
    line
}

/// One sign an action, as version control has them.
pub(super) fn sign(action: Action) -> &'static str {
    match action {
        Action::Create => "+",
        Action::Update => "~",
        Action::Replace => "±",
        Action::Delete => "-",
        Action::Keep | Action::NoOp | Action::Observe => "=",
        Action::Refuse => "!",
    }
}

/// `40 ms`, `0.3 s`, `12 s`, `3 min 05 s`
pub(super) fn seconds(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match seconds {
        0 if elapsed.as_millis() < 100 => format!("{} ms", elapsed.as_millis().max(1)),
        0..=9 => format!("{:.1} s", elapsed.as_secs_f64()),
        10..=119 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// `512 B`, `1.5 KiB`, `20.0 MiB`
pub(super) fn bytes(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if size < 1024.0 {
            return if unit == "B" {
                format!("{bytes} B")
            } else {
                format!("{size:.1} {unit}")
            };
        }
        size /= 1024.0;
    }
    format!("{size:.1} TiB")
}

/// `1,470`
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 object`, `1,470 objects`
pub(super) fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", count(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let grouped: Vec<_> = [0, 999, 1_000, 12_345, 1_234_567].map(count).into();
        assert_eq!(grouped, ["0", "999", "1,000", "12,345", "1,234,567"]);
    }

    #[test]
    fn durations_read_like_speech() {
        let spoken: Vec<_> = [40, 300, 12_700, 185_000]
            .map(|ms| seconds(Duration::from_millis(ms)))
            .into();
        assert_eq!(spoken, ["40 ms", "0.3 s", "12 s", "3 min 05 s"]);
    }
}
