-- Headcount, yearly payroll and its share of the whole by department. Shares are rounded to a hundredth of a percent, half
-- of one up, in integers; they need not add up to 100.
DROP VIEW IF EXISTS hr.headcount_and_payroll;

CREATE VIEW hr.headcount_and_payroll AS
SELECT
    department,
    headcount,
    CAST(cents / 100.0 AS DECIMAL(18,2)) AS payroll,
    CAST(FLOOR((20000 * cents + total_cents) / (2 * total_cents)) / 100.0 AS DECIMAL(5,2)) AS payroll_percent
FROM (
    SELECT
        department,
        COUNT(*) AS headcount,
        CAST(SUM(CAST(salary * 100 AS BIGINT)) AS BIGINT) AS cents,
        CAST(SUM(SUM(CAST(salary * 100 AS BIGINT))) OVER () AS BIGINT) AS total_cents
    FROM hr.employees
    GROUP BY department
) AS departments;
