//! Amazon Data Firehose: delivery streams from a Kinesis stream or direct puts to S3.
//!
//! A worker a delivery stream reads its source from the checkpoint, buffers into a file and delivers it; object and
//! checkpoint change in one transaction, so every record is in exactly one object whatever is killed when. Records
//! put directly go to a log first, which is that delivery stream's source.

mod buffer;
mod create;
mod describe;
mod errors;
mod feed;
mod kpl;
mod metrics;
mod model;
mod ports;
mod prefix;
mod pump;
mod put;
mod settings;
mod tags;
mod update;
mod worker;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::watch;

use self::metrics::DeliveryMeters;
use self::model::{DELIVERY_STREAMS, DeliveryStream, Status};
pub(crate) use self::ports::{Also, Object, ObjectSink};
use self::pump::Ports;
use self::worker::Handle;
use super::env::Env;
use super::error::AwsError;
use super::journal::Journal;
use super::json::{self, JsonService};
use super::kinesis::Kinesis;
use super::meters::Meters;
use super::ports::{LogSink, RoleCheck};

/// Who assumes a delivery stream's roles.
const PRINCIPAL: &str = "firehose.amazonaws.com";

/// What a drain delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Drained {
    /// Records as they were put, aggregated ones counted once.
    pub records: u64,
    /// Records delivered, aggregated ones taken apart.
    pub rows: u64,
    pub objects: u64,
}

impl std::ops::AddAssign for Drained {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.rows += other.rows;
        self.objects += other.objects;
    }
}

/// ARN and tags of resources.
type Tagged = Vec<(String, BTreeMap<String, String>)>;

/// The service.
pub(crate) struct Firehose {
    env: Arc<Env>,
    ports: Ports,
    deliveries: Mutex<BTreeMap<String, Arc<Delivery>>>,
    /// Whether new delivery streams get a worker at once.
    running: AtomicBool,
}

/// A delivery stream at work.
struct Delivery {
    state: RwLock<Arc<DeliveryStream>>,
    /// Holds the buffer and the log of direct puts.
    dir: PathBuf,
    direct: Arc<Journal>,
    /// Counts direct puts and changes of settings.
    changes: watch::Sender<u64>,
    worker: Mutex<Option<Handle>>,
    meters: OnceLock<DeliveryMeters>,
}

impl Delivery {
    fn new(dir: PathBuf, state: DeliveryStream) -> Self {
        Self {
            direct: Arc::new(Journal::new(dir.join("direct"), false)),
            dir,
            state: RwLock::new(Arc::new(state)),
            changes: watch::Sender::new(0),
            worker: Mutex::new(None),
            meters: OnceLock::new(),
        }
    }

    fn state(&self) -> Arc<DeliveryStream> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is counted of it, looked up among all `meters` once.
    fn meters(&self, meters: &Meters) -> &DeliveryMeters {
        self.meters
            .get_or_init(|| DeliveryMeters::new(meters, &self.state().name))
    }

    fn changed(&self) {
        self.changes.send_modify(|n| *n += 1);
    }

    fn worker(&self) -> MutexGuard<'_, Option<Handle>> {
        self.worker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn arn(env: &Env, name: &str) -> String {
    env.arn("firehose", &format!("deliverystream/{name}"))
}

impl Firehose {
    /// Takes up the delivery streams that the store knows; [`Self::start`] sets them to work.
    pub fn new(
        env: Arc<Env>,
        kinesis: Arc<Kinesis>,
        roles: Arc<dyn RoleCheck>,
        objects: Arc<dyn ObjectSink>,
        logs: Arc<dyn LogSink>,
    ) -> Result<Arc<Self>, AwsError> {
        let now = env.now();
        let mut deliveries = BTreeMap::new();
        for (name, state) in DELIVERY_STREAMS.all(&env.store.read()?, "")? {
            if state.status(now) != Status::Gone {
                let dir = dir(&env, &state);
                deliveries.insert(name, Arc::new(Delivery::new(dir, state)));
            }
        }
        let ports = Ports {
            env: env.clone(),
            kinesis,
            roles,
            objects,
            logs,
        };
        let service = Self {
            env,
            ports,
            deliveries: Mutex::new(deliveries),
            running: AtomicBool::new(false),
        };
        service.remove_leftovers()?;
        Ok(Arc::new(service))
    }

    /// Starts the workers. Needs a tokio runtime.
    pub fn start(&self) {
        self.running.store(true, Ordering::SeqCst);
        for delivery in self.deliveries().values() {
            self.start_worker(delivery);
        }
    }

    fn start_worker(&self, delivery: &Arc<Delivery>) {
        let deleting = !matches!(
            delivery.state().status(self.env.now()),
            Status::Creating | Status::Active
        );
        let mut worker = delivery.worker();
        if worker.is_none() && !deleting && self.running.load(Ordering::SeqCst) {
            *worker = Some(Handle::spawn(self.ports.clone(), delivery.clone()));
        }
    }

    /// Delivers everything that was put or sent to a source stream before the call, of all delivery streams.
    pub async fn drain(&self) -> Result<Drained, AwsError> {
        let drains: Vec<_> = self
            .deliveries()
            .values()
            .filter_map(|delivery| delivery.worker().as_ref().map(Handle::drains))
            .collect();
        let mut total = Drained::default();
        for drained in futures::future::join_all(drains.into_iter().map(Handle::drain)).await {
            total += drained?;
        }
        Ok(total)
    }

    /// Ends the workers without delivering what is buffered; nothing is lost by that.
    pub async fn stop(&self) {
        self.running.store(false, Ordering::SeqCst);
        let workers: Vec<_> = self.deliveries().values().filter_map(|d| d.worker().take()).collect();
        futures::future::join_all(workers.into_iter().map(Handle::stop)).await;
    }

    /// ARN and tags of every delivery stream, for the Resource Groups Tagging API.
    pub fn tagged(&self) -> Result<Tagged, AwsError> {
        let now = self.env.now();
        let states = self.deliveries().into_values().map(|delivery| delivery.state());
        Ok(states
            .filter(|state| matches!(state.status(now), Status::Creating | Status::Active))
            .map(|state| (arn(&self.env, &state.name), state.tags.clone()))
            .collect())
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Delivery>>> {
        self.deliveries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deliveries(&self) -> BTreeMap<String, Arc<Delivery>> {
        self.locked().clone()
    }

    fn find(&self, name: &str) -> Result<Arc<Delivery>, AwsError> {
        let found = self.locked().get(name).cloned();
        found
            .filter(|delivery| delivery.state().status(self.env.now()) != Status::Gone)
            .ok_or_else(|| self.not_found(name))
    }

    /// Changes a delivery stream's settings and stores them.
    fn change<T>(
        &self,
        name: &str,
        change: impl FnOnce(&mut DeliveryStream) -> Result<T, AwsError>,
    ) -> Result<T, AwsError> {
        let delivery = self.find(name)?;
        let mut current = delivery.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut state = DeliveryStream::clone(&current);
        let value = change(&mut state)?;
        self.env
            .store
            .write(|tx| DELIVERY_STREAMS.put(tx, name, &state).map_err(AwsError::from))?;
        *current = Arc::new(state);
        drop(current);
        delivery.changed();
        Ok(value)
    }

    /// Removes the folders of delivery streams that are deleted and the buffers a kill left behind.
    fn remove_leftovers(&self) -> Result<(), AwsError> {
        let entries = match fs::read_dir(self.env.dir.join("firehose")) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        let known: Vec<_> = self.deliveries().into_values().map(|d| d.dir.clone()).collect();
        for entry in entries {
            let path = entry?.path();
            if !known.contains(&path) {
                fs::remove_dir_all(&path)?;
                continue;
            }
            for entry in fs::read_dir(&path)? {
                let path = entry?.path();
                if path.extension().is_some_and(|extension| extension == "buffer") {
                    fs::remove_file(path)?;
                }
            }
        }
        Ok(())
    }

    /// Forgets delivery streams whose deletion is over.
    fn forget_gone(&self, deliveries: &mut BTreeMap<String, Arc<Delivery>>) {
        let now = self.env.now();
        deliveries.retain(|_, delivery| delivery.state().status(now) != Status::Gone);
    }
}

/// The folder's name holds the id, so that a new delivery stream never sees an old one's records.
fn dir(env: &Env, state: &DeliveryStream) -> PathBuf {
    env.dir.join("firehose").join(format!("{}.{}", state.name, state.id))
}

#[async_trait]
impl JsonService for Firehose {
    async fn call(&self, operation: &str, body: Bytes) -> Result<Vec<u8>, AwsError> {
        let empty = |result: Result<(), AwsError>| result.map(|()| b"{}".to_vec());
        match operation {
            "PutRecord" => self.put_record(&body),
            "PutRecordBatch" => self.put_record_batch(&body),
            "CreateDeliveryStream" => json::output(&self.create(json::input(&body)?)?),
            "DeleteDeliveryStream" => empty(self.delete(json::input(&body)?)),
            "DescribeDeliveryStream" => json::output(&self.describe(json::input(&body)?)?),
            "ListDeliveryStreams" => json::output(&self.list(json::input(&body)?)?),
            "UpdateDestination" => empty(self.update_destination(json::input(&body)?)),
            "StartDeliveryStreamEncryption" => empty(self.start_encryption(json::input(&body)?)),
            "StopDeliveryStreamEncryption" => empty(self.stop_encryption(json::input(&body)?)),
            "TagDeliveryStream" => empty(self.tag(json::input(&body)?)),
            "UntagDeliveryStream" => empty(self.untag(json::input(&body)?)),
            "ListTagsForDeliveryStream" => json::output(&self.list_tags(json::input(&body)?)?),
            _ => Err(json::unknown_operation(operation)),
        }
    }
}

#[cfg(test)]
mod tests;
