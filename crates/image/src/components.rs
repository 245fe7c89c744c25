//! What a system has compiled from source, and puts into its root.

use bringup_component::{Build, Component, Context as Workshop, Needs, Origin, Selection};
use bringup_debian::{Lock, LockedPackage};
use bringup_store::Digest;
use bringup_tree::Tree;

use crate::{Context, Error, Request};

/// The time of what is compiled, unless the request has one: the beginning of 2025, in UTC. Not that of
/// the image's packages, so that an update of one of them compiles nothing again.
const EPOCH: i64 = 1_735_689_600;

/// The components of a request, and what they are compiled by and with.
pub(crate) struct Components {
    components: Vec<(Component, Selection)>,
}

impl Components {
    /// Those of the record, with the packages that the lock has for them; where it does not have all,
    /// with the newest, which it then gets.
    pub(crate) fn of_record(context: &Context<'_>, request: &Request<'_>) -> Result<Self, Error> {
        let components = request.system.components.iter().map(|record| {
            let component = component(request, record);
            let selection = selection(context, request, &component)?;
            Ok((component, selection))
        });
        Ok(Self { components: components.collect::<Result<_, Error>>()? })
    }

    /// What decides their bytes.
    pub(crate) fn inputs(&self, context: &Context<'_>, request: &Request<'_>) -> Result<Vec<Digest>, Error> {
        let workshop = workshop(context, request);
        let platform = request.board.platform;
        let inputs = self.components.iter().map(|(component, selection)| {
            Ok(bringup_component::inputs(&workshop, component, platform, selection)?)
        });
        inputs.collect()
    }

    /// Compiles them, unless the store has the results, and lays them over the root.
    pub(crate) fn install(
        &self,
        context: &Context<'_>,
        request: &Request<'_>,
        root: &mut Tree,
    ) -> Result<(), Error> {
        let workshop = workshop(context, request);
        for (component, selection) in &self.components {
            let platform = request.board.platform;
            let selection = selection.clone();
            let built = bringup_component::build_with(&workshop, component, platform, selection, Some(root))?;
            root.merge(&built.tree)?;
        }
        Ok(())
    }
}

fn workshop<'a>(context: &Context<'a>, request: &'a Request<'_>) -> Workshop<'a> {
    Workshop {
        toolbox: context.toolbox,
        epoch: request.epoch.unwrap_or(EPOCH),
        cargo_home: request.cargo_home.as_deref(),
    }
}

/// The record's component, with the folder of its source made absolute.
fn component(request: &Request<'_>, record: &bringup_system::Component) -> Component {
    let origin = match (&record.source, &record.debian_source) {
        (_, Some(package)) => Origin::Debian(package.clone()),
        (folder, None) => Origin::Folder(request.sources.join(folder.as_deref().unwrap_or("."))),
    };
    Component {
        name: record.name.clone(),
        origin,
        build: match record.build {
            bringup_system::Build::Make => Build::Make,
            bringup_system::Build::Cmake => Build::Cmake,
            bringup_system::Build::Meson => Build::Meson,
            bringup_system::Build::Cargo => Build::Cargo,
            bringup_system::Build::Script => Build::Script,
        },
        arguments: record.arguments.clone(),
        script: record.script.clone(),
        packages: record.packages.clone(),
        tools: record.tools.clone(),
        environment: record.environment.clone(),
        install: record.install.clone(),
    }
}

/// The packages of a component's compiler and sysroot, locked.
fn selection(
    context: &Context<'_>,
    request: &Request<'_>,
    component: &Component,
) -> Result<Selection, Error> {
    let toolbox = &context.toolbox;
    let needs = Needs::of(component);
    let (board, system) = (request.board.name, request.system.name.as_str());
    let target = request.board.platform.debian_arch;
    let (tools, sysroot) = (format!("{}: tools", component.name), format!("{}: sysroot", component.name));
    let lock = Lock::read(&request.lock)?;
    let Some(image) = lock.image(board, system) else {
        return Ok(Selection::resolve(toolbox, request.board.platform, &needs)?);
    };
    let known = Selection {
        tools: image.tools(&tools, toolbox.architecture),
        sysroot: image.tools(&sysroot, target),
    };
    // A lock may be older than what the record asks for now.
    if has_all(&known.tools, &needs.tools) && has_all(&known.sysroot, &needs.packages) {
        return Ok(known);
    }
    let newest = Selection::resolve(toolbox, request.board.platform, &needs)?;
    let mut image = image.clone();
    image.set_tools(&tools, toolbox.architecture, newest.tools.clone());
    image.set_tools(&sysroot, target, newest.sysroot.clone());
    Lock::update(&request.lock, image)?;
    Ok(newest)
}

fn has_all(locked: &[LockedPackage], names: &[String]) -> bool {
    !locked.is_empty() && names.iter().all(|name| locked.iter().any(|package| package.name == *name))
}
