//! Which modules a board's device tree asks for.

mod choose;
mod suppliers;
mod walk;

pub use choose::{Chosen, modules_for_device_tree};
