//! What a `Packages` index says about each package.

use std::fmt;
use std::sync::Arc;

use bringup_store::Digest;

/// Which fields of a stanza are kept, by position in [`Package`]'s spans.
///
/// Names are those of Debian policy, chapter 5, and of the `Packages` files' own additions.
pub(crate) const TEXT_FIELDS: [&str; 12] = [
    "Package",
    "Version",
    "Architecture",
    "Filename",
    "Depends",
    "Pre-Depends",
    "Provides",
    "Conflicts",
    "Breaks",
    "Replaces",
    "Recommends",
    "Source",
];

const NAME: usize = 0;
const VERSION: usize = 1;
const ARCHITECTURE: usize = 2;
const FILENAME: usize = 3;
const DEPENDS: usize = 4;
const PRE_DEPENDS: usize = 5;
const PROVIDES: usize = 6;
const CONFLICTS: usize = 7;
const BREAKS: usize = 8;
const REPLACES: usize = 9;
const RECOMMENDS: usize = 10;
const SOURCE: usize = 11;

/// Bytes `start..start + len` of the index's text; a missing field is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

/// One version of one package, as its repository describes it.
///
/// Cheap to clone: the strings are shared with the whole index.
#[derive(Clone)]
pub struct Package {
    /// A `String`, for an `Arc<str>` would have to copy tens of megabytes.
    pub(crate) text: Arc<String>,
    pub(crate) spans: [Span; TEXT_FIELDS.len()],
    /// How it relates to other architectures' packages.
    pub multi_arch: MultiArch,
    /// Whether every system must have it.
    pub essential: bool,
    /// How commonly it is wanted.
    pub priority: Priority,
    /// Estimate of the unpacked size, in KiB; 0 if the index does not say.
    pub installed_size_kib: u64,
    /// Size of the `.deb`, in bytes.
    pub size: u64,
    /// SHA-256 of the `.deb`.
    pub sha256: Digest,
    /// Which of the caller's repositories it comes from, by position.
    pub repository: usize,
}

impl Package {
    fn field(&self, field: usize) -> &str {
        let Span { start, len } = self.spans[field];
        &self.text[start as usize..(start + len) as usize]
    }

    /// Its name, as in `libc6`.
    pub fn name(&self) -> &str {
        self.field(NAME)
    }

    /// Its version, as in `2:1.4-1+b2`.
    pub fn version(&self) -> &str {
        self.field(VERSION)
    }

    /// Its Debian architecture, or `all`.
    pub fn architecture(&self) -> &str {
        self.field(ARCHITECTURE)
    }

    /// The `.deb`'s path below the repository's base; relative, and without `..`.
    pub fn filename(&self) -> &str {
        self.field(FILENAME)
    }

    /// What must be configured before it is; the raw field, as are the following.
    pub fn depends(&self) -> &str {
        self.field(DEPENDS)
    }

    /// What must be configured before it is unpacked.
    pub fn pre_depends(&self) -> &str {
        self.field(PRE_DEPENDS)
    }

    /// Virtual packages that it is.
    pub fn provides(&self) -> &str {
        self.field(PROVIDES)
    }

    /// What must not be unpacked beside it.
    pub fn conflicts(&self) -> &str {
        self.field(CONFLICTS)
    }

    /// What must not be configured beside it.
    pub fn breaks(&self) -> &str {
        self.field(BREAKS)
    }

    /// Whose files it may overwrite.
    pub fn replaces(&self) -> &str {
        self.field(REPLACES)
    }

    /// What all but unusual installations have with it.
    pub fn recommends(&self) -> &str {
        self.field(RECOMMENDS)
    }

    /// The source package, with its version in parentheses where that differs; empty if it is the
    /// package's own name and version.
    pub fn source(&self) -> &str {
        self.field(SOURCE)
    }
}

impl fmt::Debug for Package {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}={}", self.name(), self.architecture(), self.version())
    }
}

/// The packages of one or more indices.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// In the order of the files.
    pub packages: Vec<Package>,
}

impl Index {
    /// Adds the packages of another.
    pub fn extend(&mut self, other: Self) {
        self.packages.extend(other.packages);
    }

    /// The same packages as if each stood alone: for those of which only files are wanted.
    #[must_use]
    pub fn without_relations(&self) -> Self {
        let alone = |package: &Package| {
            let mut package = package.clone();
            for field in [DEPENDS, PRE_DEPENDS, RECOMMENDS, CONFLICTS, BREAKS] {
                package.spans[field] = Span::default();
            }
            package
        };
        Self { packages: self.packages.iter().map(alone).collect() }
    }
}

/// The `Multi-Arch` field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MultiArch {
    /// It serves its own architecture only.
    #[default]
    No,
    /// Several architectures' may be installed at once.
    Same,
    /// It serves every architecture.
    Foreign,
    /// It serves every architecture where the dependency says `:any`.
    Allowed,
}

/// The `Priority` field, most wanted first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// The system does not work without it.
    Required,
    /// Any Unix-like system is expected to have it.
    Important,
    /// A reasonably small text-mode system has it.
    Standard,
    /// Everything else.
    #[default]
    Optional,
    /// The former lowest priority.
    Extra,
}
