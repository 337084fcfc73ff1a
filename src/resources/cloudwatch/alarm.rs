//! `AWS::CloudWatch::Alarm`.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html>

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder;
use aws_sdk_cloudwatch::types as cloudwatch;
use serde::{Deserialize, Serialize};

use super::query::{Dimension, Query, read_dimensions, sent_dimensions};
use super::window::{ActionConfiguration, EvaluationCriteria, EvaluationWindow, WarmUp};
use super::{SERVICE, non_empty, or_empty, sdk_tags, tag, tags};
use crate::aws::{self, failure};
use crate::engine::Cx;
use crate::resources::error::Error;
use crate::resources::handler::{AVAILABLE, Handler, Observed, Scope, found, system_time};
use crate::resources::ownership::{all_tags, config_tags, missing_tags, owner};
use crate::resources::properties::Tag;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(in crate::resources) struct Properties {
    alarm_name: Option<String>,
    /// Empty where there is none, as the other texts with [`or_empty`].
    alarm_description: Option<String>,
    actions_enabled: Option<bool>,
    #[serde(rename = "OKActions")]
    ok_actions: Vec<String>,
    alarm_actions: Vec<String>,
    insufficient_data_actions: Vec<String>,
    metric_name: Option<String>,
    namespace: Option<String>,
    statistic: Option<String>,
    extended_statistic: Option<String>,
    dimensions: Vec<Dimension>,
    /// Seconds.
    period: Option<i32>,
    unit: Option<String>,
    evaluation_periods: Option<i32>,
    datapoints_to_alarm: Option<i32>,
    threshold: Option<f64>,
    comparison_operator: Option<String>,
    treat_missing_data: Option<String>,
    evaluate_low_sample_count_percentile: Option<String>,
    metrics: Vec<Query>,
    threshold_metric_id: Option<String>,
    evaluation_window: EvaluationWindow,
    warm_up_configuration: WarmUp,
    evaluation_criteria: EvaluationCriteria,
    /// Seconds.
    evaluation_interval: Option<i32>,
    action_configuration: ActionConfiguration,
    tags: Vec<Tag>,
}

pub(in crate::resources) struct Alarm;

#[async_trait]
impl Handler for Alarm {
    type Properties = Properties;

    /// PutMetricAlarm replaces the whole alarm: of what the configs leave out nothing stays.
    fn closed_paths(&self) -> &'static [&'static str] {
        &[
            "/ActionConfiguration",
            "/EvaluationCriteria",
            "/EvaluationWindow",
            "/WarmUpConfiguration",
        ]
    }

    fn normalise(&self, _: &Scope, alarm: &mut Properties) -> Result<(), Error> {
        let texts = [
            &mut alarm.alarm_description,
            &mut alarm.metric_name,
            &mut alarm.namespace,
            &mut alarm.statistic,
            &mut alarm.extended_statistic,
            &mut alarm.unit,
            &mut alarm.threshold_metric_id,
        ];
        texts.into_iter().for_each(or_empty);
        // API_PutMetricAlarm: "The default is TRUE", "the default behavior of missing is used", "If you specify
        // evaluate or omit this parameter".
        alarm.actions_enabled.get_or_insert(true);
        alarm.treat_missing_data.get_or_insert_with(|| "missing".into());
        let evaluate = &mut alarm.evaluate_low_sample_count_percentile;
        evaluate.get_or_insert_with(|| "evaluate".into());
        // Without it, every datapoint of the evaluation periods has to breach.
        alarm.datapoints_to_alarm = alarm.datapoints_to_alarm.or(alarm.evaluation_periods);
        alarm.dimensions.sort();
        alarm.metrics.iter_mut().for_each(Query::normalise);
        alarm.evaluation_window.normalise();
        alarm.action_configuration.normalise();
        Ok(())
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(name) = &wanted.alarm_name else {
            return Ok(None);
        };
        let Some(alarm) = find(scope, name).await? else {
            return Ok(None);
        };
        let arn = alarm.alarm_arn.clone().unwrap_or_default();
        let tags = tags(scope, name, &arn).await?;
        Ok(Some(Observed {
            physical_id: name.clone(),
            state: AVAILABLE.into(),
            properties: Properties {
                tags: config_tags(&tags),
                ..read(&alarm)
            },
            attributes: BTreeMap::from([("Arn".into(), arn)]),
            owner: owner(scope, &tags),
            created_at: alarm.alarm_configuration_updated_timestamp().and_then(system_time),
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let tags = sdk_tags(all_tags(scope, &wanted.tags));
        put(scope, request(scope, wanted)?.set_tags(Some(tags)), cx).await
    }

    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("AlarmName", &wanted.alarm_name)?;
        let Some(live) = find(scope, name).await? else {
            return self.create(scope, wanted, cx).await;
        };
        put(scope, request(scope, wanted)?, cx).await?;
        let arn = live.alarm_arn.unwrap_or_default();
        let missing = missing_tags(scope, &wanted.tags, &tags(scope, name, &arn).await?);
        tag(scope, name, &arn, missing, cx).await
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("AlarmName", &live.alarm_name)?;
        let request = scope.clients.cloudwatch.delete_alarms().alarm_names(name);
        let call = async || {
            let answer = request.clone().send().await;
            found(answer.map_err(|e| failure(SERVICE, "DeleteAlarms", name, e)))
        };
        scope.retrying(cx, call).await?;
        Ok(())
    }
}

/// DescribeAlarms leaves out names that do not exist.
async fn find(scope: &Scope, name: &str) -> Result<Option<cloudwatch::MetricAlarm>, aws::Error> {
    let request = scope
        .clients
        .cloudwatch
        .describe_alarms()
        .alarm_names(name)
        .alarm_types(cloudwatch::AlarmType::MetricAlarm);
    let answer = request.send().await;
    let answer = answer.map_err(|e| failure(SERVICE, "DescribeAlarms", name, e))?;
    let mut alarms = answer.metric_alarms.unwrap_or_default().into_iter();
    Ok(alarms.find(|alarm| alarm.alarm_name() == Some(name)))
}

fn read(alarm: &cloudwatch::MetricAlarm) -> Properties {
    Properties {
        alarm_name: alarm.alarm_name.clone(),
        alarm_description: alarm.alarm_description.clone(),
        actions_enabled: alarm.actions_enabled,
        ok_actions: alarm.ok_actions().to_vec(),
        alarm_actions: alarm.alarm_actions().to_vec(),
        insufficient_data_actions: alarm.insufficient_data_actions().to_vec(),
        metric_name: alarm.metric_name.clone(),
        namespace: alarm.namespace.clone(),
        statistic: alarm.statistic().map(|statistic| statistic.as_str().to_owned()),
        extended_statistic: alarm.extended_statistic.clone(),
        dimensions: read_dimensions(alarm.dimensions()),
        period: alarm.period,
        unit: alarm.unit().map(|unit| unit.as_str().to_owned()),
        evaluation_periods: alarm.evaluation_periods,
        datapoints_to_alarm: alarm.datapoints_to_alarm,
        threshold: alarm.threshold,
        comparison_operator: alarm.comparison_operator().map(|operator| operator.as_str().to_owned()),
        treat_missing_data: non_empty(&alarm.treat_missing_data),
        evaluate_low_sample_count_percentile: non_empty(&alarm.evaluate_low_sample_count_percentile),
        metrics: alarm.metrics().iter().map(Query::read).collect(),
        threshold_metric_id: alarm.threshold_metric_id.clone(),
        evaluation_window: alarm
            .evaluation_window()
            .map(EvaluationWindow::read)
            .unwrap_or_default(),
        warm_up_configuration: alarm.warm_up_configuration().map(WarmUp::read).unwrap_or_default(),
        evaluation_criteria: alarm
            .evaluation_criteria()
            .map(EvaluationCriteria::read)
            .unwrap_or_default(),
        evaluation_interval: alarm.evaluation_interval,
        action_configuration: alarm
            .action_configuration()
            .map(ActionConfiguration::read)
            .unwrap_or_default(),
        tags: Vec::new(),
    }
}

fn request(scope: &Scope, wanted: &Properties) -> Result<PutMetricAlarmFluentBuilder, Error> {
    let name = scope.required("AlarmName", &wanted.alarm_name)?;
    let list = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
    let metrics: Vec<_> = wanted.metrics.iter().map(Query::sent).collect();
    // The service takes it for percentiles alone, and `evaluate` is what it does anyway.
    let ignore = wanted
        .evaluate_low_sample_count_percentile
        .clone()
        .filter(|value| value != "evaluate");
    Ok(scope
        .clients
        .cloudwatch
        .put_metric_alarm()
        .alarm_name(name)
        .set_alarm_description(non_empty(&wanted.alarm_description))
        .set_actions_enabled(wanted.actions_enabled)
        .set_ok_actions(list(&wanted.ok_actions))
        .set_alarm_actions(list(&wanted.alarm_actions))
        .set_insufficient_data_actions(list(&wanted.insufficient_data_actions))
        .set_metric_name(non_empty(&wanted.metric_name))
        .set_namespace(non_empty(&wanted.namespace))
        .set_statistic(non_empty(&wanted.statistic).as_deref().map(Into::into))
        .set_extended_statistic(non_empty(&wanted.extended_statistic))
        .set_dimensions(sent_dimensions(&wanted.dimensions))
        .set_period(wanted.period)
        .set_unit(non_empty(&wanted.unit).as_deref().map(Into::into))
        .set_evaluation_periods(wanted.evaluation_periods)
        .set_datapoints_to_alarm(wanted.datapoints_to_alarm)
        .set_threshold(wanted.threshold)
        .set_comparison_operator(wanted.comparison_operator.as_deref().map(Into::into))
        .set_treat_missing_data(wanted.treat_missing_data.clone())
        .set_evaluate_low_sample_count_percentile(ignore)
        .set_metrics((!metrics.is_empty()).then_some(metrics))
        .set_threshold_metric_id(non_empty(&wanted.threshold_metric_id))
        .set_evaluation_window(wanted.evaluation_window.sent())
        .set_warm_up_configuration(wanted.warm_up_configuration.sent())
        .set_evaluation_criteria(wanted.evaluation_criteria.sent())
        .set_evaluation_interval(wanted.evaluation_interval)
        .set_action_configuration(wanted.action_configuration.sent()))
}

async fn put(scope: &Scope, request: PutMetricAlarmFluentBuilder, cx: &Cx) -> Result<(), Error> {
    let name = request.get_alarm_name().clone().unwrap_or_default();
    let call = async || {
        let answer = request.clone().send().await;
        answer.map_err(|e| failure(SERVICE, "PutMetricAlarm", &name, e))
    };
    scope.retrying(cx, call).await?;
    Ok(())
}
