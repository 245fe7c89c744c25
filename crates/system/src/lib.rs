//! The operating system wanted, and the root tree and initramfs made from it.
//!
//! A [`System`] says what is wanted, whatever the board. [`root_tree`] lays
//! packages over each other and adds what the record says; [`initramfs`] makes
//! the small tree that finds root. Nothing here knows disks, and no code of
//! the target runs.

mod accounts;
mod answers;
mod apply;
mod builtin;
mod busybox;
mod check;
mod document;
mod error;
mod initramfs;
mod mounts;
mod near;
mod record;
mod root;
mod schema;

pub use apply::{Facts, apply};
pub use builtin::{BUILTIN, Builtin};
pub use busybox::applets;
pub use document::Place;
pub use error::Error;
pub use initramfs::{INITRAMFS_SCRIPT, LoadedModule, initramfs};
pub use mounts::Devices;
pub use record::{
    Apt, Build, Component, Compression, Create, Dhcp, Directory, File, FileSystem, FirstBoot, Getty, Group,
    Hardware, Init, Initramfs, Interface, KernelChoice, Link, Manager, Match, Network, Packages, Parent,
    Partition, PartitionFileSystem, Password, Regenerate, Repository, Root, RootFileSystem, Services,
    Supplied, Swap, System, Unit, User, Wifi,
};
pub use root::{BUSYBOX, RootParts, root_tree};
pub use schema::schema;
