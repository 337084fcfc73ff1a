//! Finds resources that wait for each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::evaluate::Reference;
use super::sink::{Finding, Sink};

/// Reports each group of resources that depend on each other once, with the shortest cycle in it.
pub(super) fn check(edges: &BTreeMap<&str, &[Reference]>, sink: &mut Sink) {
    let mut reported: BTreeSet<&str> = BTreeSet::new();
    for &start in edges.keys() {
        if reported.contains(start) {
            continue;
        }
        let Some(cycle) = shortest(start, edges) else { continue };
        let names: Vec<_> = cycle.iter().map(|(from, _)| *from).collect();
        reported.extend(names.iter().copied());
        let message = match names.as_slice() {
            [only] => format!("resource `{only}` refers to itself"),
            _ => format!("resources wait for each other: {} -> {}", names.join(" -> "), names[0]),
        };
        let mut finding = Finding::error("cycle", cycle[0].1.span, message).label(named(&cycle[0]));
        for step in &cycle[1..] {
            finding = finding.related(step.1.span, named(step));
        }
        sink.push(finding.help("remove one of these references, or move it into a resource of its own"));
    }
}

fn named((from, to): &(&str, &Reference)) -> String {
    format!("{from} needs {}", to.id)
}

/// The shortest way from a resource back to itself, as (resource, its reference to the next).
fn shortest<'a>(start: &'a str, edges: &BTreeMap<&'a str, &'a [Reference]>) -> Option<Vec<(&'a str, &'a Reference)>> {
    let mut came: BTreeMap<&str, (&'a str, &'a Reference)> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for reference in edges.get(at).copied().unwrap_or_default() {
            let to = reference.id.as_str();
            if to == start {
                let mut path = vec![(at, reference)];
                while path[path.len() - 1].0 != start {
                    let (from, reference) = came[path[path.len() - 1].0];
                    path.push((from, reference));
                }
                path.reverse();
                return Some(path);
            }
            if !came.contains_key(to) {
                came.insert(to, (at, reference));
                queue.push_back(to);
            }
        }
    }
    None
}
