//! FilterGroups: what rows a visual sees.

use super::Reading;
use super::fields::{aggregation_of, column_of, identified};
use super::node::Node;
use crate::dashboard::model::{Bound, Filter, Matching, Nulls, Scope, Test};

/// Reads one FilterGroup into `filters`.
pub(super) fn group(reading: &Reading<'_>, group: &Node<'_>, filters: &mut Vec<Filter>) {
    group.ignore(&["FilterGroupId"]);
    let disabled = group.one_of("Status", &["ENABLED", "DISABLED"]) == Some("DISABLED");
    let all_data_sets = group.one_of("CrossDataset", &["ALL_DATASETS", "SINGLE_DATASET"]) == Some("ALL_DATASETS");
    let nodes = group.list("Filters");
    if disabled {
        nodes.iter().for_each(Node::ignore_rest);
        group.ignore_rest();
        return;
    }
    for union in nodes {
        let scope = group
            .need("ScopeConfiguration")
            .map_or(Scope::AllSheets, |node| scope(&node));
        let Some((kind, node)) = union.variant() else { continue };
        let Some(id) = node.need_text("FilterId").map(str::to_owned) else {
            continue;
        };
        if let Some(default) = node.child("DefaultFilterControlConfiguration") {
            // The title and kind of a control in a sheet: read again there by its own definition.
            default.ignore_rest();
        }
        let parameter = parameter_of(&node);
        if let Some((data_set, column, test)) = test(reading, kind, &node) {
            filters.push(Filter {
                id,
                parameter,
                data_set,
                column,
                test,
                scope,
                all_data_sets,
                control: None,
            });
        }
    }
}

/// The parameter that a category filter reads.
fn parameter_of(filter: &Node<'_>) -> Option<String> {
    let union = filter.child("Configuration")?;
    union.ignore_rest();
    let config = union.child("CustomFilterConfiguration")?;
    config.ignore_rest();
    config.text("ParameterName").map(str::to_owned)
}

fn scope(node: &Node<'_>) -> Scope {
    if node.child("AllSheets").is_some() {
        return Scope::AllSheets;
    }
    let Some(selected) = node.child("SelectedSheets") else {
        node.fault("names neither AllSheets nor SelectedSheets");
        return Scope::AllSheets;
    };
    let mut sheets = std::collections::BTreeMap::new();
    for one in selected.list("SheetVisualScopingConfigurations") {
        let Some(sheet) = one.need_text("SheetId") else {
            continue;
        };
        let ids = one.texts("VisualIds");
        let visuals = match one.one_of("Scope", &["ALL_VISUALS", "SELECTED_VISUALS"]) {
            Some("SELECTED_VISUALS") => Some(ids.unwrap_or_default()),
            _ => None,
        };
        sheets.insert(sheet.to_owned(), visuals);
    }
    Scope::Sheets(sheets)
}

fn nulls(node: &Node<'_>) -> Nulls {
    match node.one_of("NullOption", &["ALL_VALUES", "NULLS_ONLY", "NON_NULLS_ONLY"]) {
        Some("NULLS_ONLY") => Nulls::Only,
        Some("NON_NULLS_ONLY") => Nulls::Never,
        _ => Nulls::All,
    }
}

/// (data set, column, test), or nothing where the filter cannot be applied; the findings name it.
fn test(reading: &Reading<'_>, kind: &str, node: &Node<'_>) -> Option<(String, String, Test)> {
    if ![
        "CategoryFilter",
        "NumericEqualityFilter",
        "NumericRangeFilter",
        "TimeRangeFilter",
        "TopBottomFilter",
    ]
    .contains(&kind)
    {
        node.unsupported(format!("{kind}: all rows are shown"));
        node.ignore_rest();
        return None;
    }
    let (set, column) = column_of(reading, node)?;
    if node.has("AggregationFunction") {
        node.unsupported(format!("{kind} on an aggregate: all rows are shown"));
        node.ignore_rest();
        return None;
    }
    let test = match kind {
        "CategoryFilter" => category(reading, node)?,
        "NumericEqualityFilter" => {
            let everything = node.text("SelectAllOptions").is_some();
            if unknown_parameter(node, node.text("ParameterName")) {
                return None;
            }
            Test::Number {
                equal: node.number("Value").filter(|_| !everything),
                negated: node.one_of("MatchOperator", &["EQUALS", "DOES_NOT_EQUAL"]) == Some("DOES_NOT_EQUAL"),
                nulls: nulls(node),
            }
        }
        "NumericRangeFilter" => {
            let everything = node.text("SelectAllOptions").is_some();
            let ends =
                [("RangeMinimum", "IncludeMinimum"), ("RangeMaximum", "IncludeMaximum")].map(|(end, include)| {
                    let inclusive = node.boolean(include).unwrap_or(false);
                    let end = node.child(end)?;
                    if unknown_parameter(&end, end.text("Parameter")) {
                        return None;
                    }
                    Some((Bound::Number(end.number("StaticValue")?), inclusive))
                });
            let [minimum, maximum] = if everything { [None, None] } else { ends };
            Test::Range {
                minimum,
                maximum,
                nulls: nulls(node),
            }
        }
        "TimeRangeFilter" => time_range(node),
        _ => top(reading, node)?,
    };
    Some((set, column.name, test))
}

/// A filter by a parameter that has no control of ours: named, and not applied.
fn unknown_parameter(node: &Node<'_>, parameter: Option<&str>) -> bool {
    if let Some(parameter) = parameter {
        node.unsupported(format!("filter by parameter {parameter}: all rows are shown"));
    }
    parameter.is_some()
}

fn category(reading: &Reading<'_>, node: &Node<'_>) -> Option<Test> {
    let (kind, config) = node.need("Configuration")?.variant()?;
    let operator = config.one_of(
        "MatchOperator",
        &[
            "EQUALS",
            "DOES_NOT_EQUAL",
            "CONTAINS",
            "DOES_NOT_CONTAIN",
            "STARTS_WITH",
            "ENDS_WITH",
        ],
    );
    let matching = match operator? {
        "EQUALS" => Matching::Equals,
        "DOES_NOT_EQUAL" => Matching::DoesNotEqual,
        "CONTAINS" => Matching::Contains,
        "DOES_NOT_CONTAIN" => Matching::DoesNotContain,
        "STARTS_WITH" => Matching::StartsWith,
        _ => Matching::EndsWith,
    };
    let everything = config.text("SelectAllOptions").is_some();
    let nulls = nulls(&config);
    let list = config.texts("CategoryValues");
    let one = config.text("CategoryValue").map(|value| vec![value.to_owned()]);
    let mut values = list.or(one);
    if let Some(parameter) = config.text("ParameterName") {
        match reading.parameters.get(parameter) {
            Some(default) => values = (!default.is_empty()).then(|| default.clone()),
            None => {
                config.fault(format!("parameter `{parameter}` is not declared as a string parameter"));
                return None;
            }
        }
    }
    if everything {
        values = None;
    }
    // In the two kinds of lists CONTAINS means "is in the list": that is what the console writes.
    let matching = match (kind, matching) {
        ("CustomFilterConfiguration", other) => other,
        (_, Matching::Contains) => Matching::Equals,
        (_, Matching::DoesNotContain) => Matching::DoesNotEqual,
        (_, other) => other,
    };
    Some(Test::Category {
        matching,
        values,
        nulls,
    })
}

fn time_range(node: &Node<'_>) -> Test {
    node.ignore(&["TimeGranularity"]);
    if let Some(exclude) = node.child("ExcludePeriodConfiguration") {
        node.unsupported("ExcludePeriodConfiguration");
        exclude.ignore_rest();
    }
    let ends = [
        ("RangeMinimumValue", "IncludeMinimum"),
        ("RangeMaximumValue", "IncludeMaximum"),
    ]
    .map(|(end, include)| {
        let inclusive = node.boolean(include).unwrap_or(false);
        let end = node.child(end)?;
        if end.has("RollingDate") || end.has("Parameter") {
            end.unsupported("a moving end of a time range: this end is open");
            end.ignore_rest();
            return None;
        }
        let text = end.text("StaticValue")?;
        match timestamp(text) {
            Some(time) => Some((Bound::Time(time), inclusive)),
            None => {
                end.fault(format!("`{text}` is no date: YYYY-MM-DDThh:mm:ss"));
                None
            }
        }
    });
    let [minimum, maximum] = ends;
    Test::Range {
        minimum,
        maximum,
        nulls: nulls(node),
    }
}

/// "YYYY-MM-DD hh:mm:ss" of an ISO 8601 time or date; a zone is dropped, as data sets have none.
fn timestamp(text: &str) -> Option<String> {
    let text = text.trim();
    let (date, time) = text.split_at_checked(10)?;
    let date: jiff::civil::Date = date.parse().ok()?;
    let time = time.trim_start_matches(['T', ' ']);
    let time = time.get(..8.min(time.len()))?;
    let time: jiff::civil::Time = if time.is_empty() {
        jiff::civil::Time::midnight()
    } else {
        time.parse().ok()?
    };
    Some(format!(
        "{date} {:02}:{:02}:{:02}",
        time.hour(),
        time.minute(),
        time.second()
    ))
}

fn top(reading: &Reading<'_>, node: &Node<'_>) -> Option<Test> {
    if unknown_parameter(node, node.text("ParameterName")) {
        return None;
    }
    if node.text("TimeGranularity").is_some() {
        node.unsupported("TopBottomFilter.TimeGranularity");
    }
    let mut by = Vec::new();
    for sort in node.list("AggregationSortConfigurations") {
        let (_, column) = identified(reading, &sort.need("Column")?)?;
        let descending = sort.one_of("SortDirection", &["ASC", "DESC"]) != Some("ASC");
        let (aggregation, percentile) = aggregation_of(&sort).unwrap_or((Default::default(), None));
        if percentile.is_some() {
            sort.unsupported("TopBottomFilter by a percentile: all rows are shown");
            return None;
        }
        by.push((column.name, aggregation, descending));
    }
    let limit = node.count("Limit")?;
    Some(Test::Top { limit, by })
}

#[cfg(test)]
mod tests {
    use super::timestamp;

    #[test]
    fn reads_times() {
        for (text, expected) in [
            ("2024-02-29", Some("2024-02-29 00:00:00")),
            ("2024-02-29T13:04:05Z", Some("2024-02-29 13:04:05")),
            ("2024-02-30", None),
            ("yesterday", None),
            ("2024-01-01' OR 1=1", None),
        ] {
            assert_eq!(timestamp(text).as_deref(), expected, "{text}");
        }
    }
}
