-- Who left, by overtime and age band. The percentage is rounded to a hundredth, half of one up, in integers.
DROP VIEW IF EXISTS hr.attrition_by_overtime;

CREATE VIEW hr.attrition_by_overtime AS
SELECT
    overtime,
    age_band,
    headcount,
    leavers,
    CAST(FLOOR((20000 * leavers + headcount) / (2 * headcount)) / 100.0 AS DECIMAL(5,2)) AS attrition_percent
FROM (
    SELECT
        overtime,
        age_band,
        COUNT(*) AS headcount,
        SUM(CASE WHEN attrition = 'Yes' THEN 1 ELSE 0 END) AS leavers
    FROM hr.employees
    GROUP BY overtime, age_band
) AS groups;
