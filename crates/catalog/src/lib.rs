//! The lists of boards and platforms, and lookups by name.
//!
//! The only crate that names boards. A new board is one line in `BOARDS` here
//! and one in this crate's `Cargo.toml`.

mod error;
mod lookup;

use bringup_spec::{Board, Platform};

pub use error::{NameKind, UnknownName};
pub use lookup::{
    board, board_among, near_matches, platform, platform_by_debian_arch, platform_by_triple,
    platform_for_host_arch,
};

/// Every board, by name.
pub const BOARDS: &[&Board] = &[
    &bringup_board_pine64_lts::BOARD,
    &bringup_board_x86_64_efi::BOARD,
];

/// Every platform, by name.
pub const PLATFORMS: &[&Platform] = bringup_platforms::ALL;
