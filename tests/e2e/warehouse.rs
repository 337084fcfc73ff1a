//! What the warehouse holds after a run, against numbers worked out from the CSV here, by other means.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};

use serde_json::Value;

use crate::project::Project;

/// An employee as the newest good row of the file has it.
struct Employee {
    department: String,
    age: Option<i64>,
    skills: BTreeSet<String>,
    /// In cents.
    salary: i64,
}

/// Money as text or as a JSON number, in cents.
fn cents(text: &str) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = format!("{fraction:0<2}");
    whole.parse::<i64>().unwrap() * 100 + fraction.parse::<i64>().unwrap()
}

/// The employees of a file, less the rows that ingest kept aside.
fn employees(project: &Project, file: &str) -> BTreeMap<i64, Employee> {
    let kept_aside = fs::read_to_string(project.path().join(format!("{file}.rejects.jsonl"))).unwrap_or_default();
    let kept_aside: BTreeSet<u64> = kept_aside
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["row"].as_u64().unwrap())
        .collect();
    let mut rows = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(project.path().join(file))
        .unwrap();
    let mut employees = BTreeMap::new();
    for (row, number) in rows.records().zip(1..) {
        let row = row.unwrap();
        if kept_aside.contains(&number) {
            continue;
        }
        let field = |index: usize| row[index].trim().to_owned();
        let skills = row[4].split(';').map(|skill| skill.trim().to_lowercase());
        let employee = Employee {
            age: field(2).parse().ok(),
            department: field(3),
            skills: skills.filter(|skill| !skill.is_empty()).collect(),
            salary: cents(&field(5)),
        };
        employees.insert(field(0).parse().unwrap(), employee);
    }
    employees
}

/// Headcount, and average, median, lowest and highest in cents; halves go up.
type Pay = (i64, i64, i64, i64, i64);

fn pay(mut salaries: Vec<i64>) -> Pay {
    salaries.sort_unstable();
    let (count, sum) = (salaries.len() as i64, salaries.iter().sum::<i64>());
    let (low, high) = (salaries[(salaries.len() - 1) / 2], salaries[salaries.len() / 2]);
    (
        count,
        (2 * sum + count) / (2 * count),
        (low + high + 1) / 2,
        salaries[0],
        *salaries.last().unwrap(),
    )
}

/// The same by group.
fn expected(groups: impl Iterator<Item = (String, i64)>) -> BTreeMap<String, Pay> {
    let mut salaries: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (group, salary) in groups {
        salaries.entry(group).or_default().push(salary);
    }
    salaries.into_iter().map(|(group, all)| (group, pay(all))).collect()
}

fn query(project: &Project, sql: &str) -> Vec<Value> {
    let ran = project.done(&["query", sql, "--json"]);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn shown(project: &Project, view: &str, group: &str) -> BTreeMap<String, Pay> {
    let rows = query(project, &format!("SELECT * FROM hr.{view}"));
    let pay = |row: &Value| {
        let money = |name: &str| cents(&row[name].to_string());
        let headcount = row["headcount"].as_i64().unwrap();
        (
            headcount,
            money("average_salary"),
            money("median_salary"),
            money("min_salary"),
            money("max_salary"),
        )
    };
    let name = |row: &Value| {
        row[group]
            .as_str()
            .map_or_else(|| row[group].to_string(), str::to_owned)
    };
    rows.iter().map(|row| (name(row), pay(row))).collect()
}

fn ingested() -> Project {
    let project = Project::employees();
    project.done(&["deploy", "--yes"]);
    project.sample();
    assert_eq!(project.run(&["ingest", "employees.csv"]).code, 3);
    project
}

#[test]
fn every_number_of_the_views_is_the_files_to_the_cent() {
    let project = ingested();
    project.done(&["run"]);
    let people = employees(&project, "employees.csv");
    assert!(people.len() > 900);
    let by_department = people.values().map(|one| (one.department.clone(), one.salary));
    assert_eq!(
        shown(&project, "department_vs_salary", "department"),
        expected(by_department)
    );
    let by_age = people
        .values()
        .map(|one| (one.age.map_or("null".to_owned(), |age| age.to_string()), one.salary));
    assert_eq!(shown(&project, "age_vs_salary", "age"), expected(by_age));
    let by_skill = people
        .values()
        .flat_map(|one| one.skills.iter().map(|skill| (skill.clone(), one.salary)));
    assert_eq!(shown(&project, "skills_vs_salary", "skill"), expected(by_skill));
    let payroll: i64 = people.values().map(|one| one.salary).sum();
    let rows = query(&project, "SELECT payroll FROM hr.headcount_and_payroll");
    assert_eq!(
        rows.iter().map(|row| cents(&row["payroll"].to_string())).sum::<i64>(),
        payroll
    );
}

#[test]
fn a_corrected_file_changes_its_employees_and_no_others() {
    let project = ingested();
    project.done(&["run"]);
    project.write(
        "corrected.csv",
        "employee_id,name,age,department,skills,salary,hire_date\n\
         1001,Arjun Iyer,50,Data,rust,210000.01,2006-11-30\n",
    );
    project.done(&["ingest", "corrected.csv"]);
    let summary = project.done(&["run", "--json"]).summary();
    assert_eq!(summary["load"]["rows_inserted"], 0, "{summary}");
    let mut people = employees(&project, "employees.csv");
    people.extend(employees(&project, "corrected.csv"));
    let by_department = people.values().map(|one| (one.department.clone(), one.salary));
    assert_eq!(
        shown(&project, "department_vs_salary", "department"),
        expected(by_department)
    );
    let skills = query(
        &project,
        "SELECT skill FROM hr.employee_skills WHERE employee_id = 1001",
    );
    assert_eq!(skills, [serde_json::json!({ "skill": "rust" })]);
}

#[test]
fn a_load_killed_anywhere_is_finished_by_the_next() {
    let project = ingested();
    project.done(&["run", "process"]);
    let people = employees(&project, "employees.csv").len();
    let mut lines = 1;
    loop {
        let mut child = project.start(&["run", "load", "--json"]);
        let mut events = BufReader::new(child.stdout.take().unwrap()).lines();
        let ended = (0..lines).any(|_| events.next().is_none());
        let _ = child.kill();
        child.wait().unwrap();
        if ended {
            break;
        }
        lines += 1;
        assert!(lines < 50, "never finished");
    }
    assert!(lines > 1, "never killed");
    project.done(&["run"]);
    let rows = query(
        &project,
        "SELECT COUNT(*) AS n, COUNT(DISTINCT employee_id) AS one FROM hr.employees",
    );
    assert_eq!(rows, [serde_json::json!({ "n": people, "one": people })]);
    let loads = query(&project, "SELECT COUNT(*) AS n FROM hr.load_ledger");
    assert_eq!(loads, [serde_json::json!({ "n": 1 })]);
}
