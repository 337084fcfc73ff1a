-- Salary by department.
--
-- Money is worked out in whole cents, half a cent goes up, and is exact: SUM and COUNT are integers, and so is their
-- division; MEDIAN of cents is a whole or a half.
DROP VIEW IF EXISTS hr.department_vs_salary;

CREATE VIEW hr.department_vs_salary AS
SELECT
    department,
    COUNT(*) AS headcount,
    CAST(FLOOR((2 * CAST(SUM(cents) AS BIGINT) + COUNT(*)) / (2 * COUNT(*))) / 100.0 AS DECIMAL(14,2)) AS average_salary,
    CAST(FLOOR(MEDIAN(CAST(cents AS DOUBLE PRECISION)) + 0.5) / 100.0 AS DECIMAL(14,2)) AS median_salary,
    CAST(MIN(salary) AS DECIMAL(14,2)) AS min_salary,
    CAST(MAX(salary) AS DECIMAL(14,2)) AS max_salary
FROM (
    SELECT department, salary, CAST(salary * 100 AS BIGINT) AS cents
    FROM hr.employees
) AS paid
GROUP BY department;
