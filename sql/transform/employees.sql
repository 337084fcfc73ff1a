-- Raw employees to curated tables. Run by the Glue job (Spark SQL) and, in process, by pipectl (DuckDB): only what both
-- understand alike, and `explode` and `array_join`, which pipectl gives DuckDB.
--
-- What a row must keep is decided by the record contract and was checked before: `raw.reason` is NULL for a row that
-- keeps it, and the columns have the contract's types. See glue_scripts/employee_etl.py for what `raw` offers.

CREATE OR REPLACE TEMPORARY VIEW accepted AS
SELECT * FROM raw WHERE reason IS NULL;

CREATE OR REPLACE TEMPORARY VIEW quarantine AS
SELECT reason, raw_record, ingested_at, ingest_row, source_object FROM raw WHERE reason IS NOT NULL;

-- Few keys come twice: ranking those alone spares a sort of everything.
CREATE OR REPLACE TEMPORARY VIEW repeated_keys AS
SELECT employee_id FROM accepted GROUP BY employee_id HAVING COUNT(*) > 1;

-- Newest first. Deliveries of one row are equal up to ingest_row; should producers give one version to different rows,
-- the one that arrived last wins.
CREATE OR REPLACE TEMPORARY VIEW repeated AS
SELECT
    accepted.*,
    ROW_NUMBER() OVER (
        PARTITION BY accepted.employee_id
        ORDER BY ingested_at DESC NULLS LAST, ingest_row DESC NULLS LAST, source_object DESC, arrival DESC
    ) AS place
FROM accepted
SEMI JOIN repeated_keys ON accepted.employee_id = repeated_keys.employee_id;

CREATE OR REPLACE TEMPORARY VIEW duplicates AS
SELECT employee_id, ingested_at, ingest_row, source_object FROM repeated WHERE place > 1;

CREATE OR REPLACE TEMPORARY VIEW newest AS
SELECT employee_id, name, age, department, skills, salary, hire_date, dt, ingested_at, ingest_row
FROM accepted
ANTI JOIN repeated_keys ON accepted.employee_id = repeated_keys.employee_id
UNION ALL
SELECT employee_id, name, age, department, skills, salary, hire_date, dt, ingested_at, ingest_row
FROM repeated
WHERE place = 1;

-- Skills are a set: lower case, each once, sorted. They are joined and split again because the engines write functions
-- of lists differently; chr(31) is ASCII's unit separator. The engines' lower() differ in two letters, which go first.
-- Tenure is counted up to the day of the ingest, not up to today: the same input always gives the same output.
CREATE OR REPLACE TEMPORARY VIEW prepared AS
SELECT
    employee_id,
    name,
    age,
    department,
    array_sort(array_distinct(split(lower(translate(array_join(skills, chr(31)), 'İΣ', 'iσ')), chr(31)))) AS skills,
    salary,
    hire_date,
    COALESCE(CAST(ingested_at AS DATE), dt) AS as_of,
    ingested_at,
    ingest_row
FROM newest;

CREATE OR REPLACE TEMPORARY VIEW curated_employees AS
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
    -- Full years; NULL for who has yet to start.
    CASE
        WHEN hire_date <= as_of THEN CAST(
            YEAR(as_of) - YEAR(hire_date)
            - CASE WHEN MONTH(as_of) * 100 + DAY(as_of) < MONTH(hire_date) * 100 + DAY(hire_date) THEN 1 ELSE 0 END
        AS SMALLINT)
    END AS tenure_years,
    ingested_at,
    ingest_row
FROM prepared;

CREATE OR REPLACE TEMPORARY VIEW curated_employee_skills AS
SELECT employee_id, explode(skills) AS skill, ingested_at, ingest_row FROM curated_employees;
