//! A load as pipelines write it.

use super::harness::Session;

const SCRIPT: &str = "
-- staging
CREATE TEMP TABLE stage (LIKE hr.employees INCLUDING DEFAULTS);
COPY stage FROM 's3://bucket/manifests/b/employees.json' IAM_ROLE 'arn:aws:iam::123456789012:role/Copy'
  FORMAT AS PARQUET MANIFEST;
INSERT INTO stage2 VALUES (1, 'Ann', 10.00), (1, 'Anna', 11.00), (2, 'Bob', 20.50);
DELETE FROM stage2 USING stage2 s WHERE stage2.id = s.id AND stage2.salary < s.salary;
MERGE INTO employees USING stage2 AS s ON employees.id = s.id
  WHEN MATCHED THEN UPDATE SET name = s.name, salary = s.salary
  WHEN NOT MATCHED THEN INSERT (id, name, salary) VALUES (s.id, s.name, s.salary);
SELECT id, name, salary FROM employees ORDER BY id;
";

#[test]
fn a_load_script_runs() {
    let session = Session::new(
        "CREATE TABLE employees (id INTEGER, name VARCHAR, salary DECIMAL(12, 2));
         CREATE TABLE stage2 (id INTEGER, name VARCHAR, salary DECIMAL(12, 2));
         INSERT INTO employees VALUES (1, 'Old', 1.00), (3, 'Cy', 3.00);",
    );
    assert_eq!(
        session.run(SCRIPT).unwrap(),
        ["1|Anna|11.00", "2|Bob|20.50", "3|Cy|3.00"]
    );
}
