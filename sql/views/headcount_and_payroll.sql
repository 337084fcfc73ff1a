-- Headcount, yearly payroll and its share of the whole by department. Shares are rounded to a hundredth of a percent, half
-- of one up, in integers; they need not add up to 100.
--
-- A share is worked out in two steps, whole percents and what they leave, so that products stay within BIGINT: in one step
-- it would overflow at some 50 million employees of a department.
DROP VIEW IF EXISTS hr.headcount_and_payroll;

CREATE VIEW hr.headcount_and_payroll AS
SELECT
    department,
    headcount,
    CAST(cents / 100.0 AS DECIMAL(18,2)) AS payroll,
    CAST(
        (
            100 * FLOOR(100 * cents / total_cents)
            + FLOOR((200 * MOD(100 * cents, total_cents) + total_cents) / (2 * total_cents))
        ) / 100.0 AS DECIMAL(5,2)
    ) AS payroll_percent
FROM (
    SELECT
        department,
        headcount,
        cents,
        CAST(SUM(cents) OVER () AS BIGINT) AS total_cents
    FROM (
        SELECT
            department,
            COUNT(*) AS headcount,
            CAST(SUM(CAST(salary * 100 AS BIGINT)) AS BIGINT) AS cents
        FROM hr.employees
        GROUP BY department
    ) AS departments
) AS shares;
