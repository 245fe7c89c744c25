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
    &bringup_board_a20_olinuxino_lime::BOARD,
    &bringup_board_a20_olinuxino_lime2::BOARD,
    &bringup_board_a20_olinuxino_micro::BOARD,
    &bringup_board_am335x_evm::BOARD,
    &bringup_board_bananapi_m2_ultra::BOARD,
    &bringup_board_beaglebone_black::BOARD,
    &bringup_board_cubieboard::BOARD,
    &bringup_board_cubietruck::BOARD,
    &bringup_board_firefly_rk3399::BOARD,
    &bringup_board_i586_hurd::BOARD,
    &bringup_board_i686_efi32::BOARD,
    &bringup_board_mx6cuboxi::BOARD,
    &bringup_board_novena::BOARD,
    &bringup_board_orangepi_pc_plus::BOARD,
    &bringup_board_pine64_lts::BOARD,
    &bringup_board_pine64_plus::BOARD,
    &bringup_board_pinebook::BOARD,
    &bringup_board_pinebook_pro::BOARD,
    &bringup_board_puma_rk3399::BOARD,
    &bringup_board_qemu_aarch64::BOARD,
    &bringup_board_qemu_armv7::BOARD,
    &bringup_board_qemu_riscv64::BOARD,
    &bringup_board_rock_pi_4::BOARD,
    &bringup_board_rock64::BOARD,
    &bringup_board_rockpro64::BOARD,
    &bringup_board_rpi_3::BOARD,
    &bringup_board_rpi_4::BOARD,
    &bringup_board_sifive_unleashed::BOARD,
    &bringup_board_sifive_unmatched::BOARD,
    &bringup_board_sopine::BOARD,
    &bringup_board_starfive_visionfive2::BOARD,
    &bringup_board_teres_i::BOARD,
    &bringup_board_wandboard::BOARD,
    &bringup_board_x86_64_bios::BOARD,
    &bringup_board_x86_64_efi::BOARD,
];

/// Every platform, by name.
pub const PLATFORMS: &[&Platform] = bringup_platforms::ALL;
