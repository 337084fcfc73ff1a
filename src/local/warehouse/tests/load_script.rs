//! The project's own load script, as `pipectl run load` sends it.

use std::thread::spawn;

use super::super::Session;
use super::lab::{Lab, ROLE, rows, run};

/// A warehouse with the project's schema.
fn lab() -> Lab {
    let lab = Lab::new();
    for schema in [
        include_str!("../../../../sql/schema/01-schema.sql"),
        include_str!("../../../../sql/schema/02-employees.sql"),
        include_str!("../../../../sql/schema/03-employee-skills.sql"),
        include_str!("../../../../sql/schema/04-load-ledger.sql"),
    ] {
        run(&mut lab.session(), schema);
    }
    lab
}

/// Puts the curated files of one batch. `employees` is a query of id, name, skills, and the two columns of the version.
fn stage(lab: &Lab, employees: &str) {
    lab.parquet(
        "employees.parquet",
        &format!(
            "SELECT id::BIGINT, name, 30::SMALLINT, 'Data', skills, 1000::DECIMAL(12, 2), DATE '2020-01-01', 'low', '30s', \
             6::SMALLINT, ingested_at, ingest_row::BIGINT FROM ({employees}) AS made(id, name, skills, ingested_at, \
             ingest_row)"
        ),
    );
    lab.parquet(
        "skills.parquet",
        &format!(
            "SELECT id::BIGINT, unnest(skills), ingested_at, ingest_row::BIGINT FROM ({employees}) AS made(id, name, skills, \
             ingested_at, ingest_row)"
        ),
    );
    for name in ["employees", "skills"] {
        let file = format!("{name}.parquet");
        let size = lab.lake.get(&file).unwrap().len();
        let entry = serde_json::json!({"url": format!("s3://lake/{file}"), "mandatory": true,
            "meta": {"content_length": size}});
        let manifest = serde_json::json!({"entries": [entry]});
        lab.lake.put(&format!("{name}.manifest"), manifest.to_string());
    }
}

/// Loads what is staged; what the ledger says of it.
fn load(session: &mut Session, batch: &str) -> Vec<String> {
    let script = include_str!("../../../../sql/load/employees.sql")
        .replace("${Manifest.employees}", "s3://lake/employees.manifest")
        .replace("${Manifest.employee_skills}", "s3://lake/skills.manifest")
        .replace("${CopyRole}", ROLE)
        .replace("${Batch}", batch)
        .replace("${Date}", "2026-11-25");
    session.begin().unwrap();
    let (before, last) = script.rsplit_once(";\n\n").unwrap();
    run(session, before);
    let ledger = rows(session, last.trim_end().trim_end_matches(';'));
    session.commit().unwrap();
    ledger
}

/// Employees with their skills, as the two tables have them.
fn employees(session: &mut Session) -> Vec<String> {
    rows(
        session,
        "SELECT e.employee_id, e.name, e.ingest_row, LISTAGG(s.skill, ' ') WITHIN GROUP (ORDER BY s.skill) FROM \
         hr.employees AS e LEFT JOIN hr.employee_skills AS s ON s.employee_id = e.employee_id GROUP BY 1, 2, 3 ORDER BY 1",
    )
}

#[test]
fn the_newest_row_of_each_key_is_kept_with_its_skills() {
    let lab = lab();
    let mut session = lab.session();
    stage(
        &lab,
        "VALUES (1, 'one', ['rust'], TIMESTAMP '2026-11-25', 1), (2, 'two', ['rust'], NULL, NULL), \
         (3, 'three', ['rust'], TIMESTAMP '2026-11-25', 3)",
    );
    assert_eq!(load(&mut session, "b1"), ["3|3|0|0"]);

    // 1 comes twice, 2 twice as the same version, 3 is older than what is there, 4 is new.
    stage(
        &lab,
        "VALUES (1, 'uno', ['sql'], TIMESTAMP '2026-11-26', 8), (1, 'eins', ['sql', 'go'], TIMESTAMP '2026-11-26', 9), \
         (1, 'een', ['c'], NULL, 10), (2, 'deux', ['sql', 'go'], TIMESTAMP '2026-11-26', 2), \
         (2, 'deux', ['sql', 'go'], TIMESTAMP '2026-11-26', 2), (3, 'drei', ['sql'], TIMESTAMP '2026-11-24', 9), \
         (4, 'vier', ['sql'], NULL, NULL)",
    );
    assert_eq!(load(&mut session, "b2"), ["7|1|2|4"]);
    let loaded = [
        "1|eins|9|go sql",
        "2|deux|2|go sql",
        "3|three|3|rust",
        "4|vier|NULL|sql",
    ];
    assert_eq!(employees(&mut session), loaded);

    // Again it changes nothing, and says what it did then.
    assert_eq!(load(&mut session, "b2"), ["7|1|2|4"]);
    assert_eq!(employees(&mut session), loaded);
}

#[test]
fn two_loads_of_a_batch_at_the_same_time_load_it_once() {
    let lab = lab();
    stage(
        &lab,
        "SELECT range, 'n', ['sql', 'rust'], TIMESTAMP '2026-11-25 08:00:00', range FROM range(3000)",
    );
    let loads: Vec<_> = (0..2)
        .map(|_| {
            let mut session = lab.session();
            spawn(move || load(&mut session, "b1"))
        })
        .collect();
    for load in loads {
        assert_eq!(load.join().unwrap(), ["3000|3000|0|0"]);
    }
    assert_eq!(
        rows(
            &mut lab.session(),
            "SELECT (SELECT count(*) FROM hr.employees), (SELECT count(*) FROM hr.employee_skills), (SELECT count(*) FROM \
             hr.load_ledger)"
        ),
        ["3000|6000|1"]
    );
}
