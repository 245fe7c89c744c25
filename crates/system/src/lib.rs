//! The operating system wanted, and the root tree and initramfs made from it.
//!
//! A [`System`] says what is wanted, whatever the board. [`root_tree`] lays
//! packages over each other and adds what the record says; [`initramfs`] makes
//! the small tree that finds root. Nothing here knows disks, and no code of
//! the target runs.

mod accounts;
mod builtin;
mod busybox;
mod error;
mod initramfs;
mod record;
mod root;

pub use builtin::{BUILTIN, Builtin};
pub use busybox::applets;
pub use error::Error;
pub use initramfs::{INITRAMFS_SCRIPT, LoadedModule, initramfs};
pub use record::{File, Init, Packages, Password, Root, RootFileSystem, Supplied, System, User};
pub use root::{BUSYBOX, RootParts, root_tree};
