//! The records a board porter writes, and their units.
//!
//! Everything here is data that can stand in a `const`. Nothing here does I/O
//! or knows any particular board.

mod board;
mod boot;
mod firmware;
mod guid;
mod partition;
mod platform;
mod soc;
mod units;

pub use board::{Board, Console, RootStorage, Tier, Twin, TwinDisk, TwinFile, TwinFirmware};
pub use boot::{BootMethod, LoadAddresses};
pub use firmware::{
    Artifact, Artifacts, Disagreement, Firmware, InstallError, Installer, NextStage, Placement, StageForm,
    StagePlace, Verbatim,
};
pub use guid::Guid;
pub use partition::{
    FileContents, FirmwareFile, FirmwarePartition, GptEntries, PartitionContents, PartitionTable,
    PartitionType,
};
pub use platform::{Class, ElfIdentity, Endian, Kernel, Platform};
pub use soc::{BootRom, Soc, SplHeader};
pub use units::{Bytes, Lba, SECTOR_BYTES};
