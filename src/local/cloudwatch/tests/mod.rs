//! Behaviour of the service through its SDK (CBOR), and through the older protocols as their clients write them.

use std::sync::atomic::{AtomicI64, Ordering};

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::error::ProvideErrorMetadata;
use aws_sdk_cloudwatch::types::{ComparisonOperator, Dimension, MetricAlarm, MetricDatum, StateValue, Statistic};
use aws_smithy_types::DateTime;
use jiff::Timestamp;

use super::*;
use crate::local::env::Options;
use crate::local::store::Store;
use crate::local::testing::{Wired, sdk_config};

mod alarms;
mod dashboards;
mod metrics;
mod protocols;

/// 2026-11-25T10:00:30Z
const NOW: i64 = 1_795_600_830;

/// A service whose clock the test moves.
struct World {
    _dir: tempfile::TempDir,
    seconds: Arc<AtomicI64>,
    service: Arc<CloudWatch>,
    client: Client,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("state.redb")).unwrap();
        let seconds = Arc::new(AtomicI64::new(NOW));
        let clock = Arc::clone(&seconds);
        let env = Env::new(dir.path().to_owned(), store, Options::default())
            .with_clock(move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap());
        let service = CloudWatch::new(Arc::new(env));
        let client = Client::new(&sdk_config(Wired::Rpc(TARGET, service.clone())));
        Self {
            _dir: dir,
            seconds,
            service,
            client,
        }
    }

    fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    fn now(&self) -> i64 {
        self.seconds.load(Ordering::SeqCst)
    }

    /// Puts a value now.
    async fn put(&self, value: f64) {
        let datum = MetricDatum::builder().metric_name("M").dimensions(dimension("D", "d"));
        let request = self.client.put_metric_data().namespace("N");
        request.metric_data(datum.value(value).build()).send().await.unwrap();
    }

    async fn alarm(&self, name: &str) -> MetricAlarm {
        let answer = self.client.describe_alarms().alarm_names(name).send().await.unwrap();
        answer.metric_alarms().first().cloned().expect("the alarm")
    }
}

fn dimension(name: &str, value: &str) -> Dimension {
    Dimension::builder().name(name).value(value).build()
}

/// Code and message.
fn refused<T: std::fmt::Debug, E: ProvideErrorMetadata>(result: Result<T, E>) -> (String, String) {
    let error = result.unwrap_err();
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    (text(error.code()), text(error.message()))
}
