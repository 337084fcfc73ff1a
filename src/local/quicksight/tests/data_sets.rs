//! Data sets: their columns after transforms, what they read, what they cannot be.

// Logical tables with transforms are what the SDK calls the legacy experience, and what CloudFormation has.
#![allow(deprecated)]

use aws_sdk_quicksight::types::{
    CalculatedColumn, CastColumnTypeOperation, ColumnDataType, CreateColumnsOperation, LogicalTable,
    LogicalTableSource, ProjectOperation, RelationalTable, RenameColumnOperation, TransformOperation,
};

use super::*;

fn logical(transforms: Vec<TransformOperation>) -> LogicalTable {
    LogicalTable::builder()
        .alias("rows")
        .source(LogicalTableSource::builder().physical_table_id("rows").build())
        .set_data_transforms(Some(transforms))
        .build()
        .unwrap()
}

fn project(names: &[&str]) -> TransformOperation {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let operation = ProjectOperation::builder().set_projected_columns(Some(names));
    TransformOperation::ProjectOperation(operation.build().unwrap())
}

fn rename(from: &str, to: &str) -> TransformOperation {
    let operation = RenameColumnOperation::builder().column_name(from).new_column_name(to);
    TransformOperation::RenameColumnOperation(operation.build().unwrap())
}

fn cast(name: &str, kind: ColumnDataType) -> TransformOperation {
    let operation = CastColumnTypeOperation::builder()
        .column_name(name)
        .new_column_type(kind);
    TransformOperation::CastColumnTypeOperation(operation.build().unwrap())
}

#[tokio::test]
async fn transforms_make_the_output_columns() {
    let world = World::new();
    world.source().await;
    let transforms = vec![
        rename("text", "number"),
        cast("number", ColumnDataType::Integer),
        project(&["number", "id"]),
    ];
    let created = world
        .new_set("set", "rows")
        .logical_table_map("rows", logical(transforms));
    let created = created.send().await.unwrap();
    assert_eq!(created.status(), 201);
    let describe = world
        .client
        .describe_data_set()
        .aws_account_id(ACCOUNT)
        .data_set_id("set");
    let set = describe.send().await.unwrap().data_set.unwrap();
    let columns: Vec<_> = set
        .output_columns()
        .iter()
        .map(|column| (column.name().unwrap(), column.r#type().unwrap().as_str()))
        .collect();
    assert_eq!(columns, [("number", "INTEGER"), ("id", "INTEGER")]);
    assert_eq!(set.physical_table_map().unwrap().len(), 1);
    // `x` is no integer; NULL may stay.
    let ingestion = world.ended(&created.ingestion_id.unwrap()).await;
    let rows = ingestion.row_info().unwrap();
    assert_eq!(
        (rows.rows_ingested, rows.rows_dropped, rows.total_rows_in_dataset),
        (Some(2), Some(1), Some(2))
    );
}

#[tokio::test]
async fn a_table_is_read_by_its_declared_columns() {
    let world = World::new();
    world.source().await;
    let column = |name: &str, kind| InputColumn::builder().name(name).r#type(kind).build().unwrap();
    let table = RelationalTable::builder()
        .data_source_arn("arn:aws:quicksight:us-east-1:000000000000:datasource/source")
        .schema("hr")
        .name("employees")
        .input_columns(column("id", InputColumnDataType::Integer))
        .input_columns(column("text", InputColumnDataType::String));
    let table = PhysicalTable::RelationalTable(table.build().unwrap());
    let created = world
        .new_set("set", "")
        .physical_table_map("rows", table)
        .send()
        .await
        .unwrap();
    let ingestion = world.ended(&created.ingestion_id.unwrap()).await;
    assert_eq!(ingestion.ingestion_status().as_str(), "COMPLETED");
    let queries = world.warehouse.queries.lock().unwrap().clone();
    assert_eq!(queries, ["select \"id\", \"text\" from \"hr\".\"employees\""]);
}

#[tokio::test]
async fn what_an_ingestion_cannot_do_is_refused_before() {
    let world = World::new();
    let (code, message) = refused!(world.new_set("set", "rows"));
    assert_eq!(code, "ResourceNotFoundException");
    assert!(message.contains("datasource/source"), "{message}");
    world.source().await;
    let column = CalculatedColumn::builder()
        .column_name("x")
        .column_id("x")
        .expression("1");
    let operation = CreateColumnsOperation::builder()
        .columns(column.build().unwrap())
        .build()
        .unwrap();
    let calculated = logical(vec![TransformOperation::CreateColumnsOperation(operation)]);
    let (code, message) = refused!(world.new_set("set", "rows").logical_table_map("rows", calculated));
    assert_eq!(
        (&*code, message.contains("CreateColumnsOperation")),
        ("NotImplemented", true)
    );
    let unknown = logical(vec![project(&["nothing"])]);
    let (code, message) = refused!(world.new_set("set", "rows").logical_table_map("rows", unknown));
    assert_eq!(
        (&*code, message.contains("nothing")),
        ("InvalidParameterValueException", true)
    );
    let twice = logical(vec![rename("id", "text")]);
    let (code, _) = refused!(world.new_set("set", "rows").logical_table_map("rows", twice));
    assert_eq!(code, "InvalidParameterValueException");
    let none = custom_sql("rows", &[]);
    let (code, message) = refused!(world.new_set("set", "rows").physical_table_map("rows", none));
    assert_eq!(
        (&*code, message.contains("declare its columns")),
        ("InvalidParameterValueException", true)
    );
    let (code, message) = refused!(
        world
            .new_set("set", "rows")
            .physical_table_map("not_a_key", custom_sql("rows", &columns()))
    );
    assert_eq!(code, "ValidationException");
    assert!(
        message.contains("at 'physicalTableMap' failed to satisfy constraint: Map keys must"),
        "{message}"
    );
}

#[tokio::test]
async fn an_update_ingests_anew_and_a_direct_query_does_not() {
    let world = World::new();
    assert_eq!(
        world.set("rows").await.request_type().unwrap().as_str(),
        "INITIAL_INGESTION"
    );
    let update = |mode| {
        let request = world
            .client
            .update_data_set()
            .aws_account_id(ACCOUNT)
            .data_set_id("set");
        let request = request.name("new").import_mode(mode);
        request.physical_table_map("rows", custom_sql("rows", &columns()))
    };
    let updated = update(DataSetImportMode::Spice).send().await.unwrap();
    let ingestion = world.ended(&updated.ingestion_id.unwrap()).await;
    assert_eq!(ingestion.request_type().unwrap().as_str(), "EDIT");
    let updated = update(DataSetImportMode::DirectQuery).send().await.unwrap();
    assert_eq!((updated.ingestion_id(), updated.ingestion_arn()), (None, None));
    let request = world
        .client
        .create_ingestion()
        .aws_account_id(ACCOUNT)
        .data_set_id("set");
    let (code, _) = refused!(request.ingestion_id("i"));
    assert_eq!(code, "InvalidParameterValueException");
}
