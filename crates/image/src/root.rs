//! The root tree and what boots it, by the kernel that the system runs on.

use bringup_grub::config;
use bringup_hurd::BootModule;
use bringup_route::Choice;
use bringup_spec::BootMethod;
use bringup_store::Digest;
use bringup_system::{Init, Password, RootParts, root_tree};
use bringup_tree::{Content, Kind, Meta, Tree};

use crate::boot::{BootFiles, BootParts, boot_files, file};
use crate::components::Components;
use crate::menu::{TIMEOUT_SECONDS, grub_files};
use crate::packages::Ready;
use crate::pinned::locked_tools;
use crate::volumes::{Names, Role};
use crate::{Context, Error, Request, root_number, routes, systemd};

/// GNU Mach's name of a PC's first disk, which is where its own boot loader found it.
const MACH_DISK: &str = "hd0";

/// The file of a system's folder that is no source of its bootstrap task.
fn is_source(name: &str) -> bool {
    name.ends_with(".c") || name.ends_with(".h")
}

/// What the root tree is made from.
pub(crate) struct Parts<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) request: &'a Request<'a>,
    pub(crate) method: BootMethod,
    pub(crate) ready: &'a Ready,
    pub(crate) components: &'a Components,
    pub(crate) roles: &'a [Role],
    pub(crate) names: &'a Names,
    pub(crate) seed: &'a Digest,
    pub(crate) epoch: i64,
}

/// A root tree, what boots it, what routes its packages took, and what somebody should know of it.
pub(crate) struct Assembled {
    pub(crate) tree: Tree,
    pub(crate) boot: BootFiles,
    pub(crate) routes: Vec<Choice>,
    pub(crate) notes: Vec<String>,
}

/// Makes the root tree, and says what boots it.
pub(crate) fn assemble(parts: &Parts<'_>) -> Result<Assembled, Error> {
    let container = parts.request.image_type.format.is_container();
    let (tree, boot) = match parts.request.system.init {
        Init::Systemd => {
            let boot = if container { BootFiles::default() } else { linux_boot(parts)? };
            let (tree, routes, notes) = systemd::root(parts, &boot)?;
            return Ok(Assembled { tree, boot, routes, notes });
        }
        Init::Busybox => linux(parts)?,
        Init::BootstrapTask => mach(parts)?,
        Init::Hurd => hurd(parts)?,
    };
    let routes = routes::files_only(parts.ready, parts.request)?;
    Ok(Assembled { tree, boot, routes, notes: Vec::new() })
}

fn linux(parts: &Parts<'_>) -> Result<(Tree, BootFiles), Error> {
    let container = parts.request.image_type.format.is_container();
    let boot = if container { BootFiles::default() } else { linux_boot(parts)? };
    Ok((tree(parts, boot.files.clone())?, boot))
}

/// Kernel, initramfs and menu of a Linux system.
fn linux_boot(parts: &Parts<'_>) -> Result<BootFiles, Error> {
    let request = parts.request;
    boot_files(&BootParts {
        request,
        ways: &request.ways(parts.method),
        store: parts.context.store,
        kernel: parts.ready.kernel(request.board)?,
        busybox: parts.ready.with_file(bringup_system::BUSYBOX)?,
        roles: parts.roles,
        names: parts.names,
        seed: parts.seed,
        epoch: parts.epoch,
        jobs: parts.context.jobs,
    })
}

/// GNU Mach with a task of the system's own.
fn mach(parts: &Parts<'_>) -> Result<(Tree, BootFiles), Error> {
    let Request { system, board, lock, .. } = parts.request;
    let toolbox = &parts.context.toolbox;
    let set = bringup_tools::set(bringup_hurd::TOOL_SET)?;
    let packages = locked_tools(toolbox, set, lock, board.name, &system.name)?;
    let sources = system.sources.iter().filter(|(name, _)| is_source(name));
    let sources = sources.map(|(name, bytes)| (name.clone(), bytes.clone())).collect();
    let task = bringup_hurd::bootstrap_task(toolbox, &packages, &sources)?;
    let tree = tree(parts, vec![(bringup_hurd::TASK_PATH.to_owned(), file(&task)?)])?;
    with_menu(parts, tree, &bringup_hurd::mach_modules())
}

/// GNU Mach with the Hurd's servers.
fn hurd(parts: &Parts<'_>) -> Result<(Tree, BootFiles), Error> {
    let system = parts.request.system;
    let mut tree = tree(parts, Vec::new())?;
    let no_password =
        |user: &bringup_system::User| user.name == "root" && user.password == Password::NoneNeeded;
    bringup_hurd::prepare_root(
        &mut tree,
        &bringup_hurd::RootOptions {
            hostname: &system.hostname,
            disk: MACH_DISK,
            partition: root_number(parts.request.board),
            root_login: if system.users.iter().any(no_password) {
                bringup_hurd::RootLogin::NoPassword
            } else {
                bringup_hurd::RootLogin::Locked
            },
            epoch: parts.epoch,
        },
    )?;
    let modules = bringup_hurd::hurd_modules(&tree)?;
    with_menu(parts, tree, &modules)
}

fn tree(parts: &Parts<'_>, made: Vec<(String, Content)>) -> Result<Tree, Error> {
    let request = parts.request;
    Ok(root_tree(RootParts {
        system: request.system,
        packages: &parts.ready.root_trees(request)?,
        made,
        devices: parts.names.devices(),
        epoch: parts.epoch,
    })?)
}

/// Adds GRUB's menu that starts GNU Mach with these modules.
fn with_menu(parts: &Parts<'_>, mut tree: Tree, modules: &[BootModule]) -> Result<(Tree, BootFiles), Error> {
    let kernel = bringup_hurd::kernel_path(&tree)?;
    let name = kernel.rsplit('/').next().unwrap_or(&kernel).trim_end_matches(".gz").to_owned();
    let arguments = bringup_hurd::kernel_arguments(MACH_DISK, root_number(parts.request.board))?;
    let entry = config::Entry {
        title: format!("{} with {name}", parts.request.system.name),
        root_uuid: parts.names.menu.clone(),
        start: config::Start::Multiboot {
            kernel,
            arguments: arguments.join(" "),
            modules: modules.iter().map(|module| (module.path.clone(), module.arguments.join(" "))).collect(),
        },
    };
    let menu =
        config::Menu { timeout_seconds: TIMEOUT_SECONDS, serial: true, default: 0, entries: vec![entry] };
    let files = grub_files(parts.method, &menu)?;
    let folder = Meta::root(0o755, parts.epoch);
    for (path, content) in &files.root {
        let meta = Meta::root(0o644, parts.epoch);
        tree.insert_all(path.trim_start_matches('/'), meta, Kind::File(content.clone()), &folder)?;
    }
    Ok((tree, BootFiles { release: name, files: files.root, esp: files.esp, ..BootFiles::default() }))
}
