use super::super::Warehouses;
use super::lab::{ROLE, error, run};

#[test]
fn declarations_are_understood_without_a_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Warehouses::offline("employees", folder.path()).unwrap();
    run(
        &mut session,
        "CREATE SCHEMA hr; CREATE TABLE hr.t (id BIGINT, name VARCHAR(40), pay NUMERIC(12,2), skills SUPER);
         CREATE VIEW hr.v AS SELECT name, sum(pay) AS total, count(*) AS n, max(id) AS id FROM hr.t GROUP BY name",
    );
    let types = session.column_types(Some("hr"), "v").unwrap();
    let told: Vec<_> = types
        .into_iter()
        .map(|column| format!("{} {}", column.name, column.kind.unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            "name character varying(40)",
            "total numeric(38,2)",
            "n bigint",
            "id bigint"
        ]
    );
    let refused = error(
        &mut session,
        &format!("COPY hr.t FROM 's3://lake/x' IAM_ROLE '{ROLE}' FORMAT PARQUET"),
    );
    assert!(refused.contains("is not authorized to assume IAM Role"), "{refused}");
}
