-- Loads one batch of curated Parquet. Run by `pipectl run load` as one transaction, with its values in place of ${...}.
--
-- The ledger is locked first, before anything takes a snapshot of the database: of two loads the second waits, then sees
-- what the first did. Views do not read the ledger, so nobody else waits.
LOCK hr.load_ledger;

CREATE TEMP TABLE stage_employees (LIKE hr.employees);

-- Arrays become SUPER as JSON.
COPY stage_employees
FROM '${Manifest.employees}'
IAM_ROLE '${CopyRole}'
FORMAT AS PARQUET SERIALIZETOJSON
MANIFEST;

-- A batch that is in the ledger has nothing left to do.
DELETE FROM stage_employees
USING hr.load_ledger
WHERE load_ledger.batch_id = '${Batch}';

CREATE TEMP TABLE staged AS
SELECT COUNT(*) AS row_count FROM stage_employees;

-- The stage becomes what is to be in the warehouse. First: the newest row of each key. The transformation gives a key once,
-- so there is little to rank; ranking everything would sort everything.
CREATE TEMP TABLE repeated_employees (LIKE hr.employees);

INSERT INTO repeated_employees
SELECT
    employee_id,
    name,
    age,
    department,
    skills,
    salary,
    hire_date,
    salary_band,
    age_band,
    tenure_years,
    ingested_at,
    ingest_row
FROM (
    SELECT
        stage_employees.*,
        ROW_NUMBER() OVER (
            PARTITION BY employee_id
            ORDER BY ingested_at DESC NULLS LAST, ingest_row DESC NULLS LAST
        ) AS place
    FROM stage_employees
    WHERE employee_id IN (SELECT employee_id FROM stage_employees GROUP BY employee_id HAVING COUNT(*) > 1)
) AS ranked
WHERE place = 1;

DELETE FROM stage_employees
USING repeated_employees
WHERE stage_employees.employee_id = repeated_employees.employee_id;

INSERT INTO stage_employees
SELECT * FROM repeated_employees;

-- Then: only if the warehouse has none that is newer. A row of the same version is taken, for the transformation may have
-- changed. NULL is older than any version.
DELETE FROM stage_employees
USING hr.employees
WHERE
    employees.employee_id = stage_employees.employee_id
    AND (
        COALESCE(employees.ingested_at, '0001-01-01'::TIMESTAMP)
        > COALESCE(stage_employees.ingested_at, '0001-01-01'::TIMESTAMP)
        OR (
            COALESCE(employees.ingested_at, '0001-01-01'::TIMESTAMP)
            = COALESCE(stage_employees.ingested_at, '0001-01-01'::TIMESTAMP)
            AND COALESCE(employees.ingest_row, -1) > COALESCE(stage_employees.ingest_row, -1)
        )
    );

-- Counted before the merge makes all rows present. Staged rows that are older than what is there change nothing.
INSERT INTO hr.load_ledger
    (batch_id, loaded_date, rows_staged, rows_inserted, rows_updated, rows_unchanged, loaded_at)
SELECT
    '${Batch}',
    CAST('${Date}' AS DATE),
    staged.row_count,
    merged.row_count - merged.present_count,
    merged.present_count,
    staged.row_count - merged.row_count,
    GETDATE()
FROM staged
CROSS JOIN (
    SELECT COUNT(*) AS row_count, COUNT(present.employee_id) AS present_count
    FROM stage_employees
    LEFT JOIN hr.employees AS present ON present.employee_id = stage_employees.employee_id
) AS merged
WHERE (SELECT COUNT(*) FROM hr.load_ledger WHERE batch_id = '${Batch}') = 0;

MERGE INTO hr.employees
USING stage_employees
ON employees.employee_id = stage_employees.employee_id
WHEN MATCHED THEN UPDATE SET
    name = stage_employees.name,
    age = stage_employees.age,
    department = stage_employees.department,
    skills = stage_employees.skills,
    salary = stage_employees.salary,
    hire_date = stage_employees.hire_date,
    salary_band = stage_employees.salary_band,
    age_band = stage_employees.age_band,
    tenure_years = stage_employees.tenure_years,
    ingested_at = stage_employees.ingested_at,
    ingest_row = stage_employees.ingest_row
WHEN NOT MATCHED THEN INSERT (
    employee_id, name, age, department, skills, salary, hire_date, salary_band, age_band, tenure_years, ingested_at,
    ingest_row
) VALUES (
    stage_employees.employee_id,
    stage_employees.name,
    stage_employees.age,
    stage_employees.department,
    stage_employees.skills,
    stage_employees.salary,
    stage_employees.hire_date,
    stage_employees.salary_band,
    stage_employees.age_band,
    stage_employees.tenure_years,
    stage_employees.ingested_at,
    stage_employees.ingest_row
);

-- Skills are staged only now: the merge had the room to itself.
CREATE TEMP TABLE stage_employee_skills (LIKE hr.employee_skills);

COPY stage_employee_skills
FROM '${Manifest.employee_skills}'
IAM_ROLE '${CopyRole}'
FORMAT AS PARQUET
MANIFEST;

-- Of a key that comes more than once: the skills of the row that was kept, each once.
CREATE TEMP TABLE repeated_skills (LIKE hr.employee_skills);

INSERT INTO repeated_skills
SELECT DISTINCT
    stage_employee_skills.employee_id,
    stage_employee_skills.skill,
    stage_employee_skills.ingested_at,
    stage_employee_skills.ingest_row
FROM stage_employee_skills
INNER JOIN repeated_employees
    ON
        stage_employee_skills.employee_id = repeated_employees.employee_id
        AND COALESCE(stage_employee_skills.ingested_at, '0001-01-01'::TIMESTAMP)
        = COALESCE(repeated_employees.ingested_at, '0001-01-01'::TIMESTAMP)
        AND COALESCE(stage_employee_skills.ingest_row, -1) = COALESCE(repeated_employees.ingest_row, -1);

DELETE FROM stage_employee_skills
USING repeated_employees
WHERE stage_employee_skills.employee_id = repeated_employees.employee_id;

INSERT INTO stage_employee_skills
SELECT * FROM repeated_skills;

-- An employee's skills are replaced as a whole: what the newest row no longer has goes.
DELETE FROM hr.employee_skills
USING stage_employees
WHERE employee_skills.employee_id = stage_employees.employee_id;

INSERT INTO hr.employee_skills (employee_id, skill, ingested_at, ingest_row)
SELECT
    employee_id,
    skill,
    ingested_at,
    ingest_row
FROM stage_employee_skills
WHERE employee_id IN (SELECT employee_id FROM stage_employees);

-- A session may be used again.
DROP TABLE stage_employees;

DROP TABLE staged;

DROP TABLE repeated_employees;

DROP TABLE stage_employee_skills;

DROP TABLE repeated_skills;

-- What the batch did when it was loaded, now or before.
SELECT rows_staged, rows_inserted, rows_updated, rows_unchanged
FROM hr.load_ledger
WHERE batch_id = '${Batch}';
