//! Every key of genimage 16 to 19 that can stand in a section of ours, and what it holds.
//!
//! After genimage's README.rst; what is refused has the reason and what to do.

use Holds::{Flag, Nothing, Number, Refused, Sections, Size, Text, Texts};

/// A key and what it holds.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) holds: Holds,
}

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// One string.
    Text,
    /// A list of strings.
    Texts,
    /// True or false.
    Flag,
    /// A number.
    Number,
    /// A size; a percentage where whoever reads it says so.
    Size,
    /// Sections.
    Sections,
    /// Something without effect here: read and passed over.
    Nothing,
    /// Something that would change the result in a way that is not possible here.
    Refused {
        /// Why not.
        reason: &'static str,
        /// What to do.
        help: &'static str,
    },
}

const fn key(name: &'static str, holds: Holds) -> Key {
    Key { name, holds }
}

const COMMAND: Holds = Refused {
    reason: "it runs a command, and building an image runs none",
    help: "run the command before or after `bringup assemble`, and leave the key out",
};
const FLASH: Holds = Refused {
    reason: "raw flash has no images here",
    help: "let genimage make this image, and name the others with `--only`",
};
const TYPE: Holds = Refused {
    reason: "images of this type are not made here",
    help: "let genimage make this image, and name the others with `--only`; a partition can name a file of the input path",
};

/// Of the file itself.
pub(crate) const TOP: &[Key] = &[key("image", Sections), key("config", Sections), key("flash", Sections)];

/// Of `config`: paths, and programs that are not run here.
pub(crate) const SETTINGS: &[&str] = &["rootpath", "inputpath", "outputpath", "includepath"];

/// Of `image`.
pub(crate) const IMAGE: &[Key] = &[
    key("name", Text),
    key("size", Size),
    key("mountpoint", Text),
    key("srcpath", Text),
    key("empty", Flag),
    key("temporary", Flag),
    key("exec-pre", COMMAND),
    key("exec-post", COMMAND),
    key("flashtype", FLASH),
    key("holes", Texts),
    key("partition", Sections),
    key("hdimage", Sections),
    key("ext2", Sections),
    key("ext3", Sections),
    key("ext4", Sections),
    key("vfat", Sections),
    key("squashfs", Sections),
    key("cpio", Sections),
    key("tar", Sections),
    key("file", Sections),
    key("qemu", Sections),
    key("android-sparse", TYPE),
    key("btrfs", TYPE),
    key("cramfs", TYPE),
    key("custom", COMMAND),
    key("erofs", TYPE),
    key("f2fs", TYPE),
    key("fip", TYPE),
    key("FIT", TYPE),
    key("fit", TYPE),
    key("flash", FLASH),
    key("iso", TYPE),
    key("jffs2", FLASH),
    key("mdraid", TYPE),
    key("rauc", TYPE),
    key("ubi", FLASH),
    key("ubifs", FLASH),
    key("verity", TYPE),
    key("verity-sig", TYPE),
];

/// The types among the keys of [`IMAGE`] that are made here.
pub(crate) const TYPES: &[&str] =
    &["hdimage", "ext2", "ext3", "ext4", "vfat", "squashfs", "cpio", "tar", "file", "qemu"];

/// Of `partition`.
pub(crate) const PARTITION: &[Key] = &[
    key("offset", Size),
    key("size", Size),
    key("align", Size),
    key("partition-type", Number),
    key("bootable", Flag),
    key("read-only", Flag),
    key("hidden", Flag),
    key("no-automount", Flag),
    key("image", Text),
    key("imageoffset", Size),
    key("fill", Flag),
    key("holes", Texts),
    key("autoresize", Flag),
    key("in-partition-table", Flag),
    key("forced-primary", Flag),
    key("partition-uuid", Text),
    key("partition-type-uuid", Text),
    key("erase-block-size", FLASH),
];

/// Of `hdimage`.
pub(crate) const DISK: &[Key] = &[
    key("align", Size),
    key("disk-signature", Text),
    key("disk-uuid", Text),
    key("partition-table", Flag),
    key("partition-table-type", Text),
    key("extended-partition", Number),
    key("gpt", Flag),
    key("gpt-location", Size),
    key("gpt-no-backup", Flag),
    key("fill", Flag),
];

/// Of `ext2`, `ext3` and `ext4`.
pub(crate) const EXT: &[Key] = &[
    key("root-owner", Text),
    key("extraargs", Text),
    key("features", Text),
    key("label", Text),
    key("fs-timestamp", Text),
    key("use-mke2fs", Nothing),
    key(
        "usage-type",
        Refused {
            reason: "it names a paragraph of a mke2fs.conf, and none is read",
            help: "say in `features` and `extraargs` what the file system is to have",
        },
    ),
    key("mke2fs-conf", CONF),
    key("mke2fs_conf", CONF),
];

const CONF: Holds = Refused {
    reason: "no mke2fs.conf is read: the file system's features are the same everywhere",
    help: "say in `features` what the file system is to have",
};

/// Of `vfat`.
pub(crate) const VFAT: &[Key] = &[
    key("extraargs", Text),
    key("label", Text),
    key("files", Texts),
    key("file", Sections),
    key(
        "minimize",
        Refused {
            reason: "a FAT file system cut short is one that its own boot sector contradicts",
            help: "give `size` the least that holds the files; a size too small says how much that is",
        },
    ),
];

/// Of `file` within `vfat`.
pub(crate) const VFAT_FILE: &[Key] = &[key("image", Text)];

/// Of `squashfs`.
pub(crate) const SQUASHFS: &[Key] =
    &[key("extraargs", Text), key("compression", Text), key("block-size", Size)];

/// Of `cpio`.
pub(crate) const CPIO: &[Key] = &[key("format", Text), key("extraargs", Text), key("compress", Text)];

/// Of `tar`.
pub(crate) const TAR: &[Key] = &[];

/// Of `file`.
pub(crate) const FILE: &[Key] = &[key("name", Text), key("copy", Flag), key("holes", Texts)];

/// Of `qemu`.
pub(crate) const QEMU: &[Key] = &[key("format", Text), key("extraargs", Text)];
