-- Loads one batch of curated Parquet. Run by `pipectl run load` as one transaction, with its values in place of ${...}.
--
-- The ledger is locked first, before anything takes a snapshot of the database: of two loads the second waits, then sees
-- what the first did. Views do not read the ledger, so nobody else waits.
LOCK hr.load_ledger;

CREATE TEMP TABLE stage_employees (LIKE hr.employees);

CREATE TEMP TABLE stage_employee_skills (LIKE hr.employee_skills);

-- Arrays become SUPER as JSON.
COPY stage_employees
FROM '${Manifest.employees}'
IAM_ROLE '${CopyRole}'
FORMAT AS PARQUET SERIALIZETOJSON
MANIFEST;

COPY stage_employee_skills
FROM '${Manifest.employee_skills}'
IAM_ROLE '${CopyRole}'
FORMAT AS PARQUET
MANIFEST;

-- A batch that is in the ledger has nothing left to do.
DELETE FROM stage_employees
WHERE '${Batch}' IN (SELECT batch_id FROM hr.load_ledger);

-- What is to be in the warehouse: the newest row of each key, if the warehouse has none that is newer. A row of the same
-- version is taken, for the transformation may have changed. NULL is older than any version.
CREATE TEMP TABLE newest_employees (LIKE hr.employees);

INSERT INTO newest_employees
SELECT
    staged.employee_id,
    staged.name,
    staged.age,
    staged.department,
    staged.skills,
    staged.salary,
    staged.hire_date,
    staged.salary_band,
    staged.age_band,
    staged.tenure_years,
    staged.ingested_at,
    staged.ingest_row
FROM (
    SELECT
        stage_employees.*,
        ROW_NUMBER() OVER (
            PARTITION BY employee_id
            ORDER BY ingested_at DESC NULLS LAST, ingest_row DESC NULLS LAST
        ) AS place
    FROM stage_employees
) AS staged
LEFT JOIN hr.employees AS present ON present.employee_id = staged.employee_id
WHERE
    staged.place = 1
    AND (
        present.employee_id IS NULL
        OR COALESCE(staged.ingested_at, '0001-01-01'::TIMESTAMP) > COALESCE(present.ingested_at, '0001-01-01'::TIMESTAMP)
        OR (
            COALESCE(staged.ingested_at, '0001-01-01'::TIMESTAMP) = COALESCE(present.ingested_at, '0001-01-01'::TIMESTAMP)
            AND COALESCE(staged.ingest_row, -1) >= COALESCE(present.ingest_row, -1)
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
FROM (SELECT COUNT(*) AS row_count FROM stage_employees) AS staged
CROSS JOIN (
    SELECT COUNT(*) AS row_count, COUNT(present.employee_id) AS present_count
    FROM newest_employees
    LEFT JOIN hr.employees AS present ON present.employee_id = newest_employees.employee_id
) AS merged
WHERE '${Batch}' NOT IN (SELECT batch_id FROM hr.load_ledger);

MERGE INTO hr.employees
USING newest_employees
ON employees.employee_id = newest_employees.employee_id
WHEN MATCHED THEN UPDATE SET
    name = newest_employees.name,
    age = newest_employees.age,
    department = newest_employees.department,
    skills = newest_employees.skills,
    salary = newest_employees.salary,
    hire_date = newest_employees.hire_date,
    salary_band = newest_employees.salary_band,
    age_band = newest_employees.age_band,
    tenure_years = newest_employees.tenure_years,
    ingested_at = newest_employees.ingested_at,
    ingest_row = newest_employees.ingest_row
WHEN NOT MATCHED THEN INSERT (
    employee_id, name, age, department, skills, salary, hire_date, salary_band, age_band, tenure_years, ingested_at,
    ingest_row
) VALUES (
    newest_employees.employee_id,
    newest_employees.name,
    newest_employees.age,
    newest_employees.department,
    newest_employees.skills,
    newest_employees.salary,
    newest_employees.hire_date,
    newest_employees.salary_band,
    newest_employees.age_band,
    newest_employees.tenure_years,
    newest_employees.ingested_at,
    newest_employees.ingest_row
);

-- An employee's skills are replaced as a whole: what the newest row no longer has goes.
DELETE FROM hr.employee_skills
USING newest_employees
WHERE employee_skills.employee_id = newest_employees.employee_id;

INSERT INTO hr.employee_skills (employee_id, skill, ingested_at, ingest_row)
SELECT DISTINCT
    stage_employee_skills.employee_id,
    stage_employee_skills.skill,
    stage_employee_skills.ingested_at,
    stage_employee_skills.ingest_row
FROM stage_employee_skills
INNER JOIN newest_employees
    ON
        stage_employee_skills.employee_id = newest_employees.employee_id
        AND COALESCE(stage_employee_skills.ingested_at, '0001-01-01'::TIMESTAMP)
        = COALESCE(newest_employees.ingested_at, '0001-01-01'::TIMESTAMP)
        AND COALESCE(stage_employee_skills.ingest_row, -1) = COALESCE(newest_employees.ingest_row, -1);

-- A session may be used again.
DROP TABLE stage_employees;

DROP TABLE stage_employee_skills;

DROP TABLE newest_employees;

-- What the batch did when it was loaded, now or before.
SELECT rows_staged, rows_inserted, rows_updated, rows_unchanged
FROM hr.load_ledger
WHERE batch_id = '${Batch}';
