//! What is installed, and where more comes from.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// The kernel.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct KernelChoice {
    /// Its package; the board's, if missing.
    pub package: Option<String>,
    /// Arguments besides `root=` and `rw`.
    pub arguments: Vec<String>,
}

/// What the initramfs is made of.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Initramfs {
    /// Kernel modules by name, besides those that root needs on this board.
    pub modules: Vec<String>,
    /// Packages of which only files are taken: they need not be in the root. `busybox-static`, if
    /// missing.
    pub packages: Vec<String>,
}

impl Default for Initramfs {
    fn default() -> Self {
        Self { modules: Vec::new(), packages: vec!["busybox-static".to_owned()] }
    }
}

/// What is installed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Packages {
    /// Debian packages by name; the board adds its kernel.
    pub install: Vec<String>,
    /// Whether what they recommend is installed as well.
    #[serde(default)]
    pub recommends: bool,
    /// Names that dependencies ask for and the system itself answers to.
    #[serde(default)]
    pub supplied: Vec<Supplied>,
}

/// A dependency that needs no package here.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Supplied {
    /// The package name that is asked for.
    pub name: String,
    /// Why it is not needed, for the plan.
    pub reason: String,
}

/// A repository of packages besides Debian's own: for the build, and for `apt` in the image.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Repository {
    /// Names `/etc/apt/sources.list.d/NAME.sources`.
    pub name: String,
    /// Its base.
    pub uri: String,
    /// Suite or codename.
    pub suite: String,
    /// Components; `main`, if missing.
    #[serde(default = "main_only")]
    pub components: Vec<String>,
    /// The public keys that sign it: a file of the system's folder, ASCII-armoured (`.asc`) or not
    /// (`.gpg`, `.pgp`).
    pub signed_by: String,
    /// Whether a Release file past its `Valid-Until` is refused.
    #[serde(default = "yes")]
    pub check_valid_until: bool,
}

/// Where `apt` in the image gets Debian's own packages from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Apt {
    /// The base of the Debian archive; without it the image has no `debian.sources`.
    pub mirror: Option<String>,
    /// Components; `main`, if missing.
    pub components: Vec<String>,
    /// Whether security updates and the suite's own updates are sources, too.
    pub security: bool,
    /// The base of the archive of security updates; the mirror's with `debian-security` in place of
    /// its last component, if missing.
    pub security_mirror: Option<String>,
}

impl Default for Apt {
    fn default() -> Self {
        Self { mirror: None, components: main_only(), security: true, security_mirror: None }
    }
}

/// A program of the user's own, or whatever else is compiled for the target from source.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Component {
    /// Its name: lower-case letters, digits, `+`, `-` and `.`.
    pub name: String,
    /// The folder of its source, relative to the record's.
    #[serde(default)]
    pub source: Option<String>,
    /// Debian's source package that has its source, patched, in the place of a folder.
    #[serde(default)]
    pub debian_source: Option<String>,
    /// How it is built.
    pub build: Build,
    /// Further arguments: make's, cmake's and meson's when they configure, cargo's when it builds.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// Shell text for `build = "script"`; the source's own `build.sh`, if missing.
    #[serde(default)]
    pub script: Option<String>,
    /// Debian packages of the target that it is compiled with: `libssl-dev`.
    #[serde(default)]
    pub packages: Vec<String>,
    /// Debian packages of the host that it is compiled by: `bison`.
    #[serde(default)]
    pub tools: Vec<String>,
    /// Environment variables, over those of the toolchain.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// What is installed: path in the build folder to absolute path in the image; what the build
    /// system's own step of installing installs, if missing.
    #[serde(default)]
    pub install: BTreeMap<String, String>,
}

/// How a component is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Build {
    /// `make`.
    Make,
    /// `cmake`.
    Cmake,
    /// `meson`.
    Meson,
    /// `cargo`.
    Cargo,
    /// Shell text.
    Script,
}

impl Build {
    /// As the record writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Make => "make",
            Self::Cmake => "cmake",
            Self::Meson => "meson",
            Self::Cargo => "cargo",
            Self::Script => "script",
        }
    }
}

fn main_only() -> Vec<String> {
    vec!["main".to_owned()]
}

const fn yes() -> bool {
    true
}
