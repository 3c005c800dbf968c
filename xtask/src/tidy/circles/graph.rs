//! Strongly connected components of a small graph, and the shortest circle in one.
//!
//! Nodes are numbers from zero. Leaves out what they stand for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A directed graph: for each node, the nodes that it leads to.
#[derive(Debug, Default)]
pub(crate) struct Graph(BTreeMap<usize, BTreeSet<usize>>);

impl Graph {
    /// Builds a graph from its arrows; one from a node to itself counts for nothing.
    pub(crate) fn new(arrows: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut graph = Self::default();
        for (from, to) in arrows {
            if from != to {
                graph.0.entry(from).or_default().insert(to);
            }
        }
        graph
    }

    /// Returns the components of more than one node, each sorted, in the order of their first
    /// nodes.
    ///
    /// Two nodes belong together if each reaches the other. The graphs here have a few hundred
    /// nodes, so a search from each is quick enough.
    pub(crate) fn components(&self) -> Vec<BTreeSet<usize>> {
        let reached: BTreeMap<_, _> = self
            .0
            .keys()
            .map(|&node| (node, self.reached(node)))
            .collect();
        let mut components = BTreeSet::new();
        for (node, others) in &reached {
            let back = |other: &&usize| reached.get(other).is_some_and(|it| it.contains(node));
            let component: BTreeSet<_> = others.iter().filter(back).copied().collect();
            if component.len() > 1 {
                components.insert(component);
            }
        }
        components.into_iter().collect()
    }

    /// Returns the shortest circle within a component, without its first node again at the end.
    pub(crate) fn shortest_circle(&self, component: &BTreeSet<usize>) -> Vec<usize> {
        let circles = component
            .iter()
            .filter_map(|&node| self.circle_from(node, component));
        circles.min_by_key(Vec::len).unwrap_or_default()
    }

    /// Returns the nodes that a walk of one or more steps from this one comes to.
    fn reached(&self, start: usize) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut next = vec![start];
        while let Some(node) = next.pop() {
            let steps = self.0.get(&node).into_iter().flatten();
            next.extend(steps.filter(|to| reached.insert(**to)));
        }
        reached
    }

    /// Searches breadth first, so the first way back is a shortest one.
    fn circle_from(&self, start: usize, within: &BTreeSet<usize>) -> Option<Vec<usize>> {
        let mut came_from = BTreeMap::new();
        let mut next = VecDeque::from([start]);
        while let Some(node) = next.pop_front() {
            for &to in self.0.get(&node)?.intersection(within) {
                if to == start {
                    return Some(way(&came_from, start, node));
                }
                if let std::collections::btree_map::Entry::Vacant(entry) = came_from.entry(to) {
                    entry.insert(node);
                    next.push_back(to);
                }
            }
        }
        None
    }
}

/// Returns the nodes from the start to this one.
fn way(came_from: &BTreeMap<usize, usize>, start: usize, end: usize) -> Vec<usize> {
    let mut way = vec![end];
    while let Some(node) = way
        .last()
        .filter(|node| **node != start)
        .and_then(|it| came_from.get(it))
    {
        way.push(*node);
    }
    way.reverse();
    way
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [[usize; 0]; 0] = [];

    #[test]
    fn chain_has_no_component() {
        assert_eq!(components(&[(0, 1), (1, 2), (0, 2)]), NONE);
    }

    #[test]
    fn arrow_to_itself_counts_for_nothing() {
        assert_eq!(components(&[(0, 0), (0, 1)]), NONE);
    }

    #[test]
    fn two_components_are_kept_apart() {
        let arrows = [(0, 1), (1, 0), (1, 2), (2, 3), (3, 2), (4, 0)];
        assert_eq!(components(&arrows), [[0, 1], [2, 3]]);
    }

    #[test]
    fn shortest_circle_is_found_in_a_larger_component() {
        let arrows = [(0, 1), (1, 2), (2, 3), (3, 0), (2, 1)];
        let graph = Graph::new(arrows);
        let component = BTreeSet::from([0, 1, 2, 3]);
        assert_eq!(graph.shortest_circle(&component), [1, 2]);
        assert_eq!(graph.components(), [component]);
    }

    #[test]
    fn circle_lists_its_nodes_in_the_order_of_the_walk() {
        let graph = Graph::new([(0, 2), (2, 1), (1, 0)]);
        assert_eq!(graph.shortest_circle(&BTreeSet::from([0, 1, 2])), [0, 2, 1]);
    }

    /// Compares every graph of four nodes with a search that tries every way.
    #[test]
    fn every_small_graph_agrees_with_trying_every_way() {
        let pairs: Vec<_> = (0..4)
            .flat_map(|from| (0..4).map(move |to| (from, to)))
            .filter(|(from, to)| from != to)
            .collect();
        for choice in 0_u32..1 << pairs.len() {
            let arrows: BTreeSet<_> = (0..pairs.len())
                .filter(|bit| choice >> bit & 1 == 1)
                .map(|bit| pairs[bit])
                .collect();
            let circles = every_circle(&arrows);
            let graph = Graph::new(arrows.iter().copied());
            for component in graph.components() {
                let circle = graph.shortest_circle(&component);
                let next = circle.iter().cycle().skip(1);
                assert!(
                    circle
                        .iter()
                        .zip(next)
                        .all(|(from, to)| arrows.contains(&(*from, *to)))
                );
                let inside = circles
                    .iter()
                    .filter(|it| it.iter().all(|node| component.contains(node)));
                assert_eq!(inside.map(Vec::len).min(), Some(circle.len()), "{arrows:?}");
            }
            let on_a_circle: BTreeSet<_> = circles.into_iter().flatten().collect();
            let found: BTreeSet<_> = graph.components().into_iter().flatten().collect();
            assert_eq!(found, on_a_circle, "{arrows:?}");
        }
    }

    /// Walks from every node along every arrow to nodes not met before, and keeps the walks that
    /// come home.
    fn every_circle(arrows: &BTreeSet<(usize, usize)>) -> Vec<Vec<usize>> {
        let mut walks: Vec<Vec<usize>> = (0..4).map(|node| vec![node]).collect();
        let mut circles = Vec::new();
        while let Some(walk) = walks.pop() {
            let (first, last) = (walk[0], walk[walk.len() - 1]);
            for (_, to) in arrows.range((last, 0)..(last + 1, 0)) {
                if *to == first {
                    circles.push(walk.clone());
                } else if !walk.contains(to) {
                    walks.push(walk.iter().chain([to]).copied().collect());
                }
            }
        }
        circles
    }

    fn components(arrows: &[(usize, usize)]) -> Vec<Vec<usize>> {
        let components = Graph::new(arrows.iter().copied()).components();
        components
            .into_iter()
            .map(|it| it.into_iter().collect())
            .collect()
    }
}
