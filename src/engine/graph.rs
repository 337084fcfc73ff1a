//! The resources of a project and who depends on whom.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::resource::Resource;

/// Why a set of resources is not a graph that can be walked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    #[error("two resources have the logical id '{id}' ({first} and {second}); rename one of them")]
    DuplicateId { id: String, first: String, second: String },
    #[error("{kind} '{id}' depends on '{dependency}', which does not exist; remove the reference or declare it")]
    UnknownDependency {
        id: String,
        kind: String,
        dependency: String,
    },
    /// `path` starts and ends with the same id; each depends on the next.
    #[error("resources depend on each other in a circle: {}; remove one of these references", path.join(" -> "))]
    Cycle { path: Vec<String> },
}

/// An acyclic graph of resources. Cheap to clone: resources are shared.
#[derive(Clone)]
pub struct Graph {
    /// Sorted by id, so that the order of indices is the order of ids.
    nodes: Vec<Node>,
    /// Every node after its dependencies; among those free to choose, in id order.
    order: Vec<usize>,
}

#[derive(Clone)]
struct Node {
    resource: Arc<dyn Resource>,
    dependencies: Vec<usize>,
    dependents: Vec<usize>,
}

/// Which way a graph is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Dependencies first.
    Forward,
    /// Dependents first.
    Reverse,
}

impl Graph {
    /// Links the resources by their declared dependencies.
    ///
    /// # Errors
    /// A logical id used twice, a dependency that is not among `resources`, or a circle of dependencies.
    pub fn new(mut resources: Vec<Arc<dyn Resource>>) -> Result<Self, GraphError> {
        resources.sort_by(|a, b| a.id().cmp(b.id()));
        if let Some(pair) = resources.windows(2).find(|pair| pair[0].id() == pair[1].id()) {
            return Err(GraphError::DuplicateId {
                id: pair[0].id().to_owned(),
                first: pair[0].kind().to_owned(),
                second: pair[1].kind().to_owned(),
            });
        }
        let nodes = link(resources)?;
        let order = topological(&nodes)?;
        Ok(Self { nodes, order })
    }

    /// How many resources there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The resource with this logical id.
    pub fn get(&self, id: &str) -> Option<&Arc<dyn Resource>> {
        self.index(id).map(|node| self.resource(node))
    }

    /// All resources, each after those it depends on.
    pub fn resources(&self) -> impl Iterator<Item = &Arc<dyn Resource>> {
        self.order.iter().map(|&node| self.resource(node))
    }

    pub(super) fn index(&self, id: &str) -> Option<usize> {
        self.nodes.binary_search_by(|node| node.resource.id().cmp(id)).ok()
    }

    pub(super) fn resource(&self, node: usize) -> &Arc<dyn Resource> {
        &self.nodes[node].resource
    }

    pub(super) fn id(&self, node: usize) -> &str {
        self.nodes[node].resource.id()
    }

    /// Indices in the order of a walk: whatever must come first, comes first.
    pub(super) fn order(&self, direction: Direction) -> Vec<usize> {
        match direction {
            Direction::Forward => self.order.clone(),
            Direction::Reverse => self.order.iter().rev().copied().collect(),
        }
    }

    /// Nodes that must be done before `node` may start.
    pub(super) fn upstream(&self, node: usize, direction: Direction) -> &[usize] {
        match direction {
            Direction::Forward => &self.nodes[node].dependencies,
            Direction::Reverse => &self.nodes[node].dependents,
        }
    }

    /// Nodes that wait for `node`.
    pub(super) fn downstream(&self, node: usize, direction: Direction) -> &[usize] {
        match direction {
            Direction::Forward => &self.nodes[node].dependents,
            Direction::Reverse => &self.nodes[node].dependencies,
        }
    }
}

fn link(resources: Vec<Arc<dyn Resource>>) -> Result<Vec<Node>, GraphError> {
    let index: BTreeMap<String, usize> = resources
        .iter()
        .enumerate()
        .map(|(node, resource)| (resource.id().to_owned(), node))
        .collect();
    let mut nodes: Vec<Node> = Vec::with_capacity(resources.len());
    for resource in resources {
        let mut dependencies = Vec::with_capacity(resource.dependencies().len());
        for dependency in resource.dependencies() {
            let Some(&node) = index.get(dependency) else {
                return Err(GraphError::UnknownDependency {
                    id: resource.id().to_owned(),
                    kind: resource.kind().to_owned(),
                    dependency: dependency.clone(),
                });
            };
            dependencies.push(node);
        }
        nodes.push(Node {
            resource,
            dependencies,
            dependents: Vec::new(),
        });
    }
    for node in 0..nodes.len() {
        for dependency in nodes[node].dependencies.clone() {
            nodes[dependency].dependents.push(node);
        }
    }
    Ok(nodes)
}

/// Kahn's algorithm with the ready nodes in id order.
fn topological(nodes: &[Node]) -> Result<Vec<usize>, GraphError> {
    let mut missing: Vec<usize> = nodes.iter().map(|node| node.dependencies.len()).collect();
    let mut ready: BTreeSet<usize> = (0..nodes.len()).filter(|&node| missing[node] == 0).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(node) = ready.pop_first() {
        order.push(node);
        for &dependent in &nodes[node].dependents {
            missing[dependent] -= 1;
            if missing[dependent] == 0 {
                ready.insert(dependent);
            }
        }
    }
    match missing.iter().position(|&count| count > 0) {
        None => Ok(order),
        Some(stuck) => Err(GraphError::Cycle {
            path: cycle(nodes, &missing, stuck),
        }),
    }
}

/// Follows unfinished dependencies from a stuck node until one repeats: every stuck node has a stuck dependency.
fn cycle(nodes: &[Node], missing: &[usize], stuck: usize) -> Vec<String> {
    let mut trail = vec![stuck];
    loop {
        let last = trail[trail.len() - 1];
        let Some(&next) = nodes[last]
            .dependencies
            .iter()
            .find(|&&dependency| missing[dependency] > 0)
        else {
            break;
        };
        if let Some(start) = trail.iter().position(|&seen| seen == next) {
            trail.drain(..start);
            break;
        }
        trail.push(next);
    }
    // The smallest id first, so that the same circle always reads the same.
    let smallest = (0..trail.len()).min_by_key(|&at| trail[at]).unwrap_or(0);
    trail.rotate_left(smallest);
    trail.push(trail[0]);
    trail
        .into_iter()
        .map(|node| nodes[node].resource.id().to_owned())
        .collect()
}
