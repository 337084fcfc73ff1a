//! The employees dashboard over examples/employees.csv: every number equals one computed without the warehouse.

use serde_json::{Value, json};

use super::super::render::render;
use super::super::script::Script;
use super::super::{Cell, Options, read};
use super::warehouse::{Warehouse, rows};
use super::{EMPLOYEES, GALLERY, fixture, keep, one_visual};

/// Both fixtures are drawn, on light and on dark paper, into pages that are small.
#[test]
fn draws_all_fixtures() {
    for (name, text) in [("employees", EMPLOYEES), ("gallery", GALLERY)] {
        let (definition, sources) = fixture(text);
        let dashboard = read(name, &definition, &sources).unwrap();
        for dark in [false, true] {
            let options = Options {
                made_at: "2026-11-25 10:00 UTC".to_owned(),
                made_from: "hr.employees, environment local".to_owned(),
                description: Some("Who works here and what they earn.".to_owned()),
                dark,
                ..Options::default()
            };
            let rendered = render(&dashboard, &Warehouse::employees(), &options).unwrap();
            assert!(rendered.html.len() < 1_000_000, "{}", rendered.html.len());
            keep(&format!("{name}{}", if dark { "-dark" } else { "" }), &rendered);
        }
    }
}

fn dashboard() -> super::super::Dashboard {
    let (definition, sources) = fixture(EMPLOYEES);
    let dashboard = read("employees", &definition, &sources).unwrap();
    assert_eq!(dashboard.unsupported(), []);
    dashboard
}

fn money(cents: f64) -> String {
    let cents = (cents * (1.0 + 1e-13)).round() as i64;
    format!(
        "${}.{:02}",
        super::super::query::thousands((cents / 100) as usize),
        cents % 100
    )
}

fn mean(cents: &[i64]) -> f64 {
    cents.iter().sum::<i64>() as f64 / cents.len() as f64
}

fn median(cents: &[i64]) -> f64 {
    let mut cents = cents.to_vec();
    cents.sort_unstable();
    (cents[(cents.len() - 1) / 2] + cents[cents.len() / 2]) as f64 / 2.0
}

/// What the table of one visual shows under a selection of departments, computed by the page's script.
fn table(sheets: &Value, visual: &str, departments: Option<&[&str]>) -> Vec<Vec<String>> {
    let script = Script::new().unwrap();
    let visuals = sheets[0]["visuals"].as_array().unwrap();
    let spec = visuals.iter().find(|one| one["id"] == visual).unwrap();
    let at = script.load(spec).unwrap();
    let view = script.call("view", &json!([at, {"department": departments}])).unwrap();
    serde_json::from_value(view["rows"].clone()).unwrap()
}

/// The data in a page.
fn data_of(html: &str) -> Value {
    let (_, rest) = html.split_once(r#"id="data">"#).unwrap();
    let (data, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str::<Value>(data).unwrap()["sheets"].clone()
}

/// Under every selection that matters, the page's numbers equal those computed of the file's rows: sums and counts,
/// averages and medians alike.
#[test]
fn the_page_filters_as_the_rows_say() {
    let rendered = render(&dashboard(), &Warehouse::employees(), &Options::default()).unwrap();
    let sheets = data_of(&rendered.html);
    let people = rows();
    for departments in [None, Some(&["Sales"][..]), Some(&["Sales", "Data", "Legal"]), Some(&[])] {
        let chosen: Vec<_> = people
            .iter()
            .filter(|one| departments.is_none_or(|list| list.contains(&one.department.as_str())))
            .collect();
        let cents: Vec<i64> = chosen.iter().map(|one| one.cents()).collect();
        if chosen.is_empty() {
            assert_eq!(table(&sheets, "headcount", departments), Vec::<Vec<String>>::new());
            continue;
        }
        let one = |visual: &str| table(&sheets, visual, departments)[0][1].clone();
        assert_eq!(one("headcount"), chosen.len().to_string());
        assert_eq!(one("payroll"), money(cents.iter().sum::<i64>() as f64));
        assert_eq!(one("median-salary"), money(median(&cents)));
        for row in table(&sheets, "headcount-table", departments) {
            let own: Vec<i64> = chosen
                .iter()
                .filter(|one| one.department == row[0])
                .map(|one| one.cents())
                .collect();
            let expected = [
                own.len().to_string(),
                money(own.iter().sum::<i64>() as f64),
                money(mean(&own)),
                money(median(&own)),
            ];
            assert_eq!(row[1..], expected, "{}", row[0]);
        }
        let skills = table(&sheets, "skills-salary", departments);
        for row in &skills {
            let own: Vec<i64> = chosen
                .iter()
                .filter(|one| one.skills.split(';').any(|skill| skill == row[0]))
                .map(|one| one.cents())
                .collect();
            assert_eq!(row[1], money(mean(&own)), "{}", row[0]);
        }
        assert!(skills.len() <= 15);
        assert_eq!(table(&sheets, "age-salary", departments).len(), chosen.len());
    }
}

/// A box is drawn of the quartiles that the warehouse itself computes.
#[test]
fn boxes_are_the_warehouses_quartiles() {
    let warehouse = Warehouse::employees();
    let rendered = render(&dashboard(), &warehouse, &Options::default()).unwrap();
    let shown = table(&data_of(&rendered.html), "department-salary", None);
    let sql = "SELECT department, MIN(salary), QUANTILE_CONT(salary::DOUBLE, 0.25), QUANTILE_CONT(salary::DOUBLE, 0.5), QUANTILE_CONT(salary::DOUBLE, 0.75), MAX(salary)
        FROM hr.employees GROUP BY department ORDER BY 4 DESC";
    let dollars = |cell: &Cell| money(cell.number().unwrap() * 100.0);
    let expected: Vec<Vec<String>> = warehouse
        .ask(sql)
        .iter()
        .map(|row| {
            row[..1]
                .iter()
                .filter_map(Cell::text)
                .chain(row[1..].iter().map(dollars))
                .collect()
        })
        .collect();
    assert_eq!(shown, expected);
}

/// Too many distinct values for a page: the warehouse answers for each department and for all, and the page says that it
/// knows no other selection.
#[test]
fn medians_of_many_rows_are_answered_by_the_warehouse() {
    let mut options = Options::default();
    options.budget.values = 50;
    let rendered = render(&dashboard(), &Warehouse::employees(), &options).unwrap();
    let sheets = data_of(&rendered.html);
    let people = rows();
    let cents = |department: Option<&str>| -> Vec<i64> {
        people
            .iter()
            .filter(|one| department.is_none_or(|name| one.department == name))
            .map(|one| one.cents())
            .collect()
    };
    assert_eq!(table(&sheets, "median-salary", None)[0][1], money(median(&cents(None))));
    assert_eq!(
        table(&sheets, "median-salary", Some(&["Sales"]))[0][1],
        money(median(&cents(Some("Sales"))))
    );
    assert_eq!(
        table(&sheets, "median-salary", Some(&["Sales", "Data"])),
        Vec::<Vec<String>>::new()
    );
    for row in table(&sheets, "department-salary", Some(&["Legal"])) {
        assert_eq!(row[0], "Legal");
        assert_eq!(row[3], money(median(&cents(Some("Legal")))));
    }
}

/// Where only single answers are known, groups stay and what cannot be rolled up is a dash.
#[test]
fn totals_of_answers_are_not_made_up() {
    let (definition, sources) = fixture(GALLERY);
    let dashboard = read("gallery", &definition, &sources).unwrap();
    let mut options = Options::default();
    options.budget.values = 50;
    let rendered = render(&dashboard, &Warehouse::employees(), &options).unwrap();
    let sheets = data_of(&rendered.html);
    let exact = render(&dashboard, &Warehouse::employees(), &Options::default()).unwrap();
    let (shown, expected) = (
        table(&sheets, "pivot", None),
        table(&data_of(&exact.html), "pivot", None),
    );
    assert_eq!(shown.len(), 8);
    for (shown, expected) in shown.iter().zip(&expected) {
        let last = shown.len() - 1;
        assert_eq!(shown[..last], expected[..last]);
        assert_eq!(shown[last], "–");
        assert!(expected[last].starts_with('$'));
    }
}

/// Many rows in the warehouse: the same sample every time, a page below its limit.
#[test]
fn a_large_table_is_sampled() {
    let warehouse = Warehouse::empty();
    warehouse
        .0
        .execute_batch(
            "INSERT INTO hr.employees SELECT 'e' || i, 'Name ' || i, 18 + i % 50, 'Department ' || i % 7, 30000 + (i * 7919 % 17000000) / 100.0, DATE '2000-01-01'
             FROM range(200000) AS rows(i)",
        )
        .unwrap();
    let first = render(&dashboard(), &warehouse, &Options::default()).unwrap();
    let again = render(&dashboard(), &warehouse, &Options::default()).unwrap();
    assert!(first.html.len() < super::super::PAGE_LIMIT, "{}", first.html.len());
    assert!(first.html == again.html);
    assert!(
        first
            .visuals
            .iter()
            .any(|picture| picture.svg.contains("A sample of 2,500 of 200,000 rows"))
    );
    assert_eq!(table(&data_of(&first.html), "headcount", None)[0][1], "200,000");
}

/// A warehouse without rows: every chart says so.
#[test]
fn an_empty_warehouse_is_drawn_as_such() {
    for text in [EMPLOYEES, GALLERY] {
        let (definition, sources) = fixture(text);
        let dashboard = read("empty", &definition, &sources).unwrap();
        let rendered = render(&dashboard, &Warehouse::empty(), &Options::default()).unwrap();
        for picture in &rendered.visuals {
            assert!(picture.svg.contains(">No data<"), "{}", picture.id);
        }
    }
}

/// The numbers of the picture in the file are those of the page.
#[test]
fn pictures_and_page_agree() {
    let rendered = render(&dashboard(), &Warehouse::employees(), &Options::default()).unwrap();
    let sheets = data_of(&rendered.html);
    for (picture, view) in rendered.visuals.iter().zip(&rendered.views) {
        assert_eq!(json!(table(&sheets, &picture.id, None)), view["rows"], "{}", picture.id);
    }
}

/// Weeks start on Sunday where the definition does not say Monday; the warehouse's own start on Monday.
#[test]
fn weeks_start_as_the_definition_says() {
    let visual = json!({"LineChartVisual": {"VisualId": "weeks", "ChartConfiguration": {"FieldWells": {"LineChartAggregatedFieldWells": {
        "Category": [{"DateDimensionField": {"FieldId": "a", "DateGranularity": "WEEK",
            "Column": {"DataSetIdentifier": "employees", "ColumnName": "hire_date"}}}],
        "Values": [{"CategoricalMeasureField": {"FieldId": "b", "AggregationFunction": "COUNT",
            "Column": {"DataSetIdentifier": "employees", "ColumnName": "employee_id"}}}]}}}}});
    for (day, first) in [
        ("SUNDAY", jiff::civil::Weekday::Sunday),
        ("MONDAY", jiff::civil::Weekday::Monday),
    ] {
        let (mut definition, sources) = one_visual(&visual);
        definition["Options"] = json!({"WeekStart": day});
        let dashboard = read("weeks", &definition, &sources).unwrap();
        let rendered = render(&dashboard, &Warehouse::employees(), &Options::default()).unwrap();
        let mut expected = std::collections::BTreeMap::<String, u64>::new();
        for one in rows() {
            let hired: jiff::civil::Date = one.hired.parse().unwrap();
            let back = hired.weekday().since(first);
            let week = hired.checked_sub(jiff::Span::new().days(back)).unwrap();
            *expected.entry(week.to_string()).or_default() += 1;
        }
        let categories = rendered.views[0]["categories"].as_array().unwrap();
        let shown: Vec<_> = categories
            .iter()
            .map(|one| one["value"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(shown, expected.keys().cloned().collect::<Vec<_>>(), "{day}");
        let counts: Vec<u64> = serde_json::from_value(rendered.views[0]["series"][0]["values"].clone()).unwrap();
        assert_eq!(counts, expected.values().copied().collect::<Vec<_>>(), "{day}");
    }
}
