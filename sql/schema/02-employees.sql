-- One row an employee, the newest. Columns are those of the curated Parquet, in its order: COPY goes by position.
--
-- DISTKEY and SORTKEY are the key: the load joins on it (twice) and skills join on it, and all of that stays on the slice
-- it is on, without redistribution. Views read whole columns and gain from no order. The primary key is not enforced by
-- Redshift; the load keeps it, and the planner uses it.
--
-- ENCODE: the sort key stays raw, or range scans would unpack more than they skip; numbers and dates AZ64, which is fast
-- to unpack; few distinct texts BYTEDICT (a byte a row); names ZSTD. SUPER has its own.
CREATE TABLE IF NOT EXISTS hr.employees (
    employee_id BIGINT NOT NULL ENCODE raw,
    name VARCHAR(200) NOT NULL ENCODE zstd,
    age SMALLINT ENCODE az64,
    department VARCHAR(40) NOT NULL ENCODE bytedict,
    skills SUPER,
    salary DECIMAL(12,2) NOT NULL ENCODE az64,
    hire_date DATE NOT NULL ENCODE az64,
    salary_band VARCHAR(16) NOT NULL ENCODE bytedict,
    age_band VARCHAR(16) NOT NULL ENCODE bytedict,
    tenure_years SMALLINT ENCODE az64,
    ingested_at TIMESTAMP ENCODE az64,
    ingest_row BIGINT ENCODE az64,
    PRIMARY KEY (employee_id)
)
DISTSTYLE KEY
DISTKEY (employee_id)
SORTKEY (employee_id);
