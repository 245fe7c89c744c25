//! The sentences of an error: what needs what, down to the contradiction.

use std::collections::{BTreeSet, VecDeque};

use resolvo::Solver;
use resolvo::conflict::{ConflictCause, ConflictEdge, ConflictGraph, ConflictNode};

use super::problem::Provider;
use super::universe::Universe;
use crate::relation::parse_relations;

/// More sentences than this help nobody.
const MAX_LINES: usize = 16;

/// One sentence for each step from the request, in the order in which they are met.
pub(super) fn chain<'a>(
    universe: &Universe<'a>,
    solver: &Solver<Provider<'a>>,
    graph: &ConflictGraph,
) -> Vec<String> {
    let story = Story { universe, provider: solver.provider(), graph };
    let mut lines = Vec::new();
    let mut seen = BTreeSet::from([graph.root_node.index()]);
    let mut queue = VecDeque::from([graph.root_node.index()]);
    while let Some(node) = queue.pop_front() {
        // Sorted, as the graph's own order differs from run to run.
        let mut sentences = BTreeSet::new();
        for (weight, target) in story.edges(node) {
            sentences.insert((story.sentence(node, weight, target), target));
        }
        for (sentence, target) in sentences {
            if !lines.contains(&sentence) {
                lines.push(sentence);
            }
            if seen.insert(target) {
                queue.push_back(target);
            }
        }
    }
    let rest = lines.len().saturating_sub(MAX_LINES);
    if rest > 0 {
        lines.truncate(MAX_LINES);
        lines.push(format!("... and {rest} more"));
    }
    lines
}

struct Story<'a, 'b> {
    universe: &'b Universe<'a>,
    provider: &'b Provider<'a>,
    graph: &'b ConflictGraph,
}

impl Story<'_, '_> {
    /// What leads away from a node, by the other node's position.
    fn edges(&self, node: usize) -> Vec<(ConflictEdge, usize)> {
        let graph = &self.graph.graph;
        let ends = graph.edge_indices().filter_map(|edge| {
            let (from, to) = graph.edge_endpoints(edge)?;
            (from.index() == node).then_some((*graph.edge_weight(edge)?, to.index()))
        });
        ends.collect()
    }

    fn node(&self, at: usize) -> Option<ConflictNode> {
        let graph = &self.graph.graph;
        let node = graph.node_indices().find(|node| node.index() == at)?;
        graph.node_weight(node).copied()
    }

    fn name(&self, at: usize) -> String {
        match self.node(at) {
            Some(ConflictNode::Solvable(id)) => self.universe.shown(id.into_raw()),
            _ => "the request".to_owned(),
        }
    }

    fn sentence(&self, from: usize, edge: ConflictEdge, to: usize) -> String {
        let who = self.name(from);
        match edge {
            ConflictEdge::Requires(requirement) => {
                let text = self.provider.relation_text(requirement);
                let unresolved = matches!(self.node(to), Some(ConflictNode::UnresolvedDependency));
                if unresolved {
                    return format!("{who} needs `{text}`, but {}", self.why_not(&text));
                }
                format!("{who} needs `{text}`")
            }
            ConflictEdge::Conflict(ConflictCause::Constrains(set)) => {
                format!("{who} does not go with {} (`{}`)", self.name(to), self.provider.conflict_text(set))
            }
            ConflictEdge::Conflict(ConflictCause::ForbidMultipleInstances) => {
                format!("{who} and {} cannot be there together", self.name(to))
            }
            ConflictEdge::Conflict(ConflictCause::Excluded) => match self.node(to) {
                Some(ConflictNode::Excluded(reason)) => {
                    format!("{who} cannot be installed: {}", self.provider.reason_text(reason))
                }
                _ => format!("{who} cannot be installed"),
            },
            ConflictEdge::Conflict(ConflictCause::Locked(_)) => {
                format!("{who} excludes {}", self.name(to))
            }
        }
    }

    fn why_not(&self, relation: &str) -> String {
        let relations = parse_relations(relation).unwrap_or_default();
        let why: Vec<String> = relations
            .iter()
            .flat_map(|relation| &relation.alternatives)
            .map(|dependency| self.universe.instead(dependency))
            .collect();
        why.join(", and ")
    }
}
