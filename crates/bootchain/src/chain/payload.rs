//! What a menu's entry names: kernel, device tree, initramfs, and the root file system.

use bringup_inspect::menu::BootEntry;

use super::arch::Arch;
use super::boot_file::BootFile;
use super::partitions::FoundTable;
use super::root::linux_inits;
use super::trail::Id;
use super::{Chain, memory};
use crate::volume::Volume;

/// Who loads the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    /// U-Boot, with `booti`, `bootz` or `bootm`.
    UBoot,
    /// UEFI starts it as a program.
    Uefi,
    /// GRUB, which starts it by its Linux boot protocol.
    Grub,
}

/// An entry and what its paths are relative to.
pub(crate) struct Payload<'p, 'd> {
    /// The link of the menu.
    pub(crate) after: Id,
    pub(crate) found: &'p FoundTable,
    /// The file system that the paths are on.
    pub(crate) volume: &'p Volume<'d>,
    pub(crate) entry: BootEntry,
    /// The folder that paths without a leading slash are in.
    pub(crate) folder: &'p str,
    pub(crate) via: Via,
    /// What the boot loader's own device trees are compatible with.
    pub(crate) own: &'p [Vec<String>],
}

impl<'d> Payload<'_, 'd> {
    pub(crate) fn path(&self, path: &str) -> String {
        // systemd-boot takes either slash.
        let path = path.replace('\\', "/");
        if path.starts_with('/') { path } else { format!("{}/{path}", self.folder) }
    }

    pub(crate) fn open(&self, path: &str) -> Result<BootFile<'d>, crate::Error> {
        BootFile::open(self.volume, &self.path(path))
    }
}

/// What is loaded, once all of it is found.
pub(crate) struct Loaded<'d> {
    pub(crate) kernel: Result<BootFile<'d>, crate::Error>,
    pub(crate) initrds: Vec<Result<BootFile<'d>, crate::Error>>,
    pub(crate) arguments: String,
    /// The kernel's release, where something else than its file's name says it.
    pub(crate) release: Option<String>,
}

impl<'d> Chain<'d> {
    /// Proves the files that an entry names.
    pub(crate) fn payload(&mut self, payload: &Payload<'_, 'd>) {
        let missing = || crate::Error::NotFound { path: "a kernel in this entry".to_owned() };
        let kernel = payload.entry.kernel.as_deref().ok_or_else(missing).and_then(|path| payload.open(path));
        let initrds = payload.entry.initrds.iter().map(|path| payload.open(path)).collect();
        let arguments = payload.entry.arguments.clone();
        self.loaded(payload, Loaded { kernel, initrds, arguments, release: None });
    }

    /// Proves what was loaded, wherever it is from.
    pub(crate) fn loaded(&mut self, payload: &Payload<'_, 'd>, loaded: Loaded<'d>) {
        let kernel = self.kernel(payload, &loaded.kernel);
        let arch = self.machine.platform.map(Arch::of).or(kernel.as_ref().and_then(|kernel| kernel.arch));
        let device_tree = self.device_tree(payload);
        let root = self.find_root(payload.found, &loaded.arguments);
        let release = loaded.release.or_else(|| kernel.as_ref()?.release.clone());
        let tree = device_tree.as_ref().and_then(|tree| tree.bytes.as_deref());
        let initramfs = self.initramfs(payload, &loaded.initrds, arch, release.as_deref(), tree, &root);
        if payload.via == Via::UBoot {
            let sizes = memory::Sizes {
                kernel: kernel.as_ref(),
                device_tree: device_tree.as_ref().map(|tree| tree.len).filter(|len| *len > 0),
                initramfs,
            };
            self.load_addresses(payload, &sizes);
        }
        let tried = linux_inits(&loaded.arguments);
        self.root(payload.after, root, &tried, arch);
    }
}
