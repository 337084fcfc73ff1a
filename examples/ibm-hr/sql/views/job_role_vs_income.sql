-- Monthly income by role and level.
--
-- Money is worked out in whole cents, half a cent goes up, and is exact: SUM and COUNT are integers, and so is their
-- division; MEDIAN of cents is a whole or a half.
DROP VIEW IF EXISTS hr.job_role_vs_income;

CREATE VIEW hr.job_role_vs_income AS
SELECT
    job_role,
    job_level,
    COUNT(*) AS headcount,
    CAST(FLOOR((2 * CAST(SUM(cents) AS BIGINT) + COUNT(*)) / (2 * COUNT(*))) / 100.0 AS DECIMAL(14,2)) AS average_income,
    CAST(FLOOR(MEDIAN(CAST(cents AS DOUBLE PRECISION)) + 0.5) / 100.0 AS DECIMAL(14,2)) AS median_income,
    CAST(MIN(monthly_income) AS DECIMAL(14,2)) AS min_income,
    CAST(MAX(monthly_income) AS DECIMAL(14,2)) AS max_income
FROM (
    SELECT job_role, job_level, monthly_income, CAST(monthly_income * 100 AS BIGINT) AS cents
    FROM hr.employees
) AS paid
GROUP BY job_role, job_level;
