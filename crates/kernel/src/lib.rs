//! A kernel package's modules: index, dependencies, and which of them a board needs to reach its root.
//!
//! [`KernelPackage::find`] says where things are in an unpacked package,
//! [`ModuleIndex::scan`] reads every module once, and from then on all
//! questions are answered in memory: what a name pulls in, which driver an
//! alias finds, what `depmod` would have written, and which modules a board
//! needs before it can read its root file system
//! ([`modules_for_device_tree`]).

mod closure;
mod codec;
mod decompress;
mod depmod;
mod device_tree;
mod elf;
mod error;
mod glob;
mod index;
mod initramfs;
mod module;
mod package;
mod scan;
#[cfg(test)]
mod testing;

pub use closure::Closure;
pub use device_tree::{Chosen, modules_for_device_tree};
pub use error::Error;
pub use index::ModuleIndex;
pub use initramfs::{initramfs_modules, module_bytes, root_file_system_modules};
pub use module::{Module, normalise};
pub use package::KernelPackage;
