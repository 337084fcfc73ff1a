//! Building and walking graphs.

use std::sync::Arc;

use super::fake::{Node, fake, graph};
use super::world::World;
use crate::engine::graph::Direction;
use crate::engine::walk::Walk;
use crate::engine::{Graph, GraphError};

fn build(nodes: &[Node]) -> Result<Graph, GraphError> {
    let world = Arc::new(World::default());
    Graph::new(nodes.iter().map(|node| fake(&world, node)).collect())
}

#[test]
fn a_duplicate_an_unknown_and_a_circle_are_named() {
    let duplicate = build(&[Node::new("a", &[]), Node::new("a", &[])]).err();
    assert!(matches!(duplicate, Some(GraphError::DuplicateId { id, .. }) if id == "a"));
    let unknown = build(&[Node::new("a", &["b"])]).err();
    assert!(matches!(unknown, Some(GraphError::UnknownDependency { dependency, .. }) if dependency == "b"));
    // "a" only leads into the circle and "e" only out of it.
    let circle = [("a", "c"), ("b", "d"), ("c", "b"), ("d", "c"), ("e", "")].map(|(id, on)| match on {
        "" => Node::new(id, &[]),
        on => Node::new(id, &[on]),
    });
    let error = build(&circle).err().expect("a circle");
    assert_eq!(
        error,
        GraphError::Cycle {
            path: ["b", "d", "c", "b"].map(str::to_owned).to_vec()
        }
    );
    assert!(error.to_string().contains("b -> d -> c -> b"));
    assert!(matches!(build(&[Node::new("a", &["a"])]).err(), Some(GraphError::Cycle { path }) if path == ["a", "a"]));
}

#[test]
fn ready_nodes_come_longest_chain_first_then_by_id() {
    let world = Arc::new(World::default());
    let nodes = [
        Node::new("z", &[]),
        Node::new("y", &["z"]),
        Node::new("x", &["y"]),
        Node::new("a", &[]),
        Node::new("b", &[]),
    ];
    let graph = graph(&world, &nodes);
    let ids: Vec<&str> = graph.resources().map(|resource| resource.id()).collect();
    assert_eq!(ids, ["a", "b", "z", "y", "x"]);
    let walked = |direction| {
        let mut walk = Walk::new(&graph, direction);
        let mut ids = Vec::new();
        while let Some(node) = walk.next() {
            ids.push(graph.id(node));
            walk.done(node);
        }
        ids
    };
    assert_eq!(walked(Direction::Forward), ["z", "y", "a", "b", "x"]);
    assert_eq!(walked(Direction::Reverse), ["x", "y", "a", "b", "z"]);
}
