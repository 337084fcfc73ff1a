//! Bars, lines, pies, heat maps and KPIs: aggregates by category.

use serde_json::json;

use super::Reading;
use super::axis::axis_title;
use super::fields::{limit, sorts};
use super::node::Node;
use super::wells::{axes, first, measures, no_small_multiples, sorting};
use crate::dashboard::model::{Axis, Limit, Visual};

pub(super) fn bar(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, wells: &Node<'_>) -> Option<bool> {
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

pub(super) fn line(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, wells: &Node<'_>) -> Option<bool> {
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

pub(super) fn pie(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, wells: &Node<'_>) -> Option<bool> {
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

pub(super) fn heat_map(
    reading: &Reading<'_>,
    visual: &mut Visual,
    config: &Node<'_>,
    wells: &Node<'_>,
) -> Option<bool> {
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

pub(super) fn kpi(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, wells: &Node<'_>) -> Option<bool> {
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
