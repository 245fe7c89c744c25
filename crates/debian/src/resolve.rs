//! Which packages have to be installed for a request.
//!
//! The search is `resolvo`'s (conflict-driven clause learning). Its notion of a requirement is a list
//! of candidates, the best first, so alternatives and virtual packages are written out as lists of
//! real packages before it sees them; only what the search reaches is written out.

mod error;
mod explain;
mod problem;
mod reasons;
mod universe;

use resolvo::{ConditionalRequirement, Problem, Solver, UnsolvableOrCancelled};

pub use self::error::ResolveError;
use self::problem::Provider;
use self::universe::Universe;
use crate::{Index, Package};

/// What is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Debian's name of the only architecture considered, beside `all`.
    pub architecture: String,
    /// Relations, as in a `Depends` field, or `name=version`.
    pub install: Vec<String>,
    /// What the system supplies by itself.
    pub provided: Vec<Provided>,
    /// Names of packages that may not be installed.
    pub exclude: Vec<String>,
    /// Whether all packages marked as essential are wanted too.
    pub essential: bool,
    /// Whether recommended packages are wanted too, where they can be had.
    pub recommends: bool,
    /// Names and versions to prefer to newer ones.
    pub pinned: Vec<(String, String)>,
}

/// A package that the system supplies by itself: it fulfils relations, takes no part in the result,
/// and no package of its name is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provided {
    /// A package or a virtual package.
    pub name: String,
    /// Its version; without one it fulfils relations to every version.
    pub version: Option<String>,
    /// Who supplies it, for messages: `the system's own initramfs`.
    pub reason: String,
}

/// Why a package is installed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// This entry of the request.
    Requested(String),
    /// It is marked as essential.
    Essential,
    /// Another package needs it.
    NeededBy {
        /// The other package's name.
        package: String,
        /// The relation that it fulfils.
        relation: String,
    },
    /// Another package recommends it.
    RecommendedBy {
        /// The other package's name.
        package: String,
        /// The relation that it fulfils.
        relation: String,
    },
}

/// A package of the result.
#[derive(Clone, Debug)]
pub struct Selected {
    /// As its index describes it.
    pub package: Package,
    /// Why it is there; of several reasons the one nearest to the request.
    pub reason: Reason,
}

/// The packages to install.
#[derive(Clone, Debug)]
pub struct Resolution {
    /// In the order of their names.
    pub packages: Vec<Selected>,
}

impl Resolution {
    /// The package of this name.
    pub fn get(&self, name: &str) -> Option<&Selected> {
        let found = self.packages.binary_search_by(|selected| selected.package.name().cmp(name));
        found.ok().map(|at| &self.packages[at])
    }
}

/// Finds packages that fulfil the request and each other's relations.
///
/// The newest version is tried first, alternatives from left to right, and providers of a virtual
/// package by priority, then by name. Where indices hold the same version, the first one's is taken.
/// The same input gives the same result.
///
/// # Errors
/// A name is not known, a relation cannot be read, or no selection of packages fulfils all of them;
/// the error then names the chain of needs that ends in the contradiction.
pub fn resolve(indices: &[&Index], request: &Request) -> Result<Resolution, ResolveError> {
    let universe = Universe::new(indices, request);
    let roots = universe.roots(request)?;
    let provider = Provider::new(&universe, request.recommends);
    let mut requirements = Vec::new();
    for root in &roots {
        requirements.extend(provider.requirement(&root.relation).map(ConditionalRequirement::from));
    }
    let mut solver = Solver::new(provider);
    match solver.solve(Problem::new().requirements(requirements)) {
        Ok(chosen) => {
            let chosen = chosen.into_iter().filter_map(|id| universe.candidate(id.into_raw()));
            Ok(reasons::explain(&universe, &roots, chosen.collect(), request.recommends))
        }
        Err(UnsolvableOrCancelled::Unsolvable(conflict)) => {
            let chain = explain::chain(&universe, &solver, &conflict.graph(&solver));
            Err(ResolveError::Unsatisfiable { chain })
        }
        // Nothing here ever cancels the search.
        Err(UnsolvableOrCancelled::Cancelled(_)) => Err(ResolveError::Unsatisfiable { chain: Vec::new() }),
    }
}

#[cfg(test)]
mod tests;
