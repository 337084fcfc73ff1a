-- One row an employee, the newest. Columns are those of the curated Parquet, in its order: COPY goes by position.
--
-- DISTKEY and SORTKEY are the key the load merges by. ENCODE: the sort key raw, numbers AZ64, texts BYTEDICT, for each has
-- few distinct values. The primary key is not enforced by Redshift; the load keeps it.
CREATE TABLE IF NOT EXISTS hr.employees (
    employee_number INTEGER NOT NULL ENCODE raw,
    age SMALLINT NOT NULL ENCODE az64,
    attrition VARCHAR(3) NOT NULL ENCODE bytedict,
    business_travel VARCHAR(17) NOT NULL ENCODE bytedict,
    daily_rate INTEGER NOT NULL ENCODE az64,
    department VARCHAR(20) NOT NULL ENCODE bytedict,
    distance_from_home SMALLINT NOT NULL ENCODE az64,
    education VARCHAR(13) NOT NULL ENCODE bytedict,
    education_field VARCHAR(16) NOT NULL ENCODE bytedict,
    environment_satisfaction VARCHAR(9) NOT NULL ENCODE bytedict,
    gender VARCHAR(6) NOT NULL ENCODE bytedict,
    hourly_rate SMALLINT NOT NULL ENCODE az64,
    job_involvement VARCHAR(9) NOT NULL ENCODE bytedict,
    job_level SMALLINT NOT NULL ENCODE az64,
    job_role VARCHAR(25) NOT NULL ENCODE bytedict,
    job_satisfaction VARCHAR(9) NOT NULL ENCODE bytedict,
    marital_status VARCHAR(8) NOT NULL ENCODE bytedict,
    monthly_income INTEGER NOT NULL ENCODE az64,
    monthly_rate INTEGER NOT NULL ENCODE az64,
    num_companies_worked SMALLINT NOT NULL ENCODE az64,
    overtime VARCHAR(3) NOT NULL ENCODE bytedict,
    percent_salary_hike SMALLINT NOT NULL ENCODE az64,
    performance_rating VARCHAR(11) NOT NULL ENCODE bytedict,
    relationship_satisfaction VARCHAR(9) NOT NULL ENCODE bytedict,
    stock_option_level SMALLINT NOT NULL ENCODE az64,
    total_working_years SMALLINT NOT NULL ENCODE az64,
    training_times_last_year SMALLINT NOT NULL ENCODE az64,
    work_life_balance VARCHAR(6) NOT NULL ENCODE bytedict,
    years_at_company SMALLINT NOT NULL ENCODE az64,
    years_in_current_role SMALLINT NOT NULL ENCODE az64,
    years_since_last_promotion SMALLINT NOT NULL ENCODE az64,
    years_with_current_manager SMALLINT NOT NULL ENCODE az64,
    income_band VARCHAR(16) NOT NULL ENCODE bytedict,
    age_band VARCHAR(16) NOT NULL ENCODE bytedict,
    ingested_at TIMESTAMP ENCODE az64,
    ingest_row BIGINT ENCODE az64,
    PRIMARY KEY (employee_number)
)
DISTSTYLE KEY
DISTKEY (employee_number)
SORTKEY (employee_number);
