//! The packages that a request may use, by what they are and what they provide.

use std::collections::HashMap;

use super::{Provided, Request, ResolveError};
use crate::relation::{Dependency, Operator, Relation, parse_relations, provided_names};
use crate::version::compare_versions;
use crate::{Index, MultiArch, Package};

/// Names shown beside an unknown one.
const MAX_NEAR: usize = 3;

/// How alike a name must be to be shown, as a Jaro-Winkler similarity between 0 and 1.
const NEAR_ENOUGH: f64 = 0.88;

/// All candidates. Their numbers are their positions.
pub(super) struct Universe<'a> {
    pub(super) packages: Vec<&'a Package>,
    /// Candidates by name, the preferred one first.
    by_name: HashMap<&'a str, Vec<u32>>,
    /// Who provides a virtual package, and in which version, the preferred one first.
    providers: HashMap<&'a str, Vec<(u32, Option<&'a str>)>>,
    provided: &'a [Provided],
    exclude: &'a [String],
    architecture: &'a str,
}

/// One requirement of the request itself.
pub(super) struct Root<'a> {
    pub(super) relation: Relation<'a>,
    /// The entry of the request; none where the package is there because it is essential.
    pub(super) entry: Option<&'a str>,
}

impl<'a> Universe<'a> {
    pub(super) fn new(indices: &[&'a Index], request: &'a Request) -> Self {
        let mut universe = Self {
            packages: Vec::new(),
            by_name: HashMap::new(),
            providers: HashMap::new(),
            provided: &request.provided,
            exclude: &request.exclude,
            architecture: &request.architecture,
        };
        let pinned: HashMap<&str, &str> =
            request.pinned.iter().map(|(name, version)| (name.as_str(), version.as_str())).collect();
        let all = indices.iter().flat_map(|index| &index.packages);
        universe.packages = all
            .filter(|package| [request.architecture.as_str(), "all"].contains(&package.architecture()))
            .collect();
        universe.by_name.reserve(universe.packages.len());
        for (id, &package) in (0..).zip(&universe.packages) {
            universe.by_name.entry(package.name()).or_default().push(id);
        }
        for name in request.exclude.iter().chain(request.provided.iter().map(|provided| &provided.name)) {
            universe.by_name.remove(name.as_str());
        }
        let packages = &universe.packages;
        // Few names have more than one version; sorting everything would take longer than the search.
        for (name, ids) in universe.by_name.iter_mut().filter(|(_, ids)| ids.len() > 1) {
            let version = |id: &u32| packages[*id as usize].version();
            let is_pinned = |id: &u32| pinned.get(name) == Some(&version(id));
            // Stable, so that of equal versions the first index's is first.
            ids.sort_by(|left, right| {
                is_pinned(right)
                    .cmp(&is_pinned(left))
                    .then_with(|| compare_versions(version(right), version(left)))
            });
            ids.dedup_by(|later, first| compare_versions(version(later), version(first)).is_eq());
        }
        for (id, &package) in (0..).zip(packages) {
            if package.provides().is_empty() || !universe.named(package.name()).contains(&id) {
                continue;
            }
            for dependency in provided_names(package.provides()) {
                let version = match dependency.version {
                    Some((Operator::Equal, version)) => Some(version),
                    _ => None,
                };
                universe.providers.entry(dependency.name).or_default().push((id, version));
            }
        }
        for providers in universe.providers.values_mut().filter(|providers| providers.len() > 1) {
            // Stable, and versions of one name are put in order where they are used.
            providers.sort_by_key(|(id, _)| {
                let package = universe.packages[*id as usize];
                (!package.essential, package.priority, package.name())
            });
        }
        universe
    }

    /// The package with this number; none for numbers that are no package's.
    pub(super) fn candidate(&self, id: u32) -> Option<u32> {
        ((id as usize) < self.packages.len()).then_some(id)
    }

    /// Name and version of a candidate, for messages.
    pub(super) fn shown(&self, id: u32) -> String {
        match self.packages.get(id as usize) {
            Some(package) => format!("`{}` {}", package.name(), package.version()),
            None => "nothing".to_owned(),
        }
    }

    /// All candidates of this name, the preferred one first.
    pub(super) fn named(&self, name: &str) -> &[u32] {
        self.by_name.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// How many candidates of its name are preferred to this one.
    pub(super) fn rank(&self, id: u32) -> usize {
        let Some(package) = self.packages.get(id as usize) else { return 0 };
        self.named(package.name()).iter().position(|&other| other == id).unwrap_or(usize::MAX)
    }

    /// Why packages of this name are not candidates.
    pub(super) fn hidden(&self, name: &str) -> Option<String> {
        if let Some(provided) = self.provided.iter().find(|provided| provided.name == name) {
            let version = provided.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
            return Some(format!("`{name}`{version} is supplied by {}", provided.reason));
        }
        self.exclude.iter().any(|other| other == name).then(|| format!("`{name}` is excluded"))
    }

    /// Whether the system fulfils the dependency by itself.
    pub(super) fn is_provided(&self, dependency: &Dependency<'_>) -> Option<&'a Provided> {
        self.provided.iter().find(|provided| {
            provided.name == dependency.name
                && provided.version.as_deref().is_none_or(|version| dependency.accepts(version))
        })
    }

    /// Every candidate that fulfils the dependency: real ones first, then providers.
    pub(super) fn matches(&self, dependency: &Dependency<'_>) -> Vec<u32> {
        let real = self.named(dependency.name).iter().copied().filter(|&id| {
            let package = self.packages[id as usize];
            dependency.accepts(package.version()) && self.qualifies(package, dependency)
        });
        let virtuals = self.providers.get(dependency.name).into_iter().flatten().filter(|(id, version)| {
            let package = self.packages[*id as usize];
            let bound =
                dependency.version.is_none() || version.is_some_and(|version| dependency.accepts(version));
            bound && package.name() != dependency.name && self.qualifies(package, dependency)
        });
        real.chain(virtuals.map(|(id, _)| *id)).collect()
    }

    /// Whether the package is of the architecture asked for. All candidates are of one architecture, or
    /// of `all`, which counts as that one; `:any` asks for a package that serves other ones too.
    fn qualifies(&self, package: &Package, dependency: &Dependency<'_>) -> bool {
        match dependency.qualifier {
            None | Some("native") => true,
            Some("any") => package.multi_arch != MultiArch::No,
            Some(architecture) => architecture == self.architecture,
        }
    }

    /// The requirements of the request, in its order, then those of being essential, by name.
    pub(super) fn roots(&self, request: &'a Request) -> Result<Vec<Root<'a>>, ResolveError> {
        let mut roots = Vec::new();
        for entry in &request.install {
            for relation in parse_entry(entry)? {
                self.check_root(entry, &relation)?;
                roots.push(Root { relation, entry: Some(entry) });
            }
        }
        if request.essential {
            let mut names: Vec<&'a str> = Vec::new();
            names.extend(
                self.packages.iter().filter(|package| package.essential).map(|package| package.name()),
            );
            names.dedup();
            for name in names {
                let relation =
                    Relation { alternatives: vec![Dependency { name, qualifier: None, version: None }] };
                roots.push(Root { relation, entry: None });
            }
        }
        Ok(roots)
    }

    /// Says at once what is wrong with a name of the request that has nothing behind it.
    fn check_root(&self, entry: &str, relation: &Relation<'_>) -> Result<(), ResolveError> {
        let usable =
            |dependency| self.is_provided(dependency).is_some() || !self.matches(dependency).is_empty();
        if relation.alternatives.iter().any(usable) {
            return Ok(());
        }
        let wanted = entry.to_owned();
        // The first alternative is the one that was meant.
        let name = relation.alternatives[0].name;
        if let Some(why) = self.hidden(name) {
            return Err(ResolveError::Hidden { wanted, why });
        }
        let have = self.versions(name);
        if !have.is_empty() {
            return Err(ResolveError::NoSuchVersion { wanted, have });
        }
        Err(ResolveError::UnknownPackage { name: name.to_owned(), near: self.near(name) })
    }

    /// The versions of this name that there are, those of providers with their names.
    fn versions(&self, name: &str) -> Vec<String> {
        let real = self.named(name).iter().map(|&id| self.packages[id as usize].version().to_owned());
        let virtuals = self.providers.get(name).into_iter().flatten().map(|(id, version)| {
            let version = version.unwrap_or("no version");
            format!("{version} (provided by `{}`)", self.packages[*id as usize].name())
        });
        real.chain(virtuals).collect()
    }

    /// Names that look like this one, the nearest first.
    fn near(&self, name: &str) -> Vec<String> {
        let names = self.by_name.keys().chain(self.providers.keys());
        let mut near: Vec<(f64, &str)> = names
            .map(|other| (strsim::jaro_winkler(name, other), *other))
            .filter(|(likeness, _)| *likeness >= NEAR_ENOUGH)
            .collect();
        near.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.1.cmp(right.1)));
        near.dedup();
        near.into_iter().take(MAX_NEAR).map(|(_, name)| name.to_owned()).collect()
    }

    /// What the archive has instead of a dependency that nothing fulfils.
    pub(super) fn instead(&self, dependency: &Dependency<'_>) -> String {
        let name = dependency.name;
        if let Some(why) = self.hidden(name) {
            return why;
        }
        let have = self.versions(name);
        if have.is_empty() {
            return format!("nothing is or provides `{name}`");
        }
        if dependency.version.is_some() {
            return format!("the archive has `{name}` {}", have.join(", "));
        }
        format!("`{name}` is not for this architecture")
    }
}

/// A relation, or apt's `name=version`.
fn parse_entry(entry: &str) -> Result<Vec<Relation<'_>>, ResolveError> {
    let bad = |source| ResolveError::BadRequest { wanted: entry.to_owned(), source };
    if let Some((name, version)) = entry.split_once('=').filter(|_| !entry.contains('(')) {
        let mut relations = parse_relations(name).map_err(bad)?;
        if let [Relation { alternatives }] = &mut relations[..]
            && let [dependency] = &mut alternatives[..]
        {
            dependency.version = Some((Operator::Equal, version.trim()));
            return Ok(relations);
        }
    }
    parse_relations(entry).map_err(bad)
}
