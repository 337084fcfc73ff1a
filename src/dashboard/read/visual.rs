//! Visuals: which kind, which fields in which wells, which options.

use serde_json::{Map, json};

use super::Reading;
use super::axis::{axis, axis_title, labels, legend};
use super::fields::{dimension, field_at, limit, measure, push_measure, sorts, unaggregated};
use super::node::Node;
use crate::dashboard::model::{Aggregation, Axis, AxisField, FieldAt, Kind, Labels, Legend, Limit, ValueType, Visual};

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
        Kind::Bar => bar(reading, visual, config, &wells),
        Kind::Line => line(reading, visual, config, &wells),
        Kind::Pie => pie(reading, visual, config, &wells),
        Kind::Scatter => scatter(reading, visual, config, &wells),
        Kind::Box => box_plot(reading, visual, config, &wells),
        Kind::Histogram => histogram(reading, visual, config, &wells),
        Kind::Heatmap => heat_map(reading, visual, config, &wells),
        Kind::Kpi => kpi(reading, visual, config, &wells),
        Kind::Table => table(reading, visual, config, &wells),
        Kind::Pivot => pivot(reading, visual, config, &wells),
    }
    .unwrap_or(false)
}

/// Reads the first dimension of a well; further ones are levels to drill down to.
fn first(
    reading: &Reading<'_>,
    visual: &mut Visual,
    wells: &Node<'_>,
    well: &str,
    role: &'static str,
) -> Option<usize> {
    let fields = wells.list(well);
    if fields.len() > 1 {
        wells.unsupported(format!(
            "{well}: {} fields, the first is shown (no drilling down)",
            fields.len()
        ));
        fields[1..].iter().for_each(Node::ignore_rest);
    }
    dimension(reading, visual, fields.first()?, role)
}

fn measures(reading: &Reading<'_>, visual: &mut Visual, wells: &Node<'_>, well: &str, role: &'static str) -> usize {
    let fields = wells.list(well);
    fields
        .iter()
        .filter(|field| measure(reading, visual, field, role).is_some())
        .count()
}

fn no_small_multiples(wells: &Node<'_>) {
    let fields = wells.list("SmallMultiples");
    if !fields.is_empty() {
        wells.unsupported("SmallMultiples: one chart for all");
        fields.iter().for_each(Node::ignore_rest);
    }
}

fn axes(visual: &mut Visual, config: &Node<'_>, which: [(&'static str, &str, &str); 2]) {
    for (name, display, title) in which {
        let mut one = axis(config, display);
        axis_title(visual, config, title, &mut one);
        visual.axes.insert(name, one);
    }
}

/// SortConfiguration: (sort key, limit key) of categories and of colours.
fn sorting(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, category: (&str, &str), color: (&str, &str)) {
    let Some(node) = config.child("SortConfiguration") else {
        return;
    };
    visual.sort = sorts(reading, visual, &node, category.0);
    visual.limit = limit(&node, category.1);
    if !color.0.is_empty() {
        visual.color_sort = sorts(reading, visual, &node, color.0);
    }
    if !color.1.is_empty() {
        visual.color_limit = limit(&node, color.1);
    }
    for key in ["SmallMultiplesSort", "SmallMultiplesLimitConfiguration"] {
        if let Some(rest) = node.child_or_list(key) {
            rest.iter().for_each(Node::ignore_rest);
        }
    }
}

fn bar(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, wells: &Node<'_>) -> Option<bool> {
    let wells = wells.need("BarChartAggregatedFieldWells")?;
    no_small_multiples(&wells);
    first(reading, visual, &wells, "Category", "category");
    first(reading, visual, &wells, "Colors", "color");
    let count = measures(reading, visual, &wells, "Values", "value");
    sorting(
        reading,
        visual,
        config,
        ("CategorySort", "CategoryItemsLimit"),
        ("ColorSort", "ColorItemsLimit"),
    );
    axes(
        visual,
        config,
        [
            ("category", "CategoryAxis", "CategoryLabelOptions"),
            ("value", "ValueAxis", "ValueLabelOptions"),
        ],
    );
    let mut legend_title = Axis::default();
    axis_title(visual, config, "ColorLabelOptions", &mut legend_title);
    if visual.legend.title.is_none() {
        visual.legend.title = legend_title.title;
    }
    // The console's default is horizontal; the API leaves it open.
    let horizontal = config.one_of("Orientation", &["HORIZONTAL", "VERTICAL"]) == Some("HORIZONTAL");
    let arrangement = config
        .one_of("BarsArrangement", &["CLUSTERED", "STACKED", "STACKED_PERCENT"])
        .unwrap_or("CLUSTERED");
    visual.options.insert("horizontal".into(), json!(horizontal));
    visual.options.insert("arrangement".into(), json!(arrangement));
    Some(count > 0)
}

fn line(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, wells: &Node<'_>) -> Option<bool> {
    let wells = wells.need("LineChartAggregatedFieldWells")?;
    no_small_multiples(&wells);
    first(reading, visual, &wells, "Category", "category");
    first(reading, visual, &wells, "Colors", "color");
    let count = measures(reading, visual, &wells, "Values", "value");
    sorting(
        reading,
        visual,
        config,
        ("CategorySort", "CategoryItemsLimitConfiguration"),
        ("", "ColorItemsLimitConfiguration"),
    );
    axes(
        visual,
        config,
        [
            ("category", "XAxisDisplayOptions", "XAxisLabelOptions"),
            ("value", "PrimaryYAxisDisplayOptions", "PrimaryYAxisLabelOptions"),
        ],
    );
    let kind = config
        .one_of("Type", &["LINE", "AREA", "STACKED_AREA"])
        .unwrap_or("LINE");
    visual.options.insert("type".into(), json!(kind));
    Some(count > 0)
}

fn pie(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, wells: &Node<'_>) -> Option<bool> {
    let wells = wells.need("PieChartAggregatedFieldWells")?;
    no_small_multiples(&wells);
    first(reading, visual, &wells, "Category", "category");
    let count = measures(reading, visual, &wells, "Values", "value");
    sorting(
        reading,
        visual,
        config,
        ("CategorySort", "CategoryItemsLimit"),
        ("", ""),
    );
    axes(
        visual,
        config,
        [
            ("category", "", "CategoryLabelOptions"),
            ("value", "", "ValueLabelOptions"),
        ],
    );
    if let Some(donut) = config.child("DonutOptions") {
        let arc = donut
            .child("ArcOptions")
            .and_then(|arc| arc.one_of("ArcThickness", &["SMALL", "MEDIUM", "LARGE", "WHOLE"]));
        // The hole's part of the radius.
        let hole = match arc {
            Some("SMALL") => 0.75,
            Some("MEDIUM") => 0.6,
            Some("LARGE") => 0.4,
            _ => 0.0,
        };
        visual.options.insert("donut".into(), json!(hole));
        if let Some(center) = donut.child("DonutCenterOptions")
            && center.visible("LabelVisibility") == Some(false)
        {
            visual.options.insert("additive".into(), json!(true));
        }
    }
    // More slices than this cannot be told apart: QuickSight's own default for pies.
    if visual.limit.is_none() {
        visual.limit = Some(Limit { count: 20, other: true });
    }
    Some(count > 0)
}

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

fn scatter(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, wells: &Node<'_>) -> Option<bool> {
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

fn box_plot(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, wells: &Node<'_>) -> Option<bool> {
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

fn histogram(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, wells: &Node<'_>) -> Option<bool> {
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

fn heat_map(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, wells: &Node<'_>) -> Option<bool> {
    let wells = wells.need("HeatMapAggregatedFieldWells")?;
    first(reading, visual, &wells, "Rows", "row");
    first(reading, visual, &wells, "Columns", "column");
    let count = measures(reading, visual, &wells, "Values", "value");
    if let Some(node) = config.child("SortConfiguration") {
        visual.sort = sorts(reading, visual, &node, "HeatMapRowSort");
        visual.color_sort = sorts(reading, visual, &node, "HeatMapColumnSort");
        visual.limit = limit(&node, "HeatMapRowItemsLimitConfiguration");
        visual.color_limit = limit(&node, "HeatMapColumnItemsLimitConfiguration");
    }
    axes(
        visual,
        config,
        [
            ("row", "RowAxisDisplayOptions", "RowLabelOptions"),
            ("column", "ColumnAxisDisplayOptions", "ColumnLabelOptions"),
        ],
    );
    Some(count > 0)
}

fn kpi(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, wells: &Node<'_>) -> Option<bool> {
    let count = measures(reading, visual, wells, "Values", "value");
    if count > 1 {
        wells.unsupported("Values: the first is shown");
    }
    measures(reading, visual, wells, "TargetValues", "target");
    first(reading, visual, wells, "TrendGroups", "trend");
    if let Some(sort) = config.child("SortConfiguration") {
        // A trend is drawn from the oldest to the newest.
        sort.ignore_rest();
    }
    if let Some(options) = config.child("KPIOptions") {
        options.ignore(&[
            "PrimaryValueFontConfiguration",
            "SecondaryValueFontConfiguration",
            "TrendArrows",
            "SecondaryValue",
            "PrimaryValueDisplayType",
            "VisualLayoutOptions",
        ]);
        if let Some(bar) = options.child("ProgressBar")
            && bar.visible("Visibility") == Some(true)
        {
            bar.unsupported("ProgressBar");
        }
        if let Some(spark) = options.child("Sparkline") {
            spark.ignore(&["Type", "Color", "TooltipVisibility"]);
            let shown = spark.visible("Visibility") != Some(false);
            visual.options.insert("sparkline".into(), json!(shown));
        }
        if let Some(comparison) = options.child("Comparison") {
            comparison.ignore(&["ComparisonFormat"]);
            let method = comparison.one_of("ComparisonMethod", &["DIFFERENCE", "PERCENT_DIFFERENCE", "PERCENT"]);
            visual.options.insert("comparison".into(), json!(method));
        }
    }
    Some(count > 0)
}

fn table(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, wells: &Node<'_>) -> Option<bool> {
    let (kind, wells) = wells.variant()?;
    visual.raw = kind == "TableUnaggregatedFieldWells";
    if visual.raw {
        for field in wells.list("Values") {
            let at = unaggregated(reading, visual, &field);
            visual.order.extend(at);
        }
    } else {
        for field in wells.list("GroupBy") {
            let at = dimension(reading, visual, &field, "category");
            visual.order.extend(at.map(FieldAt::Dim));
        }
        for field in wells.list("Values") {
            let at = measure(reading, visual, &field, "value");
            visual.order.extend(at.map(FieldAt::Measure));
        }
    }
    if let Some(node) = config.child("SortConfiguration") {
        visual.sort = sorts(reading, visual, &node, "RowSort");
        node.child("PaginationConfiguration").iter().for_each(Node::ignore_rest);
    }
    field_options(visual, config);
    totals(visual, config, "TotalOptions", "totals");
    table_style(config);
    Some(!visual.order.is_empty())
}

fn table_style(config: &Node<'_>) {
    // Widths, heights, colours and borders of cells: the preview has its own.
    config.child("TableOptions").iter().for_each(Node::ignore_rest);
}

/// TableFieldOptions: names, order and visibility of columns.
fn field_options(visual: &mut Visual, config: &Node<'_>) {
    let Some(node) = config.child("FieldOptions") else {
        return;
    };
    node.ignore(&[
        "PinnedFieldOptions",
        "TransposedTableOptions",
        "CollapseStateOptions",
        "DataPathOptions",
    ]);
    if let Some(order) = node.texts("Order") {
        let mut sorted: Vec<FieldAt> = order
            .iter()
            .filter_map(|field| field_at(visual, field))
            .filter(|at| visual.order.contains(at))
            .collect();
        sorted.extend(
            visual
                .order
                .iter()
                .filter(|at| !sorted.contains(at))
                .copied()
                .collect::<Vec<_>>(),
        );
        visual.order = sorted;
    }
    for option in node.list("SelectedFieldOptions") {
        option.ignore(&["Width"]);
        if let Some(url) = option.child("URLStyling") {
            option.unsupported("URLStyling");
            url.ignore_rest();
        }
        let Some(field) = option.need_text("FieldId") else {
            continue;
        };
        let Some(at) = field_at(visual, field) else {
            option.fault(format!("FieldId `{field}` is not in the field wells"));
            continue;
        };
        if let Some(label) = option.text("CustomLabel").map(str::to_owned) {
            match at {
                FieldAt::Dim(at) => visual.dims[at].label = label,
                FieldAt::Measure(at) => visual.measures[at].label = label,
            }
        }
        if option.visible("Visibility") == Some(false) {
            visual.order.retain(|other| *other != at);
        }
    }
}

/// Visibility of totals; their labels and places are ours.
fn totals(visual: &mut Visual, node: &Node<'_>, key: &str, option: &str) {
    let Some(totals) = node.child(key) else { return };
    let shown = totals.visible("TotalsVisibility") == Some(true);
    if totals.has("TotalAggregationOptions") {
        totals.unsupported("TotalAggregationOptions: totals aggregate as their column does");
    }
    totals.ignore_rest();
    visual.options.insert(option.into(), json!(shown));
}

fn pivot(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, wells: &Node<'_>) -> Option<bool> {
    let wells = wells.need("PivotTableAggregatedFieldWells")?;
    for (well, role) in [("Rows", "row"), ("Columns", "column")] {
        for field in wells.list(well) {
            dimension(reading, visual, &field, role);
        }
    }
    let count = measures(reading, visual, &wells, "Values", "value");
    if let Some(node) = config.child("SortConfiguration") {
        for option in node.list("FieldSortOptions") {
            pivot_sort(visual, &option);
        }
    }
    field_options(visual, config);
    if let Some(node) = config.child("TotalOptions") {
        // A row of totals is "column totals" in QuickSight's words: they total a column.
        totals(visual, &node, "RowTotalOptions", "rowTotals");
        totals(visual, &node, "ColumnTotalOptions", "columnTotals");
        for key in ["RowSubtotalOptions", "ColumnSubtotalOptions"] {
            if let Some(sub) = node.child(key) {
                if sub.visible("TotalsVisibility") == Some(true) {
                    sub.unsupported(key);
                }
                sub.ignore_rest();
            }
        }
    }
    table_style(config);
    Some(count > 0)
}

fn pivot_sort(visual: &mut Visual, option: &Node<'_>) {
    let Some(field) = option.need_text("FieldId") else {
        return;
    };
    let Some((kind, by)) = option.need("SortBy").and_then(|node| {
        let (kind, by) = node.variant()?;
        Some((kind.to_owned(), by))
    }) else {
        return;
    };
    if kind != "Field" || by.text("FieldId") != Some(field) {
        option.unsupported("SortBy another field: rows and columns sort by themselves");
        by.ignore_rest();
        return;
    }
    let descending = by.one_of("Direction", &["ASC", "DESC"]) == Some("DESC");
    if let Some(FieldAt::Dim(at)) = field_at(visual, field) {
        visual.dims[at].descending = descending;
    }
}
