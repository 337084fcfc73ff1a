-- Percentiles of salaries by department, interpolated between the two nearest values. All are of one order, as
-- Redshift demands of one query's percentiles.
--
-- In cents, half a cent goes up. Interpolated values are multiples of a twentieth of a cent; the thousandth that is added
-- to the half keeps one that floating point makes a little less than a half from being taken for less.
DROP VIEW IF EXISTS hr.salary_percentiles;

CREATE VIEW hr.salary_percentiles AS
SELECT
    department,
    COUNT(*) AS headcount,
    CAST(FLOOR(PERCENTILE_CONT(0.10) WITHIN GROUP (ORDER BY cents) + 0.501) / 100.0 AS DECIMAL(14,2)) AS p10,
    CAST(FLOOR(PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY cents) + 0.501) / 100.0 AS DECIMAL(14,2)) AS p25,
    CAST(FLOOR(PERCENTILE_CONT(0.50) WITHIN GROUP (ORDER BY cents) + 0.501) / 100.0 AS DECIMAL(14,2)) AS p50,
    CAST(FLOOR(PERCENTILE_CONT(0.75) WITHIN GROUP (ORDER BY cents) + 0.501) / 100.0 AS DECIMAL(14,2)) AS p75,
    CAST(FLOOR(PERCENTILE_CONT(0.90) WITHIN GROUP (ORDER BY cents) + 0.501) / 100.0 AS DECIMAL(14,2)) AS p90
FROM (
    SELECT department, CAST(salary * 100 AS DOUBLE PRECISION) AS cents
    FROM hr.employees
) AS paid
GROUP BY department;
