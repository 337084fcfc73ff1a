-- Who left, by how employees rate job and balance. The percentage is rounded to a hundredth, half of one up, in integers.
DROP VIEW IF EXISTS hr.attrition_by_satisfaction;

CREATE VIEW hr.attrition_by_satisfaction AS
SELECT
    job_satisfaction,
    work_life_balance,
    headcount,
    leavers,
    CAST(FLOOR((20000 * leavers + headcount) / (2 * headcount)) / 100.0 AS DECIMAL(5,2)) AS attrition_percent
FROM (
    SELECT
        job_satisfaction,
        work_life_balance,
        COUNT(*) AS headcount,
        SUM(CASE WHEN attrition = 'Yes' THEN 1 ELSE 0 END) AS leavers
    FROM hr.employees
    GROUP BY job_satisfaction, work_life_balance
) AS groups;
