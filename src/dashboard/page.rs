//! The page: one HTML file with data, script, style and font in it.

use serde_json::{Value, json};

use super::model::Unsupported;
use super::script;

const TEMPLATE: &str = include_str!("web/page.html");
const STYLE: &str = include_str!("web/page.css");
const SCRIPT: &str = include_str!("web/page.js");
const REGULAR: &[u8] = include_bytes!("font/Inter-Regular.woff2");
const BOLD: &[u8] = include_bytes!("font/Inter-SemiBold.woff2");

/// What the page says of itself.
pub(super) struct Facts<'a> {
    pub name: &'a str,
    pub description: Option<&'a str>,
    pub made_at: &'a str,
    pub made_from: &'a str,
    pub unsupported: &'a [Unsupported],
    pub live: Option<Live<'a>>,
}

/// How a served page learns that it is old.
pub(super) struct Live<'a> {
    /// Path on its own server that answers with the fingerprint of now.
    pub path: &'a str,
    /// Fingerprint of what the page shows.
    pub fingerprint: &'a str,
}

pub(super) fn page(facts: &Facts<'_>, sheets: &Value) -> String {
    let missing: Vec<String> = facts.unsupported.iter().map(ToString::to_string).collect();
    let data = json!({
        "name": facts.name,
        "description": facts.description,
        "madeAt": facts.made_at,
        "madeFrom": facts.made_from,
        "unsupported": missing,
        "live": facts.live.as_ref().map(|live| json!({ "path": live.path, "fingerprint": live.fingerprint })),
        "version": env!("CARGO_PKG_VERSION"),
        "sheets": sheets,
    });
    // Nothing in the data may end the script element.
    let data = data
        .to_string()
        .replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029");
    let encode = |font: &[u8]| base64_simd::STANDARD.encode_to_string(font);
    let style = STYLE
        .replacen("FONT_REGULAR", &encode(REGULAR), 1)
        .replacen("FONT_BOLD", &encode(BOLD), 1);
    let mut out = String::with_capacity(data.len() + 400_000);
    let mut rest = TEMPLATE;
    // One pass over the template: what is put in is not looked at again.
    for (mark, content) in [
        // A page in a file talks to nobody, a served one to its server.
        (
            "{{connect}}",
            if facts.live.is_some() { "'self'" } else { "'none'" }.to_owned(),
        ),
        ("{{title}}", escape(facts.name)),
        ("{{style}}", style),
        ("{{data}}", data),
        ("{{draw}}", script::text()),
        ("{{page}}", SCRIPT.to_owned()),
    ] {
        let Some((before, after)) = rest.split_once(mark) else {
            continue;
        };
        out.push_str(before);
        out.push_str(&content);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Text in HTML or SVG; characters that XML forbids are replaced.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                out.push('\u{fffd}')
            }
            other => out.push(other),
        }
    }
    out
}
