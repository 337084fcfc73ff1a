-- Employees by the year they were hired in, and what they earn now.
--
-- Money is worked out in whole cents, half a cent goes up, and is exact: SUM and COUNT are integers, and so is their
-- division; MEDIAN of cents is a whole or a half.
DROP VIEW IF EXISTS hr.hires_by_year;

CREATE VIEW hr.hires_by_year AS
SELECT
    hire_year,
    COUNT(*) AS hires,
    CAST(FLOOR((2 * CAST(SUM(cents) AS BIGINT) + COUNT(*)) / (2 * COUNT(*))) / 100.0 AS DECIMAL(14,2)) AS average_salary,
    CAST(FLOOR(MEDIAN(CAST(cents AS DOUBLE PRECISION)) + 0.5) / 100.0 AS DECIMAL(14,2)) AS median_salary,
    CAST(MIN(salary) AS DECIMAL(14,2)) AS min_salary,
    CAST(MAX(salary) AS DECIMAL(14,2)) AS max_salary
FROM (
    SELECT CAST(EXTRACT(YEAR FROM hire_date) AS INTEGER) AS hire_year, salary, CAST(salary * 100 AS BIGINT) AS cents
    FROM hr.employees
) AS paid
GROUP BY hire_year;
