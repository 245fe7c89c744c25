//! Which modules a board's device tree asks for.

mod blob;
mod choose;
mod suppliers;
mod walk;

pub use blob::DeviceTree;
pub use choose::{Chosen, modules_for_device_tree};
