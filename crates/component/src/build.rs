//! From source to a tree.

use std::fs;
use std::path::{Path, PathBuf};

use bringup_debian::{DebFile, LockedPackage, UnpackLimits, unpack};
use bringup_sandbox::Access;
use bringup_spec::Platform;
use bringup_store::{Digest, Key};
use bringup_tools::Toolbox;
use bringup_tree::{MetaPolicy, Tree, write_directory};

use crate::bench::Bench;
use crate::environment::{BIN, BUILDS, INSTALL, MESON_FILE, SOURCES, environment};
use crate::source::{digest, source};
use crate::{Build, Component, Error, Needs, Route, Selection, Toolchain, check, vendor};

/// Changes when the same inputs would give another result.
const FORMAT: u32 = 1;

/// The folder of a result in the store that is kept.
const KEPT: &str = "install";

/// What building takes from its caller.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Where tools come from and results go to.
    pub toolbox: Toolbox<'a>,
    /// The time of everything built, in seconds since 1970.
    pub epoch: i64,
    /// cargo's own folder (`~/.cargo`): crates that a `Cargo.lock` names are taken from its cache, by
    /// their digests, where the source does not vendor them.
    pub cargo_home: Option<&'a Path>,
}

/// A component that was built.
#[derive(Debug)]
pub struct Built {
    /// What goes into the root: owned by root, every time the context's.
    pub tree: Tree,
    /// The same in the store, until it is collected.
    pub path: PathBuf,
    /// How it was compiled.
    pub route: Route,
    /// What it was compiled by and with.
    pub selection: Selection,
    /// The libraries that it needs from the system, by `DT_SONAME`.
    pub libraries: Vec<String>,
}

/// Builds `component` for `platform`, or finds it in the store, and checks what came out; with `root`, the
/// system that it goes into, also that the libraries it needs are there.
///
/// # Errors
/// The source is not there, tools cannot be had, a step fails, or what came out is not fit for the
/// platform or the root.
pub fn build(
    context: &Context<'_>,
    component: &Component,
    platform: &'static Platform,
    root: Option<&Tree>,
) -> Result<Built, Error> {
    let selection = Selection::resolve(&context.toolbox, platform, &Needs::of(component))?;
    build_with(context, component, platform, selection, root)
}

/// As [`build`], with packages that are chosen already.
///
/// # Errors
/// As for [`build`].
pub fn build_with(
    context: &Context<'_>,
    component: &Component,
    platform: &'static Platform,
    selection: Selection,
    root: Option<&Tree>,
) -> Result<Built, Error> {
    component.check()?;
    let toolbox = &context.toolbox;
    let source = source(toolbox, component, context.epoch)?;
    check_source(component, &source)?;
    let key = key(component, platform, &selection, context.epoch).input("source", digest(&source)?.0);
    let toolchain = Toolchain::open(toolbox, platform, selection)?;
    let made = toolbox.store.derive_dir(&key, |folder| {
        run(context, component, &toolchain, &source, folder)?;
        keep_only(folder, KEPT)
    });
    let path = made.map_err(Error::from_derive)?.join(KEPT);
    let tree = result(&path, context.epoch)?;
    if tree.is_empty() {
        return Err(Error::NothingInstalled { component: component.name.clone() });
    }
    let provider = |library: &str| provider(toolbox, &toolchain.selection.sysroot, library);
    let libraries = check(&component.name, platform, root, &tree, &provider)?;
    Ok(Built { tree, path, route: toolchain.route, selection: toolchain.selection, libraries })
}

/// The digest of everything that decides what comes out.
///
/// # Errors
/// The source is not there.
pub fn inputs(
    context: &Context<'_>,
    component: &Component,
    platform: &Platform,
    selection: &Selection,
) -> Result<Digest, Error> {
    let source = source(&context.toolbox, component, context.epoch)?;
    Ok(key(component, platform, selection, context.epoch).input("source", digest(&source)?.0).digest())
}

/// Everything but the source.
fn key(component: &Component, platform: &Platform, selection: &Selection, epoch: i64) -> Key {
    let mut key = Key::new("component", FORMAT)
        .input("name", &component.name)
        .input("platform", platform.name)
        .input("build", component.build.name())
        .input("script", component.script.as_deref().unwrap_or_default())
        .input("epoch", epoch.to_le_bytes());
    for argument in &component.arguments {
        key = key.input("argument", argument);
    }
    for (name, value) in &component.environment {
        key = key.input("variable", format!("{name}={value}"));
    }
    for (from, to) in &component.install {
        key = key.input("install", format!("{from}\0{to}"));
    }
    for package in &selection.tools {
        key = key.input("tool", package.sha256.0);
    }
    for package in &selection.sysroot {
        key = key.input("sysroot", package.sha256.0);
    }
    key
}

/// What each kind of build starts from.
fn check_source(component: &Component, source: &Tree) -> Result<(), Error> {
    let lock = "run `cargo generate-lockfile` in its folder; without a lock, crates would be chosen anew";
    let wanted: &[(&[&str], &str)] = match component.build {
        Build::Make => &[(&["Makefile", "makefile", "GNUmakefile"], "")],
        Build::Cmake => &[(&["CMakeLists.txt"], "")],
        Build::Meson => &[(&["meson.build"], "")],
        Build::Cargo => &[(&["Cargo.toml"], ""), (&["Cargo.lock"], lock)],
        Build::Script if component.script.is_none() => &[(&["build.sh"], "or give `script`")],
        Build::Script => &[],
    };
    for (files, help_text) in wanted {
        if !files.iter().any(|file| source.content(file).is_ok()) {
            return Err(Error::NoBuildFile {
                component: component.name.clone(),
                build: component.build.name(),
                file: files[0],
                help_text,
            });
        }
    }
    Ok(())
}

fn run(
    context: &Context<'_>,
    component: &Component,
    toolchain: &Toolchain,
    source: &Tree,
    folder: &Path,
) -> Result<(), Error> {
    let name = &component.name;
    let (sources, builds) = (format!("{SOURCES}/{name}"), format!("{BUILDS}/{name}"));
    let mut variables = environment(toolchain, context.epoch, context.toolbox.jobs);
    variables.insert("CARGO_TARGET_DIR".to_owned(), builds.clone());
    variables.insert("CARGO_HOME".to_owned(), format!("{builds}/.cargo"));
    variables.extend(component.environment.clone());
    let mut bench = Bench::new(toolchain, context.toolbox.store, &folder.join("log"), variables)?;
    let build = folder.join("build");
    let install = folder.join(KEPT);
    fs::create_dir(&install).map_err(Error::io("create", &install))?;
    let in_place = matches!(component.build, Build::Make | Build::Script);
    if in_place {
        write_directory(source, &build)?;
    } else {
        let copy = folder.join("src");
        write_directory(source, &copy)?;
        fs::create_dir(&build).map_err(Error::io("create", &build))?;
        bench.mount(&copy, sources.clone(), Access::ReadOnly);
    }
    if component.build == Build::Cargo {
        let crates = vendor::crates(component, source)?;
        if !crates.is_empty() {
            let vendored = folder.join("crates");
            vendor::unpack(component, context.cargo_home, &crates, &vendored)?;
            vendor::configure(&build, &format!("{SOURCES}/crates"))?;
            bench.mount(&vendored, format!("{SOURCES}/crates"), Access::ReadOnly);
        }
    }
    bench.mount(&build, builds.clone(), Access::ReadWrite);
    bench.mount(&install, INSTALL.to_owned(), Access::ReadWrite);
    let cwd = if component.build == Build::Cargo { &sources } else { &builds };
    for (step, program) in steps(component, toolchain.platform, &sources, &builds) {
        bench.run(name, step, cwd, &program)?;
    }
    for (from, to) in &component.install {
        let from = match component.build {
            Build::Cargo => format!("{builds}/{}/release/{from}", toolchain.platform.rust_target),
            _ => format!("{builds}/{from}"),
        };
        // A link named here stands for what it leads to; links below are kept.
        let copy = "mkdir -p \"${2%/*}\"; cp -a -H --no-target-directory \"$1\" \"$2\"";
        let program = words(&["sh", "-euc", copy, "install", &from, &format!("{INSTALL}{to}")]);
        bench.run(name, "installing", &builds, &program)?;
    }
    Ok(())
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The programs of each kind of build, with what an error calls them.
fn steps(
    component: &Component,
    platform: &Platform,
    sources: &str,
    builds: &str,
) -> Vec<(&'static str, Vec<String>)> {
    let own = component.install.is_empty();
    let arguments = &component.arguments;
    let with = |front: &[&str], arguments: &[String], back: &[&str]| {
        [words(front), arguments.to_vec(), words(back)].concat()
    };
    let library_folder = format!("lib/{}", platform.multiarch);
    let mut steps = Vec::new();
    match component.build {
        Build::Make => {
            // On the command line, they win over the makefile's own.
            let triplet = platform.gnu_triplet;
            let variables = [
                "make".to_owned(),
                format!("CC={triplet}-gcc"),
                format!("CXX={triplet}-g++"),
                format!("AR={triplet}-ar"),
                format!("RANLIB={triplet}-ranlib"),
                format!("STRIP={triplet}-strip"),
                "PREFIX=/usr".to_owned(),
                "prefix=/usr".to_owned(),
            ];
            steps.push(("make", [variables.to_vec(), arguments.clone()].concat()));
            if own {
                let assigned = arguments.iter().filter(|argument| argument.contains('=')).cloned();
                let install = [format!("DESTDIR={INSTALL}"), "install".to_owned()];
                steps.push(("make install", variables.into_iter().chain(assigned).chain(install).collect()));
            }
        }
        Build::Cmake => {
            let libraries = format!("-DCMAKE_INSTALL_LIBDIR={library_folder}");
            let front = [
                "cmake",
                "-S",
                sources,
                "-B",
                builds,
                "-DCMAKE_BUILD_TYPE=Release",
                "-DCMAKE_INSTALL_PREFIX=/usr",
                // Or what is taken from the build folder would look for libraries there.
                "-DCMAKE_BUILD_WITH_INSTALL_RPATH=ON",
                &libraries,
            ];
            steps.push(("cmake", with(&front, arguments, &[])));
            steps.push(("cmake --build", words(&["cmake", "--build", builds])));
            if own {
                steps.push(("cmake --install", words(&["cmake", "--install", builds])));
            }
        }
        Build::Meson => {
            let cross = format!("{BIN}/{MESON_FILE}");
            let libraries = format!("--libdir={library_folder}");
            let front = [
                "meson",
                "setup",
                "--cross-file",
                &cross,
                "--prefix=/usr",
                "--buildtype=release",
                "--wrap-mode=nodownload",
                &libraries,
            ];
            steps.push(("meson setup", with(&front, arguments, &[builds, sources])));
            steps.push(("meson compile", words(&["meson", "compile", "-C", builds])));
            if own {
                steps.push(("meson install", words(&["meson", "install", "-C", builds, "--no-rebuild"])));
            }
        }
        Build::Cargo => {
            let front = ["cargo", "build", "--release", "--locked", "--offline"];
            steps.push(("cargo build", with(&front, arguments, &[])));
            if own {
                // Programs are what is executable there, but for libraries.
                let copy = "for file in \"$1\"/*; do\n  case $file in *.so) continue ;; esac\n  \
                            if [ -f \"$file\" ] && [ -x \"$file\" ]; then install -D -m 755 -t \"$2\" \"$file\"; fi\ndone";
                let release = format!("{builds}/{}/release", platform.rust_target);
                let target = format!("{INSTALL}/usr/bin");
                steps.push(("installing", words(&["sh", "-euc", copy, "install", &release, &target])));
            }
        }
        Build::Script => {
            let front: &[&str] = match &component.script {
                Some(script) => &["sh", "-euc", script, "script"],
                None => &["sh", "-eu", "build.sh"],
            };
            steps.push(("the script", with(front, arguments, &[])));
        }
    }
    steps
}

/// What led to a result is not part of it.
fn keep_only(folder: &Path, kept: &str) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::io("list", folder))? {
        let path = entry.map_err(Error::io("list", folder))?.path();
        if path.file_name().is_some_and(|name| name == kept) {
            continue;
        }
        let removed = if path.is_dir() { remove_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(Error::io("remove", &path))?;
    }
    Ok(())
}

/// Also folders that a build made read-only.
fn remove_all(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if fs::remove_dir_all(path).is_ok() {
        return Ok(());
    }
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    fs::remove_dir_all(path)
}

/// The tree in the store, owned by root.
fn result(path: &Path, epoch: i64) -> Result<Tree, Error> {
    let mut tree = Tree::from_directory(path, MetaPolicy::Keep)?;
    let paths: Vec<Vec<u8>> = tree.iter().map(|(path, _, _)| path.to_vec()).collect();
    for path in paths {
        if let Some(node) = tree.get_mut(&path) {
            (node.meta.uid, node.meta.gid, node.meta.mtime) = (0, 0, epoch);
            node.meta.xattrs.clear();
        }
    }
    Ok(tree)
}

/// The package of the sysroot that has `library`. Only for a message: whatever fails, none.
fn provider(toolbox: &Toolbox<'_>, packages: &[LockedPackage], library: &str) -> Option<String> {
    let requests: Vec<_> = packages.iter().map(|package| toolbox.source.request(package)).collect();
    let paths = toolbox.source.fetch(toolbox.store, &requests, toolbox.jobs, toolbox.progress).ok()?;
    let ending = format!("/{library}");
    let has = |path: PathBuf, package: &LockedPackage| {
        let deb = DebFile { path, digest: package.sha256 };
        let unpacked = unpack(toolbox.store, &deb, &UnpackLimits::default());
        unpacked
            .is_ok_and(|unpacked| unpacked.tree.iter().any(|(path, ..)| path.ends_with(ending.as_bytes())))
    };
    let found = paths.into_iter().zip(packages).find(|(path, package)| has(path.clone(), package));
    found.map(|(_, package)| package.name.clone())
}

#[cfg(test)]
mod tests;
