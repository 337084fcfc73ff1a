-- Who left, by department and role. The percentage is rounded to a hundredth, half of one up, in integers.
DROP VIEW IF EXISTS hr.attrition_by_department;

CREATE VIEW hr.attrition_by_department AS
SELECT
    department,
    job_role,
    headcount,
    leavers,
    CAST(FLOOR((20000 * leavers + headcount) / (2 * headcount)) / 100.0 AS DECIMAL(5,2)) AS attrition_percent
FROM (
    SELECT
        department,
        job_role,
        COUNT(*) AS headcount,
        SUM(CASE WHEN attrition = 'Yes' THEN 1 ELSE 0 END) AS leavers
    FROM hr.employees
    GROUP BY department, job_role
) AS groups;
