//! The root file system, and what else is mounted.

use bringup_spec::Bytes;
use schemars::JsonSchema;
use serde::Deserialize;

use super::size::{self, Size};

/// The root file system.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Root {
    /// Its kind.
    pub file_system: RootFileSystem,
    /// Its label: at most 16 bytes for ext4.
    pub label: String,
    /// Free space in the finished file system; in that of `/var`, where root is read-only.
    #[serde(deserialize_with = "size::required")]
    #[schemars(with = "Size")]
    pub free: Bytes,
    /// How a squashfs or an erofs is compressed; zstd for the former and not at all for the latter, if
    /// missing.
    #[serde(default)]
    pub compression: Option<Compression>,
    /// How hard; the method's usual level, if missing.
    #[serde(default)]
    pub compression_level: Option<u32>,
    /// Whether changes are kept in memory, and are gone after a reboot.
    #[serde(default)]
    pub volatile: bool,
    /// Whether it is mounted read-only, with a `/var` of its own that is not. A squashfs or an erofs
    /// always is, unless it is volatile.
    #[serde(default)]
    pub read_only: bool,
}

impl Root {
    /// Whether nothing on the root partition ever changes.
    pub const fn is_read_only(&self) -> bool {
        self.read_only || self.volatile || !self.file_system.is_writable()
    }

    /// Whether `/var` has a partition of its own, since root cannot be written.
    pub const fn has_var(&self) -> bool {
        self.is_read_only() && !self.volatile
    }
}

/// A kind of file system that root can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RootFileSystem {
    /// ext4.
    Ext4,
    /// ext2, whose creator is the kernel that will run on it.
    Ext2,
    /// squashfs: compressed, read-only.
    Squashfs,
    /// EROFS: read-only, compressed or not.
    Erofs,
}

impl RootFileSystem {
    /// Its name, as the kernel and tables have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Ext2 => "ext2",
            Self::Squashfs => "squashfs",
            Self::Erofs => "erofs",
        }
    }

    /// Whether a kernel can write it.
    pub const fn is_writable(self) -> bool {
        matches!(self, Self::Ext4 | Self::Ext2)
    }

    /// Whether boot loaders read it: they then find the kernel there, and otherwise on a partition of its
    /// own.
    pub const fn is_read_by_boot_loaders(self) -> bool {
        self.is_writable()
    }

    /// The methods of compression that it has.
    pub const fn compressions(self) -> &'static [Compression] {
        match self {
            Self::Ext4 | Self::Ext2 => &[],
            Self::Squashfs => &[Compression::Zstd, Compression::Xz, Compression::Gzip, Compression::Lz4],
            Self::Erofs => &[Compression::None, Compression::Lz4, Compression::Zstd],
        }
    }
}

/// A method of compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Nothing is compressed.
    None,
    /// LZ4: the fastest to read.
    Lz4,
    /// DEFLATE, which every kernel reads.
    Gzip,
    /// LZMA2: the smallest, and the slowest.
    Xz,
    /// Zstandard.
    Zstd,
}

impl Compression {
    /// Its name in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Lz4 => "lz4",
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        }
    }
}

/// A line of `/etc/fstab`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FileSystem {
    /// What: `UUID=`, `LABEL=`, `PARTUUID=`, `PARTLABEL=`, a path, or the kind's own name (`tmpfs`).
    pub device: String,
    /// Where, absolute.
    pub mount: String,
    /// The kernel's name for its kind.
    pub file_system: String,
    /// Mount options; `defaults`, if missing.
    #[serde(default)]
    pub options: Vec<String>,
    /// The order in which it is checked at boot: 0 for never, 1 for root, 2 for others.
    #[serde(default)]
    pub pass: u8,
}

/// A swap device, which is made elsewhere.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Swap {
    /// What, as for a file system.
    pub device: String,
    /// Preferred over those with a lower one, 0 to 32767.
    #[serde(default)]
    pub priority: Option<u16>,
}

/// A partition that the image does not have yet.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Partition {
    /// Its name in the partition table, if that has names, and its file system's label.
    pub name: String,
    /// When it is made.
    pub create: Create,
    /// Its share of the free space, against the other partitions' and root's, which has 1000.
    #[serde(default = "weight")]
    pub weight: u32,
    /// Least size.
    #[serde(default, deserialize_with = "size::optional")]
    #[schemars(with = "Option<Size>")]
    pub size_min: Option<Bytes>,
    /// Greatest size.
    #[serde(default, deserialize_with = "size::optional")]
    #[schemars(with = "Option<Size>")]
    pub size_max: Option<Bytes>,
    /// What it is formatted as.
    pub file_system: PartitionFileSystem,
    /// Where it is mounted, absolute.
    #[serde(default)]
    pub mount: Option<String>,
}

impl Partition {
    /// Its line of `/etc/fstab`, with more options if there are any: fstab(5). None if nothing is mounted.
    pub(crate) fn fstab_line(&self, options: &str) -> Option<String> {
        // Not `PARTLABEL=`: an MBR has no names.
        let (device, kind) = (&self.name, self.file_system.name());
        // It is there only when the first boot has made it: `nofail`, so that nothing waits for it before.
        Some(match (&self.mount, self.file_system) {
            (_, PartitionFileSystem::Swap) => format!("LABEL={device} none swap sw,nofail{options} 0 0\n"),
            (Some(mount), _) => {
                format!("LABEL={device} {} {kind} defaults,nofail{options} 0 2\n", fstab_word(mount))
            }
            (None, _) => return None,
        })
    }
}

/// Blanks as fstab(5) wants them.
pub(crate) fn fstab_word(text: &str) -> String {
    text.replace('\\', "\\134").replace(' ', "\\040").replace('\t', "\\011")
}

/// systemd-repart's own default of `Weight=` (repart.d(5)).
const fn weight() -> u32 {
    1000
}

/// When a partition is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Create {
    /// When the image first boots.
    FirstBoot,
}

/// What a partition is formatted as at first boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PartitionFileSystem {
    /// ext4.
    Ext4,
    /// FAT.
    Vfat,
    /// Swap space.
    Swap,
}

impl PartitionFileSystem {
    /// The kernel's name for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Vfat => "vfat",
            Self::Swap => "swap",
        }
    }
}
