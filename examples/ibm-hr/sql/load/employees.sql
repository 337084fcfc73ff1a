-- Loads one batch of curated Parquet. Run by `pipectl run load` as one transaction, with its values in place of ${...}.
--
-- The ledger is locked first, before anything takes a snapshot of the database: of two loads the second waits, then sees
-- what the first did. Views do not read the ledger, so nobody else waits.
LOCK hr.load_ledger;

CREATE TEMP TABLE stage_employees (LIKE hr.employees);

COPY stage_employees
FROM '${Manifest.employees}'
IAM_ROLE '${CopyRole}'
FORMAT AS PARQUET
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
    employee_number,
    age,
    attrition,
    business_travel,
    daily_rate,
    department,
    distance_from_home,
    education,
    education_field,
    environment_satisfaction,
    gender,
    hourly_rate,
    job_involvement,
    job_level,
    job_role,
    job_satisfaction,
    marital_status,
    monthly_income,
    monthly_rate,
    num_companies_worked,
    overtime,
    percent_salary_hike,
    performance_rating,
    relationship_satisfaction,
    stock_option_level,
    total_working_years,
    training_times_last_year,
    work_life_balance,
    years_at_company,
    years_in_current_role,
    years_since_last_promotion,
    years_with_current_manager,
    income_band,
    age_band,
    ingested_at,
    ingest_row
FROM (
    SELECT
        stage_employees.*,
        ROW_NUMBER() OVER (
            PARTITION BY employee_number
            ORDER BY ingested_at DESC NULLS LAST, ingest_row DESC NULLS LAST
        ) AS place
    FROM stage_employees
    WHERE employee_number IN (SELECT employee_number FROM stage_employees GROUP BY employee_number HAVING COUNT(*) > 1)
) AS ranked
WHERE place = 1;

DELETE FROM stage_employees
USING repeated_employees
WHERE stage_employees.employee_number = repeated_employees.employee_number;

INSERT INTO stage_employees
SELECT * FROM repeated_employees;

-- Then: only if the warehouse has none that is newer. A row of the same version is taken, for the transformation may have
-- changed. NULL is older than any version.
DELETE FROM stage_employees
USING hr.employees
WHERE
    employees.employee_number = stage_employees.employee_number
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
    SELECT COUNT(*) AS row_count, COUNT(present.employee_number) AS present_count
    FROM stage_employees
    LEFT JOIN hr.employees AS present ON present.employee_number = stage_employees.employee_number
) AS merged
WHERE (SELECT COUNT(*) FROM hr.load_ledger WHERE batch_id = '${Batch}') = 0;

MERGE INTO hr.employees
USING stage_employees
ON employees.employee_number = stage_employees.employee_number
WHEN MATCHED THEN UPDATE SET
    age = stage_employees.age,
    attrition = stage_employees.attrition,
    business_travel = stage_employees.business_travel,
    daily_rate = stage_employees.daily_rate,
    department = stage_employees.department,
    distance_from_home = stage_employees.distance_from_home,
    education = stage_employees.education,
    education_field = stage_employees.education_field,
    environment_satisfaction = stage_employees.environment_satisfaction,
    gender = stage_employees.gender,
    hourly_rate = stage_employees.hourly_rate,
    job_involvement = stage_employees.job_involvement,
    job_level = stage_employees.job_level,
    job_role = stage_employees.job_role,
    job_satisfaction = stage_employees.job_satisfaction,
    marital_status = stage_employees.marital_status,
    monthly_income = stage_employees.monthly_income,
    monthly_rate = stage_employees.monthly_rate,
    num_companies_worked = stage_employees.num_companies_worked,
    overtime = stage_employees.overtime,
    percent_salary_hike = stage_employees.percent_salary_hike,
    performance_rating = stage_employees.performance_rating,
    relationship_satisfaction = stage_employees.relationship_satisfaction,
    stock_option_level = stage_employees.stock_option_level,
    total_working_years = stage_employees.total_working_years,
    training_times_last_year = stage_employees.training_times_last_year,
    work_life_balance = stage_employees.work_life_balance,
    years_at_company = stage_employees.years_at_company,
    years_in_current_role = stage_employees.years_in_current_role,
    years_since_last_promotion = stage_employees.years_since_last_promotion,
    years_with_current_manager = stage_employees.years_with_current_manager,
    income_band = stage_employees.income_band,
    age_band = stage_employees.age_band,
    ingested_at = stage_employees.ingested_at,
    ingest_row = stage_employees.ingest_row
WHEN NOT MATCHED THEN INSERT (
    employee_number,
    age,
    attrition,
    business_travel,
    daily_rate,
    department,
    distance_from_home,
    education,
    education_field,
    environment_satisfaction,
    gender,
    hourly_rate,
    job_involvement,
    job_level,
    job_role,
    job_satisfaction,
    marital_status,
    monthly_income,
    monthly_rate,
    num_companies_worked,
    overtime,
    percent_salary_hike,
    performance_rating,
    relationship_satisfaction,
    stock_option_level,
    total_working_years,
    training_times_last_year,
    work_life_balance,
    years_at_company,
    years_in_current_role,
    years_since_last_promotion,
    years_with_current_manager,
    income_band,
    age_band,
    ingested_at,
    ingest_row
) VALUES (
    stage_employees.employee_number,
    stage_employees.age,
    stage_employees.attrition,
    stage_employees.business_travel,
    stage_employees.daily_rate,
    stage_employees.department,
    stage_employees.distance_from_home,
    stage_employees.education,
    stage_employees.education_field,
    stage_employees.environment_satisfaction,
    stage_employees.gender,
    stage_employees.hourly_rate,
    stage_employees.job_involvement,
    stage_employees.job_level,
    stage_employees.job_role,
    stage_employees.job_satisfaction,
    stage_employees.marital_status,
    stage_employees.monthly_income,
    stage_employees.monthly_rate,
    stage_employees.num_companies_worked,
    stage_employees.overtime,
    stage_employees.percent_salary_hike,
    stage_employees.performance_rating,
    stage_employees.relationship_satisfaction,
    stage_employees.stock_option_level,
    stage_employees.total_working_years,
    stage_employees.training_times_last_year,
    stage_employees.work_life_balance,
    stage_employees.years_at_company,
    stage_employees.years_in_current_role,
    stage_employees.years_since_last_promotion,
    stage_employees.years_with_current_manager,
    stage_employees.income_band,
    stage_employees.age_band,
    stage_employees.ingested_at,
    stage_employees.ingest_row
);

-- A session may be used again.
DROP TABLE stage_employees;

DROP TABLE repeated_employees;

DROP TABLE staged;

-- What the batch did when it was loaded, now or before.
SELECT rows_staged, rows_inserted, rows_updated, rows_unchanged
FROM hr.load_ledger
WHERE batch_id = '${Batch}';
