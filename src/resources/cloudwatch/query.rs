//! What an alarm watches: metrics with their dimensions, and the expressions over them.

use aws_sdk_cloudwatch::types as cloudwatch;
use serde::{Deserialize, Serialize};

use super::{non_empty, or_empty};

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Dimension {
    name: String,
    value: String,
}

/// In the order of their names, since a metric's dimensions have none of their own.
pub(super) fn read_dimensions(dimensions: &[cloudwatch::Dimension]) -> Vec<Dimension> {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let mut read: Vec<_> = dimensions
        .iter()
        .map(|dimension| Dimension {
            name: text(dimension.name()),
            value: text(dimension.value()),
        })
        .collect();
    read.sort();
    read
}

pub(super) fn sent_dimensions(dimensions: &[Dimension]) -> Option<Vec<cloudwatch::Dimension>> {
    let sent = dimensions.iter().map(|dimension| {
        cloudwatch::Dimension::builder()
            .name(&dimension.name)
            .value(&dimension.value)
            .build()
    });
    (!dimensions.is_empty()).then(|| sent.collect())
}

/// `MetricDataQuery`: either a metric or an expression.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Query {
    id: Option<String>,
    metric_stat: Option<MetricStat>,
    /// Empty where there is none, as the label and the account.
    expression: Option<String>,
    label: Option<String>,
    return_data: Option<bool>,
    /// Seconds.
    period: Option<i32>,
    account_id: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct MetricStat {
    metric: Metric,
    /// Seconds.
    period: Option<i32>,
    stat: Option<String>,
    /// Empty where there is none.
    unit: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Metric {
    namespace: Option<String>,
    metric_name: Option<String>,
    dimensions: Vec<Dimension>,
}

impl Query {
    pub(super) fn normalise(&mut self) {
        [&mut self.expression, &mut self.label, &mut self.account_id]
            .into_iter()
            .for_each(or_empty);
        // MetricDataQuery: "If you omit this parameter, the default of true is used."
        self.return_data.get_or_insert(true);
        if let Some(stat) = &mut self.metric_stat {
            or_empty(&mut stat.unit);
            stat.metric.dimensions.sort();
        }
    }

    pub(super) fn read(query: &cloudwatch::MetricDataQuery) -> Self {
        Self {
            id: query.id.clone(),
            metric_stat: query.metric_stat().map(MetricStat::read),
            expression: query.expression.clone(),
            label: query.label.clone(),
            return_data: query.return_data,
            period: query.period,
            account_id: query.account_id.clone(),
        }
    }

    pub(super) fn sent(&self) -> cloudwatch::MetricDataQuery {
        cloudwatch::MetricDataQuery::builder()
            .set_id(self.id.clone())
            .set_metric_stat(self.metric_stat.as_ref().map(MetricStat::sent))
            .set_expression(non_empty(&self.expression))
            .set_label(non_empty(&self.label))
            .set_return_data(self.return_data)
            .set_period(self.period)
            .set_account_id(non_empty(&self.account_id))
            .build()
    }
}

impl MetricStat {
    fn read(stat: &cloudwatch::MetricStat) -> Self {
        let metric = stat.metric();
        Self {
            metric: Metric {
                namespace: metric.and_then(|metric| metric.namespace.clone()),
                metric_name: metric.and_then(|metric| metric.metric_name.clone()),
                dimensions: metric.map_or(Vec::new(), |metric| read_dimensions(metric.dimensions())),
            },
            period: stat.period,
            stat: stat.stat.clone(),
            unit: stat.unit().map(|unit| unit.as_str().to_owned()),
        }
    }

    fn sent(&self) -> cloudwatch::MetricStat {
        let metric = cloudwatch::Metric::builder()
            .set_namespace(self.metric.namespace.clone())
            .set_metric_name(self.metric.metric_name.clone())
            .set_dimensions(sent_dimensions(&self.metric.dimensions));
        cloudwatch::MetricStat::builder()
            .metric(metric.build())
            .set_period(self.period)
            .set_stat(self.stat.clone())
            .set_unit(non_empty(&self.unit).as_deref().map(Into::into))
            .build()
    }
}
