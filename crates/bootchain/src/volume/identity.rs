//! What is in a partition, by its magic numbers.

use serde::Serialize;

use super::{Part, fat};
use crate::Error;

/// A file system's type and names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// As `mount -t` has it: `ext4`, `vfat`, `squashfs`.
    pub kind: &'static str,
    /// What `UUID=` finds it by; empty if it has none, or none that is read here.
    pub uuid: String,
    /// What `LABEL=` finds it by; empty if it has none.
    pub label: String,
}

/// Types that are recognised and no more: where the magic number is, and what it is.
///
/// util-linux, libblkid/src/superblocks/: squashfs.c, iso9660.c, btrfs.c, xfs.c, f2fs.c, erofs.c, swap.c.
const OTHERS: &[(&str, u64, &[u8])] = &[
    ("squashfs", 0, b"hsqs"),
    ("xfs", 0, b"XFSB"),
    ("iso9660", 0x8001, b"CD001"),
    ("btrfs", 0x1_0040, b"_BHRfS_M"),
    ("f2fs", 0x400, &[0x10, 0x20, 0xF5, 0xF2]),
    ("erofs", 0x400, &[0xE2, 0xE1, 0xF5, 0xE0]),
    ("swap", 4086, b"SWAPSPACE2"),
    ("crypto_LUKS", 0, b"LUKS\xBA\xBE"),
];

/// The type and names of the file system in a partition; none if there is none that is known.
///
/// # Errors
/// The partition cannot be read.
pub fn identify(part: Part<'_>) -> Result<Option<Identity>, Error> {
    let head = part.read(0, part.len.min(0x600))?;
    if head.len() >= 0x600 && head[0x438..0x43A] == [0x53, 0xEF] {
        return Ok(Some(ext(&head[0x400..])));
    }
    for &(kind, at, magic) in OTHERS {
        let found = part.read(at, magic.len() as u64);
        if found.is_ok_and(|found| found == magic) {
            return Ok(Some(Identity { kind, uuid: String::new(), label: String::new() }));
        }
    }
    Ok(fat::identify(&head))
}

/// Which of the three follows from what it uses, as libblkid has it (superblocks/ext.c).
fn ext(sb: &[u8]) -> Identity {
    let word = |at: usize| u32::from_le_bytes([sb[at], sb[at + 1], sb[at + 2], sb[at + 3]]);
    let (compat, incompat, ro_compat) = (word(92), word(96), word(100));
    // Beyond what ext3 knows: filetype, recover and meta_bg; sparse_super, large_file and btree_dir.
    let kind = if incompat & !0x16 != 0 || ro_compat & !0x7 != 0 {
        "ext4"
    } else if compat & 4 != 0 {
        "ext3"
    } else {
        "ext2"
    };
    let uuid = bringup_spec::Guid(std::array::from_fn(|index| sb[104 + index]));
    let label = sb[120..136].split(|&byte| byte == 0).next().unwrap_or_default();
    Identity {
        kind,
        uuid: uuid.to_string().to_lowercase(),
        label: String::from_utf8_lossy(label).into_owned(),
    }
}
