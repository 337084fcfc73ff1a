//! The drawing script (web/*.js): the same program draws in the page and, run here by QuickJS, in the files and for the
//! terminal, so all show the same numbers. Why: docs/adr/0009-charts.md.

use rquickjs::{CatchResultExt, Context, Function, Runtime};
use serde_json::{Value, json};

/// The script's files in the order in which they are put together. Plain declarations: no modules, no browser.
const PARTS: [&str; 10] = [
    include_str!("web/text.js"),
    include_str!("web/format.js"),
    include_str!("web/scale.js"),
    include_str!("web/aggregate.js"),
    include_str!("web/view.js"),
    include_str!("web/canvas.js"),
    include_str!("web/bars.js"),
    include_str!("web/lines.js"),
    include_str!("web/shapes.js"),
    include_str!("web/draw.js"),
];

pub(super) fn text() -> String {
    PARTS.concat()
}

/// The script failed: a fault of ours, never of a definition or of data.
#[derive(Debug, thiserror::Error)]
#[error("the drawing script failed in {function}: {message}")]
pub struct ScriptError {
    function: String,
    message: String,
}

pub(super) struct Script {
    context: Context,
}

/// The most memory a picture may take.
const MEMORY: usize = 1 << 30;

impl Script {
    pub fn new() -> Result<Self, ScriptError> {
        let fail = |error: rquickjs::Error| ScriptError {
            function: "start".to_owned(),
            message: error.to_string(),
        };
        let runtime = Runtime::new().map_err(fail)?;
        runtime.set_memory_limit(MEMORY);
        let context = Context::full(&runtime).map_err(fail)?;
        let script = Self { context };
        let entry = "globalThis.loaded = [];
            globalThis.shown = [];
            globalThis.call = (name, json) => JSON.stringify({
                load: (visual) => loaded.push(visual) - 1,
                view: (at, selections) => (shown[at] = viewOf(loaded[at], selections)),
                draw: (at, options) => drawView(loaded[at], shown[at], options),
                ticks: (low, high, count, range) => niceTicks(low, high, count, range),
                format: (value, format) => [formatValue(value, format), formatFull(value, format), formatShort(value, format)],
                tickTexts: (ticks, step, format) => ticks.map(tickFormatter(ticks, step, format)),
                ellipsize: (text, width, size) => ellipsize(text, width, size),
                width: (text, size) => textWidth(text, size),
                labels: (labels, band, room, thin) => bandLabels(labels, band, room, thin),
                themes: () => THEMES,
            }[name](...JSON.parse(json)));";
        script.context.with(|ctx| {
            ctx.eval::<(), _>(text() + entry)
                .catch(&ctx)
                .map_err(|error| ScriptError {
                    function: "start".to_owned(),
                    message: error.to_string(),
                })
        })?;
        Ok(script)
    }

    /// Calls a function of the table above with JSON arguments; gives its JSON result. `draw` draws the last `view`.
    pub fn call(&self, function: &str, arguments: &Value) -> Result<Value, ScriptError> {
        let fail = |message: String| ScriptError {
            function: function.to_owned(),
            message,
        };
        let text = self.context.with(|ctx| {
            let call: Function<'_> = ctx
                .globals()
                .get("call")
                .catch(&ctx)
                .map_err(|error| fail(error.to_string()))?;
            call.call::<_, String>((function, arguments.to_string()))
                .catch(&ctx)
                .map_err(|error| fail(error.to_string()))
        })?;
        serde_json::from_str(&text).map_err(|error| fail(error.to_string()))
    }

    /// Keeps a visual's specification; gives the number to name it by.
    pub fn load(&self, visual: &Value) -> Result<usize, ScriptError> {
        let at = self.call("load", &json!([visual]))?;
        Ok(at.as_u64().unwrap_or_default() as usize)
    }
}
