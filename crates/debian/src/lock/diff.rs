//! What differs between a lock and what the archive has.

use std::collections::BTreeMap;
use std::fmt;

use bringup_store::Digest;

use super::LockedPackage;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Only the archive's solution has it.
    Added {
        /// The package's name.
        name: String,
        /// Its version there.
        version: String,
    },
    /// Only the lock has it.
    Removed {
        /// The package's name.
        name: String,
        /// Its version there.
        version: String,
    },
    /// The versions differ.
    Version {
        /// The package's name.
        name: String,
        /// In the lock.
        old: String,
        /// In the archive.
        new: String,
    },
    /// The version is the same, but the bytes are not, which no archive should ever do.
    Bytes {
        /// The package's name.
        name: String,
        /// Its version.
        version: String,
        /// In the lock.
        old: Digest,
        /// In the archive.
        new: Digest,
    },
    /// Only where it is found differs.
    Place {
        /// The package's name.
        name: String,
        /// In the lock: repository, path and length.
        old: String,
        /// In the archive.
        new: String,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { name, version } => {
                write!(formatter, "`{name}`: not in the lock, archive has {version}")
            }
            Self::Removed { name, version } => {
                write!(formatter, "`{name}`: lock has {version}, no longer needed")
            }
            Self::Version { name, old, new } => {
                write!(formatter, "`{name}`: lock has {old}, archive has {new}")
            }
            Self::Bytes { name, version, old, new } => {
                write!(formatter, "`{name}` {version}: lock has SHA-256 {old}, archive has {new}")
            }
            Self::Place { name, old, new } => {
                write!(formatter, "`{name}`: lock has it at {old}, archive at {new}")
            }
        }
    }
}

/// Every difference, by the packages' names. Packages of one name and different architectures, of
/// which one is `all`, are the same package.
pub fn diff(old: &[LockedPackage], new: &[LockedPackage]) -> Vec<Change> {
    let mut pairs: BTreeMap<&str, (Option<&LockedPackage>, Option<&LockedPackage>)> = BTreeMap::new();
    for package in old {
        pairs.entry(&package.name).or_default().0 = Some(package);
    }
    for package in new {
        pairs.entry(&package.name).or_default().1 = Some(package);
    }
    let changes = pairs.into_iter().filter_map(|(name, pair)| {
        let name = name.to_owned();
        match pair {
            (None, Some(new)) => Some(Change::Added { name, version: new.version.clone() }),
            (Some(old), None) => Some(Change::Removed { name, version: old.version.clone() }),
            (Some(old), Some(new)) => changed(name, old, new),
            (None, None) => None,
        }
    });
    changes.collect()
}

fn changed(name: String, old: &LockedPackage, new: &LockedPackage) -> Option<Change> {
    if old.version != new.version {
        return Some(Change::Version { name, old: old.version.clone(), new: new.version.clone() });
    }
    if old.sha256 != new.sha256 {
        let version = old.version.clone();
        return Some(Change::Bytes { name, version, old: old.sha256, new: new.sha256 });
    }
    let place = |package: &LockedPackage| {
        format!(
            "`{}/{}` ({} bytes, {})",
            package.repository, package.path, package.size, package.architecture
        )
    };
    (old != new).then(|| Change::Place { name, old: place(old), new: place(new) })
}
