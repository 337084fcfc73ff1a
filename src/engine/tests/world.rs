//! A world of objects that depend on each other, with the manners of a cloud: creation takes several steps, a killed
//! one leaves half an object behind, an object in use cannot be deleted, a recreated one has other attributes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::engine::{BoxError, Condition, Cx, Desired, Graph, Live, Outputs, Owner, Resource, Unresolved};

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
    generation: u64,
    dependencies: BTreeSet<String>,
    /// It lives in these and vanishes with them.
    inside: BTreeSet<String>,
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
    generation: u64,
}

#[derive(Default)]
pub struct World {
    state: Mutex<State>,
    pub killed: Notify,
}

/// How one node refers to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// By order alone; an `inside` node vanishes with the other.
    Order,
    /// By the other's attribute, changeable in place.
    Value,
    /// By the other's attribute, under a replacement path.
    Identity,
}

/// A node of the graph under test.
#[derive(Clone, Debug)]
pub struct Node {
    pub id: String,
    pub edges: BTreeMap<String, Edge>,
    /// A setting that changes in place.
    pub size: u64,
    /// A setting whose change needs replacement.
    pub label: u64,
    /// What a half-made object of this type is.
    pub partial: Condition,
    /// Its attribute stays the same when it is recreated.
    pub stable: bool,
    pub inside: bool,
    pub retained: bool,
    /// Its creation ends only once this other object is usable, as if it were slow.
    pub outlasts: Option<String>,
}

impl Node {
    pub fn new(id: &str, dependencies: &[&str]) -> Self {
        Self {
            id: id.to_owned(),
            edges: dependencies.iter().map(|&id| (id.to_owned(), Edge::Value)).collect(),
            size: 1,
            label: 1,
            partial: Condition::Steady,
            stable: false,
            inside: false,
            retained: false,
            outlasts: None,
        }
    }
}

pub struct Fake {
    node: Node,
    dependencies: BTreeSet<String>,
    replacement: Vec<String>,
    world: Arc<World>,
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
    async fn tick(&self) -> Result<(), BoxError> {
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

    fn enter(self: &Arc<Self>, call: &str, id: &str) -> Running {
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
struct Running(Arc<World>);

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.running = state.running.saturating_sub(1);
    }
}

/// The graph of these nodes over `world`.
pub fn graph(world: &Arc<World>, nodes: &[Node]) -> Graph {
    Graph::new(nodes.iter().map(|node| fake(world, node)).collect()).expect("a graph")
}

pub fn fake(world: &Arc<World>, node: &Node) -> Arc<dyn Resource> {
    Arc::new(Fake {
        dependencies: node.edges.keys().cloned().collect(),
        replacement: vec!["/Label".to_owned(), "/Parents".to_owned()],
        world: world.clone(),
        node: node.clone(),
    })
}

impl Fake {
    fn live(&self) -> Option<Live> {
        let state = self.world.state();
        let object = state.objects.get(&self.node.id)?;
        let version = if self.node.stable { 0 } else { object.generation };
        Some(Live {
            physical_id: self.node.id.clone(),
            state: object.state.to_owned(),
            document: object.document.clone(),
            attributes: BTreeMap::from([("Arn".to_owned(), format!("arn:{}:{version}", self.node.id))]),
            owner: object.owner.clone(),
            created_at: None,
        })
    }

    fn check_dependencies(&self) -> Result<(), BoxError> {
        let state = self.world.state();
        for id in &self.dependencies {
            if state.objects.get(id).is_none_or(|object| object.state != "ACTIVE") {
                return Err(format!("{} began before {id} was usable", self.node.id).into());
            }
        }
        Ok(())
    }

    async fn outlast(&self) -> Result<(), BoxError> {
        let Some(other) = &self.node.outlasts else {
            return Ok(());
        };
        for _ in 0..10_000 {
            if self
                .world
                .state()
                .objects
                .get(other)
                .is_some_and(|object| object.state == "ACTIVE")
            {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
        Err(format!("{other} never came while {} was being created", self.node.id).into())
    }

    fn object(&self, document: Value, state: &'static str, generation: u64) -> Object {
        let inside = match self.node.inside {
            true => self
                .node
                .edges
                .iter()
                .filter(|(_, edge)| **edge == Edge::Order)
                .map(|(id, _)| id.clone())
                .collect(),
            false => BTreeSet::new(),
        };
        Object {
            document,
            state,
            owner: Owner::Ours,
            generation,
            dependencies: self.dependencies.clone(),
            inside,
        }
    }
}

fn remove(objects: &mut BTreeMap<String, Object>, id: &str) {
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

#[async_trait]
impl Resource for Fake {
    fn id(&self) -> &str {
        &self.node.id
    }

    fn kind(&self) -> &str {
        "Test::Object"
    }

    fn dependencies(&self) -> &BTreeSet<String> {
        &self.dependencies
    }

    fn retained(&self) -> bool {
        self.node.retained
    }

    fn replacement_paths(&self) -> &[String] {
        &self.replacement
    }

    fn condition(&self, live: &Live) -> Condition {
        match live.state.as_str() {
            "ACTIVE" => Condition::Steady,
            "PARTIAL" => self.node.partial,
            _ => Condition::Lost,
        }
    }

    fn desired(&self, outputs: &Outputs) -> Result<Desired, BoxError> {
        let mut desired = Desired {
            document: json!({"Size": self.node.size, "Label": self.node.label, "Refs": {}, "Parents": {}}),
            unresolved: Vec::new(),
        };
        for (id, edge) in &self.node.edges {
            let member = match edge {
                Edge::Order => continue,
                Edge::Value => "Refs",
                Edge::Identity => "Parents",
            };
            let value = outputs.get(id).and_then(|attributes| attributes.get("Arn"));
            if value.is_none() {
                desired.unresolved.push(Unresolved {
                    path: format!("/{member}/{id}"),
                    resource: id.clone(),
                    attribute: "Arn".to_owned(),
                });
            }
            desired.document[member][id] = value.map_or(Value::Null, |value| json!(value));
        }
        Ok(desired)
    }

    async fn read(&self, _desired: &Value, _cx: &Cx) -> Result<Option<Live>, BoxError> {
        let _running = self.world.enter("read", &self.node.id);
        self.world.tick().await?;
        Ok(self.live())
    }

    async fn create(&self, desired: &Value, cx: &Cx) -> Result<Live, BoxError> {
        let _running = self.world.enter("create", &self.node.id);
        self.world.tick().await?;
        self.check_dependencies()?;
        {
            let mut state = self.world.state();
            state.fresh.insert(self.node.id.clone(), cx.upstream_fresh());
            if state.objects.contains_key(&self.node.id) {
                return Err(format!("{} exists", self.node.id).into());
            }
            state.generation += 1;
            // A type that comes up by itself has its whole document from the first moment.
            let document = match self.node.partial {
                Condition::Settling => desired.clone(),
                _ => json!({"Label": desired["Label"], "Parents": desired["Parents"]}),
            };
            let object = self.object(document, "PARTIAL", state.generation);
            state.objects.insert(self.node.id.clone(), object);
        }
        cx.report("PARTIAL");
        self.outlast().await?;
        self.world.tick().await?;
        if let Some(object) = self.world.state().objects.get_mut(&self.node.id) {
            (object.document, object.state) = (desired.clone(), "ACTIVE");
        }
        self.world.tick().await?;
        self.live().ok_or_else(|| "vanished".into())
    }

    async fn update(&self, live: &Live, desired: &Value, changed: &[String], cx: &Cx) -> Result<Live, BoxError> {
        let _running = self.world.enter("update", &self.node.id);
        self.world.tick().await?;
        self.check_dependencies()?;
        assert_eq!(live.owner, Owner::Ours);
        if let Some(path) = changed
            .iter()
            .find(|path| path.starts_with("/Label") || path.starts_with("/Parents"))
        {
            return Err(format!("{path} cannot change in place").into());
        }
        self.world
            .state()
            .fresh
            .insert(self.node.id.clone(), cx.upstream_fresh());
        for member in ["Size", "Refs"] {
            if let Some(object) = self.world.state().objects.get_mut(&self.node.id) {
                object.document[member] = desired[member].clone();
            }
            self.world.tick().await?;
        }
        if let Some(object) = self.world.state().objects.get_mut(&self.node.id) {
            object.state = "ACTIVE";
        }
        self.live().ok_or_else(|| "vanished".into())
    }

    async fn delete(&self, live: &Live, _cx: &Cx) -> Result<(), BoxError> {
        let _running = self.world.enter("delete", &self.node.id);
        assert_eq!(live.owner, Owner::Ours);
        self.world.tick().await?;
        if let Some(object) = self.world.state().objects.get_mut(&self.node.id) {
            object.state = "DELETING";
        }
        self.world.tick().await?;
        remove(&mut self.world.state().objects, &self.node.id);
        self.world.tick().await?;
        Ok(())
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
