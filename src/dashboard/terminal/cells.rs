//! Text in terminal cells: widths, shortening, bars, colours.

use super::TerminalOptions;

pub(super) fn dim(text: &str, options: TerminalOptions) -> String {
    if options.color {
        format!("\x1b[2m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

const COLORS: [u8; 6] = [34, 33, 36, 35, 32, 31];

pub(super) fn painted(text: &str, series: usize, options: TerminalOptions) -> String {
    if options.color && !text.is_empty() {
        format!("\x1b[{}m{text}\x1b[0m", COLORS[series % COLORS.len()])
    } else {
        text.to_owned()
    }
}

/// A bar of `part` (0 to 1) of `room` cells, in eighths.
pub(super) fn blocks(part: f64, room: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (part.clamp(0.0, 1.0) * room as f64 * 8.0).round() as usize;
    let eighths = if part > 0.0 { eighths.max(1) } else { eighths };
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// Cells of a text in a terminal.
pub(super) fn width(text: &str) -> usize {
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
pub(super) fn fit(text: &str, room: usize) -> String {
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

pub(super) fn padded(text: &str, room: usize) -> String {
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
