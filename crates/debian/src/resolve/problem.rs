//! The request in the terms of `resolvo`, written out as far as the search asks.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Display;
use std::rc::Rc;

use resolvo::{
    Candidates, Condition, ConditionId, ConditionalRequirement, Dependencies, DependencyProvider, Interner,
    KnownDependencies, NameId, Requirement, SolvableId, SolverCache, StringId, VersionSetId,
    VersionSetUnionId,
};

use super::universe::Universe;
use crate::relation::{Dependency, Relation, parse_relations};

/// What a name of the search stands for.
#[derive(Clone, Copy)]
enum Name<'a> {
    Package(&'a str),
    /// Going without a recommended package, which this number stands for, behind those of real packages.
    /// Each such name is of one relation only, so that giving up one gives up no other.
    WayOut(u32),
}

/// Packages of one name.
struct Set {
    name: NameId,
    ids: Rc<[u32]>,
    /// Whether all but these are meant: what a conflict leaves.
    inverted: bool,
}

/// What was written out so far.
#[derive(Default)]
struct Pool<'a> {
    names: Vec<Name<'a>>,
    name_ids: HashMap<&'a str, NameId>,
    /// The names of the ways out, in the order of their numbers.
    ways_out: Vec<NameId>,
    sets: Vec<Set>,
    unions: Vec<Rc<[VersionSetId]>>,
    /// The relation as text, by what it became.
    relations: HashMap<Requirement, String>,
    requirements: HashMap<(Relation<'a>, bool), Option<Requirement>>,
    /// The field and the relation as text, by what it became.
    conflicts: HashMap<VersionSetId, String>,
    strings: Vec<String>,
}

/// Answers what the search asks.
pub(super) struct Provider<'a> {
    universe: &'a Universe<'a>,
    recommends: bool,
    pool: RefCell<Pool<'a>>,
}

impl<'a> Provider<'a> {
    pub(super) fn new(universe: &'a Universe<'a>, recommends: bool) -> Self {
        Self { universe, recommends, pool: RefCell::default() }
    }

    /// A relation written out; none if the system fulfils it by itself.
    pub(super) fn requirement(&self, relation: &Relation<'a>) -> Option<Requirement> {
        self.written_out(relation, false)
    }

    /// The text of why a package cannot be installed.
    pub(super) fn reason_text(&self, string: StringId) -> String {
        self.pool.borrow().strings[string.0 as usize].clone()
    }

    /// The text of the relation that became `requirement`.
    pub(super) fn relation_text(&self, requirement: Requirement) -> String {
        self.pool.borrow().relations.get(&requirement).cloned().unwrap_or_default()
    }

    /// The field and the relation that became a constraint: ``Breaks: a (<< 2)``.
    pub(super) fn conflict_text(&self, set: VersionSetId) -> String {
        self.pool.borrow().conflicts.get(&set).cloned().unwrap_or_default()
    }

    fn written_out(&self, relation: &Relation<'a>, optional: bool) -> Option<Requirement> {
        let key = (relation.clone(), optional);
        if let Some(known) = self.pool.borrow().requirements.get(&key) {
            return *known;
        }
        let requirement = self.write_out(relation, optional);
        self.pool.borrow_mut().requirements.insert(key, requirement);
        requirement
    }

    fn write_out(&self, relation: &Relation<'a>, optional: bool) -> Option<Requirement> {
        let alternatives = &relation.alternatives;
        if alternatives.iter().any(|dependency| self.universe.is_provided(dependency).is_some()) {
            return None;
        }
        let mut pool = self.pool.borrow_mut();
        let mut sets = Vec::new();
        for dependency in alternatives {
            for (name, ids) in self.by_name(&self.universe.matches(dependency)) {
                let name = pool.name(name);
                sets.push(pool.set(name, ids, false));
            }
        }
        if optional {
            if sets.is_empty() {
                return None;
            }
            sets.push(pool.way_out(self.universe.packages.len()));
        }
        let union = VersionSetUnionId(pool.unions.len() as u32);
        pool.unions.push(sets.into());
        let requirement = Requirement::Union(union);
        pool.relations.insert(requirement, relation.to_string());
        Some(requirement)
    }

    /// The constraints that keep `own` from what it conflicts with, or why it cannot be installed at all.
    fn constraints(
        &self,
        own: &str,
        field: &str,
        dependency: &Dependency<'a>,
    ) -> Result<Vec<VersionSetId>, String> {
        let text = format!("{field}: {dependency}");
        if dependency.name != own
            && let Some(provided) = self.universe.is_provided(dependency)
        {
            return Err(format!("`{text}`, which is supplied by {}", provided.reason));
        }
        let mut matches = self.universe.matches(dependency);
        // Another version of itself is never there with it, and it may provide what it conflicts with.
        matches.retain(|&id| self.universe.packages[id as usize].name() != own);
        let mut pool = self.pool.borrow_mut();
        let sets = self.by_name(&matches).into_iter().map(|(name, ids)| {
            let name = pool.name(name);
            let set = pool.set(name, ids, true);
            pool.conflicts.insert(set, text.clone());
            set
        });
        Ok(sets.collect())
    }

    /// The same packages by name, names in the order of their first.
    fn by_name(&self, ids: &[u32]) -> Vec<(&'a str, Vec<u32>)> {
        let mut groups: Vec<(&str, Vec<u32>)> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for &id in ids {
            let name = self.universe.packages[id as usize].name();
            let place = *places.entry(name).or_insert(groups.len());
            if place == groups.len() {
                groups.push((name, Vec::new()));
            }
            groups[place].1.push(id);
        }
        groups
    }

    /// The relations of a package, or why it cannot be installed.
    fn known(&self, id: u32) -> Result<KnownDependencies, String> {
        let package = self.universe.packages[id as usize];
        let mut known = KnownDependencies::default();
        for (field, text) in [("Pre-Depends", package.pre_depends()), ("Depends", package.depends())] {
            for relation in parse_relations(text).map_err(|error| format!("`{field}`: {error}"))? {
                known.requirements.extend(self.requirement(&relation).map(ConditionalRequirement::from));
            }
        }
        for (field, text) in [("Conflicts", package.conflicts()), ("Breaks", package.breaks())] {
            for relation in parse_relations(text).map_err(|error| format!("`{field}`: {error}"))? {
                for dependency in &relation.alternatives {
                    known.constrains.extend(self.constraints(package.name(), field, dependency)?);
                }
            }
        }
        if self.recommends {
            // What cannot be read cannot be recommended.
            for relation in parse_relations(package.recommends()).unwrap_or_default() {
                known
                    .requirements
                    .extend(self.written_out(&relation, true).map(ConditionalRequirement::from));
            }
        }
        Ok(known)
    }
}

impl<'a> Pool<'a> {
    fn name(&mut self, name: &'a str) -> NameId {
        let next = NameId::from_raw(self.names.len() as u32);
        let id = *self.name_ids.entry(name).or_insert(next);
        if id == next {
            self.names.push(Name::Package(name));
        }
        id
    }

    fn set(&mut self, name: NameId, ids: Vec<u32>, inverted: bool) -> VersionSetId {
        self.sets.push(Set { name, ids: ids.into(), inverted });
        VersionSetId(self.sets.len() as u32 - 1)
    }

    /// A set of one way out; `packages` is the number of real packages.
    fn way_out(&mut self, packages: usize) -> VersionSetId {
        let solvable = (packages + self.ways_out.len()) as u32;
        let name = NameId::from_raw(self.names.len() as u32);
        self.names.push(Name::WayOut(solvable));
        self.ways_out.push(name);
        self.set(name, vec![solvable], false)
    }

    fn string(&mut self, text: String) -> StringId {
        self.strings.push(text);
        StringId(self.strings.len() as u32 - 1)
    }
}

/// Messages are made in `explain`; what is shown here is for `resolvo`'s own traces.
impl Interner for Provider<'_> {
    type NameId = NameId;
    type SolvableId = SolvableId;

    fn display_solvable(&self, solvable: SolvableId) -> impl Display + '_ {
        self.universe.shown(solvable.into_raw())
    }

    fn display_name(&self, name: NameId) -> impl Display + '_ {
        match self.pool.borrow().names[name.into_raw() as usize] {
            Name::Package(name) => name,
            Name::WayOut(_) => "nothing",
        }
    }

    fn display_version_set(&self, set: VersionSetId) -> impl Display + '_ {
        self.conflict_text(set)
    }

    fn display_string(&self, string: StringId) -> impl Display + '_ {
        self.pool.borrow().strings[string.0 as usize].clone()
    }

    fn version_set_name(&self, set: VersionSetId) -> NameId {
        self.pool.borrow().sets[set.0 as usize].name
    }

    fn solvable_name(&self, solvable: SolvableId) -> NameId {
        let mut pool = self.pool.borrow_mut();
        match self.universe.packages.get(solvable.into_raw() as usize) {
            Some(package) => pool.name(package.name()),
            None => pool.ways_out[solvable.into_raw() as usize - self.universe.packages.len()],
        }
    }

    fn version_sets_in_union(&self, union: VersionSetUnionId) -> impl Iterator<Item = VersionSetId> {
        let sets = Rc::clone(&self.pool.borrow().unions[union.0 as usize]);
        (0..sets.len()).map(move |at| sets[at])
    }

    fn resolve_condition(&self, _: ConditionId) -> Condition {
        unreachable!("no requirement is made with a condition")
    }
}

impl DependencyProvider for Provider<'_> {
    async fn filter_candidates(
        &self,
        candidates: &[SolvableId],
        set: VersionSetId,
        inverse: bool,
    ) -> Vec<SolvableId> {
        let pool = self.pool.borrow();
        let set = &pool.sets[set.0 as usize];
        let kept =
            candidates.iter().filter(|id| set.ids.contains(&id.into_raw()) != (set.inverted != inverse));
        kept.copied().collect()
    }

    async fn get_candidates(&self, name: NameId) -> Option<Candidates> {
        let candidates = match self.pool.borrow().names[name.into_raw() as usize] {
            Name::Package(name) => {
                self.universe.named(name).iter().copied().map(SolvableId::from_raw).collect()
            }
            Name::WayOut(solvable) => vec![SolvableId::from_raw(solvable)],
        };
        Some(Candidates { candidates, ..Candidates::default() })
    }

    async fn sort_candidates(&self, _: &SolverCache<Self>, solvables: &mut [SolvableId]) {
        solvables.sort_by_key(|id| self.universe.rank(id.into_raw()));
    }

    async fn get_dependencies(&self, solvable: SolvableId) -> Dependencies {
        let Some(id) = self.universe.candidate(solvable.into_raw()) else {
            return Dependencies::Known(KnownDependencies::default());
        };
        match self.known(id) {
            Ok(known) => Dependencies::Known(known),
            Err(why) => Dependencies::Unknown(self.pool.borrow_mut().string(why)),
        }
    }
}
