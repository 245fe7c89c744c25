//! In which order packages are configured.
//!
//! dpkg (1.22, `src/main/packages.c`) has a queue: a package whose dependencies are not configured
//! goes to the end; when a whole round changes nothing, a cycle of dependencies is broken, preferably
//! at a package that has no postinst.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bringup_debian::{Dependency, parse_relations};

use crate::{Error, Package};

/// Which packages of a set each needs: for each relation, those that fulfil it.
#[derive(Debug)]
pub(crate) struct Needs {
    /// By package: its Depends and Pre-Depends, each as the packages of the set that will do.
    all: Vec<Vec<Vec<usize>>>,
    /// The same for Pre-Depends alone.
    early: Vec<Vec<Vec<usize>>>,
}

impl Needs {
    pub(crate) fn of(packages: &[Package<'_>]) -> Result<Self, Error> {
        let providers = Providers::of(packages)?;
        let (mut all, mut early) = (Vec::new(), Vec::new());
        for package in packages {
            let first = providers.relations(package, "Pre-Depends")?;
            let mut both = providers.relations(package, "Depends")?;
            both.extend(first.iter().cloned());
            all.push(both);
            early.push(first);
        }
        Ok(Self { all, early })
    }

    /// `roots` and whatever they need, directly or not.
    pub(crate) fn closure(&self, roots: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut todo: Vec<usize> = roots.into_iter().collect();
        while let Some(at) = todo.pop() {
            if found.insert(at) {
                // The alternative that the resolver took is not known: all of the set's will do.
                todo.extend(self.all[at].iter().filter_map(|any| any.first()));
            }
        }
        found
    }

    /// Packages that are another's Pre-Depends.
    pub(crate) fn wanted_early(&self, of: &BTreeSet<usize>) -> BTreeSet<usize> {
        of.iter().flat_map(|at| self.early[*at].iter().filter_map(|any| any.first().copied())).collect()
    }

    /// Those of `blocked`, and what cannot be configured without them, each with the reason.
    pub(crate) fn blocked(&self, blocked: &BTreeSet<usize>) -> BTreeMap<usize, usize> {
        let mut why: BTreeMap<usize, usize> = blocked.iter().map(|at| (*at, *at)).collect();
        loop {
            let before = why.len();
            for (at, relations) in self.all.iter().enumerate() {
                if why.contains_key(&at) {
                    continue;
                }
                let stuck =
                    |any: &&Vec<usize>| !any.is_empty() && any.iter().all(|one| why.contains_key(one));
                if let Some(any) = relations.iter().find(stuck) {
                    let root = why[&any[0]];
                    why.insert(at, root);
                }
            }
            if why.len() == before {
                return why;
            }
        }
    }

    /// `queue` in the order in which dpkg would configure it; `done` is configured already.
    pub(crate) fn order(
        &self,
        queue: Vec<usize>,
        done: &BTreeSet<usize>,
        has_script: impl Fn(usize) -> bool,
    ) -> Vec<usize> {
        let mut done = done.clone();
        let mut queue: VecDeque<usize> = queue.into();
        let mut order = Vec::new();
        let mut ignored: BTreeSet<(usize, usize)> = BTreeSet::new();
        let mut since = 0;
        while let Some(at) = queue.pop_front() {
            let waits = self.all[at].iter().any(|any| {
                !any.iter().any(|one| done.contains(one) || ignored.contains(&(at, *one)) || *one == at)
                    && any.iter().any(|one| queue.contains(one))
            });
            if !waits {
                since = 0;
                done.insert(at);
                order.push(at);
                continue;
            }
            queue.push_back(at);
            since += 1;
            if since > queue.len() {
                since = 0;
                let (from, to) = self.break_cycle(at, &done, &ignored, &has_script);
                ignored.insert((from, to));
            }
        }
        order
    }

    /// The dependency to ignore so that a cycle reached from `start` ends.
    fn break_cycle(
        &self,
        start: usize,
        done: &BTreeSet<usize>,
        ignored: &BTreeSet<(usize, usize)>,
        has_script: impl Fn(usize) -> bool,
    ) -> (usize, usize) {
        let mut path = vec![start];
        loop {
            let at = path[path.len() - 1];
            let unmet = self.all[at].iter().find(|any| {
                !any.is_empty()
                    && !any
                        .iter()
                        .any(|one| done.contains(one) || ignored.contains(&(at, *one)) || *one == at)
            });
            // Every package that waits has such a relation; a path without one ends here.
            let Some(next) = unmet.and_then(|any| any.first().copied()) else { return (at, at) };
            if let Some(from) = path.iter().position(|one| *one == next) {
                let cycle = &path[from..];
                let after = |position: usize| cycle[(position + 1) % cycle.len()];
                let free = (0..cycle.len()).find(|position| !has_script(cycle[*position]));
                let position = free.unwrap_or(cycle.len() - 1);
                return (cycle[position], after(position));
            }
            path.push(next);
        }
    }
}

/// Who is, or provides, a name.
struct Providers<'a> {
    by_name: BTreeMap<&'a str, Vec<(usize, Option<&'a str>)>>,
}

impl<'a> Providers<'a> {
    fn of(packages: &[Package<'a>]) -> Result<Self, Error> {
        let mut by_name: BTreeMap<&str, Vec<(usize, Option<&str>)>> = BTreeMap::new();
        for (at, package) in packages.iter().enumerate() {
            let control = package.control;
            by_name.entry(control.package()).or_default().insert(0, (at, Some(control.version())));
            let field = control.field("Provides").unwrap_or_default();
            for relation in parse_relations(field).map_err(|source| relation_error(package, source))? {
                for provided in relation.alternatives {
                    let version = provided.version.map(|(_, version)| version);
                    by_name.entry(provided.name).or_default().push((at, version));
                }
            }
        }
        Ok(Self { by_name })
    }

    fn relations(&self, package: &Package<'a>, field: &str) -> Result<Vec<Vec<usize>>, Error> {
        let text = package.control.field(field).unwrap_or_default();
        let relations = parse_relations(text).map_err(|source| relation_error(package, source))?;
        let of = |dependency: &Dependency<'_>| {
            let all = self.by_name.get(dependency.name).map(Vec::as_slice).unwrap_or_default();
            let fits = |version: &Option<&str>| match (dependency.version, version) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(_), Some(version)) => dependency.accepts(version),
            };
            all.iter().filter(|(_, version)| fits(version)).map(|(at, _)| *at).collect::<Vec<_>>()
        };
        Ok(relations.iter().map(|relation| relation.alternatives.iter().flat_map(of).collect()).collect())
    }
}

fn relation_error(package: &Package<'_>, source: bringup_debian::RelationError) -> Error {
    Error::Relation { package: package.name().to_owned(), source }
}

/// Where dpkg's table of packages has a name: `--configure --pending` and `--triggers-only` go
/// through it in this order. dpkg 1.22, `lib/dpkg/string.c` and `pkg-hash.c`: FNV-1 with 32 bits,
/// 8191 places.
pub(crate) fn table_place(name: &str) -> u32 {
    fnv(name.as_bytes()) % 8191
}

/// FNV-1, 32 bits.
pub(crate) fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(2_166_136_261, |hash: u32, byte| hash.wrapping_mul(16_777_619) ^ u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Made;

    /// The order of packages given with their dependencies; those in capitals have a postinst.
    fn order(given: &[(&str, &str)]) -> String {
        let made: Vec<Made> =
            given.iter().map(|(name, depends)| Made::new(name, &[("Depends", depends)])).collect();
        let packages: Vec<Package<'_>> = made.iter().map(Made::package).collect();
        let needs = Needs::of(&packages).unwrap();
        let script = |at: usize| packages[at].name().starts_with(char::is_uppercase);
        let order = needs.order((0..packages.len()).collect(), &BTreeSet::new(), script);
        order.iter().map(|at| packages[*at].name()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_waits_goes_to_the_end_of_the_queue() {
        assert_eq!(order(&[("a", "d"), ("b", ""), ("c", "b | d"), ("d", "")]), "b c d a");
    }

    #[test]
    fn a_cycle_is_broken_where_nothing_runs() {
        assert_eq!(order(&[("A", "B"), ("B", "c"), ("c", "A")]), "c B A");
        // None of a cycle's members is without a script: one has to begin.
        assert_eq!(order(&[("A", "B"), ("B", "A")]), "B A");
    }

    #[test]
    fn dependencies_that_nobody_fulfils_hold_nobody_up() {
        assert_eq!(order(&[("a", "x (>= 2)"), ("b", "a (>= 1)")]), "a b");
    }

    #[test]
    fn what_depends_on_a_blocked_package_waits_with_it() {
        let made = [
            Made::new("a", &[]),
            Made::new("b", &[("Depends", "a")]),
            Made::new("c", &[("Depends", "b")]),
            Made::new("d", &[("Depends", "a | e")]),
            Made::new("e", &[]),
        ];
        let packages: Vec<Package<'_>> = made.iter().map(Made::package).collect();
        let needs = Needs::of(&packages).unwrap();
        let blocked = needs.blocked(&BTreeSet::from([0]));
        assert_eq!(blocked, BTreeMap::from([(0, 0), (1, 0), (2, 0)]));
    }

    #[test]
    fn pending_packages_are_in_the_order_of_dpkgs_table() {
        // Seen in roots made by dpkg 1.22: the numbers that users get say who was first.
        let mut names = ["udev", "systemd-timesyncd", "dbus", "systemd-resolved"];
        names.sort_by_key(|name| table_place(name));
        assert_eq!(names, ["systemd-resolved", "systemd-timesyncd", "dbus", "udev"]);
    }
}
