//! What a chip's boot ROM looks for.

use crate::{Bytes, PartitionType};

/// A system on chip, as far as booting from a disk is concerned.
#[derive(Clone, Copy, Debug)]
pub struct Soc {
    /// The vendor's name for it: `Allwinner A64`.
    pub name: &'static str,
    /// Where and in what form its boot ROM expects the first program.
    pub boot_rom: BootRom,
    /// The document or source tree these facts are from.
    pub source: &'static str,
}

/// The rule of a boot ROM, one variant a family. Offsets are from the start of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootRom {
    /// An `eGON.BT0` header with a checksum, tried at each slot in order.
    Allwinner {
        /// Byte offsets tried, first one first.
        slots: &'static [Bytes],
        /// The most that the ROM loads.
        max_len: Bytes,
    },
    /// TI's AM335x: a table of contents with `CHSETTINGS` and a GP header, tried at each slot in order;
    /// else the file `MLO` of the active FAT partition.
    Am335x {
        /// Byte offsets tried, first one first.
        slots: &'static [Bytes],
        /// The most that the ROM loads.
        max_len: Bytes,
    },
    /// Rockchip: an ID block that says how much follows it.
    Rockchip {
        /// Byte offsets tried, first one first.
        slots: &'static [Bytes],
        /// The most that the ROM loads at first: what fits in its SRAM.
        max_len: Bytes,
    },
    /// NXP i.MX: an image vector table.
    Imx {
        /// Its byte offset.
        offset: Bytes,
        /// The most that the ROM loads.
        max_len: Bytes,
    },
    /// SiFive and StarFive: the GPT partition of this type.
    GptPartition {
        /// The type.
        kind: PartitionType,
        /// What the partition begins with.
        header: SplHeader,
        /// The most that the ROM loads.
        max_len: Bytes,
    },
    /// Raspberry Pi: files of the first FAT partition.
    RaspberryPi {
        /// The files it cannot do without.
        files: &'static [&'static str],
    },
    /// A PC's BIOS: sector 0, if it ends in 0x55 0xAA.
    Bios,
    /// UEFI: `EFI/BOOT/BOOT<suffix>.EFI` of the EFI system partition.
    Uefi {
        /// The suffix of the firmware's own architecture: `X64`.
        suffix: &'static str,
    },
    /// The machine has its boot loader elsewhere, in flash or from QEMU's command line.
    External,
}

/// What a first program begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplHeader {
    /// Nothing but its code.
    None,
    /// StarFive's header with a CRC.
    StarFive,
}
