//! Tables and pivot tables.

use serde_json::json;

use super::Reading;
use super::fields::{dimension, field_at, measure, sorts, unaggregated};
use super::node::Node;
use super::wells::measures;
use crate::dashboard::model::{FieldAt, Visual};

pub(super) fn table(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, wells: &Node<'_>) -> Option<bool> {
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

pub(super) fn pivot(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, wells: &Node<'_>) -> Option<bool> {
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
