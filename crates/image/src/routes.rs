//! What each part of an image takes: the packages' routes, and the steps that are no package's.

use std::fmt::Write as _;
use std::io::Write as _;

use bringup_dpkg::{Options, Package};
use bringup_route::{Choice, Means, Route, Routed};
use bringup_store::{Digest, Key};
use bringup_system::Init;
use bringup_tree::{Meta, Tree};
use serde_json::{Value, json};

use crate::packages::{Ready, fetch, locked_packages};
use crate::{Context, Error, Request, locked_tools, sources};

/// Raised when the same inputs give other routes.
const VERSION: u32 = 1;

/// What every image with a kernel of Linux has beside packages; no program is run for any of it.
const LINUX_STEPS: [(&str, &str); 4] = [
    ("kernel modules", "indexed by this program"),
    ("initramfs", "put together by this program from the packages' files"),
    ("boot menu", "written by this program"),
    ("file systems", "written by this program"),
];

/// The same with GNU Mach.
const MACH_STEPS: [(&str, &str); 2] = [LINUX_STEPS[2], LINUX_STEPS[3]];

/// The route of everything in an image.
#[derive(Clone, Debug)]
pub struct Routes {
    /// What is no package: its name stands where a package's does.
    pub steps: Vec<Choice>,
    /// Every package whose files are in the root, in the order of their names.
    pub packages: Vec<Choice>,
}

/// What is known of an image's routes before anything is fetched.
#[derive(Clone, Debug)]
pub(crate) enum Foreseen {
    /// The scripts have been interpreted before, with the same outcome.
    Known(Routes),
    /// They have not; `otherwise` is what takes whatever cannot be.
    Unknown { steps: Vec<Choice>, packages: usize, otherwise: Choice },
}

/// The route of everything in an image. Packages are fetched and their scripts interpreted to find out;
/// nothing is run.
///
/// # Errors
/// As for [`build`](crate::build), up to where packages are configured.
pub fn routes(context: &Context<'_>, request: &Request<'_>) -> Result<Routes, Error> {
    let source = sources::of_record(context, request)?;
    let context = &Context { source: source.as_ref().unwrap_or(context.source), ..*context };
    let locked = locked_packages(context, request)?;
    let ready = fetch(context, &locked)?;
    let epoch = request.epoch.unwrap_or_else(|| ready.newest_date());
    let packages = match request.system.init {
        Init::Systemd => with_packages(context, request, &ready, epoch, bringup_route::table)?,
        _ => files_only(&ready, request)?,
    };
    remember(context, request, locked.seed(request), &packages)?;
    Ok(Routes { steps: steps(request), packages })
}

/// The packages of a system with systemd, each configured by its route.
pub(crate) fn configure(
    context: &Context<'_>,
    request: &Request<'_>,
    ready: &Ready,
    epoch: i64,
) -> Result<Routed, Error> {
    with_packages(context, request, ready, epoch, bringup_route::configure)
}

/// Calls a function of `bringup-route` with what the request says.
fn with_packages<T>(
    context: &Context<'_>,
    request: &Request<'_>,
    ready: &Ready,
    epoch: i64,
    call: impl FnOnce(
        &bringup_tools::Toolbox<'_>,
        Tree,
        &[Package<'_>],
        &Options<'_>,
        &bringup_route::Request<'_>,
    ) -> Result<T, bringup_route::Error>,
) -> Result<T, Error> {
    let installed = ready.installed(request)?;
    let packages: Vec<Package<'_>> = installed
        .iter()
        .map(|unpacked| Package { control: &unpacked.control, tree: &unpacked.tree })
        .collect();
    let options = Options {
        architecture: request.debian_arch(),
        epoch,
        answers: &request.system.answers(),
        keep_unpacked: &Default::default(),
        skip: &[],
    };
    let (board, system) = (request.board.name, &request.system.name);
    let locked =
        |set| Ok(locked_tools(&context.toolbox, set, &request.lock, board, system).map_err(Box::new)?);
    let request =
        bringup_route::Request { platform: request.board.platform, wishes: request.wishes, locked: &locked };
    Ok(call(&context.toolbox, Tree::new(Meta::root(0o755, epoch)), &packages, &options, &request)?)
}

/// The packages of a system that has no dpkg.
pub(crate) fn files_only(ready: &Ready, request: &Request<'_>) -> Result<Vec<Choice>, Error> {
    let mut names: Vec<&str> =
        ready.installed(request)?.into_iter().map(|unpacked| unpacked.control.package()).collect();
    names.sort_unstable();
    Ok(names.into_iter().map(|name| cross(name, "its files are taken; the system has no dpkg")).collect())
}

/// What is no package.
pub(crate) fn steps(request: &Request<'_>) -> Vec<Choice> {
    let mut steps: Vec<Choice> = match request.system.init {
        Init::Busybox | Init::Systemd => &LINUX_STEPS[..],
        Init::BootstrapTask | Init::Hurd => &MACH_STEPS[..],
    }
    .iter()
    .map(|(name, reason)| cross(name, reason))
    .collect();
    if request.system.init == Init::BootstrapTask {
        steps.push(cross("bootstrap task", "compiled for the target, in the sandbox"));
    }
    steps.extend(request.system.components.iter().map(|component| {
        cross(&format!("component {}", component.name), "compiled for the target, in the sandbox")
    }));
    steps
}

fn cross(name: &str, reason: &str) -> Choice {
    Choice { package: name.to_owned(), route: Route::Cross, reason: reason.to_owned(), refused: Vec::new() }
}

/// What decides the routes besides packages and record: wishes, and what the host can do.
pub(crate) fn inputs(context: &Context<'_>, request: &Request<'_>) -> String {
    format!("{:?} {:?}", request.wishes, means(context, request))
}

fn means(context: &Context<'_>, request: &Request<'_>) -> Means {
    bringup_route::means(context.toolbox.architecture, request.board.platform)
}

fn key(context: &Context<'_>, request: &Request<'_>, seed: Digest) -> Key {
    Key::new("routes", VERSION)
        .input("program", request.program.0)
        .input("packages", seed.0)
        .input("system", format!("{:?}", request.system))
        .input("host", inputs(context, request))
}

/// Keeps what interpretation came to for a later dry run.
pub(crate) fn remember(
    context: &Context<'_>,
    request: &Request<'_>,
    seed: Digest,
    table: &[Choice],
) -> Result<(), Error> {
    context.store.derive_file(&key(context, request, seed), |file| -> Result<(), Error> {
        let failed = |source| Error::Io { operation: "write", path: "the table of routes".into(), source };
        file.write_all(Value::Array(table.iter().map(to_json).collect()).to_string().as_bytes())
            .map_err(failed)
    })?;
    Ok(())
}

/// What is known without fetching or interpreting anything.
pub(crate) fn foresee(
    context: &Context<'_>,
    request: &Request<'_>,
    seed: Digest,
    packages: usize,
) -> Result<Foreseen, Error> {
    let steps = steps(request);
    let known = context.store.derived_file(&key(context, request, seed))?;
    let known = known.and_then(|path| serde_json::from_slice(&std::fs::read(path).ok()?).ok());
    if let Some(packages) = known.and_then(|table: Value| table.as_array()?.iter().map(from_json).collect()) {
        return Ok(Foreseen::Known(Routes { steps, packages }));
    }
    let otherwise = bringup_route::otherwise(&means(context, request), &request.wishes);
    Ok(Foreseen::Unknown { steps, packages, otherwise })
}

impl Routes {
    /// For programs.
    pub fn to_json(&self) -> Value {
        let list = |choices: &[Choice]| Value::Array(choices.iter().map(to_json).collect());
        json!({ "steps": list(&self.steps), "packages": list(&self.packages) })
    }
}

impl Foreseen {
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Known(routes) => routes.to_json(),
            Self::Unknown { steps, otherwise, .. } => json!({
                "steps": steps.iter().map(to_json).collect::<Vec<_>>(),
                "packages": null,
                "what_cannot_be_interpreted": to_json(otherwise),
            }),
        }
    }

    /// Lines for people, of what has only the usual reason one for all.
    pub(crate) fn lines(&self) -> Vec<String> {
        let (steps, rest) = match self {
            Self::Known(routes) => {
                let cross = routes.packages.iter().filter(|choice| choice.route == Route::Cross).count();
                let others = routes.packages.iter().filter(|choice| choice.route != Route::Cross);
                let first = format!("{cross} packages: cross, their scripts are interpreted");
                (&routes.steps, [first].into_iter().chain(others.map(line)).collect::<Vec<_>>())
            }
            Self::Unknown { steps, packages, otherwise } => {
                let first = format!(
                    "{packages} packages: cross, as far as their scripts can be interpreted \
                     (`bringup route` finds out)"
                );
                (steps, vec![first, line(otherwise)])
            }
        };
        steps.iter().map(line).chain(rest).collect()
    }
}

fn line(choice: &Choice) -> String {
    let mut text = format!("{}: {}, {}", choice.package, choice.route, choice.reason);
    for (route, why) in &choice.refused {
        let _ = write!(text, "; not {route}: {why}");
    }
    text
}

pub(crate) fn to_json(choice: &Choice) -> Value {
    json!({
        "name": choice.package,
        "route": choice.route.name(),
        "reason": choice.reason,
        "refused": choice.refused.iter().map(|(route, why)| json!({
            "route": route.name(),
            "reason": why,
        })).collect::<Vec<_>>(),
    })
}

fn from_json(value: &Value) -> Option<Choice> {
    let text = |value: &Value, name: &str| Some(value.get(name)?.as_str()?.to_owned());
    let route = |value: &Value| Route::named(value.get("route")?.as_str()?);
    let refused = value.get("refused")?.as_array()?;
    Some(Choice {
        package: text(value, "name")?,
        route: route(value)?,
        reason: text(value, "reason")?,
        refused: refused
            .iter()
            .map(|value| Some((route(value)?, text(value, "reason")?)))
            .collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_comes_back_as_it_was_kept() {
        let choice = Choice {
            refused: vec![(Route::Cross, "postinst: `x`".into()), (Route::Native, "other machine".into())],
            route: Route::Emulated,
            ..cross("a", "by QEMU")
        };
        assert_eq!(from_json(&to_json(&choice)), Some(choice.clone()));
        assert_eq!(
            line(&choice),
            "a: emulated, by QEMU; not cross: postinst: `x`; not native: other machine"
        );
    }
}
