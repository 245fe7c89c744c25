//! Every package by its route.

use std::collections::BTreeSet;

use bringup_debian::LockedPackage;
use bringup_dpkg::{Configured, How, Options, Package, Step};
use bringup_spec::Platform;
use bringup_tools::{ToolSet, Toolbox};
use bringup_tree::Tree;

use crate::choice::{Choice, Route, Wishes, choose, refusal};
use crate::deferred::defer;
use crate::emulator::{self, Emulation};
use crate::run::Run;
use crate::{Error, answers, finish};

/// The packages of a set of tools: from a lock, or [`Toolbox::packages`].
pub type Locked<'a> = &'a dyn Fn(&'static ToolSet) -> Result<Vec<LockedPackage>, LockedError>;

/// Why the packages of a set of tools cannot be had.
pub type LockedError = Box<dyn std::error::Error + Send + Sync>;

/// How packages are to be configured.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// What the packages are for.
    pub platform: &'a Platform,
    /// What the caller decides about routes.
    pub wishes: Wishes<'a>,
    /// Where the emulator and other tools come from, if they are needed at all.
    pub locked: Locked<'a>,
}

/// A root with every package configured, or about to configure itself.
#[derive(Debug)]
pub struct Routed {
    /// The root.
    pub tree: Tree,
    /// The route of every package, in the order of their names.
    pub table: Vec<Choice>,
    /// What scripts said: package, or `dpkg` for what was run, and text.
    pub output: Vec<(String, String)>,
}

/// Configures `packages` on `base`: interpreted where possible, otherwise by the next route that is
/// open, see [`Route::ALL`].
///
/// # Errors
/// A script fails, in whatever way it is run; the only route that is wished is not open; a tool, an
/// emulator or the store cannot be had.
pub fn configure(
    toolbox: &Toolbox<'_>,
    base: Tree,
    packages: &[Package<'_>],
    options: &Options<'_>,
    request: &Request<'_>,
) -> Result<Routed, Error> {
    let (configured, table) = interpret(toolbox.architecture, base, packages, options, request)?;
    let mut tree = configured.tree;
    let mut output = configured.output;
    let names = |route| -> Vec<String> {
        table.iter().filter(|choice| choice.route == route).map(|choice| choice.package.clone()).collect()
    };
    for route in [Route::Native, Route::Emulated] {
        let names = names(route);
        if names.is_empty() {
            continue;
        }
        let format = match route {
            Route::Emulated => format(toolbox, request)?,
            _ => None,
        };
        let preinst = without_preinst(&configured.report, &names);
        let answers = answers::selections(packages, &names, options.answers);
        let run = Run {
            route,
            packages: &names,
            preinst: &preinst,
            architecture: options.architecture,
            answers: &answers,
            format,
            epoch: options.epoch,
        };
        let said;
        (tree, said) = run.on(toolbox.store, tree)?;
        output.push(("dpkg".into(), said));
    }
    let waiting = names(Route::Deferred);
    if !waiting.is_empty() {
        let waiting: Vec<&str> = waiting.iter().map(String::as_str).collect();
        defer(&mut tree, &waiting, options.epoch)?;
    }
    finish::run(toolbox, &mut tree, &configured.tools, options.epoch, request.locked)?;
    Ok(Routed { tree, table, output })
}

/// The route of every package, in the order of their names, as [`configure`] would take them. Scripts are
/// interpreted to find out; nothing is run.
///
/// # Errors
/// An interpreted script fails, or the only route that is wished is not open.
pub fn table(
    toolbox: &Toolbox<'_>,
    base: Tree,
    packages: &[Package<'_>],
    options: &Options<'_>,
    request: &Request<'_>,
) -> Result<Vec<Choice>, Error> {
    Ok(interpret(toolbox.architecture, base, packages, options, request)?.1)
}

fn interpret(
    architecture: &str,
    base: Tree,
    packages: &[Package<'_>],
    options: &Options<'_>,
    request: &Request<'_>,
) -> Result<(Configured, Vec<Choice>), Error> {
    let wishes = &request.wishes;
    let deferred: BTreeSet<String> = wishes.deferred.into_iter().flatten().cloned().collect();
    if let Some(name) = deferred.iter().find(|name| packages.iter().all(|package| package.name() != **name)) {
        return Err(Error::NotThere { package: name.clone() });
    }
    let skip = skipped(packages, options, wishes);
    let keep_unpacked = options.keep_unpacked.union(&deferred).cloned().collect();
    let options = Options { skip: &skip, keep_unpacked: &keep_unpacked, ..*options };
    let configured = bringup_dpkg::configure(base, packages, &options)?;
    let means = emulator::means(architecture, request.platform);
    let mut table = choose(&configured.report, &means, wishes);
    wait_together(&configured.report, &mut table);
    if let (Some(route), Some(choice)) = (wishes.only, refusal(&table, wishes)) {
        let reason = choice.refused.iter().find(|(refused, _)| *refused == route);
        return Err(Error::Refused {
            package: choice.package.clone(),
            route,
            reason: reason.map(|(_, why)| why.clone()).unwrap_or_default(),
        });
    }
    Ok((configured, table))
}

/// What is not to be interpreted, and why.
fn skipped<'a>(
    packages: &'a [Package<'a>],
    options: &Options<'a>,
    wishes: &Wishes<'a>,
) -> Vec<(&'a str, &'a str)> {
    let mut skip = options.skip.to_vec();
    let forced = matches!(wishes.only, Some(Route::Native | Route::Emulated));
    let deferred = |name: &str| wishes.deferred.is_some_and(|names| names.contains(name));
    let names = packages.iter().map(Package::name).filter(|name| forced && !deferred(name));
    skip.extend(names.map(|name| (name, "another route is wished")));
    skip
}

/// Those of `names` that were unpacked without their preinst.
fn without_preinst(report: &[Step], names: &[String]) -> Vec<String> {
    let without = |step: &&Step| match &step.how {
        How::Left { script, .. } => script.starts_with("preinst"),
        How::Skipped { .. } => true,
        _ => false,
    };
    let found = report.iter().filter(without).map(|step| step.package.clone());
    found.filter(|package| names.contains(package)).collect()
}

/// A package cannot be configured before those that it depends on: what waits for one that waits for the
/// first boot waits, too.
fn wait_together(report: &[Step], table: &mut [Choice]) {
    let mut waiting: BTreeSet<String> = table
        .iter()
        .filter(|choice| choice.route == Route::Deferred)
        .map(|choice| choice.package.clone())
        .collect();
    loop {
        let before = waiting.len();
        for (step, choice) in report.iter().zip(table.iter_mut()) {
            let How::Waits { package } = &step.how else { continue };
            if waiting.contains(package) && waiting.insert(step.package.clone()) {
                choice.route = Route::Deferred;
                choice.reason = format!("`{package}` is configured at first boot");
            }
        }
        if waiting.len() == before {
            return;
        }
    }
}

pub(crate) fn locked_packages(
    locked: Locked<'_>,
    set: &'static ToolSet,
) -> Result<Vec<LockedPackage>, Error> {
    locked(set).map_err(|source| Error::Locked { set: set.name, source })
}

fn format(toolbox: &Toolbox<'_>, request: &Request<'_>) -> Result<Option<bringup_sandbox::Format>, Error> {
    match emulator::emulation(toolbox.architecture, request.platform) {
        Ok(Emulation::Own) => {
            let packages = emulator::tools().and_then(|set| locked_packages(request.locked, set))?;
            let interpreter = emulator::interpreter(toolbox, &packages, request.platform)?;
            Ok(Some(emulator::format(request.platform, interpreter)))
        }
        // The host's, or (the route was chosen because it is open) a host that has changed its mind.
        Ok(Emulation::Host(_)) | Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_depends_on_a_waiting_package_waits() {
        let waits = |package: &str, on: &str| Step {
            package: package.into(),
            how: How::Waits { package: on.into() },
        };
        let report = [
            waits("a", "b"),
            waits("b", "c"),
            Step { package: "c".into(), how: How::NoScript },
            waits("d", "e"),
        ];
        let choice = |step: &Step, route| Choice {
            package: step.package.clone(),
            route,
            reason: String::new(),
            refused: Vec::new(),
        };
        let mut table: Vec<Choice> = report.iter().map(|step| choice(step, Route::Native)).collect();
        table[2].route = Route::Deferred;
        wait_together(&report, &mut table);
        let routes: Vec<Route> = table.iter().map(|choice| choice.route).collect();
        assert_eq!(routes, [Route::Deferred, Route::Deferred, Route::Deferred, Route::Native]);
    }
}
