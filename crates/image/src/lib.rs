//! From a board and a system to a finished disk image.
//!
//! [`build`] goes all of the way: packages, root tree, boot files, disk plan,
//! one pass of writing, manifest. It names no board, and starts no program but the
//! compiler of a system that brings sources.

mod audited;
mod beside;
mod bill;
mod boot;
mod build;
mod components;
mod container;
mod disc;
mod disk;
mod disk_image;
mod efi;
mod error;
mod file_systems;
mod firmware;
mod formats;
mod growth;
mod identity;
mod inputs;
mod manifest;
mod menu;
mod method;
mod packages;
mod partitions;
mod pinned;
mod plan;
mod root;
mod routes;
mod shape;
mod shared;
mod sources;
mod supplied;
mod systemd;
mod tree_image;
mod types;
mod unchanged;
mod volumes;

pub use bill::{describe, write_bill};
pub use build::{Report, build};
pub use disk::{disk_plan, root_number};
pub use error::Error;
pub use identity::Uuid;
pub use packages::update_lock;
pub use pinned::locked_tools;
pub use plan::{Plan, plan};
pub use routes::{Routes, routes};
pub use shape::{Second, Shaped, shape};
pub use shared::Shared;
pub use types::{Format, ImageType, Shape, TYPES};

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use bringup_compress::Format as Compress;
use bringup_debian::{PackageSource, Progress};
use bringup_route::Wishes;
use bringup_spec::{Board, BootMethod, Bytes};
use bringup_store::{Digest, Store};
use bringup_system::System;
use bringup_tools::Toolbox;

/// What every build of a process shares.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Downloads and results.
    pub store: &'a Store,
    /// Where packages come from.
    pub source: &'a PackageSource,
    /// Who is told how far downloads are.
    pub progress: &'a dyn Progress,
    /// How many things to do at once.
    pub jobs: usize,
    /// What earlier builds of the process leave for later ones.
    pub shared: &'a Shared,
    /// For the steps that run a program: a compiler, for systems that bring sources.
    pub toolbox: Toolbox<'a>,
}

/// One image that is wanted.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// For which board.
    pub board: &'a Board,
    /// With which system.
    pub system: &'a System,
    /// What comes of it; the board is already in the type's [shape].
    pub image_type: &'static ImageType,
    /// The second way by which its disk starts, if it has one.
    pub second: Option<Second>,
    /// How large it may be.
    pub room: Room,
    /// How a raw disk or a CD is compressed, if it is.
    pub compress: Option<Compress>,
    /// Whether its block map goes beside it.
    pub block_map: bool,
    /// How many layers a container's image may have; none for as many as are usual.
    pub max_layers: Option<usize>,
    /// How its kernel gets started; none for the board's own way.
    pub bootloader: Option<BootMethod>,
    /// A porter's own boot programs in place of the packaged ones, by name.
    pub firmware: Vec<(String, PathBuf)>,
    /// What the system's record names and no lock or manifest may tell: bytes by name.
    pub secrets: BTreeMap<String, Vec<u8>>,
    /// Lines of `authorized_keys` whose owners may log in as root, besides the record's.
    pub root_keys: Vec<String>,
    /// The folder that the record's folders of sources are relative to.
    pub sources: PathBuf,
    /// cargo's own folder, for components that name crates in a `Cargo.lock`.
    pub cargo_home: Option<PathBuf>,
    /// What routes its packages are to take.
    pub wishes: Wishes<'a>,
    /// Where it goes; the manifest goes beside it, with the extension `json`.
    pub output: PathBuf,
    /// The lock file.
    pub lock: PathBuf,
    /// Whether a lock file that lacks the image, or has other packages than are needed, is an error.
    pub locked: bool,
    /// The time of everything that no package dates (`SOURCE_DATE_EPOCH`), in seconds since 1970;
    /// none for the newest date in the packages.
    pub epoch: Option<i64>,
    /// Whether to build even if nothing changed.
    pub force: bool,
    /// What tells this program from another build of it, so that a new one builds again.
    pub program: Digest,
}

/// How large an image is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// As large as what is in it.
    Least,
    /// The same, and no larger than this.
    AtMost(Bytes),
    /// Exactly this: the file system that is written to gets what is left.
    Exactly(Bytes),
}

impl Request<'_> {
    /// Every way by which the disk starts: the board as it is then, and what starts the kernel.
    pub(crate) fn ways(&self, method: BootMethod) -> Vec<(Board, BootMethod)> {
        let second = self.second.map(|second| (Board { soc: second.soc, ..*self.board }, second.method));
        [(*self.board, method)].into_iter().chain(second).collect()
    }

    /// What the lock file calls the image's board: types whose packages are others than those of the
    /// board's own disk have packages of their own there.
    pub fn lock_name(&self) -> String {
        let board = self.board.name;
        let own = self.image_type.shape == Shape::Board && self.image_type.format.is_disk();
        if own { board.to_owned() } else { self.image_type.lock_name(board) }
    }

    /// Debian's architecture of the image's packages: the system's own, or else the board's.
    pub(crate) fn debian_arch(&self) -> &str {
        self.system.architecture.as_deref().unwrap_or(self.board.platform.debian_arch)
    }

    /// The kernel's package: the system's choice, or else the board's.
    pub(crate) fn kernel_package(&self) -> &str {
        self.system.kernel.package.as_deref().unwrap_or(self.board.kernel_package)
    }
}
