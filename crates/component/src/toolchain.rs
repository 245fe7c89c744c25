//! A compiler for one platform: which packages, and where they are unpacked.

use std::path::PathBuf;

use bringup_debian::LockedPackage;
use bringup_sandbox::{Root, Way};
use bringup_spec::Platform;
use bringup_tools::{Finish, Toolbox};

use crate::platform::{Names, package_suffix};
use crate::{Build, Component, Error};

/// What errors call the two sets of packages.
const TOOLS: &str = "compiler";
const SYSROOT: &str = "sysroot";

/// What every build may call: a shell and the programs of makefiles. `mount` puts the build together.
const BASE: [&str; 18] = [
    "bash",
    "bzip2",
    "coreutils",
    "dash",
    "diffutils",
    "file",
    "findutils",
    "grep",
    "gzip",
    "make",
    "mawk",
    "mount",
    "patch",
    "perl-base",
    "pkgconf-bin",
    "sed",
    "tar",
    "xz-utils",
];

/// Names that maintainer scripts would make as alternatives (`update-alternatives`), and pkgconf's
/// other name, which its own package holds for a single architecture.
const LINKS: [(&str, &str); 6] = [
    ("usr/bin/awk", "mawk"),
    ("usr/bin/c++", "g++"),
    ("usr/bin/cc", "gcc"),
    ("usr/bin/pkg-config", "pkgconf"),
    ("usr/bin/sh", "dash"),
    ("usr/bin/yacc", "bison.yacc"),
];

/// Which way code for the platform is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The compiler makes programs for the architecture that it runs on.
    Native,
    /// It makes programs for another one.
    Cross,
}

impl Route {
    /// With its reason, for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Native => "native: the host is of the target's architecture",
            Self::Cross => "cross: Debian has a compiler for the target on the host's architecture",
        }
    }
}

/// What a toolchain has to have besides a compiler for C and C++.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Debian packages of the host's architecture.
    pub tools: Vec<String>,
    /// Debian packages of the target's architecture.
    pub packages: Vec<String>,
    /// Whether it compiles Rust.
    pub rust: bool,
}

impl Needs {
    /// Those of a kind of build.
    pub fn of_build(build: Build) -> Self {
        let tools: &[&str] = match build {
            Build::Make | Build::Script | Build::Cargo => &[],
            Build::Cmake => &["cmake", "ninja-build"],
            Build::Meson => &["meson", "ninja-build"],
        };
        let tools = tools.iter().map(|name| (*name).to_owned()).collect();
        Self { tools, packages: Vec::new(), rust: build == Build::Cargo }
    }

    /// Those of a component.
    pub fn of(component: &Component) -> Self {
        let mut needs = Self::of_build(component.build);
        needs.tools.extend(component.tools.iter().cloned());
        needs.packages.extend(component.packages.iter().cloned());
        needs
    }
}

/// The packages of a toolchain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Those that run, and Rust's libraries for the target, which the compiler looks for beside itself.
    pub tools: Vec<LockedPackage>,
    /// Those of the sysroot.
    pub sysroot: Vec<LockedPackage>,
}

/// A compiler for one platform, unpacked.
#[derive(Debug)]
pub struct Toolchain {
    /// What it compiles for.
    pub platform: &'static Platform,
    /// How.
    pub route: Route,
    /// Its programs.
    pub root: Root,
    /// The target's libraries and headers.
    pub sysroot: PathBuf,
    /// What it is made of.
    pub selection: Selection,
}

impl Selection {
    /// The newest packages that a toolchain for `platform` is made of on this host.
    ///
    /// # Errors
    /// There is no compiler for the platform, a package does not exist, or the archive cannot be had.
    pub fn resolve(toolbox: &Toolbox<'_>, platform: &Platform, needs: &Needs) -> Result<Self, Error> {
        Names::of(platform)?;
        let suffix = package_suffix(platform);
        let mut wanted: Vec<String> = BASE.iter().map(|name| (*name).to_owned()).collect();
        wanted.extend([format!("gcc-{suffix}"), format!("g++-{suffix}")]);
        if needs.rust {
            // cargo needs rustc, and that a compiler and the C library of its own architecture: the
            // linker of build scripts.
            wanted.extend(["cargo", "gcc", "libc6-dev"].map(str::to_owned));
        }
        wanted.extend(needs.tools.iter().cloned());
        let mut tools = toolbox.resolve(TOOLS, toolbox.architecture, &wanted)?;
        let target = platform.debian_arch;
        // The C++ library's headers are found by the compiler's version.
        let compiler = format!("-{suffix}");
        let version = tools.iter().find_map(|package| {
            let version = package.name.strip_prefix("gcc-")?.strip_suffix(&compiler)?;
            version.bytes().all(|byte| byte.is_ascii_digit()).then(|| version.to_owned())
        });
        let mut libraries = vec!["libc6-dev".to_owned(), "linux-libc-dev".to_owned()];
        libraries.extend(version.map(|version| format!("libstdc++-{version}-dev")));
        libraries.extend(needs.packages.iter().cloned());
        let sysroot = toolbox.resolve(SYSROOT, target, &libraries)?;
        if needs.rust && target != toolbox.architecture {
            let foreign = toolbox.resolve(SYSROOT, target, &["libstd-rust-dev"])?;
            let of_rust = |package: &LockedPackage| package.name.starts_with("libstd-rust-");
            tools.extend(foreign.into_iter().filter(of_rust));
        }
        Ok(Self { tools, sysroot })
    }
}

impl Toolchain {
    /// Unpacks a toolchain, if it is not in the store yet.
    ///
    /// # Errors
    /// A package cannot be had or unpacked, or the kernel gives no user namespaces: a compiler
    /// starts other programs of its root, which only works where that is `/`.
    pub fn open(
        toolbox: &Toolbox<'_>,
        platform: &'static Platform,
        selection: Selection,
    ) -> Result<Self, Error> {
        let finish = Finish { links: &LINKS, relative: false };
        let tools = toolbox.folder(TOOLS, &selection.tools, &finish)?;
        let finish = Finish { links: &[], relative: true };
        let sysroot = toolbox.folder(SYSROOT, &selection.sysroot, &finish)?;
        let run = |source| Error::Run { program: TOOLS.to_owned(), source };
        let root = Root::open(&tools, toolbox.way).map_err(run)?;
        if root.way() == Way::Loader {
            return Err(Error::NeedsNamespaces);
        }
        let own = platform.debian_arch == toolbox.architecture;
        let route = if own { Route::Native } else { Route::Cross };
        Ok(Self { platform, route, root, sysroot, selection })
    }
}
