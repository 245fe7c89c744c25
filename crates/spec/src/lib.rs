//! The records a board porter writes, and their units.
//!
//! Everything here is data that can stand in a `const`. Nothing here does I/O
//! or knows any particular board.

mod board;
mod firmware;
mod platform;
mod soc;
mod units;

pub use board::{Board, Console, PartitionTable, RootStorage, Tier, Twin, TwinDisk, TwinFirmware};
pub use firmware::{Artifact, Artifacts, Firmware, InstallError, Installer, Placement, Verbatim};
pub use platform::{Class, ElfIdentity, Endian, Kernel, Platform};
pub use soc::{BootRom, Soc};
pub use units::{Bytes, Lba, SECTOR_BYTES};
