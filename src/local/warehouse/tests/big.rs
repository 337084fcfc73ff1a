use super::lab::*;
use crate::local::{
    env::Env,
    error::AwsError,
    objects::{Objects, Stored},
    ports::RoleCheck,
};
use std::sync::Arc;
struct Dir;
impl Objects for Dir {
    fn list(&self, _: &str, p: &str) -> Result<Vec<Stored>, AwsError> {
        let mut v: Vec<_> = std::fs::read_dir(format!("/tmp/big/{p}"))?
            .map(|e| {
                let e = e.unwrap();
                Stored {
                    key: format!("{p}{}", e.file_name().to_str().unwrap()),
                    size: e.metadata().unwrap().len(),
                    etag: "".into(),
                    content_encoding: None,
                }
            })
            .collect();
        v.sort_by_key(|s| s.key.clone());
        Ok(v)
    }
    fn head(&self, _: &str, k: &str) -> Result<Stored, AwsError> {
        Ok(Stored {
            key: k.into(),
            size: 0,
            etag: "".into(),
            content_encoding: None,
        })
    }
    fn materialise(&self, _: &str, k: &str, to: &std::path::Path) -> Result<(), AwsError> {
        Ok(std::fs::copy(format!("/tmp/big/{k}"), to).map(drop)?)
    }
    fn store(&self, _: &str, _: &str, _: &std::path::Path, _: &str) -> Result<(), AwsError> {
        Ok(())
    }
    fn remove(&self, _: &str, _: &str) -> Result<(), AwsError> {
        Ok(())
    }
}
struct Yes;
impl RoleCheck for Yes {
    fn can_assume(&self, _: &str, _: &str, _: Option<&str>) -> Result<bool, AwsError> {
        Ok(true)
    }
}
#[test]
#[ignore]
fn big() {
    let (_dir, env) = Env::temporary();
    let w = super::super::Warehouses::new(&env, Arc::new(Dir), Arc::new(Yes));
    w.create("serverless-1", "employees").unwrap();
    let mut s = w.connect(login("employees")).unwrap();
    let ddl = "(id BIGINT NOT NULL, name VARCHAR(100), age INT, department VARCHAR(50), salary NUMERIC(12,2), skills SUPER, hired DATE, email VARCHAR(200), band VARCHAR(20), ingested_at TIMESTAMP, ingest_row BIGINT)";
    run(&mut s, &format!("CREATE SCHEMA hr; CREATE TABLE hr.employees {ddl}"));
    let peak = || {
        std::fs::read_to_string("/proc/self/status")
            .unwrap()
            .lines()
            .filter(|l| l.starts_with("VmHWM") || l.starts_with("VmRSS"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    for round in 0..std::env::var("ROUNDS").map_or(1, |r| r.parse().unwrap()) {
        run(&mut s, "BEGIN");
        let t = std::time::Instant::now();
        run(&mut s, "CREATE TEMP TABLE stage (LIKE hr.employees)");
        run(
            &mut s,
            &format!("COPY stage FROM 's3://lake/in/' IAM_ROLE '{ROLE}' FORMAT PARQUET SERIALIZETOJSON"),
        );
        eprintln!("{round} copy {:?} {}", t.elapsed(), peak());
        let t = std::time::Instant::now();
        run(
            &mut s,
            "CREATE TEMP TABLE newest AS SELECT id, name, age, department, salary, skills, hired, email, band, ingested_at, ingest_row FROM (SELECT *, row_number() OVER (PARTITION BY id ORDER BY ingested_at DESC, ingest_row DESC) AS n FROM stage) x WHERE n = 1",
        );
        eprintln!("{round} newest {:?} {}", t.elapsed(), peak());
        let t = std::time::Instant::now();
        run(
            &mut s,
            "MERGE INTO hr.employees USING newest s ON hr.employees.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name, age = s.age, department = s.department, salary = s.salary, skills = s.skills, hired = s.hired, email = s.email, band = s.band, ingested_at = s.ingested_at, ingest_row = s.ingest_row WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.name, s.age, s.department, s.salary, s.skills, s.hired, s.email, s.band, s.ingested_at, s.ingest_row)",
        );
        eprintln!("{round} merge {:?} {}", t.elapsed(), peak());
        let t = std::time::Instant::now();
        run(&mut s, "DROP TABLE stage; DROP TABLE newest; COMMIT");
        eprintln!("{round} commit {:?} {}", t.elapsed(), peak());
    }
    assert_eq!(rows(&mut s, "SELECT count(*) FROM hr.employees"), ["8000000"]);
}
