//! Fetches a dashboard's rows and draws it: page, pictures, and what the terminal shows.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::model::{Dashboard, GRID_COLUMNS, Kind, Place, Sheet};
use super::page::{self, Facts, Live};
use super::query::{Budget, Collected, collect, specification, values_of};
use super::script::{Script, ScriptError};
use super::source::{Source, SourceError};

/// What to say on the page, and how to draw.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// When the data was fetched, as the reader should see it.
    pub made_at: String,
    /// What it was made from: environment, warehouse, database.
    pub made_from: String,
    /// What the dashboard is for, in a sentence or two.
    pub description: Option<String>,
    /// Pictures on dark paper. The page follows its reader.
    pub dark: bool,
    pub budget: Budget,
    /// For a page that is served: it loads itself again when what it shows changes.
    /// The path on its own server that answers with the [`fingerprint`] of now.
    pub live: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the query of visual {visual} failed: {error}")]
    Query {
        visual: String,
        #[source]
        error: SourceError,
    },
    #[error(transparent)]
    Script(#[from] ScriptError),
}

/// A drawn dashboard.
#[derive(Debug)]
pub struct Rendered {
    /// One file, complete in itself.
    pub html: String,
    pub visuals: Vec<Picture>,
    pub sheets: Vec<Picture>,
    /// Each visual's numbers and labels (web/view.js), in the order of `visuals`.
    pub(super) views: Vec<Value>,
}

/// An SVG and how to name it.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Visual id or sheet id.
    pub id: String,
    pub title: String,
    pub svg: String,
    /// The queries that its numbers come from.
    pub queries: Vec<String>,
}

/// The page may be no larger, in bytes.
pub const PAGE_LIMIT: usize = 5_000_000;

/// Pixels of a grid row.
const ROW: usize = 30;
/// Width of a sheet's picture.
const WIDTH: usize = 1280;
const GAP: usize = 12;

/// Runs the dashboard's queries and draws it.
///
/// Errors: a query that the warehouse refuses (named by its visual).
pub fn render(dashboard: &Dashboard, source: &dyn Source, options: &Options) -> Result<Rendered, RenderError> {
    let mut budget = options.budget;
    let mut sheets = gather(dashboard, source, budget)?;
    // Of the whole budget, as `fingerprint` has it, even where the page shows less.
    let fingerprint = digest(&sheets);
    loop {
        let rendered = drawn(dashboard, &sheets, &fingerprint, options)?;
        if rendered.html.len() <= PAGE_LIMIT || budget.groups < 200 {
            return Ok(rendered);
        }
        budget.groups /= 2;
        budget.values /= 2;
        budget.rows /= 2;
        sheets = gather(dashboard, source, budget)?;
    }
}

fn drawn(
    dashboard: &Dashboard,
    sheets: &[Gathered<'_>],
    fingerprint: &str,
    options: &Options,
) -> Result<Rendered, RenderError> {
    let script = Script::new()?;
    let (mut visuals, mut views, mut pictures) = (Vec::new(), Vec::new(), Vec::new());
    let selections = selections(dashboard);
    for Gathered { sheet, specs, .. } in sheets {
        let mut drawn = Vec::new();
        for (visual, (spec, queries)) in sheet.visuals.iter().zip(specs) {
            let at = script.load(spec)?;
            views.push(script.call("view", &json!([at, selections]))?);
            let (width, height) = natural_size(visual.kind);
            let svg = draw(&script, at, (width, height), options.dark)?;
            let title = visual.title.clone().unwrap_or_else(|| visual.id.clone());
            visuals.push(Picture {
                id: visual.id.clone(),
                title,
                svg,
                queries: queries.clone(),
            });
            drawn.push((visual.id.as_str(), at));
        }
        pictures.push(sheet_picture(dashboard, sheet, &script, &drawn, options)?);
    }
    let data: Vec<Value> = sheets
        .iter()
        .map(|Gathered { sheet, controls, specs }| {
            let specs: Vec<&Value> = specs.iter().map(|(spec, _)| spec).collect();
            json!({
                "id": sheet.id, "name": sheet.name, "title": sheet.title, "description": sheet.description,
                "texts": sheet.texts, "places": sheet.places, "controls": controls, "visuals": specs,
            })
        })
        .collect();
    let facts = Facts {
        name: &dashboard.name,
        description: options.description.as_deref(),
        made_at: &options.made_at,
        made_from: &options.made_from,
        unsupported: dashboard.unsupported(),
        live: options.live.as_deref().map(|path| Live { path, fingerprint }),
    };
    Ok(Rendered {
        html: page::page(&facts, &json!(data)),
        visuals,
        sheets: pictures,
        views,
    })
}

/// What a sheet's queries gave.
struct Gathered<'d> {
    sheet: &'d Sheet,
    controls: Vec<Value>,
    /// Of each visual: what the script draws, and the queries behind it.
    specs: Vec<(Value, Vec<String>)>,
}

/// Runs all queries of a dashboard.
fn gather<'d>(dashboard: &'d Dashboard, source: &dyn Source, budget: Budget) -> Result<Vec<Gathered<'d>>, RenderError> {
    let mut sheets = Vec::new();
    for sheet in &dashboard.sheets {
        let controls = controls(dashboard, sheet, source)?;
        let mut specs = Vec::new();
        for visual in &sheet.visuals {
            let data: Collected = collect(dashboard, visual, source, budget).map_err(|error| RenderError::Query {
                visual: visual.id.clone(),
                error,
            })?;
            specs.push((specification(visual, &data), data.queries));
        }
        sheets.push(Gathered { sheet, controls, specs });
    }
    Ok(sheets)
}

/// Changes when the definition, or any number or label that the page would show, does: 64 hex digits.
///
/// Errors: as [`render`].
pub fn fingerprint(dashboard: &Dashboard, source: &dyn Source, budget: Budget) -> Result<String, RenderError> {
    Ok(digest(&gather(dashboard, source, budget)?))
}

fn digest(sheets: &[Gathered<'_>]) -> String {
    let mut hash = Sha256::new();
    for gathered in sheets {
        let specs: Vec<&Value> = gathered.specs.iter().map(|(spec, _)| spec).collect();
        hash.update(json!([gathered.sheet, gathered.controls, specs]).to_string());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the controls have chosen at first: control -> values, or null for all.
fn selections(dashboard: &Dashboard) -> Value {
    let controls = dashboard.sheets.iter().flat_map(|sheet| &sheet.controls);
    Value::Object(
        controls
            .map(|control| (control.id.clone(), json!(control.selected)))
            .collect::<Map<_, _>>(),
    )
}

fn controls(dashboard: &Dashboard, sheet: &Sheet, source: &dyn Source) -> Result<Vec<Value>, RenderError> {
    let one = |control| {
        let values = values_of(dashboard, control, source).map_err(|error| RenderError::Query {
            visual: format!("control {}", control.id),
            error,
        })?;
        let mut spec = serde_json::to_value(control).unwrap_or_default();
        spec["values"] = json!(values);
        Ok(spec)
    };
    sheet.controls.iter().map(one).collect()
}

/// Size of a visual's own picture.
fn natural_size(kind: Kind) -> (usize, usize) {
    match kind {
        Kind::Kpi => (360, 180),
        Kind::Pie => (640, 440),
        _ => (800, 480),
    }
}

fn draw(script: &Script, at: usize, size: (usize, usize), dark: bool) -> Result<String, ScriptError> {
    let options = json!({"width": size.0, "height": size.1, "theme": theme(dark), "title": true});
    let drawn = script.call("draw", &json!([at, options]))?;
    Ok(drawn["svg"].as_str().unwrap_or_default().to_owned())
}

fn theme(dark: bool) -> &'static str {
    if dark { "dark" } else { "light" }
}

/// All visuals of a sheet where its grid has them, on one picture.
fn sheet_picture(
    dashboard: &Dashboard,
    sheet: &Sheet,
    script: &Script,
    drawn: &[(&str, usize)],
    options: &Options,
) -> Result<Picture, ScriptError> {
    let (paper, ground, ink, muted, line) = if options.dark {
        ("#161b22", "#0d1117", "#e8ecf1", "#a8b2bf", "#2c333d")
    } else {
        ("#ffffff", "#f3f5f8", "#1b2430", "#566171", "#dde2e9")
    };
    let title = sheet.title.as_deref().unwrap_or(&dashboard.name);
    let mut lines = vec![(title.to_owned(), 20, ink, true)];
    if dashboard.sheets.len() > 1 && sheet.name != title {
        lines.push((sheet.name.clone(), 14, muted, false));
    }
    let chosen = chosen(sheet);
    if !chosen.is_empty() {
        lines.push((chosen, 12, muted, false));
    }
    let mut body = String::new();
    let mut top = 16;
    for (text, size, fill, bold) in lines {
        top += size + 8;
        body.push_str(&format!(
            r#"<text x="16" y="{}" font-size="{size}" fill="{fill}"{}>{}</text>"#,
            top - 6,
            if bold { r#" font-weight="600""# } else { "" },
            page::escape(&text)
        ));
    }
    top += 8;
    let mut bottom = top;
    for place in &sheet.places {
        let (x, y, width, height) = frame(place, top);
        bottom = bottom.max(y + height);
        if let Some((_, at)) = drawn.iter().find(|(id, _)| *id == place.element) {
            let svg = draw(script, *at, (width, height), options.dark)?;
            let svg = svg.replacen("<svg ", &format!(r#"<svg x="{x}" y="{y}" "#), 1);
            body.push_str(&format!(
                r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{paper}"/>{svg}<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="none" stroke="{line}"/>"#
            ));
        } else if let Some(text) = sheet.texts.iter().find(|text| text.id == place.element) {
            body.push_str(&format!(
                r#"<text x="{x}" y="{}" font-size="14" fill="{ink}">{}</text>"#,
                y + 16,
                page::escape(&text.text)
            ));
        }
    }
    let height = bottom + 34;
    let made = format!("{} · {}", options.made_at, options.made_from);
    body.push_str(&format!(
        r#"<text x="16" y="{}" font-size="11" fill="{muted}">{}</text>"#,
        height - 12,
        page::escape(made.trim_matches([' ', '·']))
    ));
    Ok(Picture {
        id: sheet.id.clone(),
        title: title.to_owned(),
        svg: format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" font-family="Inter, sans-serif"><rect width="{WIDTH}" height="{height}" fill="{ground}"/>{body}</svg>"#
        ),
        queries: Vec::new(),
    })
}

/// Pixels of a place: x, y, width, height.
fn frame(place: &Place, top: usize) -> (usize, usize, usize, usize) {
    let inner = WIDTH - 32 + GAP;
    let x = 16 + inner * place.column / GRID_COLUMNS;
    let end = 16 + inner * (place.column + place.columns) / GRID_COLUMNS;
    let width = (end - x).saturating_sub(GAP).max(40);
    (
        x,
        top + place.row * ROW,
        width,
        (place.rows * ROW).saturating_sub(GAP).max(40),
    )
}

/// What the filters leave, where that is not all.
fn chosen(sheet: &Sheet) -> String {
    let parts: Vec<String> = sheet
        .controls
        .iter()
        .filter_map(|control| Some(format!("{}: {}", control.title, control.selected.as_ref()?.join(", "))))
        .collect();
    parts.join(" · ")
}
