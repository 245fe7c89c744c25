//! What starts the kernel: the modules that root needs, the initramfs, the boot menu.

use std::fs::File;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::Path;

use bringup_fsimage::write_cpio;
use bringup_growth::Definitions;
use bringup_kernel::{
    KernelPackage, ModuleIndex, initramfs_modules, module_bytes, modules_for_device_tree,
    root_file_system_modules,
};
use bringup_spec::{Board, BootMethod, RootStorage};
use bringup_store::{Digest, Key, Store};
use bringup_system::{LoadedModule, System, initramfs};
use bringup_tree::{Content, Kind, Meta, Source, Tree};

use crate::types::Format;
use crate::volumes::{Names, Role};
use crate::{Error, Request, growth, menu};

/// What finds root on a CD: Linux, drivers/scsi/sr.c, fs/isofs/, drivers/block/loop.c.
const CD_MODULES: [&str; 3] = ["sr_mod", "isofs", "loop"];

/// Changes when the same inputs would give another module index, depmod file or initramfs.
const STEP_VERSION: u32 = 1;

/// The kernel of an image and what goes with it; nothing of it for a container.
#[derive(Default)]
pub(crate) struct BootFiles {
    /// The kernel's version, as in `uname -r`.
    pub(crate) release: String,
    /// The kernel's command line where nothing but the initramfs is started.
    pub(crate) arguments: String,
    /// The kernel itself.
    pub(crate) kernel: Option<Content>,
    /// Files for the root tree, by absolute path.
    pub(crate) files: Vec<(String, Content)>,
    /// Files for the EFI system partition, by absolute path.
    pub(crate) esp: Vec<(String, Content)>,
    /// The modules of the initramfs in load order.
    pub(crate) modules: Vec<String>,
    /// The kernel's folder of device trees in the root tree.
    pub(crate) device_trees: Option<String>,
}

/// What the boot files are made of.
pub(crate) struct BootParts<'a> {
    pub(crate) request: &'a Request<'a>,
    /// The boards and methods by which the disk starts.
    pub(crate) ways: &'a [(Board, BootMethod)],
    pub(crate) store: &'a Store,
    /// The unpacked kernel package and its digest.
    pub(crate) kernel: (&'a Tree, Digest),
    /// The unpacked package that holds busybox and its digest.
    pub(crate) busybox: (&'a Tree, Digest),
    /// The partitions behind the firmware's.
    pub(crate) roles: &'a [Role],
    pub(crate) names: &'a Names,
    /// What every UUID follows from.
    pub(crate) seed: &'a Digest,
    pub(crate) epoch: i64,
    pub(crate) jobs: usize,
}

pub(crate) fn boot_files(parts: &BootParts<'_>) -> Result<BootFiles, Error> {
    let (tree, _) = parts.kernel;
    let package = KernelPackage::find(tree)?;
    let index = module_index(parts, &package)?;
    let Request { board, system, .. } = *parts.request;
    let format = parts.request.image_type.format;
    let modules = choose_modules(board, system, format, tree, &index)?;

    let release = package.version.clone();
    let growth = if format.is_disk() {
        growth::definitions(board, system, parts.roles, parts.seed)?
    } else {
        Definitions::default()
    };
    let initramfs = make_initramfs(parts, &package, &index, &modules, &growth)?;
    let device_tree = board.device_tree.map(|name| device_tree(board, Some(name), tree));
    let device_tree = device_tree.transpose()?;
    let kernel = tree.content(&package.image)?;
    let mut boot = menu::MenuFiles::default();
    let mut arguments = String::new();
    for (board, method) in parts.ways {
        let menu = menu::LinuxParts {
            board,
            system,
            method: *method,
            format,
            kernel: &package,
            kernel_content: kernel,
            initramfs: &initramfs,
            names: parts.names,
            device_tree: device_tree.as_deref(),
        };
        if arguments.is_empty() {
            arguments = menu::arguments(&menu)?;
        }
        if format.is_medium() {
            boot.add(menu::linux(&menu)?);
        }
    }
    boot.root.extend(growth.root.into_iter().map(|file| (file.path, Content::bytes(file.bytes))));
    for (name, content) in depmod_files(parts, &index)? {
        boot.root.push((format!("/{}/{name}", package.modules), content));
    }
    let device_trees = package.device_trees.clone();
    let kernel = Some(kernel.clone());
    Ok(BootFiles { release, arguments, kernel, files: boot.root, esp: boot.esp, modules, device_trees })
}

/// A result of the store as the content of a file.
fn derived(
    store: &Store,
    key: &Key,
    make: impl FnOnce() -> Result<Vec<u8>, Error>,
) -> Result<Content, Error> {
    let path = store.derive_file(key, |file: &mut File| -> Result<(), Error> {
        let bytes = make()?;
        file.write_all(&bytes).map_err(|source| Error::Io {
            operation: "write a result into",
            path: store.root().to_owned(),
            source,
        })
    })?;
    file(&path)
}

/// All of a file as content.
pub(crate) fn file(path: &Path) -> Result<Content, Error> {
    let source = Source::open(path)?;
    let meta = source.file.metadata();
    let len = meta.map_err(|source| Error::Io { operation: "look at", path: path.to_owned(), source })?.len();
    Ok(Content::Range { source, offset: 0, len })
}

/// What `depmod` would write beside the modules, by name.
fn depmod_files(parts: &BootParts<'_>, index: &ModuleIndex) -> Result<Vec<(String, Content)>, Error> {
    let key = Key::new("depmod", STEP_VERSION).input("kernel", parts.kernel.1.0);
    let folder = parts.store.derive_dir(&key, |folder| -> Result<(), Error> {
        for (name, bytes) in index.depmod_files()? {
            let path = folder.join(name);
            std::fs::write(&path, bytes).map_err(|source| Error::Io { operation: "write", path, source })?;
        }
        Ok(())
    })?;
    let failed = |source| Error::Io { operation: "list", path: folder.clone(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        files.push((entry.file_name().to_string_lossy().into_owned(), file(&entry.path())?));
    }
    // The order of a folder's entries is the host's.
    files.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(files)
}

/// The index of a kernel package's modules: read from the modules once, then from the store.
fn module_index(parts: &BootParts<'_>, package: &KernelPackage) -> Result<ModuleIndex, Error> {
    let (tree, digest) = parts.kernel;
    let key = Key::new("module index", STEP_VERSION).input("kernel", digest.0);
    let jobs = NonZeroUsize::new(parts.jobs).unwrap_or(NonZeroUsize::MIN);
    let content = derived(parts.store, &key, || Ok(ModuleIndex::scan(tree, package, jobs)?.to_bytes()))?;
    Ok(ModuleIndex::from_bytes(&content.read()?)?)
}

/// The names of the modules that the initramfs loads, in order: those of the board's storage, of its
/// twin's disk, of root's file system, and what the system adds.
fn choose_modules(
    board: &Board,
    system: &System,
    format: Format,
    tree: &Tree,
    index: &ModuleIndex,
) -> Result<Vec<String>, Error> {
    let mut chosen = Vec::new();
    let mut names: Vec<&str> = board.twin.modules.to_vec();
    for storage in board.root_storage {
        match storage {
            RootStorage::DeviceTreeNode(node) => {
                let dtb = device_tree(board, board.device_tree, tree)?;
                chosen.extend(modules_for_device_tree(&dtb, node, index)?);
            }
            RootStorage::Modules(modules) => names.extend(*modules),
        }
    }
    let file_system = root_file_system_modules(index, system.root.file_system.name())?;
    names.extend(file_system.modules.iter().map(|module| module.name.as_str()));
    if system.root.volatile {
        names.push("overlay");
    }
    if let Format::Iso { .. } = format {
        names.extend(CD_MODULES);
    }
    names.extend(system.initramfs.modules.iter().map(String::as_str));
    let loaded = initramfs_modules(index, &chosen, &names)?;
    Ok(loaded.iter().map(|module| module.name.clone()).collect())
}

/// A device tree of a board out of its kernel package, by its path below that one's folder of them.
pub(crate) fn device_tree(board: &Board, name: Option<&str>, tree: &Tree) -> Result<Vec<u8>, Error> {
    let package = KernelPackage::find(tree)?;
    let missing =
        |reason| Error::NoDeviceTree { board: board.name, version: package.version.clone(), reason };
    let name = name.ok_or_else(|| missing("the board names none".to_owned()))?;
    let folder = package.device_trees.as_deref();
    let folder = folder.ok_or_else(|| missing("the kernel's package brings none".to_owned()))?;
    let path = format!("{folder}/{name}");
    if tree.get(&path).is_none() {
        return Err(missing(format!("there is no `{path}`")));
    }
    Ok(tree.read(path)?)
}

fn make_initramfs(
    parts: &BootParts<'_>,
    package: &KernelPackage,
    index: &ModuleIndex,
    modules: &[String],
    growth: &Definitions,
) -> Result<Content, Error> {
    let (kernel, kernel_digest) = parts.kernel;
    let (busybox_tree, busybox_digest) = parts.busybox;
    let mut key = Key::new("initramfs", STEP_VERSION)
        .input("kernel", kernel_digest.0)
        .input("busybox", busybox_digest.0)
        .input("modules", modules.join("\n"))
        .input("script", parts.request.system.source(bringup_system::INITRAMFS_SCRIPT)?)
        .input("epoch", parts.epoch.to_le_bytes());
    for file in &growth.initramfs {
        key = key.input(&file.path, &file.bytes);
    }
    derived(parts.store, &key, || {
        let mut loaded = Vec::new();
        for name in modules {
            let module = index.get(name).expect("the names are the index's own");
            let bytes = module_bytes(kernel, package, module)?;
            loaded.push(LoadedModule { file_name: format!("{name}.ko"), bytes });
        }
        let busybox = busybox_tree.content(bringup_system::BUSYBOX)?;
        let mut tree = initramfs(parts.request.system, busybox, &loaded, parts.epoch)?;
        let (meta, folder) = (Meta::root(0o644, parts.epoch), Meta::root(0o755, parts.epoch));
        for file in &growth.initramfs {
            let kind = Kind::File(Content::bytes(file.bytes.clone()));
            tree.insert_all(file.path.trim_start_matches('/'), meta.clone(), kind, &folder)?;
        }
        let mut bytes = Vec::new();
        write_cpio(&tree, &mut bytes)?;
        Ok(bytes)
    })
}
