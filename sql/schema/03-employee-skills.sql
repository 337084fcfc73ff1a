-- One row a skill of an employee. Distributed and sorted as hr.employees, so that the join of the two needs no network
-- and the load's DELETE by employee reads few blocks.
--
-- A list of skills has at most 1,000 bytes (source.json), and lower case makes a letter of two bytes three at worst.
CREATE TABLE IF NOT EXISTS hr.employee_skills (
    employee_id BIGINT NOT NULL ENCODE raw,
    skill VARCHAR(1500) NOT NULL ENCODE zstd,
    ingested_at TIMESTAMP ENCODE az64,
    ingest_row BIGINT ENCODE az64
)
DISTSTYLE KEY
DISTKEY (employee_id)
SORTKEY (employee_id);
