//! A stream at work: its settings, its shards' logs and the router from hash keys to shards.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use tokio::sync::watch;

use super::metrics::StreamMeters;
use super::model::Stream;
use super::rate::Rates;
use crate::local::journal::Journal;
use crate::local::meters::Meters;

/// A stream and its logs. The settings are replaced as a whole when they change.
pub(super) struct Live {
    /// Holds the shards' folders.
    pub dir: PathBuf,
    view: RwLock<Arc<View>>,
    meters: OnceLock<StreamMeters>,
    /// Counts appends and changes of shards, for readers that wait for more.
    pub changes: watch::Sender<u64>,
    /// Held by whoever changes the stream.
    pub changing: Mutex<()>,
}

/// A consistent look at a stream.
pub(super) struct View {
    pub stream: Stream,
    /// By shard number.
    pub logs: Vec<Arc<ShardLog>>,
    /// Last hash key and number of each open shard, in hash order.
    routes: Vec<(u128, u32)>,
}

pub(super) struct ShardLog {
    pub journal: Journal,
    pub rates: Mutex<Rates>,
}

impl Live {
    pub fn new(dir: PathBuf, stream: Stream) -> Self {
        let view = View::new(&dir, stream, &[]);
        Self {
            dir,
            view: RwLock::new(Arc::new(view)),
            meters: OnceLock::new(),
            changes: watch::Sender::new(0),
            changing: Mutex::new(()),
        }
    }

    pub fn view(&self) -> Arc<View> {
        self.view.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is counted of the stream, looked up among all `meters` once.
    pub fn meters(&self, meters: &Meters) -> &StreamMeters {
        self.meters
            .get_or_init(|| StreamMeters::new(meters, &self.view().stream.name))
    }

    /// Puts changed settings in place; shards that are new get a log.
    pub fn replace(&self, stream: Stream) {
        let mut view = self.view.write().unwrap_or_else(PoisonError::into_inner);
        *view = Arc::new(View::new(&self.dir, stream, &view.logs));
        drop(view);
        self.changed();
    }

    pub fn changed(&self) {
        self.changes.send_modify(|n| *n += 1);
    }
}

impl View {
    fn new(dir: &std::path::Path, stream: Stream, known: &[Arc<ShardLog>]) -> Self {
        let mut logs = known.to_vec();
        for (number, shard) in stream.numbered().skip(logs.len()) {
            logs.push(Arc::new(ShardLog {
                journal: Journal::new(dir.join(super::model::shard_id(number)), shard.closed.is_some()),
                rates: Mutex::new(Rates::default()),
            }));
        }
        let mut routes: Vec<_> = stream.open_shards().map(|(n, shard)| (shard.last_hash, n)).collect();
        routes.sort_unstable();
        Self { stream, logs, routes }
    }

    /// The open shard that takes a hash key.
    pub fn route(&self, hash: u128) -> Option<u32> {
        let at = self.routes.partition_point(|(last, _)| *last < hash);
        self.routes.get(at).map(|(_, shard)| *shard)
    }

    pub fn log(&self, shard: u32) -> Option<&Arc<ShardLog>> {
        self.logs.get(shard as usize)
    }
}
