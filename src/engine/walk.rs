//! Which node may start next: the bookkeeping of a walk, without any waiting.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::graph::{Direction, Graph};

/// A walk over a graph in which a node becomes ready the moment everything upstream of it is done.
///
/// Ready nodes come longest remaining chain first (the chain is what a run's duration is made of), then in id order,
/// so that two runs over the same graph make the same choices.
pub(super) struct Walk {
    downstream: Vec<Vec<usize>>,
    missing: Vec<usize>,
    chain: Vec<usize>,
    ready: BTreeSet<(Reverse<usize>, usize)>,
}

impl Walk {
    pub fn new(graph: &Graph, direction: Direction) -> Self {
        let downstream: Vec<Vec<usize>> = (0..graph.len())
            .map(|node| graph.downstream(node, direction).to_vec())
            .collect();
        let missing: Vec<usize> = (0..graph.len())
            .map(|node| graph.upstream(node, direction).len())
            .collect();
        let mut chain = vec![0; graph.len()];
        for node in graph.order(direction).into_iter().rev() {
            chain[node] = downstream[node].iter().map(|&next| chain[next] + 1).max().unwrap_or(0);
        }
        let ready = (0..graph.len())
            .filter(|&node| missing[node] == 0)
            .map(|node| (Reverse(chain[node]), node));
        Self {
            ready: ready.collect(),
            downstream,
            missing,
            chain,
        }
    }

    /// Takes the next node that may start.
    pub fn next(&mut self) -> Option<usize> {
        self.ready.pop_first().map(|(_, node)| node)
    }

    /// Notes that `node`, taken earlier, is done. A node never reported as done holds back all that is downstream.
    pub fn done(&mut self, node: usize) {
        for &next in &self.downstream[node] {
            self.missing[next] -= 1;
            if self.missing[next] == 0 {
                self.ready.insert((Reverse(self.chain[next]), next));
            }
        }
    }
}
