//! Scatter plots, box plots and histograms: distributions.

use serde_json::json;

use super::Reading;
use super::fields::{dimension, measure, push_measure, sorts};
use super::node::Node;
use super::wells::{axes, first, measures};
use crate::dashboard::model::{Aggregation, AxisField, FieldAt, ValueType, Visual};

fn axis_field(visual: &Visual, at: FieldAt) -> AxisField {
    let (label, format) = match at {
        FieldAt::Dim(at) => (&visual.dims[at].label, &visual.dims[at].format),
        FieldAt::Measure(at) => (&visual.measures[at].label, &visual.measures[at].format),
    };
    AxisField {
        at,
        label: label.clone(),
        format: format.clone(),
    }
}

pub(super) fn scatter(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, wells: &Node<'_>) -> Option<bool> {
    let (kind, wells) = wells.variant()?;
    visual.raw = kind == "ScatterPlotUnaggregatedFieldWells";
    let mut ends = [None, None];
    for (end, (well, role)) in ends.iter_mut().zip([("XAxis", "x"), ("YAxis", "y")]) {
        let fields = wells.list(well);
        let field = fields.first()?;
        *end = if visual.raw {
            dimension(reading, visual, field, role).map(FieldAt::Dim)
        } else {
            measure(reading, visual, field, role).map(FieldAt::Measure)
        };
        if let Some(FieldAt::Dim(at)) = *end
            && visual.dims[at].value_type != ValueType::Number
        {
            wells.unsupported(format!("{well}: an axis of dates or text"));
            return Some(false);
        }
    }
    first(reading, visual, &wells, "Category", "color");
    first(reading, visual, &wells, "Label", "label");
    let size = wells.list("Size");
    let size = size.first().and_then(|field| measure(reading, visual, field, "size"));
    if visual.raw {
        for measure in &mut visual.measures {
            measure.aggregation = Aggregation::None;
            measure.label.clone_from(&measure.column);
        }
    }
    if let Some(sort) = config.child("SortConfiguration") {
        // It decides which points are kept; ours are a sample.
        sort.ignore_rest();
    }
    axes(
        visual,
        config,
        [
            ("category", "XAxisDisplayOptions", "XAxisLabelOptions"),
            ("value", "YAxisDisplayOptions", "YAxisLabelOptions"),
        ],
    );
    visual.x = ends[0].map(|at| axis_field(visual, at));
    visual.y = ends[1].map(|at| axis_field(visual, at));
    visual.size = size.map(|at| axis_field(visual, FieldAt::Measure(at)));
    Some(visual.x.is_some() && visual.y.is_some())
}

/// The measures of a box: minimum, quartiles, maximum. Read by web/view.js in this order.
const BOX: [(Aggregation, Option<f64>); 5] = [
    (Aggregation::Min, None),
    (Aggregation::Percentile, Some(25.0)),
    (Aggregation::Percentile, Some(50.0)),
    (Aggregation::Percentile, Some(75.0)),
    (Aggregation::Max, None),
];

pub(super) fn box_plot(
    reading: &Reading<'_>,
    visual: &mut Visual,
    config: &Node<'_>,
    wells: &Node<'_>,
) -> Option<bool> {
    let wells = wells.need("BoxPlotAggregatedFieldWells")?;
    first(reading, visual, &wells, "GroupBy", "category");
    let count = measures(reading, visual, &wells, "Values", "value");
    // A box has no aggregation of its own: the field's names the column.
    for one in std::mem::take(&mut visual.measures) {
        for part in BOX {
            let at = push_measure(
                visual,
                one.field.clone(),
                &one.column,
                "value",
                part,
                one.format.clone(),
            );
            visual.measures[at].label.clone_from(&one.column);
        }
    }
    box_sorting(reading, visual, config);
    axes(
        visual,
        config,
        [
            ("category", "CategoryAxis", "CategoryLabelOptions"),
            ("value", "PrimaryYAxisDisplayOptions", "PrimaryYAxisLabelOptions"),
        ],
    );
    if let Some(options) = config.child("BoxPlotOptions") {
        let outliers = options.visible("OutlierVisibility") != Some(false);
        visual.options.insert("outliers".into(), json!(outliers));
        if options.visible("AllDataPointsVisibility") == Some(true) {
            options.unsupported("AllDataPointsVisibility: outliers are drawn, not every point");
        }
        if let Some(style) = options.child("StyleOptions") {
            let fill = style.one_of("FillStyle", &["SOLID", "TRANSPARENT"]).unwrap_or("SOLID");
            visual.options.insert("fill".into(), json!(fill));
        }
    }
    Some(count > 0)
}

/// A box plot sorted by its value is sorted by the median.
fn box_sorting(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>) {
    let Some(node) = config.child("SortConfiguration") else {
        return;
    };
    node.ignore(&["PaginationConfiguration"]);
    visual.sort = sorts(reading, visual, &node, "CategorySort");
    for sort in &mut visual.sort {
        if let FieldAt::Measure(at) = sort.by
            && visual.measures[at].role == "value"
        {
            sort.by = FieldAt::Measure(at + 2);
        }
    }
}

pub(super) fn histogram(
    reading: &Reading<'_>,
    visual: &mut Visual,
    config: &Node<'_>,
    wells: &Node<'_>,
) -> Option<bool> {
    let wells = wells.need("HistogramAggregatedFieldWells")?;
    let count = measures(reading, visual, &wells, "Values", "value");
    for one in &mut visual.measures {
        one.aggregation = Aggregation::None;
        one.label.clone_from(&one.column);
    }
    axes(
        visual,
        config,
        [
            ("category", "XAxisDisplayOptions", "XAxisLabelOptions"),
            ("value", "YAxisDisplayOptions", ""),
        ],
    );
    if let Some(bins) = config.child("BinOptions") {
        let kind = bins.one_of("SelectedBinType", &["BIN_COUNT", "BIN_WIDTH"]);
        let count = bins.child("BinCount").and_then(|node| node.count("Value"));
        let width = bins.child("BinWidth").and_then(|node| {
            node.ignore(&["BinCountLimit"]);
            node.number("Value")
        });
        if kind != Some("BIN_WIDTH") {
            visual.options.insert("bins".into(), json!(count));
        } else {
            visual
                .options
                .insert("binWidth".into(), json!(width.filter(|width| *width > 0.0)));
        }
        visual
            .options
            .insert("binStart".into(), json!(bins.number("StartValue")));
    }
    Some(count == 1)
}
