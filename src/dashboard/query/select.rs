//! The SQL of a visual.

use super::bins::Bins;
use super::filters::conditions;
use super::sql;
use crate::dashboard::model::{Aggregation, Dashboard, Dimension, Kind, Measure, ValueType, Visual};
use crate::dashboard::read::dataset::{ColumnType, DataSet};

/// How much a page holds.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Groups of a visual.
    pub groups: usize,
    /// Distinct values of a column, with groups, for percentiles and their like.
    pub values: usize,
    /// Rows of a table that is not grouped.
    pub rows: usize,
    /// Points of a scatter plot: QuickSight's limit.
    pub points: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            groups: 20_000,
            values: 20_000,
            rows: 5_000,
            points: 2_500,
        }
    }
}

/// A visual's rows before grouping: `SELECT dimensions, controls, columns FROM data set WHERE filters`.
pub(super) struct Scan<'a> {
    pub dashboard: &'a Dashboard,
    pub visual: &'a Visual,
    pub set: &'a DataSet,
    /// Interactive filters: (control, column), one a control.
    pub controls: Vec<(String, String)>,
}

impl<'a> Scan<'a> {
    pub fn new(dashboard: &'a Dashboard, visual: &'a Visual) -> Option<Self> {
        let set = dashboard.data_sets.get(&visual.data_set)?;
        let controls = visual
            .filters
            .iter()
            .filter(|at| dashboard.is_interactive(**at))
            .filter_map(|at| {
                let filter = &dashboard.filters[*at];
                Some((filter.control.clone()?, set.column(&filter.column)?.name.clone()))
            })
            .collect();
        Some(Self {
            dashboard,
            visual,
            set,
            controls,
        })
    }

    /// `values`: columns to carry, as v0, v1, ...
    pub fn inner(&self, values: &[&str]) -> String {
        let mut list: Vec<String> = Vec::new();
        for (at, dim) in self.visual.dims.iter().enumerate() {
            list.push(format!("{} AS d{at}", self.dimension(dim)));
        }
        for (at, (_, column)) in self.controls.iter().enumerate() {
            list.push(format!("CAST({} AS VARCHAR) AS c{at}", self.column(column)));
        }
        for (at, column) in values.iter().enumerate() {
            list.push(format!("{} AS v{at}", self.column(column)));
        }
        if list.is_empty() {
            list.push("1 AS nothing".to_owned());
        }
        let conditions = conditions(self.dashboard, self.visual, self.set);
        let filter = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        format!("SELECT {} FROM {} AS t{filter}", list.join(", "), self.set.base)
    }

    fn column(&self, name: &str) -> String {
        // Reading has checked that it is there.
        self.set
            .column(name)
            .map_or_else(|| sql::name(name), |column| column.sql.clone())
    }

    fn dimension(&self, dim: &Dimension) -> String {
        let column = self.column(&dim.column);
        if dim.value_type != ValueType::Date {
            let text = dim.value_type == ValueType::Text
                && self
                    .set
                    .column(&dim.column)
                    .is_some_and(|found| found.kind != ColumnType::String);
            return if text {
                format!("CAST({column} AS VARCHAR)")
            } else {
                column
            };
        }
        let granularity = dim.format.granularity.as_deref().unwrap_or("DAY");
        let unit = granularity.to_lowercase();
        match granularity {
            "HOUR" | "MINUTE" | "SECOND" => format!("CAST(DATE_TRUNC('{unit}', {column}) AS VARCHAR)"),
            // Redshift's weeks start on Monday, QuickSight's on Sunday where the definition says nothing else.
            "WEEK" if self.dashboard.week_starts_on_sunday => format!(
                "CAST(CAST(DATEADD(day, -1, DATE_TRUNC('week', DATEADD(day, 1, {column}))) AS DATE) AS VARCHAR)"
            ),
            _ => format!("CAST(CAST(DATE_TRUNC('{unit}', {column}) AS DATE) AS VARCHAR)"),
        }
    }

    /// d0, d1, ..., c0, c1, ...
    pub fn keys(&self) -> Vec<String> {
        let dims = (0..self.visual.dims.len()).map(|at| format!("d{at}"));
        dims.chain((0..self.controls.len()).map(|at| format!("c{at}")))
            .collect()
    }

    fn grouped(&self, outputs: &[String], inner: &str, group: &[String], order: &str, limit: usize) -> String {
        let list = self
            .keys()
            .into_iter()
            .chain(outputs.iter().cloned())
            .collect::<Vec<_>>()
            .join(", ");
        let mut out = format!("SELECT {list} FROM ({inner}) AS s");
        if group.is_empty() {
            // Of no rows there is no group, not one of zeros.
            out.push_str(" HAVING COUNT(*) > 0");
        } else {
            out.push_str(&format!(" GROUP BY {} ORDER BY {order}", group.join(", ")));
        }
        format!("{out} LIMIT {limit}")
    }

    /// Sums, counts, minima and maxima of these measures.
    pub fn parts(&self, measures: &[&Measure], limit: usize) -> (String, Vec<(usize, &'static str)>) {
        let mut outputs = Vec::new();
        let mut at = Vec::new();
        let columns: Vec<&str> = measures.iter().map(|measure| measure.column.as_str()).collect();
        for (number, measure) in measures.iter().enumerate() {
            let wanted: &[(&str, &str)] = match measure.aggregation {
                Aggregation::Sum | Aggregation::Average => &[("sum", "SUM"), ("count", "COUNT")],
                Aggregation::Min => &[("min", "MIN"), ("count", "COUNT")],
                Aggregation::Max => &[("max", "MAX"), ("count", "COUNT")],
                _ => &[("count", "COUNT")],
            };
            for (name, function) in wanted {
                outputs.push(format!("{function}(v{number}) AS {name}{number}"));
                at.push((measure.index, *name));
            }
        }
        let keys = self.keys();
        // Should the limit cut, the largest groups stay where the first measure decides, else the first ones.
        let by_value = outputs
            .first()
            .filter(|_| self.visual.dims.iter().all(|dim| dim.value_type == ValueType::Text));
        let order = match by_value {
            Some(_) => format!("{} DESC NULLS LAST, {}", self.keys().len() + 1, keys.join(", ")),
            None => keys.join(", "),
        };
        (self.grouped(&outputs, &self.inner(&columns), &keys, &order, limit), at)
    }

    /// The distinct values of a column with their number of rows.
    pub fn values(&self, column: &str, limit: usize) -> String {
        let mut group = self.keys();
        group.push("v0".to_owned());
        let outputs = ["v0".to_owned(), "COUNT(*) AS n".to_owned()];
        let order = group.join(", ");
        self.grouped(&outputs, &self.inner(&[column]), &group, &order, limit)
    }

    /// These measures, all of one column, for each single value of the controls and for all of them. A row's mask has
    /// the bit of each control that it is for.
    pub fn answers(&self, measures: &[&Measure], limit: usize) -> String {
        let column = measures.first().map_or("", |measure| measure.column.as_str());
        let inner = self.inner(&[column]);
        let dims: Vec<String> = (0..self.visual.dims.len()).map(|at| format!("d{at}")).collect();
        let values: Vec<String> = measures
            .iter()
            .enumerate()
            .map(|(at, measure)| format!("{} AS a{at}", aggregate(measure.aggregation, measure.percentile, "v0")))
            .collect();
        let selects = (0..1_usize << self.controls.len()).map(|mask| {
            let mut list = dims.clone();
            let mut group = dims.clone();
            for at in 0..self.controls.len() {
                if mask & (1 << at) != 0 {
                    list.push(format!("c{at}"));
                    group.push(format!("c{at}"));
                } else {
                    list.push(format!("CAST(NULL AS VARCHAR) AS c{at}"));
                }
            }
            list.push(format!("{mask} AS mask"));
            list.extend(values.iter().cloned());
            let tail = if group.is_empty() {
                "HAVING COUNT(*) > 0".to_owned()
            } else {
                format!("GROUP BY {}", group.join(", "))
            };
            format!("SELECT {} FROM ({inner}) AS s {tail}", list.join(", "))
        });
        let selects: Vec<String> = selects.collect();
        let mut order = vec!["mask".to_owned()];
        order.extend(self.keys());
        format!(
            "SELECT * FROM ({}) AS u ORDER BY {} LIMIT {limit}",
            selects.join(" UNION ALL "),
            order.join(", ")
        )
    }

    /// Rows as they are. The two last columns are the number of all rows, and of those without a place on an axis.
    pub fn rows(&self, budget: Budget) -> String {
        let columns: Vec<&str> = self
            .visual
            .measures
            .iter()
            .map(|measure| measure.column.as_str())
            .collect();
        let inner = self.inner(&columns);
        let mut fields = self.keys();
        fields.extend((0..columns.len()).map(|at| format!("v{at}")));
        let list = fields.join(", ");
        if self.visual.kind != Kind::Scatter {
            let order = self.row_order(&fields);
            return format!(
                "SELECT {list}, COUNT(*) OVER () AS total, 0 AS missing FROM ({inner}) AS s ORDER BY {order} LIMIT {}",
                budget.rows
            );
        }
        let key: Vec<String> = fields
            .iter()
            .map(|field| format!("COALESCE(CAST({field} AS VARCHAR), '')"))
            .collect();
        format!(
            "SELECT {list}, total, missing FROM (SELECT {list}, COUNT(*) OVER () AS total, \
             SUM(CASE WHEN d0 IS NULL OR d1 IS NULL THEN 1 ELSE 0 END) OVER () AS missing FROM ({inner}) AS s) AS w \
             WHERE d0 IS NOT NULL AND d1 IS NOT NULL ORDER BY MD5({}), {list} LIMIT {}",
            key.join(" || '|' || "),
            budget.points
        )
    }

    fn row_order(&self, fields: &[String]) -> String {
        use crate::dashboard::model::FieldAt;
        let mut order: Vec<String> = Vec::new();
        for sort in &self.visual.sort {
            let field = match sort.by {
                FieldAt::Dim(at) => format!("d{at}"),
                FieldAt::Measure(at) => format!("v{at}"),
            };
            order.push(format!(
                "{field} {} NULLS LAST",
                if sort.descending { "DESC" } else { "ASC" }
            ));
        }
        order.extend(fields.iter().cloned());
        order.join(", ")
    }

    pub fn range(&self, column: &str) -> String {
        format!("SELECT MIN(v0), MAX(v0) FROM ({}) AS s", self.inner(&[column]))
    }

    /// Rows a bin; what is below the first bin is left out.
    pub fn bins(&self, column: &str, bins: Bins) -> String {
        let controls: Vec<String> = (0..self.controls.len()).map(|at| format!("c{at}")).collect();
        let bin = format!(
            "LEAST(CAST(FLOOR((CAST(v0 AS DOUBLE PRECISION) - {}) / {}) AS INTEGER), {})",
            sql::number(bins.start),
            sql::number(bins.width),
            bins.count - 1
        );
        let mut keys = vec!["bin".to_owned()];
        keys.extend(controls.iter().cloned());
        let tail = if controls.is_empty() {
            String::new()
        } else {
            format!(", {}", controls.join(", "))
        };
        format!(
            "SELECT {}, COUNT(*) AS n FROM (SELECT {bin} AS bin{tail} FROM ({}) AS s WHERE v0 >= {}) AS b \
             GROUP BY {} ORDER BY {}",
            keys.join(", "),
            self.inner(&[column]),
            sql::number(bins.start),
            keys.join(", "),
            keys.join(", ")
        )
    }
}

/// The values to choose from in a control.
pub(super) fn control_values(set: &DataSet, column: &str, limit: usize) -> Option<String> {
    let column = &set.column(column)?.sql;
    let filter = if set.conditions.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", set.conditions.join(" AND "))
    };
    Some(format!(
        "SELECT DISTINCT CAST({column} AS VARCHAR) AS value FROM {} AS t{filter} ORDER BY value LIMIT {limit}",
        set.base
    ))
}
/// An aggregate over `value`.
pub(super) fn aggregate(aggregation: Aggregation, percentile: Option<f64>, value: &str) -> String {
    match aggregation {
        Aggregation::Sum => format!("SUM({value})"),
        Aggregation::Average => format!("AVG(CAST({value} AS DOUBLE PRECISION))"),
        Aggregation::Min => format!("MIN({value})"),
        Aggregation::Max => format!("MAX({value})"),
        Aggregation::Count | Aggregation::None => format!("COUNT({value})"),
        Aggregation::DistinctCount => format!("COUNT(DISTINCT {value})"),
        Aggregation::Median => {
            format!("PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY CAST({value} AS DOUBLE PRECISION))")
        }
        Aggregation::Percentile => format!(
            "PERCENTILE_CONT({}) WITHIN GROUP (ORDER BY CAST({value} AS DOUBLE PRECISION))",
            percentile.unwrap_or(50.0) / 100.0
        ),
        Aggregation::Var => format!("VAR_SAMP({value})"),
        Aggregation::Varp => format!("VAR_POP({value})"),
        Aggregation::Stdev => format!("STDDEV_SAMP({value})"),
        Aggregation::Stdevp => format!("STDDEV_POP({value})"),
    }
}
