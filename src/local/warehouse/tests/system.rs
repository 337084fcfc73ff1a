use super::lab::{Lab, error, rows, run};

#[test]
fn the_catalogue_is_read_as_redshifts() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(
        &mut session,
        "CREATE SCHEMA hr; CREATE TABLE hr.t (id INT NOT NULL ENCODE zstd, name VARCHAR(40), pay NUMERIC(12,2) DEFAULT 0)
         DISTSTYLE KEY DISTKEY(id) SORTKEY(id); INSERT INTO hr.t VALUES (1, 'a', 2); CREATE VIEW hr.v AS SELECT name FROM hr.t",
    );
    assert_eq!(
        rows(
            &mut session,
            "SELECT table_schema, table_name, table_type FROM svv_tables ORDER BY 2"
        ),
        ["hr|t|BASE TABLE", "hr|v|VIEW"]
    );
    assert_eq!(
        rows(
            &mut session,
            "SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, is_nullable FROM information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position"
        ),
        [
            "id|integer|NULL|32|0|NO",
            "name|character varying|40|NULL|NULL|YES",
            "pay|numeric|NULL|12|2|YES"
        ]
    );
    assert_eq!(
        rows(
            &mut session,
            "SELECT \"table\", diststyle, sortkey1, tbl_rows FROM svv_table_info"
        ),
        ["t|KEY(id)|id|1"]
    );
    assert!(rows(&mut session, "SELECT * FROM pg_table_def").is_empty());
    run(&mut session, "SET search_path TO hr, public");
    assert_eq!(
        rows(
            &mut session,
            "SELECT \"column\", type, encoding, distkey, sortkey FROM pg_catalog.pg_table_def"
        ),
        [
            "id|integer|zstd|true|1",
            "name|character varying(40)|lzo|false|0",
            "pay|numeric(12,2)|az64|false|0"
        ]
    );
    assert_eq!(
        rows(&mut session, "SELECT schema_name FROM svv_all_schemas ORDER BY 1"),
        ["hr", "public"]
    );
    assert_eq!(
        rows(&mut session, "SELECT database_name FROM svv_redshift_databases"),
        ["employees"]
    );
    assert_eq!(
        rows(&mut session, "SELECT count(*) FROM information_schema.tables"),
        ["2"]
    );
    assert_eq!(rows(&mut session, "SELECT usename FROM pg_user"), ["admin"]);
    assert_eq!(
        error(&mut session, "SELECT * FROM stv_nosuch"),
        "relation \"stv_nosuch\" does not exist"
    );
}

#[test]
fn a_session_tells_of_itself() {
    let lab = Lab::new();
    let mut session = lab.session();
    assert_eq!(
        rows(&mut session, "SELECT current_user, current_database()"),
        ["admin|employees"]
    );
    let version = &rows(&mut session, "SELECT version()")[0];
    assert!(
        version.contains("Redshift 1.0") && version.contains("embedded"),
        "{version}"
    );
    let pid = session.pid();
    assert_eq!(rows(&mut session, "SELECT pg_backend_pid()"), [pid.to_string()]);
}

#[test]
fn statements_are_remembered() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(&mut session, "CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (2)");
    error(&mut session, "SELECT nosuch FROM t");
    assert_eq!(
        rows(
            &mut session,
            "SELECT query_type, status, returned_rows, error_message FROM sys_query_history ORDER BY query_id"
        ),
        [
            "DDL|success|0|NULL",
            "INSERT|success|2|NULL",
            "SELECT|failed|0|ERROR: column \"nosuch\" does not exist",
        ]
    );
}

#[test]
fn the_data_api_can_list_and_describe() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(
        &mut session,
        "CREATE SCHEMA hr; CREATE TABLE hr.t (id INT NOT NULL, name VARCHAR(40) DEFAULT 'x')",
    );
    assert_eq!(
        session.list_schemas(None).unwrap(),
        ["hr", "information_schema", "pg_catalog", "public"]
    );
    assert_eq!(session.list_schemas(Some("h%")).unwrap(), ["hr"]);
    let tables = session.list_tables(Some("hr"), Some("%")).unwrap();
    assert_eq!(
        (tables.len(), tables[0].name.as_str(), tables[0].kind),
        (1, "t", "TABLE")
    );
    assert!(session.list_tables(None, Some("svv_tables")).unwrap()[0].kind == "SYSTEM VIEW");
    let described = session.describe_table(Some("hr"), "t").unwrap();
    let name = &described[1];
    assert_eq!(
        (name.name.as_str(), name.type_name.as_str(), name.length, name.nullable),
        ("name", "varchar", 40, 1)
    );
    assert!(name.default.is_some());
    assert_eq!(
        session.describe_table(Some("hr"), "nosuch").unwrap_err().message,
        "ERROR: relation \"hr.nosuch\" does not exist"
    );
    assert!(
        !session
            .describe_table(Some("pg_catalog"), "svv_tables")
            .unwrap()
            .is_empty()
    );
}
