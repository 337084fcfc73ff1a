use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::super::Warehouses;
use super::lab::{Lab, ROLE, error, login, rows, run};
use crate::local::env::{Env, Options};
use crate::local::store::Store;

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The data as a process that was killed now would leave it.
fn abandoned(lab: &Lab) -> (tempfile::TempDir, Arc<Warehouses>) {
    let dir = tempfile::tempdir().unwrap();
    copy_folder(&lab.dir.path().join("warehouse"), &dir.path().join("warehouse"));
    let store = Store::open(&dir.path().join("state.redb")).unwrap();
    let env = Env::new(dir.path().to_owned(), store, Options::default());
    let warehouses = Warehouses::new(&env, lab.lake.clone(), Arc::new(super::super::offline::Nothing));
    (dir, warehouses)
}

#[test]
fn what_is_committed_survives_a_kill_and_nothing_else() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(
        &mut session,
        "CREATE TABLE t (id INT, name VARCHAR(4)); INSERT INTO t VALUES (1, 'a')",
    );
    lab.lake.put("bad", "x|y\n");
    error(&mut session, &format!("COPY t FROM 's3://lake/bad' IAM_ROLE '{ROLE}'"));
    run(
        &mut session,
        "CREATE VIEW v AS SELECT name FROM t; BEGIN; INSERT INTO t VALUES (2, 'b'); CREATE TABLE u (a INT)",
    );

    let (_dir, warehouses) = abandoned(&lab);
    let mut after = warehouses.connect(login("employees")).unwrap();
    assert_eq!(rows(&mut after, "SELECT * FROM t"), ["1|a"]);
    assert_eq!(rows(&mut after, "SELECT name FROM v"), ["a"]);
    assert_eq!(
        rows(&mut after, "SELECT line_number, err_code FROM stl_load_errors"),
        ["1|1207"]
    );
    assert_eq!(
        error(&mut after, "INSERT INTO t VALUES (1, 'abcde')"),
        "value too long for type character varying(4)"
    );
    assert_eq!(error(&mut after, "SELECT * FROM u"), "relation \"u\" does not exist");
    assert_eq!(
        error(&mut after, "DROP TABLE t"),
        "cannot drop table t because other objects depend on it"
    );
}

#[test]
fn a_closed_warehouse_opens_again() {
    let lab = Lab::new();
    run(&mut lab.session(), "CREATE TABLE t (id INT); INSERT INTO t VALUES (1)");
    lab.warehouses.close();
    assert_eq!(rows(&mut lab.session(), "SELECT id FROM t"), ["1"]);
}

#[test]
fn a_damaged_file_is_an_error() {
    let lab = Lab::new();
    lab.warehouses.close();
    let file = lab.dir.path().join("warehouse/serverless%2D1/employees.duckdb");
    let file = if file.exists() {
        file
    } else {
        lab.dir.path().join("warehouse/serverless-1/employees.duckdb")
    };
    fs::write(&file, vec![7; 20_000]).unwrap();
    let refused = lab.warehouses.connect(login("employees")).err().unwrap();
    assert!(
        refused
            .message
            .starts_with("ERROR: database \"employees\" cannot be opened: "),
        "{}",
        refused.message
    );
    assert_eq!(refused.sqlstate, Some("58030"));
}
