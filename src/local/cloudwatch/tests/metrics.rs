//! Metric data: what is put and counted comes back as statistics.

use aws_sdk_cloudwatch::types::{DimensionFilter, Metric, MetricDataQuery, MetricStat, ScanBy, StatisticSet};

use super::*;
use crate::local::meters::Series;

fn query(id: &str, stat: &str) -> MetricDataQuery {
    let metric = Metric::builder()
        .namespace("N")
        .metric_name("M")
        .dimensions(dimension("D", "d"));
    let stat = MetricStat::builder().metric(metric.build()).period(60).stat(stat);
    MetricDataQuery::builder().id(id).metric_stat(stat.build()).build()
}

#[tokio::test]
async fn values_come_back_as_statistics_of_their_minutes() {
    let world = World::new();
    for value in [1.0, 3.0] {
        world.put(value).await;
    }
    world.pass(60);
    world.put(10.0).await;
    let (start, end) = (DateTime::from_secs(NOW - 90), DateTime::from_secs(world.now() + 1));
    let request = world.client.get_metric_data().start_time(start).end_time(end);
    let math = MetricDataQuery::builder()
        .id("e")
        .expression("a * 2")
        .label("twice")
        .build();
    let request = request.metric_data_queries(query("a", "Sum")).metric_data_queries(math);
    let answer = request.scan_by(ScanBy::TimestampAscending).send().await.unwrap();
    let results = answer.metric_data_results();
    assert_eq!(results[0].values(), [4.0, 10.0]);
    assert_eq!(results[0].timestamps()[0].secs() % 60, 0);
    assert_eq!(
        (results[1].label(), results[1].values()),
        (Some("twice"), &[8.0, 20.0][..])
    );

    let request = world.client.get_metric_statistics().namespace("N").metric_name("M");
    let request = request
        .dimensions(dimension("D", "d"))
        .start_time(start)
        .end_time(end)
        .period(300);
    let request = request
        .statistics(Statistic::Average)
        .statistics(Statistic::SampleCount);
    let answer = request.clone().send().await.unwrap();
    let datapoint = &answer.datapoints()[0];
    assert_eq!(
        (datapoint.sample_count(), datapoint.average()),
        (Some(3.0), Some(14.0 / 3.0))
    );
    assert_eq!((datapoint.sum(), datapoint.unit().unwrap().as_str()), (None, "None"));
    let answer = request
        .set_statistics(None)
        .extended_statistics("p50")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.datapoints()[0].extended_statistics().unwrap()["p50"], 3.0);
}

#[tokio::test]
async fn what_services_count_is_there_when_somebody_asks() {
    let world = World::new();
    let series = Series {
        namespace: "AWS/Kinesis",
        name: "IncomingRecords",
        dimensions: vec![("StreamName", "s".into())],
        unit: "Count",
    };
    world.service.env.meters.add(series, world.service.env.now(), 500.0);
    let filter = DimensionFilter::builder().name("StreamName").build();
    let listed = world
        .client
        .list_metrics()
        .namespace("AWS/Kinesis")
        .dimensions(filter)
        .send()
        .await
        .unwrap();
    assert_eq!(listed.metrics()[0].dimensions()[0].value(), Some("s"));
    assert!(
        world
            .client
            .list_metrics()
            .namespace("AWS")
            .send()
            .await
            .unwrap()
            .metrics()
            .is_empty()
    );
    let refused = refused(
        world
            .client
            .put_metric_data()
            .namespace("AWS/Kinesis")
            .metric_data(MetricDatum::builder().metric_name("M").value(1.0).build())
            .send()
            .await,
    );
    assert_eq!(refused.0, "InvalidParameterValue");
}

#[tokio::test]
async fn what_cannot_be_a_datum_is_refused_by_name() {
    let world = World::new();
    let datum = || MetricDatum::builder().metric_name("M");
    let set = StatisticSet::builder()
        .sample_count(1.0)
        .sum(1.0)
        .minimum(2.0)
        .maximum(1.0)
        .build();
    for (datum, code, part) in [
        (datum(), "MissingParameter", "MetricData.member.1.Value is required"),
        (datum().value(f64::NAN), "InvalidParameterValue", "NaN"),
        (
            datum().value(1.0).values(2.0),
            "InvalidParameterCombination",
            "mutually exclusive",
        ),
        (
            datum().values(1.0).counts(1.0).counts(2.0),
            "InvalidParameterCombination",
            "same size",
        ),
        (
            datum().statistic_values(set),
            "InvalidParameterValue",
            "StatisticValues",
        ),
        (datum().value(1.0).unit("Furlongs".into()), "ValidationError", "'unit'"),
        (
            datum().value(1.0).storage_resolution(1),
            "NotImplemented",
            "one-second resolution",
        ),
        (
            datum().value(1.0).timestamp(DateTime::from_secs(NOW - 15 * 86_400)),
            "InvalidParameterValue",
            "two weeks",
        ),
        (
            datum()
                .value(1.0)
                .dimensions(dimension("a", "1"))
                .dimensions(dimension("a", "2")),
            "InvalidParameterValue",
            "same dimension twice",
        ),
    ] {
        let request = world.client.put_metric_data().namespace("N").metric_data(datum.build());
        let (found, message) = refused(request.send().await);
        assert_eq!(found, code, "{message}");
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn pages_follow_one_another_and_old_data_go() {
    let world = World::new();
    for _ in 0..5 {
        world.put(1.0).await;
        world.pass(60);
    }
    let request = world.client.get_metric_data().start_time(DateTime::from_secs(NOW - 60));
    let request = request
        .end_time(DateTime::from_secs(world.now()))
        .metric_data_queries(query("a", "Sum"));
    let pages: Vec<_> = request
        .max_datapoints(2)
        .into_paginator()
        .send()
        .try_collect()
        .await
        .unwrap();
    let sizes: Vec<_> = pages
        .iter()
        .map(|page| page.metric_data_results()[0].values().len())
        .collect();
    assert_eq!(sizes, [2, 2, 1]);
    world.pass(16 * 86_400);
    world.service.expire().unwrap();
    assert!(world.client.list_metrics().send().await.unwrap().metrics().is_empty());
}
