//! Configurations and what becomes of them.

mod common;
mod disks;
mod refuse;
mod trees;
