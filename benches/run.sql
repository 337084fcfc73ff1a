-- The work of `pipectl run` as one would write it for DuckDB alone: raw objects in, curated and quarantined Parquet out,
-- tables and views in a database. Paths are relative to the bench's folder.
SET memory_limit = '1GB';
SET preserve_insertion_order = false;
SET temp_directory = 'hand/spill';

CREATE SCHEMA hr;

CREATE TABLE checked AS
SELECT
    *,
    CASE
        WHEN employee_id IS NULL OR employee_id < 1 THEN 'employee_id'
        WHEN name IS NULL OR name = '' OR strlen(name) > 200 THEN 'name'
        WHEN age_text IS NOT NULL AND (age IS NULL OR age NOT BETWEEN 16 AND 100) THEN 'age'
        WHEN
            department IS NULL
            OR department NOT IN (
                'Engineering', 'Data', 'Sales', 'Marketing', 'Finance', 'Operations', 'People', 'Legal'
            )
            THEN 'department'
        WHEN salary IS NULL OR salary NOT BETWEEN 0.01 AND 10000000 THEN 'salary'
        WHEN hire_date IS NULL OR hire_date NOT BETWEEN DATE '1950-01-01' AND DATE '2100-12-31' THEN 'hire_date'
    END AS reason
FROM (
    SELECT
        try_cast(employee_id AS BIGINT) AS employee_id,
        trim(name) AS name,
        age AS age_text,
        try_cast(age AS SMALLINT) AS age,
        trim(department) AS department,
        list_sort(list_distinct(list_transform(skills, lambda skill: lower(trim(skill))))) AS skills,
        try_cast(salary AS DECIMAL(12, 2)) AS salary,
        try_cast(hire_date AS DATE) AS hire_date,
        ingested_at,
        ingest_row
    FROM read_json(
        'objects/*.gz',
        format = 'newline_delimited',
        columns = {
            employee_id: 'VARCHAR',
            name: 'VARCHAR',
            age: 'VARCHAR',
            department: 'VARCHAR',
            skills: 'VARCHAR[]',
            salary: 'VARCHAR',
            hire_date: 'VARCHAR',
            ingested_at: 'TIMESTAMP',
            ingest_row: 'BIGINT'
        }
    )
);

CREATE TABLE hr.employees AS
SELECT
    employee_id,
    name,
    age,
    department,
    skills,
    salary,
    hire_date,
    CASE
        WHEN salary < 50000 THEN 'under 50k'
        WHEN salary < 75000 THEN '50k-75k'
        WHEN salary < 100000 THEN '75k-100k'
        WHEN salary < 150000 THEN '100k-150k'
        WHEN salary < 200000 THEN '150k-200k'
        ELSE '200k and over'
    END AS salary_band,
    CASE
        WHEN age IS NULL THEN 'unknown'
        WHEN age < 25 THEN 'under 25'
        WHEN age < 35 THEN '25-34'
        WHEN age < 45 THEN '35-44'
        WHEN age < 55 THEN '45-54'
        WHEN age < 65 THEN '55-64'
        ELSE '65 and over'
    END AS age_band,
    date_sub('year', hire_date, CAST(ingested_at AS DATE)) AS tenure_years,
    ingested_at,
    ingest_row
FROM checked
WHERE reason IS NULL
QUALIFY row_number() OVER (
    PARTITION BY employee_id ORDER BY ingested_at DESC NULLS LAST, ingest_row DESC NULLS LAST
) = 1;

CREATE TABLE hr.employee_skills AS
SELECT employee_id, unnest(skills) AS skill, ingested_at, ingest_row FROM hr.employees;

COPY hr.employees TO 'hand/employees.parquet' (COMPRESSION snappy);
COPY hr.employee_skills TO 'hand/employee_skills.parquet' (COMPRESSION snappy);
COPY (FROM checked WHERE reason IS NOT NULL) TO 'hand/quarantine.parquet' (COMPRESSION snappy);
DROP TABLE checked;
