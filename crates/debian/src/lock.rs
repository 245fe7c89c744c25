//! `bringup.lock`: exactly which packages an image is made of.
//!
//! A TOML file with a section for each image, one for each pair of a board and a system. Everything is
//! sorted, so that the same content has the same bytes, and a section changes only when its image does.
//! Paths are below a repository's base; which host serves them is nobody's business but the user's.

mod diff;
mod error;
mod file;
mod parse;
mod text;

pub use self::diff::{Change, diff};
pub use self::error::LockError;
use crate::Package;
use bringup_store::Digest;

/// The version of the format.
const VERSION: i64 = 1;

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// By board and system.
    pub images: Vec<ImageLock>,
}

/// What one image is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageLock {
    /// The board's name.
    pub board: String,
    /// The system's name.
    pub system: String,
    /// What is unpacked into the image, by name.
    pub packages: Vec<LockedPackage>,
    /// What runs on the host, by set, host architecture and name.
    pub tools: Vec<LockedTool>,
}

/// One package, by its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its Debian architecture, or `all`.
    pub architecture: String,
    /// A label of its repository, as in `trixie`; never a host's name.
    pub repository: String,
    /// The `.deb`'s path below the repository's base.
    pub path: String,
    /// Its length, in bytes.
    pub size: u64,
    /// The SHA-256 of its bytes.
    pub sha256: Digest,
}

/// One package of a set of tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedTool {
    /// The set's name, as in `emulator`.
    pub set: String,
    /// The Debian architecture of the hosts that it is for.
    pub host: String,
    /// The package.
    pub package: LockedPackage,
}

impl LockedPackage {
    /// What is locked of a package from the repository with this label.
    pub fn new(package: &Package, repository: &str) -> Self {
        Self {
            name: package.name().to_owned(),
            version: package.version().to_owned(),
            architecture: package.architecture().to_owned(),
            repository: repository.to_owned(),
            path: package.filename().to_owned(),
            size: package.size,
            sha256: package.sha256,
        }
    }

    /// Name, version and architecture, for people.
    pub fn title(&self) -> String {
        format!("`{}` {} ({})", self.name, self.version, self.architecture)
    }

    fn key(&self) -> (&str, &str) {
        (&self.name, &self.architecture)
    }
}

impl LockedTool {
    fn key(&self) -> (&str, &str, (&str, &str)) {
        (&self.set, &self.host, self.package.key())
    }
}

impl ImageLock {
    /// The locked packages of a set of tools for hosts of this architecture.
    pub fn tools(&self, set: &str, host: &str) -> Vec<LockedPackage> {
        let tools = self.tools.iter().filter(|tool| tool.set == set && tool.host == host);
        tools.map(|tool| tool.package.clone()).collect()
    }

    /// Replaces a set of tools for hosts of one architecture, and nothing else.
    pub fn set_tools(&mut self, set: &str, host: &str, packages: Vec<LockedPackage>) {
        self.tools.retain(|tool| tool.set != set || tool.host != host);
        self.tools.extend(packages.into_iter().map(|package| LockedTool {
            set: set.to_owned(),
            host: host.to_owned(),
            package,
        }));
        self.sort();
    }

    fn sort(&mut self) {
        self.packages.sort_by(|left, right| left.key().cmp(&right.key()));
        self.tools.sort_by(|left, right| left.key().cmp(&right.key()));
    }
}

impl Lock {
    /// The section of an image.
    pub fn image(&self, board: &str, system: &str) -> Option<&ImageLock> {
        self.images.iter().find(|image| image.board == board && image.system == system)
    }

    /// Adds the section of an image, or replaces it; all others stay as they are.
    pub fn set(&mut self, mut image: ImageLock) {
        image.sort();
        match self.images.iter_mut().find(|old| old.board == image.board && old.system == image.system) {
            Some(old) => *old = image,
            None => self.images.push(image),
        }
        self.images.sort_by(|left, right| (&left.board, &left.system).cmp(&(&right.board, &right.system)));
    }
}

#[cfg(test)]
mod tests;
