//! `component` and `toolchain`: compiling for a platform.

use std::io;
use std::path::Path;
use std::process::Stdio;

use bringup_component::{
    Build, Component, Context, Needs, Selection, Workplace, build as compile, environment,
};
use bringup_sandbox::Way;
use bringup_tree::{Meta, Tree, write_directory};

use crate::args::{self, Global};
use crate::commands::list::find_platform;
use crate::error::Error;
use crate::host;
use crate::output::print_line;
use crate::session::Session;

/// The time of what is compiled, unless SOURCE_DATE_EPOCH says another: the beginning of 2025, in UTC.
const EPOCH: i64 = 1_735_689_600;

/// What a command of `toolchain` needs to be there.
const PROGRAMS: [(&str, Build); 5] = [
    ("cargo", Build::Cargo),
    ("cmake", Build::Cmake),
    ("meson", Build::Meson),
    ("ninja", Build::Cmake),
    ("rustc", Build::Cargo),
];

pub(crate) fn build(global: &Global, asked: &args::Component) -> Result<(), Error> {
    let platform = find_platform(&asked.platform)?;
    let output = host::absolute(&asked.output)?;
    if std::fs::symlink_metadata(&output).is_ok() {
        return Err(Error::OutputExists { path: output });
    }
    let failed = |source| Error::Io { operation: "read", path: asked.file.clone(), source };
    let text = std::fs::read_to_string(&asked.file).map_err(failed)?;
    let file = host::absolute(&asked.file)?;
    let folder = file.parent().unwrap_or(Path::new("/"));
    let mut components = Component::parse(&asked.file.display().to_string(), &text, folder)?;
    for name in &asked.only {
        if !components.iter().any(|component| component.name == *name) {
            let known = components.into_iter().map(|component| component.name).collect();
            return Err(Error::NoComponent { file: asked.file.clone(), name: name.clone(), known });
        }
    }
    components.retain(|component| asked.only.is_empty() || asked.only.contains(&component.name));
    let session = Session::open(global)?;
    let home = host::cargo_home();
    let context = Context {
        toolbox: session.toolbox(Way::Auto)?,
        epoch: host::epoch()?.unwrap_or(EPOCH),
        cargo_home: home.as_deref(),
    };
    let mut all = Tree::new(Meta::root(0o755, context.epoch));
    for component in &components {
        let built = compile(&context, component, platform, None);
        session.fetched();
        let built = built?;
        all.merge(&built.tree).map_err(bringup_component::Error::Tree)?;
        let needs = match &built.libraries[..] {
            [] => String::new(),
            libraries => format!(", needs {}", libraries.join(", ")),
        };
        let route = built.route.describe();
        print_line(format_args!("{}: {} files, {route}{needs}", component.name, files(&built.tree)))?;
    }
    publish(&all, &output)
}

fn files(tree: &Tree) -> usize {
    tree.iter().filter(|(_, _, node)| !node.kind.is_directory()).count()
}

/// The folder gets its name when everything is in it.
pub(crate) fn publish(tree: &Tree, output: &Path) -> Result<(), Error> {
    let failed = |operation, path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| Error::Io { operation, path, source }
    };
    let folder = output.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder).map_err(failed("create", folder))?;
    let work = tempfile::tempdir_in(folder).map_err(failed("create a folder in", folder))?;
    let made = work.path().join("made");
    write_directory(tree, &made).map_err(bringup_component::Error::Tree)?;
    std::fs::rename(&made, output).map_err(failed("write", output))
}

pub(crate) fn toolchain(global: &Global, asked: &args::Toolchain) -> Result<(), Error> {
    let platform = find_platform(&asked.platform)?;
    let session = Session::open(global)?;
    let toolbox = session.toolbox(Way::Auto)?;
    let program = asked.command.first().map(String::as_str).unwrap_or_default();
    let build = PROGRAMS.iter().find(|(name, _)| *name == program).map(|(_, build)| *build);
    let mut needs = build.map(Needs::of_build).unwrap_or_default();
    needs.tools.extend(asked.tools.iter().cloned());
    needs.packages.extend(asked.with.iter().cloned());
    let opened = Selection::resolve(&toolbox, platform, &needs)
        .and_then(|selection| bringup_component::Toolchain::open(&toolbox, platform, selection));
    session.fetched();
    let toolchain = opened?;
    let epoch = host::epoch()?.unwrap_or(EPOCH);
    if asked.command.is_empty() {
        print_line(format_args!("platform: {}", platform.name))?;
        print_line(format_args!("route: {}", toolchain.route.describe()))?;
        let selection = &toolchain.selection;
        let counts = (selection.tools.len(), selection.sysroot.len());
        print_line(format_args!("tools: {} packages in {}", counts.0, toolchain.root.dir().display()))?;
        print_line(format_args!("sysroot: {} packages in {}", counts.1, toolchain.sysroot.display()))?;
        for (name, value) in environment(&toolchain, epoch, toolbox.jobs) {
            print_line(format_args!("{name}={value}"))?;
        }
        return Ok(());
    }
    let folder = host::absolute(Path::new("."))?;
    let install = asked.install.as_deref().map(host::absolute).transpose()?;
    if let Some(install) = &install {
        let failed = |source| Error::Io { operation: "create", path: install.clone(), source };
        std::fs::create_dir_all(install).map_err(failed)?;
    }
    let workplace = Workplace { folder: &folder, install: install.as_deref(), epoch };
    let mut command = toolchain.command(&toolbox, &workplace, &asked.command)?;
    let status = command.stdin(Stdio::inherit()).spawn()?.wait()?;
    if status.success() {
        return Ok(());
    }
    Err(Error::ToolFailed { program: program.to_owned(), status: status.code().unwrap_or(-1) })
}
