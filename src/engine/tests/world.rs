//! A world of objects that depend on each other, with the manners of a cloud: creation takes several steps, a killed
//! one leaves half an object behind, an object in use cannot be deleted, a recreated one has other attributes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::engine::{BoxError, Owner};

/// What happens when the world's call counter reaches a number.
#[derive(Clone, Debug)]
pub enum Fault {
    Fail,
    Panic,
    /// The process dies: nothing any caller does from here on has an effect.
    Kill,
    Cancel(CancellationToken),
}

#[derive(Clone, Debug)]
pub struct Object {
    pub document: Value,
    /// `ACTIVE`, `PARTIAL` or `DELETING`.
    pub state: &'static str,
    pub owner: Owner,
    pub generation: u64,
    pub dependencies: BTreeSet<String>,
    /// It lives in these and vanishes with them.
    pub inside: BTreeSet<String>,
}

#[derive(Default)]
pub struct State {
    pub objects: BTreeMap<String, Object>,
    /// Every point of every call at which the world can break, counted.
    pub calls: usize,
    pub fault: Option<(usize, Fault)>,
    pub reads: usize,
    pub writes: usize,
    /// Lifecycle calls begun, as `create a`.
    pub log: Vec<String>,
    /// `upstream_fresh` of the last create or update of each resource.
    pub fresh: BTreeMap<String, bool>,
    running: usize,
    pub peak: usize,
    dead: bool,
    pub generation: u64,
}

#[derive(Default)]
pub struct World {
    state: Mutex<State>,
    pub killed: Notify,
}

impl World {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Reads and other lifecycle calls begun since it was armed.
    pub fn made(&self) -> (usize, usize) {
        let state = self.state();
        (state.reads, state.writes)
    }

    /// Sets the counters back, and breaks at `fault`.
    pub fn arm(&self, fault: Option<(usize, Fault)>) {
        let mut state = self.state();
        (state.calls, state.reads, state.writes, state.peak, state.running) = (0, 0, 0, 0, 0);
        state.log.clear();
        state.dead = false;
        state.fault = fault;
    }

    /// A point at which a call can be interrupted, and lets others run.
    pub async fn tick(&self) -> Result<(), BoxError> {
        let (call, fault) = {
            let mut state = self.state();
            state.calls += 1;
            let call = state.calls;
            (
                call,
                state
                    .fault
                    .clone()
                    .filter(|(at, _)| *at == call)
                    .map(|(_, fault)| fault),
            )
        };
        match fault {
            Some(Fault::Fail) => return Err(format!("broken at call {call}").into()),
            Some(Fault::Panic) => panic!("fell over at call {call}"),
            Some(Fault::Kill) => {
                self.state().dead = true;
                self.killed.notify_one();
            }
            Some(Fault::Cancel(token)) => token.cancel(),
            None => {}
        }
        if self.state().dead {
            std::future::pending::<()>().await;
        }
        for _ in 0..=call % 3 {
            tokio::task::yield_now().await;
        }
        if self.state().dead {
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    pub fn enter(self: &Arc<Self>, call: &str, id: &str) -> Running {
        let mut state = self.state();
        state.log.push(format!("{call} {id}"));
        *(if call == "read" {
            &mut state.reads
        } else {
            &mut state.writes
        }) += 1;
        state.running += 1;
        state.peak = state.peak.max(state.running);
        Running(self.clone())
    }
}

/// Counts a call as running until dropped.
pub struct Running(Arc<World>);

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.running = state.running.saturating_sub(1);
    }
}

/// Removes an object with all that lives in it.
pub fn remove(objects: &mut BTreeMap<String, Object>, id: &str) {
    objects.remove(id);
    let parts: Vec<String> = objects
        .iter()
        .filter(|(_, object)| object.inside.contains(id))
        .map(|(id, _)| id.clone())
        .collect();
    for part in parts {
        remove(objects, &part);
    }
}

/// Ids of objects that exist although something they depend on does not.
pub fn orphans(world: &World) -> Vec<String> {
    let state = world.state();
    let orphaned = |object: &Object| object.dependencies.iter().any(|id| !state.objects.contains_key(id));
    state
        .objects
        .iter()
        .filter(|(_, object)| orphaned(object))
        .map(|(id, _)| id.clone())
        .collect()
}
