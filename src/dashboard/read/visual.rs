//! Visuals: which kind, headings, and what no kind draws. The kinds are in series.rs, points.rs and tables.rs.

use serde_json::Map;

use super::Reading;
use super::axis::{labels, legend};
use super::node::Node;
use super::{points, series, tables};
use crate::dashboard::model::{Axis, Kind, Labels, Legend, Visual};

/// Reads one member of Visuals[]. Nothing where the preview has no such visual; the findings name it.
pub(super) fn visual(reading: &Reading<'_>, union: &Node<'_>, sheet: &str) -> Option<Visual> {
    let (name, mut node) = union.variant()?;
    let id = node.need_text("VisualId").unwrap_or_default().to_owned();
    node.rename(format!("sheet {sheet} / {name} {id}"));
    let Some(kind) = kind_of(name) else {
        node.unsupported(name);
        node.ignore_rest();
        return None;
    };
    let mut visual = empty(kind, id);
    visual.title = heading(&node, "Title");
    visual.subtitle = heading(&node, "Subtitle");
    visual.alt = node.text("VisualContentAltText").map(str::to_owned);
    let hierarchies = node.list("ColumnHierarchies");
    if !hierarchies.is_empty() {
        node.unsupported("ColumnHierarchies: no drilling down");
        hierarchies.iter().for_each(Node::ignore_rest);
    }
    for key in ["Actions", "ConditionalFormatting"] {
        if let Some(rest) = node.child_or_list(key) {
            node.unsupported(key);
            rest.iter().for_each(Node::ignore_rest);
        }
    }
    let config = node.child("ChartConfiguration");
    let drawn = config
        .as_ref()
        .is_some_and(|config| configure(reading, &mut visual, config));
    if !drawn || visual.data_set.is_empty() {
        node.unsupported("nothing to draw: its field wells are empty or not understood");
        return None;
    }
    Some(visual)
}

fn kind_of(name: &str) -> Option<Kind> {
    Some(match name {
        "BarChartVisual" => Kind::Bar,
        "LineChartVisual" => Kind::Line,
        "PieChartVisual" => Kind::Pie,
        "ScatterPlotVisual" => Kind::Scatter,
        "BoxPlotVisual" => Kind::Box,
        "HistogramVisual" => Kind::Histogram,
        "HeatMapVisual" => Kind::Heatmap,
        "KPIVisual" => Kind::Kpi,
        "TableVisual" => Kind::Table,
        "PivotTableVisual" => Kind::Pivot,
        _ => return None,
    })
}

fn empty(kind: Kind, id: String) -> Visual {
    Visual {
        id,
        kind,
        title: None,
        subtitle: None,
        alt: None,
        data_set: String::new(),
        dims: Vec::new(),
        measures: Vec::new(),
        sort: Vec::new(),
        color_sort: Vec::new(),
        limit: None,
        color_limit: None,
        order: Vec::new(),
        x: None,
        y: None,
        size: None,
        options: Map::new(),
        axes: [("category", Axis::default()), ("value", Axis::default())].into(),
        legend: Legend::default(),
        labels: Labels::default(),
        raw: false,
        filters: Vec::new(),
    }
}

/// VisualTitleLabelOptions and VisualSubtitleLabelOptions.
fn heading(node: &Node<'_>, key: &str) -> Option<String> {
    let label = node.child(key)?;
    let text = label.formatted("FormatText");
    (label.visible("Visibility") != Some(false))
        .then_some(text)
        .flatten()
        .filter(|text| !text.trim().is_empty())
}

/// Members of chart configurations that change nothing in a picture, and those that would and are not drawn.
fn leave_out(config: &Node<'_>) {
    config.ignore(&[
        "Interactions",
        "Tooltip",
        "ContributionAnalysisDefaults",
        "DashboardCustomizationVisualOptions",
    ]);
    for key in [
        "ReferenceLines",
        "ForecastConfigurations",
        "VisualPalette",
        "ColorScale",
        "SmallMultiplesOptions",
        "Series",
        "DefaultSeriesSettings",
        "TableInlineVisualizations",
        "PaginatedReportOptions",
        "SingleAxisOptions",
        "SecondaryYAxisDisplayOptions",
        "SecondaryYAxisLabelOptions",
    ] {
        if let Some(rest) = config.child_or_list(key) {
            config.unsupported(key);
            rest.iter().for_each(Node::ignore_rest);
        }
    }
}

/// False where there is nothing to draw.
fn configure(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>) -> bool {
    leave_out(config);
    visual.legend = legend(config);
    visual.labels = labels(config);
    let Some(wells) = config.child("FieldWells") else {
        return false;
    };
    match visual.kind {
        Kind::Bar => series::bar(reading, visual, config, &wells),
        Kind::Line => series::line(reading, visual, config, &wells),
        Kind::Pie => series::pie(reading, visual, config, &wells),
        Kind::Scatter => points::scatter(reading, visual, config, &wells),
        Kind::Box => points::box_plot(reading, visual, config, &wells),
        Kind::Histogram => points::histogram(reading, visual, config, &wells),
        Kind::Heatmap => series::heat_map(reading, visual, config, &wells),
        Kind::Kpi => series::kpi(reading, visual, config, &wells),
        Kind::Table => tables::table(reading, visual, config, &wells),
        Kind::Pivot => tables::pivot(reading, visual, config, &wells),
    }
    .unwrap_or(false)
}
