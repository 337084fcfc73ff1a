//! Bad input and extremes: what is wrong is refused by name, what is empty or huge is said.

use serde_json::{Value, json};

use super::super::{
    Cell, Dashboard, Options, PAGE_LIMIT, Rendered, TerminalOptions, read, render, terminal, to_pdf, to_png,
};
use super::{EMPLOYEES, Fixed, fixture, keep, one_visual};

fn bar(category: &str) -> Value {
    json!({"BarChartVisual": {"VisualId": "bars", "Title": {"FormatText": {"PlainText": "Bars"}}, "ChartConfiguration": {
        "FieldWells": {"BarChartAggregatedFieldWells": {
            "Category": [{"CategoricalDimensionField": {"FieldId": "a", "Column": {"DataSetIdentifier": "employees", "ColumnName": category}}}],
            "Values": [{"NumericalMeasureField": {"FieldId": "b", "Column": {"DataSetIdentifier": "employees", "ColumnName": "salary"},
                "AggregationFunction": {"SimpleNumericalAggregation": "SUM"}}}]}}}}})
}

fn scatter() -> Value {
    let field = |id: &str, column: &str| json!({"NumericalDimensionField": {"FieldId": id, "Column": {"DataSetIdentifier": "employees", "ColumnName": column}}});
    json!({"ScatterPlotVisual": {"VisualId": "points", "ChartConfiguration": {"FieldWells": {"ScatterPlotUnaggregatedFieldWells": {
        "XAxis": [field("x", "age")], "YAxis": [field("y", "salary")]}}}}})
}

fn dashboard(visual: &Value) -> Dashboard {
    let (definition, sources) = one_visual(visual);
    read("test", &definition, &sources).unwrap()
}

fn drawn(visual: &Value, rows: Vec<Vec<Cell>>) -> Rendered {
    render(&dashboard(visual), &Fixed::new(rows), &Options::default()).unwrap()
}

fn faults(visual: &Value) -> Vec<String> {
    let (definition, sources) = one_visual(visual);
    let error = read("test", &definition, &sources).unwrap_err();
    error.faults.iter().map(ToString::to_string).collect()
}

#[test]
fn an_unknown_column_is_named_with_the_nearest() {
    assert_eq!(
        faults(&bar("departmnt")),
        [
            "sheet One / BarChartVisual bars.ChartConfiguration.FieldWells.BarChartAggregatedFieldWells.Category[0].CategoricalDimensionField.Column: \
          data set `employees`: there is no column `departmnt`; did you mean `department`?"
        ]
    );
}

#[test]
fn all_faults_are_told_at_once() {
    let (mut definition, sources) = fixture(EMPLOYEES);
    definition["Sheets"][0]["Visuals"][0]["KPIVisual"]["ChartConfiguration"]["FieldWells"]["Values"][0]["CategoricalMeasureField"]
        ["Column"]["ColumnName"] = json!("id");
    definition["Sheets"][0]["Visuals"][1]["KPIVisual"]["ChartConfiguration"]["FieldWells"]["Values"][0]["NumericalMeasureField"]
        ["Column"]["DataSetIdentifier"] = json!("staff");
    definition["Sheets"][0]["Visuals"][2]["KPIVisual"]["ChartConfiguration"]["FieldWells"]["Values"][0]["NumericalMeasureField"]
        ["Column"]["ColumnName"] = json!("name");
    definition["CalculatedFields"] =
        json!([{"DataSetIdentifier": "employees", "Name": "x", "Expression": "sum({salary})"}]);
    definition["Sheets"][0]["Layouts"][0]["Configuration"]["GridLayout"]["Elements"][3]["ColumnIndex"] = json!(30);
    let error = read("test", &definition, &sources).unwrap_err();
    let text = error.to_string();
    for part in [
        "there is no column `id`",
        "data set `staff` is not among DataSetIdentifierDeclarations: employees, skills",
        "column `name` is no number",
        "the expression of `x` is not understood: the function sum",
        "does not fit the 36 columns",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(error.faults.len(), 5, "{text}");
}

#[test]
fn a_data_set_that_is_not_there_is_a_fault() {
    let (definition, mut sources) = fixture(EMPLOYEES);
    sources.retain(|source| source.arn.ends_with("/employees"));
    let error = read("test", &definition, &sources).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("there is no data set arn:aws:quicksight:us-east-1:111122223333:dataset/skills")
    );
}

#[test]
fn what_is_not_drawn_is_named() {
    let (mut definition, sources) = one_visual(&bar("department"));
    definition["Sheets"][0]["Visuals"]
        .as_array_mut()
        .unwrap()
        .push(json!({"SankeyDiagramVisual": {"VisualId": "flow", "ChartConfiguration": {"FieldWells": {}}}}));
    definition["Sheets"][0]["Visuals"][0]["BarChartVisual"]["ChartConfiguration"]["ReferenceLines"] =
        json!([{"Status": "ENABLED"}]);
    definition["Sheets"][0]["Visuals"][0]["BarChartVisual"]["ChartConfiguration"]["Sparkle"] = json!("YES");
    definition["Sheets"][0]["FilterControls"] =
        json!([{"TextField": {"FilterControlId": "t", "SourceFilterId": "f", "Title": "T"}}]);
    definition["FilterGroups"] = json!([{"FilterGroupId": "g", "CrossDataset": "SINGLE_DATASET", "ScopeConfiguration": {"AllSheets": {}},
        "Filters": [{"RelativeDatesFilter": {"FilterId": "f", "Column": {"DataSetIdentifier": "employees", "ColumnName": "hire_date"}}}]}]);
    let dashboard = read("test", &definition, &sources).unwrap();
    let named: Vec<String> = dashboard.unsupported().iter().map(ToString::to_string).collect();
    assert_eq!(
        named,
        [
            "RelativeDatesFilter: all rows are shown (Definition.FilterGroups[0].Filters[0].RelativeDatesFilter)",
            "ReferenceLines (sheet One / BarChartVisual bars.ChartConfiguration)",
            "Sparkle (sheet One / BarChartVisual bars.ChartConfiguration)",
            "SankeyDiagramVisual (sheet One / SankeyDiagramVisual flow)",
            "TextField control: its filter stays as the definition sets it (sheet One / control t)",
        ]
    );
    let rendered = render(&dashboard, &Fixed::new(Vec::new()), &Options::default()).unwrap();
    assert!(rendered.html.contains("SankeyDiagramVisual (sheet One"));
}

#[test]
fn no_rows_are_no_data() {
    for visual in [bar("department"), scatter()] {
        let rendered = drawn(&visual, Vec::new());
        assert!(
            rendered.visuals[0].svg.contains(">No data<"),
            "{}",
            rendered.visuals[0].svg
        );
        assert!(terminal(&rendered, TerminalOptions::default()).contains("No data"));
    }
}

#[test]
fn nulls_are_a_category_and_no_number() {
    let rows = vec![
        vec![Cell::Text("Data".into()), Cell::Text("100.50".into()), Cell::Integer(1)],
        vec![Cell::Null, Cell::Text("50.25".into()), Cell::Integer(1)],
        vec![Cell::Text("Empty".into()), Cell::Null, Cell::Integer(0)],
    ];
    let rendered = drawn(&bar("department"), rows);
    assert_eq!(
        rendered.views[0]["rows"],
        json!([["Data", "$100.50"], ["null", "$50.25"], ["Empty", "–"]])
    );
    assert!(rendered.visuals[0].svg.contains(">null<"));
}

#[test]
fn two_hundred_categories_do_not_overlap() {
    let rows: Vec<_> = (0..200)
        .map(|at| {
            vec![
                Cell::Text(format!("A category with a long name, number {at:03}")),
                Cell::Integer(1000 - at),
                Cell::Integer(1),
            ]
        })
        .collect();
    let rendered = drawn(&bar("department"), rows.clone());
    keep("categories", &rendered);
    let mut lying = bar("department");
    lying["BarChartVisual"]["ChartConfiguration"]["Orientation"] = json!("HORIZONTAL");
    keep("categories-lying", &drawn(&lying, rows.clone()));
    assert!(
        rendered.visuals[0].svg.contains("The picture shows"),
        "{}",
        rendered.visuals[0].svg
    );
    let mut limited = bar("department");
    limited["BarChartVisual"]["ChartConfiguration"]["SortConfiguration"] =
        json!({"CategoryItemsLimit": {"ItemsLimit": 10, "OtherCategories": "INCLUDE"}});
    let rendered = drawn(&limited, rows.clone());
    let shown = rendered.views[0]["rows"].as_array().unwrap();
    assert_eq!(shown.len(), 11);
    let other: i64 = (10..200).map(|at| 1000 - at).sum();
    assert_eq!(
        shown[10],
        json!([
            "Other",
            format!("${}.00", super::super::query::thousands(other as usize))
        ])
    );
    limited["BarChartVisual"]["ChartConfiguration"]["SortConfiguration"]["CategoryItemsLimit"]["OtherCategories"] =
        json!("EXCLUDE");
    let rendered = drawn(&limited, rows);
    assert_eq!(rendered.views[0]["rows"].as_array().unwrap().len(), 10);
    assert_eq!(
        rendered.views[0]["notes"],
        json!(["The first 10 of 200 values of department."])
    );
}

/// Five million rows: the warehouse gives the sample and says how many there are; the picture says so.
#[test]
fn a_sample_says_that_it_is_one() {
    let rows: Vec<_> = (0..2500_i64)
        .map(|at| {
            vec![
                Cell::Integer(18 + at % 50),
                Cell::Float(40_000.0 + (at * 37 % 90_000) as f64),
                Cell::Integer(5_000_000),
                Cell::Integer(12),
            ]
        })
        .collect();
    let rendered = drawn(&scatter(), rows);
    assert_eq!(
        rendered.views[0]["notes"],
        json!([
            "A sample of 2,500 of 4,999,988 rows, the same at every run (QuickSight draws at most 2,500 points).",
            "12 rows have no value on one of the axes and are not drawn."
        ])
    );
    assert!(rendered.html.len() < PAGE_LIMIT);
}

/// A page stays below its limit whatever the rows: here 20,000 groups of long names.
#[test]
fn the_page_stays_small() {
    struct Generous;
    impl super::Source for Generous {
        fn query(&self, sql: &str) -> Result<Vec<Vec<Cell>>, super::SourceError> {
            let limit: i64 = sql.rsplit(' ').next().unwrap().parse().unwrap();
            Ok((0..limit)
                .map(|at| vec![Cell::Text(format!("{at:0>400}")), Cell::Integer(at), Cell::Integer(1)])
                .collect())
        }
    }
    let rendered = render(&dashboard(&bar("department")), &Generous, &Options::default()).unwrap();
    assert!(rendered.html.len() <= PAGE_LIMIT, "{}", rendered.html.len());
    assert!(
        rendered.views[0]["notes"][0]
            .as_str()
            .unwrap()
            .starts_with("The first ")
    );
}

#[test]
fn a_refused_query_names_its_visual() {
    struct Refusing;
    impl super::Source for Refusing {
        fn query(&self, _: &str) -> Result<Vec<Vec<Cell>>, super::SourceError> {
            Err(super::SourceError("ERROR: permission denied for schema hr".to_owned()))
        }
    }
    let error = render(&dashboard(&bar("department")), &Refusing, &Options::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the query of visual bars failed: ERROR: permission denied for schema hr"
    );
}

/// Names and values are text everywhere, whatever they hold.
#[test]
fn text_stays_text() {
    let evil = "</script><script>alert(1)</script>&\"'\u{1}\u{2028}{{page}}";
    let rows = vec![vec![Cell::Text(evil.into()), Cell::Integer(5), Cell::Integer(1)]];
    let mut visual = bar("department");
    visual["BarChartVisual"]["Title"]["FormatText"]["PlainText"] = json!(evil);
    let rendered = drawn(&visual, rows);
    assert!(!rendered.html.contains("<script>alert"));
    assert_eq!(rendered.html.matches("</script>").count(), 2);
    assert!(!rendered.visuals[0].svg.contains("<script"));
    assert!(to_png(&rendered.visuals[0].svg, 1.0).is_ok());
    let text = terminal(
        &rendered,
        TerminalOptions {
            color: true,
            ..TerminalOptions::default()
        },
    );
    assert!(!text.contains('\u{1}'));
}

/// All that a page uses is in it.
#[test]
fn a_page_asks_nobody() {
    let html = drawn(&bar("department"), Vec::new()).html;
    for url in html
        .match_indices("://")
        .map(|(at, _)| &html[at.saturating_sub(5)..(at + 30).min(html.len())])
    {
        assert!(url.contains("://www.w3.org/2000/svg"), "{url}");
    }
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn sql_of_every_kind() {
    let (definition, sources) = fixture(super::GALLERY);
    let dashboard = read("gallery", &definition, &sources).unwrap();
    let source = Fixed::new(Vec::new());
    render(&dashboard, &source, &Options::default()).unwrap();
    insta::assert_snapshot!(source.asked.borrow().join("\n\n"));
}

#[test]
fn filters_become_conditions() {
    let column = |name: &str| json!({"DataSetIdentifier": "employees", "ColumnName": name});
    let list = |operator: &str, values: &[&str], nulls: &str| json!({"CustomFilterListConfiguration": {"MatchOperator": operator, "CategoryValues": values, "NullOption": nulls}});
    let custom = |operator: &str, value: &str| json!({"CustomFilterConfiguration": {"MatchOperator": operator, "CategoryValue": value, "NullOption": "NON_NULLS_ONLY"}});
    let category = |configuration: Value| json!({"CategoryFilter": {"FilterId": "f", "Column": column("department"), "Configuration": configuration}});
    let filters = [
        category(list("CONTAINS", &["Data", "it's"], "ALL_VALUES")),
        category(list("DOES_NOT_CONTAIN", &["Data"], "NON_NULLS_ONLY")),
        category(custom("STARTS_WITH", "Da")),
        category(custom("CONTAINS", "50%")),
        category(list("EQUALS", &[], "NON_NULLS_ONLY")),
        json!({"NumericEqualityFilter": {"FilterId": "f", "Column": column("age"), "Value": 30, "MatchOperator": "DOES_NOT_EQUAL", "NullOption": "NULLS_ONLY"}}),
        json!({"NumericRangeFilter": {"FilterId": "f", "Column": column("age"), "RangeMinimum": {"StaticValue": 30}, "IncludeMinimum": true,
            "RangeMaximum": {"StaticValue": 40.5}, "NullOption": "NON_NULLS_ONLY"}}),
        json!({"TimeRangeFilter": {"FilterId": "f", "Column": column("hire_date"), "RangeMinimumValue": {"StaticValue": "2020-01-01T00:00:00Z"},
            "IncludeMinimum": true, "NullOption": "NON_NULLS_ONLY"}}),
        json!({"TopBottomFilter": {"FilterId": "f", "Column": column("department"), "Limit": 3, "AggregationSortConfigurations": [
            {"Column": column("salary"), "SortDirection": "DESC", "AggregationFunction": {"NumericalAggregationFunction": {"SimpleNumericalAggregation": "AVERAGE"}}}]}}),
    ];
    let mut asked = Vec::new();
    for filter in filters {
        let (mut definition, sources) = one_visual(&bar("department"));
        definition["FilterGroups"] = json!([{"FilterGroupId": "g", "CrossDataset": "SINGLE_DATASET", "Status": "ENABLED",
            "ScopeConfiguration": {"SelectedSheets": {"SheetVisualScopingConfigurations": [{"SheetId": "one", "Scope": "SELECTED_VISUALS", "VisualIds": ["bars"]}]}},
            "Filters": [filter]}]);
        let dashboard = read("test", &definition, &sources).unwrap();
        assert_eq!(dashboard.unsupported(), [], "{filter}");
        let source = Fixed::new(Vec::new());
        render(&dashboard, &source, &Options::default()).unwrap();
        let sql = source.asked.borrow()[0].clone();
        let from = sql.find(" WHERE ").map_or("", |at| &sql[at + 1..]);
        asked.push(from.split(") AS s ").next().unwrap().to_owned());
    }
    insta::assert_snapshot!(asked.join("\n"));
}

/// A filter of another visual, sheet or data set changes nothing here.
#[test]
fn filters_stay_in_their_scope() {
    for (scope, data_set, applies) in [
        (json!({"AllSheets": {}}), "employees", true),
        (json!({"AllSheets": {}}), "skills", false),
        (
            json!({"SelectedSheets": {"SheetVisualScopingConfigurations": [{"SheetId": "other", "Scope": "ALL_VISUALS"}]}}),
            "employees",
            false,
        ),
        (
            json!({"SelectedSheets": {"SheetVisualScopingConfigurations": [{"SheetId": "one", "Scope": "SELECTED_VISUALS", "VisualIds": ["x"]}]}}),
            "employees",
            false,
        ),
    ] {
        let (mut definition, sources) = one_visual(&bar("department"));
        definition["FilterGroups"] = json!([{"FilterGroupId": "g", "CrossDataset": "SINGLE_DATASET", "ScopeConfiguration": scope, "Filters": [
            {"CategoryFilter": {"FilterId": "f", "Column": {"DataSetIdentifier": data_set, "ColumnName": "department"},
                "Configuration": {"FilterListConfiguration": {"MatchOperator": "CONTAINS", "CategoryValues": ["Data"]}}}}]}]);
        let source = Fixed::new(Vec::new());
        render(
            &read("test", &definition, &sources).unwrap(),
            &source,
            &Options::default(),
        )
        .unwrap();
        assert_eq!(
            source.asked.borrow()[0].contains("WHERE"),
            applies,
            "{data_set} {scope}"
        );
    }
}

#[test]
fn a_small_bar_chart() {
    let rows = [("Data", 120_000), ("People", 80_000)]
        .map(|(name, sum)| vec![Cell::Text(name.into()), Cell::Integer(sum), Cell::Integer(1)])
        .to_vec();
    let rendered = drawn(&bar("department"), rows);
    insta::assert_snapshot!(rendered.visuals[0].svg.replace("><", ">\n<"));
    insta::assert_snapshot!(
        "a_small_bar_chart_in_the_terminal",
        terminal(
            &rendered,
            TerminalOptions {
                width: 40,
                ..TerminalOptions::default()
            }
        )
    );
    let pdf = to_pdf(&[&rendered.visuals[0].svg, &rendered.sheets[0].svg]).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
}
