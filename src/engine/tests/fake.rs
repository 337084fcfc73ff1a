//! Resources of the fake world, with properties that a test sets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::world::{Object, World, remove};
use crate::engine::{BoxError, Condition, Cx, Desired, Graph, Live, Outputs, Owner, Resource, Unresolved};

/// How one node refers to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// By order alone.
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
    /// It lives in those it depends on by order or identity, vanishes with them, and is not found without them.
    pub inside: bool,
    /// Its attribute follows its size, so that an update in place changes it.
    pub versioned: bool,
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
            versioned: false,
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
        let mut version = (if self.node.stable { 0 } else { object.generation }).to_string();
        if self.node.versioned {
            version = format!("{version}.{}", object.document["Size"]);
        }
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
                .filter(|(_, edge)| **edge != Edge::Value)
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

    async fn read(&self, desired: &Value, _cx: &Cx) -> Result<Option<Live>, BoxError> {
        let _running = self.world.enter("read", &self.node.id);
        self.world.tick().await?;
        let nameless = desired["Parents"]
            .as_object()
            .is_some_and(|parents| parents.values().any(Value::is_null));
        Ok(self.live().filter(|_| !(self.node.inside && nameless)))
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
