//! Why each package of a solution is in it.

use std::collections::{HashMap, HashSet, VecDeque};

use super::universe::{Root, Universe};
use super::{Reason, Resolution, Selected};
use crate::relation::{Relation, parse_relations};

/// Walks from the request along the relations, nearest packages first. What is not reached is not
/// needed: a search may leave such packages behind when it has tried something else before.
pub(super) fn explain(
    universe: &Universe<'_>,
    roots: &[Root<'_>],
    chosen: HashSet<u32>,
    recommends: bool,
) -> Resolution {
    let mut walk = Walk { universe, chosen, reasons: HashMap::new(), queue: VecDeque::new() };
    for root in roots {
        walk.visit(&root.relation, || match root.entry {
            Some(entry) => Reason::Requested(entry.to_owned()),
            None => Reason::Essential,
        });
    }
    while let Some(id) = walk.queue.pop_front() {
        let package = universe.packages[id as usize];
        let name = || package.name().to_owned();
        for field in [package.pre_depends(), package.depends()] {
            // Whatever was chosen has readable relations: the search refuses others.
            for relation in parse_relations(field).unwrap_or_default() {
                walk.visit(&relation, || Reason::NeededBy {
                    package: name(),
                    relation: relation.to_string(),
                });
            }
        }
        let recommended = if recommends { package.recommends() } else { "" };
        for relation in parse_relations(recommended).unwrap_or_default() {
            walk.visit(&relation, || Reason::RecommendedBy {
                package: name(),
                relation: relation.to_string(),
            });
        }
    }
    let packages = walk.reasons.into_iter();
    let mut packages: Vec<Selected> = packages
        .map(|(id, reason)| Selected { package: universe.packages[id as usize].clone(), reason })
        .collect();
    packages.sort_by(|left, right| left.package.name().cmp(right.package.name()));
    Resolution { packages }
}

struct Walk<'a> {
    universe: &'a Universe<'a>,
    chosen: HashSet<u32>,
    reasons: HashMap<u32, Reason>,
    queue: VecDeque<u32>,
}

impl Walk<'_> {
    /// Gives the reason to the package that fulfils the relation, unless one that does has one already.
    fn visit(&mut self, relation: &Relation<'_>, reason: impl FnOnce() -> Reason) {
        if relation.alternatives.iter().any(|dependency| self.universe.is_provided(dependency).is_some()) {
            return;
        }
        let matches: Vec<u32> = relation
            .alternatives
            .iter()
            .flat_map(|dependency| self.universe.matches(dependency))
            .filter(|id| self.chosen.contains(id))
            .collect();
        if matches.iter().any(|id| self.reasons.contains_key(id)) {
            return;
        }
        if let Some(&id) = matches.first() {
            self.reasons.insert(id, reason());
            self.queue.push_back(id);
        }
    }
}
