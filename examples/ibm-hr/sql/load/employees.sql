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
WHERE '${Batch}' IN (SELECT batch_id FROM hr.load_ledger);

-- What is to be in the warehouse: the newest row of each key, if the warehouse has none that is newer. A row of the same
-- version is taken, for the transformation may have changed. NULL is older than any version.
CREATE TEMP TABLE newest_employees (LIKE hr.employees);

INSERT INTO newest_employees
SELECT
    staged.employee_number,
    staged.age,
    staged.attrition,
    staged.business_travel,
    staged.daily_rate,
    staged.department,
    staged.distance_from_home,
    staged.education,
    staged.education_field,
    staged.environment_satisfaction,
    staged.gender,
    staged.hourly_rate,
    staged.job_involvement,
    staged.job_level,
    staged.job_role,
    staged.job_satisfaction,
    staged.marital_status,
    staged.monthly_income,
    staged.monthly_rate,
    staged.num_companies_worked,
    staged.overtime,
    staged.percent_salary_hike,
    staged.performance_rating,
    staged.relationship_satisfaction,
    staged.stock_option_level,
    staged.total_working_years,
    staged.training_times_last_year,
    staged.work_life_balance,
    staged.years_at_company,
    staged.years_in_current_role,
    staged.years_since_last_promotion,
    staged.years_with_current_manager,
    staged.income_band,
    staged.age_band,
    staged.ingested_at,
    staged.ingest_row
FROM (
    SELECT
        stage_employees.*,
        ROW_NUMBER() OVER (
            PARTITION BY employee_number
            ORDER BY ingested_at DESC NULLS LAST, ingest_row DESC NULLS LAST
        ) AS place
    FROM stage_employees
) AS staged
LEFT JOIN hr.employees AS present ON present.employee_number = staged.employee_number
WHERE
    staged.place = 1
    AND (
        present.employee_number IS NULL
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
    SELECT COUNT(*) AS row_count, COUNT(present.employee_number) AS present_count
    FROM newest_employees
    LEFT JOIN hr.employees AS present ON present.employee_number = newest_employees.employee_number
) AS merged
WHERE '${Batch}' NOT IN (SELECT batch_id FROM hr.load_ledger);

MERGE INTO hr.employees
USING newest_employees
ON employees.employee_number = newest_employees.employee_number
WHEN MATCHED THEN UPDATE SET
    age = newest_employees.age,
    attrition = newest_employees.attrition,
    business_travel = newest_employees.business_travel,
    daily_rate = newest_employees.daily_rate,
    department = newest_employees.department,
    distance_from_home = newest_employees.distance_from_home,
    education = newest_employees.education,
    education_field = newest_employees.education_field,
    environment_satisfaction = newest_employees.environment_satisfaction,
    gender = newest_employees.gender,
    hourly_rate = newest_employees.hourly_rate,
    job_involvement = newest_employees.job_involvement,
    job_level = newest_employees.job_level,
    job_role = newest_employees.job_role,
    job_satisfaction = newest_employees.job_satisfaction,
    marital_status = newest_employees.marital_status,
    monthly_income = newest_employees.monthly_income,
    monthly_rate = newest_employees.monthly_rate,
    num_companies_worked = newest_employees.num_companies_worked,
    overtime = newest_employees.overtime,
    percent_salary_hike = newest_employees.percent_salary_hike,
    performance_rating = newest_employees.performance_rating,
    relationship_satisfaction = newest_employees.relationship_satisfaction,
    stock_option_level = newest_employees.stock_option_level,
    total_working_years = newest_employees.total_working_years,
    training_times_last_year = newest_employees.training_times_last_year,
    work_life_balance = newest_employees.work_life_balance,
    years_at_company = newest_employees.years_at_company,
    years_in_current_role = newest_employees.years_in_current_role,
    years_since_last_promotion = newest_employees.years_since_last_promotion,
    years_with_current_manager = newest_employees.years_with_current_manager,
    income_band = newest_employees.income_band,
    age_band = newest_employees.age_band,
    ingested_at = newest_employees.ingested_at,
    ingest_row = newest_employees.ingest_row
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
    newest_employees.employee_number,
    newest_employees.age,
    newest_employees.attrition,
    newest_employees.business_travel,
    newest_employees.daily_rate,
    newest_employees.department,
    newest_employees.distance_from_home,
    newest_employees.education,
    newest_employees.education_field,
    newest_employees.environment_satisfaction,
    newest_employees.gender,
    newest_employees.hourly_rate,
    newest_employees.job_involvement,
    newest_employees.job_level,
    newest_employees.job_role,
    newest_employees.job_satisfaction,
    newest_employees.marital_status,
    newest_employees.monthly_income,
    newest_employees.monthly_rate,
    newest_employees.num_companies_worked,
    newest_employees.overtime,
    newest_employees.percent_salary_hike,
    newest_employees.performance_rating,
    newest_employees.relationship_satisfaction,
    newest_employees.stock_option_level,
    newest_employees.total_working_years,
    newest_employees.training_times_last_year,
    newest_employees.work_life_balance,
    newest_employees.years_at_company,
    newest_employees.years_in_current_role,
    newest_employees.years_since_last_promotion,
    newest_employees.years_with_current_manager,
    newest_employees.income_band,
    newest_employees.age_band,
    newest_employees.ingested_at,
    newest_employees.ingest_row
);

-- A session may be used again.
DROP TABLE stage_employees;

DROP TABLE newest_employees;

-- What the batch did when it was loaded, now or before.
SELECT rows_staged, rows_inserted, rows_updated, rows_unchanged
FROM hr.load_ledger
WHERE batch_id = '${Batch}';
