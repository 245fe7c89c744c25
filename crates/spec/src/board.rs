//! One board's facts.

use crate::{
    BootMethod, Bytes, Disagreement, Firmware, FirmwarePartition, GptEntries, LoadAddresses, PartitionTable,
    PartitionType, Platform, Soc,
};

/// Everything about a board that does not depend on the operating system.
#[derive(Clone, Copy, Debug)]
pub struct Board {
    /// Upstream device-tree spelling in kebab-case; the name of its folder in `boards/`.
    pub name: &'static str,
    /// The maker's name for it, for people.
    pub title: &'static str,
    /// What code it runs.
    pub platform: &'static Platform,
    /// The chip, for its boot ROM.
    pub soc: &'static Soc,
    /// How far support is proved.
    pub tier: Tier,
    /// The boot programs and their places.
    pub firmware: Firmware,
    /// How its kernel gets started: the default first, then what else `--bootloader` may ask for.
    pub boot: &'static [BootMethod],
    /// Where its U-Boot loads kernel, device tree and initramfs; none where no U-Boot does.
    pub load: Option<LoadAddresses>,
    /// The Debian package of its default kernel.
    pub kernel_package: &'static str,
    /// Path of its device tree below the kernel's device-tree folder; none where firmware brings one.
    pub device_tree: Option<&'static str>,
    /// Its serial console.
    pub console: Console,
    /// The kind of partition table that its boot ROM leaves room for.
    pub table: PartitionTable,
    /// The entries of a GPT; of no meaning to an MBR.
    pub gpt_entries: GptEntries,
    /// The partitions in front of root's, in the order of their numbers.
    pub partitions: &'static [FirmwarePartition],
    /// Where the first partition starts: behind the firmware, at the erase-block alignment of SD cards.
    pub first_partition: Bytes,
    /// Least memory of any version of it.
    pub ram: Bytes,
    /// Where its root file system can live, so that the initramfs gets the drivers.
    pub root_storage: &'static [RootStorage],
    /// The machine that QEMU boots the same image on.
    pub twin: Twin,
    /// Where sources contradict each other about this board's disk, and which one is followed.
    pub disagreements: &'static [Disagreement],
}

/// How far support is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Its own SPL runs in the boot test, on QEMU's model of the chip.
    RealSpl,
    /// The same image boots on a QEMU twin; its boot blobs are checked byte by byte.
    Twin,
    /// Built and checked, never booted by the tests.
    Built,
}

/// A serial console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Console {
    /// Linux's name for it, without `/dev/`.
    pub tty: &'static str,
    /// Bits a second.
    pub baud: u32,
}

/// A device the root file system can be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootStorage {
    /// The device-tree node of the storage controller, whose driver, and whose suppliers' drivers,
    /// are found by walking the device tree. As in Linux's `of_find_node_by_path`, a full path if it
    /// begins with a slash (`/soc/mmc@1c0f000`), otherwise an alias (`mmc0`). Many of Linux's
    /// device trees give their storage no alias, even where U-Boot's do.
    DeviceTreeNode(&'static str),
    /// Kernel modules by name, for buses that describe themselves (PCI, virtio).
    Modules(&'static [&'static str]),
}

/// How QEMU boots a board's image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twin {
    /// QEMU's `-M`.
    pub machine: &'static str,
    /// QEMU's `-cpu`.
    pub cpu: Option<&'static str>,
    /// QEMU's `-m`.
    pub ram: Bytes,
    /// What plays the boot ROM and, where the image does not bring it, the boot loader.
    pub firmware: TwinFirmware,
    /// Which bus the disk is on.
    pub disk: TwinDisk,
    /// Kernel modules the twin's disk needs in the initramfs, by name.
    pub modules: &'static [&'static str],
    /// Further arguments for QEMU.
    pub arguments: &'static [&'static str],
    /// The Debian suite that QEMU is taken from, where the newest does not run this machine.
    pub suite: Option<&'static str>,
    /// Where these facts are from.
    pub source: &'static str,
}

/// What QEMU starts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TwinFirmware {
    /// The machine's own model of a boot ROM, or QEMU's own BIOS; it reads the image's first program.
    Machine,
    /// A file for `-bios`, out of a package of all architectures.
    Bios(TwinFile),
    /// A file for the first flash chip, out of a package of all architectures.
    Flash(TwinFile),
    /// A file for `-kernel`, started by the machine's own firmware, out of a package of all
    /// architectures: U-Boot for RISC-V's supervisor mode, on QEMU's OpenSBI.
    Kernel(TwinFile),
    /// The image's partition of this type, given as `-bios`: for chips whose boot ROM QEMU lacks, so
    /// that what starts the machine plays it.
    Partition(PartitionType),
}

/// A file out of a tool package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TwinFile {
    /// The Debian package.
    pub package: &'static str,
    /// Path inside it, without a leading slash.
    pub path: &'static str,
}

/// The bus of an emulated disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TwinDisk {
    /// virtio-blk on PCI.
    Virtio,
    /// The board's SD slot; the image's size must then be a power of two.
    Sd,
    /// The first IDE disk of a PC.
    Ide,
}
