//! What goes in and what comes out.

use std::collections::{BTreeMap, BTreeSet};

use bringup_shell::Stop;
use bringup_tree::Tree;

/// An unpacked package.
#[derive(Clone, Copy, Debug)]
pub struct Package<'a> {
    /// Its fields, scripts, conffiles, triggers, templates.
    pub control: &'a bringup_debian::Control,
    /// Its files.
    pub tree: &'a Tree,
}

impl Package<'_> {
    /// Its name.
    pub fn name(&self) -> &str {
        self.control.package()
    }

    /// Whether several architectures' may be installed at once.
    pub(crate) fn same(&self) -> bool {
        self.control.field("Multi-Arch") == Some("same")
    }

    /// How dpkg names its files below `info`, and the package itself where that is not ambiguous.
    pub(crate) fn info_name(&self) -> String {
        if self.same() {
            format!("{}:{}", self.name(), self.control.architecture())
        } else {
            self.name().to_owned()
        }
    }

    /// A file of its control information, if it is there.
    pub(crate) fn control_file(&self, name: &str) -> Option<Vec<u8>> {
        self.control.files.read(name).ok()
    }

    /// The same as text; bytes that are not UTF-8 are replaced.
    pub(crate) fn control_text(&self, name: &str) -> Option<String> {
        self.control_file(name).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// What the caller decides.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Debian's name of the target's architecture.
    pub architecture: &'a str,
    /// The time of everything that gets written, in seconds since 1970.
    pub epoch: i64,
    /// debconf's questions and their values.
    pub answers: &'a BTreeMap<String, String>,
    /// Packages not to configure.
    pub keep_unpacked: &'a BTreeSet<String>,
    /// Packages whose scripts are not to be interpreted, with the reason.
    pub skip: &'a [(&'a str, &'a str)],
}

/// A root with configured packages.
#[derive(Debug)]
pub struct Configured {
    /// The root.
    pub tree: Tree,
    /// One for each package, in the order of their names.
    pub report: Vec<Step>,
    /// What scripts printed: package and text, in the order in which they ran.
    pub output: Vec<(String, String)>,
    /// Programs of the host's architecture that the root still wants.
    pub tools: Vec<ToolRequest>,
}

/// What became of one package.
#[derive(Debug)]
pub struct Step {
    /// The package's name.
    pub package: String,
    /// What was done.
    pub how: How,
}

/// How a package got configured, or why it did not.
#[derive(Debug)]
#[non_exhaustive]
pub enum How {
    /// It has no script that a new installation runs.
    NoScript,
    /// Its scripts were interpreted.
    Interpreted,
    /// It stays unpacked: a script of it cannot be interpreted.
    Left {
        /// Which, with its arguments.
        script: String,
        /// Why.
        stop: Stop,
    },
    /// It stays unpacked, for the caller says so.
    Skipped {
        /// The caller's reason.
        reason: String,
    },
    /// It stays unpacked, for a package that it depends on does.
    Waits {
        /// That package.
        package: String,
    },
}

/// A program of the host's architecture that the root still wants, to be run with the root given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolRequest {
    /// Its name.
    pub program: String,
    /// Its arguments; `{root}` stands for the root.
    pub arguments: Vec<String>,
}
