-- Raw employees to the curated table. Run by the Glue job (Spark SQL) and, in process, by pipectl (DuckDB): only what both
-- understand alike. `raw` has the contract's columns in the contract's types; see glue_scripts/employee_etl.py.

CREATE OR REPLACE TEMPORARY VIEW accepted AS
SELECT * FROM raw WHERE reason IS NULL;

CREATE OR REPLACE TEMPORARY VIEW quarantine AS
SELECT reason, raw_record, ingested_at, ingest_row, source_object FROM raw WHERE reason IS NOT NULL;

-- Newest first; of equal versions the one that arrived last.
CREATE OR REPLACE TEMPORARY VIEW ranked AS
SELECT
    accepted.*,
    ROW_NUMBER() OVER (
        PARTITION BY employee_number
        ORDER BY ingested_at DESC NULLS LAST, ingest_row DESC NULLS LAST, source_object DESC, arrival DESC
    ) AS place
FROM accepted;

CREATE OR REPLACE TEMPORARY VIEW duplicates AS
SELECT employee_number, ingested_at, ingest_row, source_object FROM ranked WHERE place > 1;

CREATE OR REPLACE TEMPORARY VIEW curated_employees AS
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
    CASE
        WHEN monthly_income < 3000 THEN 'under 3k'
        WHEN monthly_income < 5000 THEN '3k-5k'
        WHEN monthly_income < 10000 THEN '5k-10k'
        WHEN monthly_income < 15000 THEN '10k-15k'
        ELSE '15k and over'
    END AS income_band,
    CASE
        WHEN age < 25 THEN 'under 25'
        WHEN age < 35 THEN '25-34'
        WHEN age < 45 THEN '35-44'
        WHEN age < 55 THEN '45-54'
        WHEN age < 65 THEN '55-64'
        ELSE '65 and over'
    END AS age_band,
    ingested_at,
    ingest_row
FROM ranked
WHERE place = 1;
