//! A project whose places agree, and what is said when one of them is changed.

use std::fs;

use serde_json::{Value, json};

use super::*;
use crate::template::{Column as ContractColumn, ColumnType, Declaration, LoadOptions, load};

/// Engines that answer what they are told.
struct Told {
    transform: Vec<Table>,
    copies: Vec<Loaded>,
    fault: Option<&'static str>,
}

struct Warehouse {
    copies: Vec<Loaded>,
    fault: Option<&'static str>,
}

impl Dialects for Told {
    fn transform(&self, _: &str, _: &Contract) -> Result<Vec<Table>, Fault> {
        Ok(self.transform.clone())
    }

    fn warehouse(&self) -> Result<Box<dyn super::Warehouse>, Fault> {
        Ok(Box::new(Warehouse {
            copies: self.copies.clone(),
            fault: self.fault,
        }))
    }
}

impl super::Warehouse for Warehouse {
    fn run(&mut self, script: &str) -> Result<Vec<Loaded>, Fault> {
        match self.fault.and_then(|word| script.find(word)) {
            Some(at) => Err(Fault {
                message: "ERROR: no such thing".into(),
                position: Some(at),
            }),
            None if script.contains("COPY") => Ok(self.copies.clone()),
            None => Ok(Vec::new()),
        }
    }

    fn columns(&mut self, query: &str) -> Result<Vec<Column>, Fault> {
        match query.contains("FROM staff") {
            true => Ok(columns(&[&[
                ("id", "bigint"),
                ("name", "character varying(20)"),
                ("pay", "numeric(12,2)"),
            ]])),
            false => Err(Fault {
                message: "ERROR: relation does not exist".into(),
                position: None,
            }),
        }
    }
}

const ROWS: &[(&str, &str)] = &[("id", "bigint"), ("name", "string"), ("pay", "decimal(12,2)")];
const VERSION: &[(&str, &str)] = &[("ingested_at", "timestamp"), ("ingest_row", "bigint")];

fn columns(parts: &[&[(&str, &str)]]) -> Vec<Column> {
    let all = parts.concat().into_iter();
    all.map(|(name, kind)| Column {
        name: name.into(),
        kind: kind.into(),
    })
    .collect()
}

fn table(name: &str, columns: Vec<Column>) -> Table {
    Table {
        name: name.into(),
        columns,
    }
}

fn told() -> Told {
    let staff = columns(&[ROWS, &[("band", "string")], VERSION]);
    Told {
        transform: vec![table("curated_staff", staff.clone())],
        copies: vec![Loaded {
            from: "s3://pipectl/manifest/${staff}".into(),
            into: table("stage", staff),
        }],
        fault: None,
    }
}

fn declaration(id: &str, kind: &str, file: &str, properties: Value) -> Declaration {
    Declaration {
        id: id.into(),
        kind: kind.into(),
        stage: "processing".into(),
        file: file.into(),
        line: 1,
        properties,
        dependencies: Default::default(),
        retain: false,
        snapshot: false,
        replacement_paths: Vec::new(),
        write_only_paths: Vec::new(),
    }
}

fn glue_table(id: &str, bucket: &str, folder: &str, columns: Vec<Column>) -> Declaration {
    let location = json!({"Fn::Join": ["", ["s3://", {"Ref": bucket}, folder]]});
    let columns: Vec<_> = columns
        .iter()
        .map(|c| json!({"Name": c.name, "Type": c.kind}))
        .collect();
    let properties = json!({"TableInput": {"StorageDescriptor": {"Location": location, "Columns": columns}}});
    declaration(id, "AWS::Glue::Table", "tables.json", properties)
}

/// The project as it is loaded, in a folder that holds its scripts.
fn project() -> (tempfile::TempDir, Project) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("configs/pipeline.json", r#"{"name": "demo"}"#);
    write(
        "source.json",
        r#"{"columns": [{"name": "id"}, {"name": "name"}, {"name": "pay"}]}"#,
    );
    write(
        "tables.json",
        r#"{"RawStaff": {"id": 0, "pay": 0}, "Staff": {"id": 0, "pay": 0}}"#,
    );
    write(
        "sql/transform.sql",
        "CREATE VIEW curated_staff AS\nSELECT id, name, pay, band FROM raw",
    );
    write("sql/schema/1.sql", "CREATE TABLE staff (id bigint, pay numeric(12,2))");
    write("sql/load.sql", "COPY stage FROM '${Manifest.staff}'");
    let mut project = load(folder.path(), &LoadOptions::default()).unwrap();
    let column = |name: &str, kind| ContractColumn {
        name: name.into(),
        header: name.into(),
        kind,
        nullable: false,
        min: None,
        max: None,
        values: Vec::new(),
        pattern: None,
    };
    project.contract = Some(Contract {
        name: "staff".into(),
        file: "source.json".into(),
        columns: vec![
            column("id", ColumnType::BigInt),
            column("name", ColumnType::Text { max_bytes: 20 }),
            column(
                "pay",
                ColumnType::Decimal {
                    precision: 12,
                    scale: 2,
                },
            ),
        ],
        key: vec!["id".into()],
        partition_key: "id".into(),
        delimiter: b',',
    });
    let s3 = |bucket: &str, folder: &str| json!({"Fn::Join": ["", ["s3://", {"Ref": bucket}, folder]]});
    let arguments =
        json!({"--transform": {"Ref": "Transform"}, "--raw": s3("Raw", "/"), "--curated": s3("Lake", "/curated/")});
    project.resources = vec![
        declaration(
            "Job",
            "AWS::Glue::Job",
            "job.json",
            json!({"DefaultArguments": arguments}),
        ),
        declaration(
            "Transform",
            "Pipectl::S3::Object",
            "job.json",
            json!({"Source": "sql/transform.sql"}),
        ),
        declaration(
            "Schema",
            "Pipectl::Redshift::Sql",
            "sql.json",
            json!({"Source": "sql/schema"}),
        ),
        glue_table("RawStaff", "Raw", "/raw/staff/", columns(&[ROWS, VERSION])),
        glue_table(
            "Staff",
            "Lake",
            "/curated/staff/",
            columns(&[ROWS, &[("band", "string")], VERSION]),
        ),
    ];
    project.flow.job = Some("Job".into());
    project.flow.load = Some("sql/load.sql".into());
    (folder, project)
}

fn mistakes(change: impl FnOnce(&mut Project, &mut Told)) -> Vec<String> {
    let (_folder, mut project) = project();
    let mut told = told();
    change(&mut project, &mut told);
    let found = check(&project, &told).unwrap().mistakes;
    let line = |one: &Diagnostic| format!("{}:{}:{} {}", one.file.display(), one.line, one.column, one.message);
    found.iter().map(line).collect()
}

fn glue_columns<'a>(project: &'a mut Project, id: &str) -> &'a mut Vec<Value> {
    let table = project.resources.iter_mut().find(|one| one.id == id).unwrap();
    table.properties["TableInput"]["StorageDescriptor"]["Columns"]
        .as_array_mut()
        .unwrap()
}

#[test]
fn places_that_agree_are_listed() {
    let (_folder, project) = project();
    let agreement = check(&project, &told()).unwrap();
    assert!(agreement.mistakes.is_empty(), "{}", agreement.mistakes);
    assert_eq!(agreement.places.len(), 6, "{:?}", agreement.places);
}

#[test]
fn a_glue_table_with_another_type_names_both_places() {
    let found = mistakes(|project, _| glue_columns(project, "RawStaff")[2]["Type"] = json!("decimal(10,2)"));
    assert_eq!(
        found,
        [
            "source.json:1:58 `pay` is decimal(12,2) in the record contract (with ingested_at, ingest_row), and \
          decimal(10,2) in Glue table RawStaff"
        ]
    );
    let found = mistakes(|project, _| glue_columns(project, "Staff").swap(0, 1));
    assert_eq!(
        found,
        ["tables.json:1:36 column 1 is `name` in Glue table Staff and `id` in view curated_staff"]
    );
}

#[test]
fn a_transformation_that_changes_a_type_is_found_where_it_does() {
    let found = mistakes(|_, told| {
        told.transform[0].columns[2].kind = "DOUBLE".into();
        told.copies[0].into.columns[2].kind = "DOUBLE".into();
    });
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(
        found[0].contains("`pay` is decimal(12,2) in the record contract, and double"),
        "{found:#?}"
    );
}

#[test]
fn a_text_that_the_warehouse_holds_too_short_is_found() {
    let found = mistakes(|_, told| told.copies[0].into.columns[1].kind = "character varying(10)".into());
    assert_eq!(
        found,
        [
            "source.json:1:40 `name` is text of at most 20 bytes in the record contract, and text of at most 10 bytes in \
          table stage that COPY fills"
        ]
    );
}

#[test]
fn what_nobody_makes_or_loads_is_found() {
    let found = mistakes(|project, told| {
        told.copies.clear();
        project
            .resources
            .push(glue_table("Other", "Lake", "/curated/other/", columns(&[ROWS])));
    });
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(
        found[0].contains("nothing loads curated_staff into the warehouse"),
        "{found:#?}"
    );
    assert!(found[1].contains("Glue table Other is never written"), "{found:#?}");
}

#[test]
fn a_script_that_does_not_run_is_shown_where_it_stops() {
    let found = mistakes(|_, told| told.fault = Some("pay"));
    assert_eq!(
        found,
        ["sql/schema/1.sql:1:32 the script does not run: ERROR: no such thing"]
    );
}

/// A data set over `query` with these columns.
fn data_set(project: &mut Project, query: &str, columns: &[(&str, &str)]) {
    let columns: Vec<_> = columns
        .iter()
        .map(|(name, kind)| json!({"Name": name, "Type": kind}))
        .collect();
    let table = json!({"CustomSql": {"Name": "staff", "SqlQuery": query, "Columns": columns}});
    let properties = json!({"PhysicalTableMap": {"staff": table}});
    project.resources.push(declaration(
        "StaffData",
        "AWS::QuickSight::DataSet",
        "tables.json",
        properties,
    ));
}

#[test]
fn data_sets_have_the_columns_of_their_queries() {
    let right = [("id", "INTEGER"), ("name", "STRING"), ("pay", "DECIMAL")];
    assert_eq!(
        mistakes(|project, _| data_set(project, "SELECT * FROM staff;", &right)),
        [""; 0]
    );
    let found = mistakes(|project, _| {
        data_set(
            project,
            "SELECT * FROM staff",
            &[("pay", "INTEGER"), ("age", "INTEGER")],
        )
    });
    assert_eq!(
        found,
        [
            "tables.json:1:1 `pay` is INTEGER in data set StaffData, and decimal(12,2) in the warehouse",
            "tables.json:1:1 data set StaffData has a column `age`, its query does not: it gives id, name, pay",
        ]
    );
    let found = mistakes(|project, _| data_set(project, "SELECT * FROM stuff", &right));
    assert_eq!(
        found,
        ["tables.json:1:1 the query of data set StaffData does not run: ERROR: relation does not exist"]
    );
}
