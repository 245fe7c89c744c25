//! ext2, ext3 and ext4.
//!
//! Layout: Linux, Documentation/filesystems/ext4/ (superblock, group
//! descriptors, inodes, block map, extents, directories, checksums); fields
//! keep their names. All numbers are little-endian.

mod checksum;
mod inode;

use super::crc32c::crc32c;
use super::extents::{Extents, Piece};
use super::{Entry, EntryNode, Fault, FileKind, Node, Part};
use crate::Error;
use inode::Inode;

const WHAT: &str = "ext file system";

/// The inode of the root directory.
pub(super) const ROOT: u32 = 2;

// `s_feature_incompat`.
const INCOMPAT_RECOVER: u32 = 0x4;
const INCOMPAT_META_BG: u32 = 0x10;
const INCOMPAT_64BIT: u32 = 0x80;
const INCOMPAT_CSUM_SEED: u32 = 0x2000;
/// Everything this reader gets right: filetype, recover, meta_bg, extents, 64bit, mmp, flex_bg,
/// ea_inode, csum_seed, largedir, inline_data, casefold.
const INCOMPAT_READ: u32 =
    0x2 | 0x4 | 0x10 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x2000 | 0x4000 | 0x8000 | 0x2_0000;
// `s_feature_ro_compat`.
const RO_COMPAT_SPARSE_SUPER: u32 = 0x1;
const RO_COMPAT_METADATA_CSUM: u32 = 0x400;

/// The most groups: 2^20 of 128 MiB are 128 TiB.
const GROUPS_MAX: u64 = 1 << 20;

#[derive(Debug)]
pub(super) struct Ext<'d> {
    part: Part<'d>,
    block: u64,
    blocks: u64,
    inodes: u32,
    inodes_per_group: u32,
    inode_len: u16,
    incompat: u32,
    /// Where each group's inodes begin, in blocks.
    inode_tables: Vec<u64>,
    /// The start of every checksum, if there are any.
    seed: Option<u32>,
    state: u16,
    fault: Option<String>,
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn bad(field: &'static str, value: impl Into<u64>, rule: &'static str) -> Error {
    Error::BadField { what: WHAT, field, value: value.into(), rule }
}

impl<'d> Ext<'d> {
    pub(super) fn open(part: Part<'d>) -> Result<Self, Error> {
        let sb = part.read(1024, 1024)?;
        let incompat = u32_at(&sb, 96);
        let ro_compat = u32_at(&sb, 100);
        let unknown = incompat & !INCOMPAT_READ;
        if unknown != 0 {
            return Err(Error::Unsupported {
                what: WHAT,
                feature: "s_feature_incompat",
                value: unknown.into(),
            });
        }
        let seed = (ro_compat & RO_COMPAT_METADATA_CSUM != 0).then(|| match incompat & INCOMPAT_CSUM_SEED {
            0 => crc32c(!0, &sb[104..120]),
            _ => u32_at(&sb, 0x270),
        });
        if seed.is_some() {
            let (stored, computed) = (u32_at(&sb, 0x3FC), crc32c(!0, &sb[..0x3FC]));
            if stored != computed {
                return Err(Error::BadChecksum { what: "ext4 superblock".to_owned(), stored, computed });
            }
        }
        let log = u32_at(&sb, 24);
        if log > 6 {
            return Err(bad("s_log_block_size", log, "be at most 6 (blocks of 64 KiB)"));
        }
        let block = 1024_u64 << log;
        let wide = incompat & INCOMPAT_64BIT != 0;
        let high = if wide { u64::from(u32_at(&sb, 0x150)) } else { 0 };
        let blocks = u64::from(u32_at(&sb, 4)) | high << 32;
        let blocks_per_group = u32_at(&sb, 32);
        let inodes_per_group = u32_at(&sb, 40);
        if blocks_per_group == 0 || u64::from(blocks_per_group) > block * 8 {
            return Err(bad(
                "s_blocks_per_group",
                blocks_per_group,
                "be at least 1 and fit in a bitmap of one block",
            ));
        }
        if inodes_per_group == 0 || u64::from(inodes_per_group) > block * 8 {
            return Err(bad(
                "s_inodes_per_group",
                inodes_per_group,
                "be at least 1 and fit in a bitmap of one block",
            ));
        }
        // Revision 0 has no field for it.
        let inode_len = if u32_at(&sb, 76) == 0 { 128 } else { u16_at(&sb, 88) };
        if !(128..=4096).contains(&inode_len) || !inode_len.is_power_of_two() {
            return Err(bad("s_inode_size", inode_len, "be a power of two from 128 to 4096"));
        }
        if blocks.checked_mul(block).is_none_or(|len| len > part.len) {
            let (len, end) = (blocks.saturating_mul(block), part.len);
            return Err(Error::Outside { within: "the partition", offset: 0, len, end });
        }
        let mut ext = Self {
            part,
            block,
            blocks,
            inodes: u32_at(&sb, 0),
            inodes_per_group,
            inode_len,
            incompat,
            inode_tables: Vec::new(),
            seed,
            state: u16_at(&sb, 58),
            fault: None,
        };
        ext.read_groups(&sb, blocks_per_group, ro_compat, wide)?;
        Ok(ext)
    }

    fn read_groups(&mut self, sb: &[u8], per_group: u32, ro_compat: u32, wide: bool) -> Result<(), Error> {
        let first_data = u64::from(u32_at(sb, 20));
        let groups = self.blocks.saturating_sub(first_data).div_ceil(u64::from(per_group));
        if groups == 0 || groups > GROUPS_MAX {
            return Err(bad("s_blocks_count", self.blocks, "make from 1 to 1048576 groups"));
        }
        let len = if wide { u64::from(u16_at(sb, 254)) } else { 32 };
        if !(32..=1024).contains(&len) || !len.is_power_of_two() || len < 64 && wide {
            return Err(bad("s_desc_size", len, "be a power of two from 64 to 1024"));
        }
        let per_block = self.block / len;
        let first_meta = match self.incompat & INCOMPAT_META_BG {
            0 => u64::MAX,
            _ => u64::from(u32_at(sb, 0x104)),
        };
        let has_super = |group: u64| {
            ro_compat & RO_COMPAT_SPARSE_SUPER == 0
                || group <= 1
                || [3, 5, 7].iter().any(|&base| is_power(group, base))
        };
        for index in 0..groups.div_ceil(per_block) {
            // With meta_bg, each block of descriptors is in the first group that it describes.
            let at = if index < first_meta {
                first_data + 1 + index
            } else {
                let group = index * per_block;
                first_data + group * u64::from(per_group) + u64::from(has_super(group))
            };
            let descriptors = self.read_block(at)?;
            for slot in 0..per_block.min(groups - index * per_block) {
                let descriptor = &descriptors[(slot * len) as usize..][..len as usize];
                self.check_group(index * per_block + slot, descriptor);
                let high = if wide { u64::from(u32_at(descriptor, 0x28)) } else { 0 };
                self.inode_tables.push(u64::from(u32_at(descriptor, 8)) | high << 32);
            }
        }
        Ok(())
    }

    fn check_group(&mut self, group: u64, descriptor: &[u8]) {
        let Some(seed) = self.seed else { return };
        let crc = crc32c(crc32c(seed, &(group as u32).to_le_bytes()), &descriptor[..0x1E]);
        let crc = crc32c(crc32c(crc, &[0, 0]), &descriptor[0x20..]);
        let stored = u16_at(descriptor, 0x1E);
        if stored != crc as u16 && self.fault.is_none() {
            self.fault = Some(format!(
                "the checksum of group {group} is {stored:#06x}, but that of its bytes is {:#06x}",
                crc as u16
            ));
        }
    }

    /// What Linux would refuse or repair before it mounts, or U-Boot read wrongly.
    pub(super) fn fault(&self) -> Option<Fault> {
        if self.incompat & INCOMPAT_RECOVER != 0 {
            let what = "its journal was not replayed (needs_recovery is set), and boot loaders do not";
            return Some(Fault { fatal: false, what: what.to_owned() });
        }
        // `s_state`: bit 0 is clean, bit 1 says that errors were found.
        if self.state & 3 != 1 {
            let what = format!("its s_state is {:#x}, not 0x1 (clean)", self.state);
            return Some(Fault { fatal: false, what });
        }
        self.fault.clone().map(|what| Fault { fatal: true, what })
    }

    fn read_block(&self, number: u64) -> Result<Vec<u8>, Error> {
        let at = number.checked_mul(self.block).filter(|_| number < self.blocks);
        self.part.read(at.ok_or(bad("a block number", number, "be below s_blocks_count"))?, self.block)
    }

    fn inode(&self, number: u32) -> Result<Inode, Error> {
        if number == 0 || number > self.inodes {
            return Err(bad("an inode number", number, "be from 1 to s_inodes_count"));
        }
        let (group, slot) = ((number - 1) / self.inodes_per_group, (number - 1) % self.inodes_per_group);
        let table = self.inode_tables.get(group as usize);
        let table = table.ok_or(bad("an inode number", number, "be in one of the groups"))?;
        let offset = table.checked_mul(self.block);
        let offset = offset.ok_or(bad("bg_inode_table", *table, "be below s_blocks_count"))?
            + u64::from(slot) * u64::from(self.inode_len);
        let bytes = self.part.read(offset, self.inode_len.into())?;
        inode::check(number, &bytes, self.seed)?;
        Ok(Inode { number, bytes })
    }

    pub(super) fn node(&self, number: u32) -> Result<Node, Error> {
        let inode = self.inode(number)?;
        let mode = inode.mode();
        // `i_mode`: the file type bits of st_mode.
        let kind = match mode & 0o170_000 {
            0o100_000 => FileKind::File,
            0o040_000 => FileKind::Directory,
            0o120_000 => FileKind::Symlink,
            _ => FileKind::Other,
        };
        let (owner, group) = inode.owner();
        Ok(Node { id: number.into(), kind, len: inode.len(), mode: mode & 0o7777, owner, group })
    }

    pub(super) fn extents(&self, node: &Node) -> Result<Extents<'d>, Error> {
        let inode = self.inode(node.id as u32)?;
        let len = inode.len();
        if let Some(bytes) = inode.inline()? {
            return Ok(Extents::inline(self.part.disk, bytes));
        }
        let runs = if inode.has_extents() { self.extent_runs(&inode)? } else { self.mapped_runs(&inode)? };
        let mut pieces = Vec::with_capacity(runs.len());
        for run in runs {
            let disk = match run.block {
                Some(block) => {
                    let end = block.checked_add(run.len).filter(|end| *end <= self.blocks);
                    end.ok_or(bad("a block number", block, "be below s_blocks_count"))?;
                    Some(self.part.start + block * self.block)
                }
                None => None,
            };
            pieces.push(Piece { at: run.at * self.block, disk, len: run.len * self.block });
        }
        Ok(Extents::new(self.part.disk, len, pieces))
    }

    pub(super) fn entries(&self, directory: &Node) -> Result<Vec<Entry>, Error> {
        if directory.kind != FileKind::Directory {
            return Err(Error::WrongKind { path: format!("inode {}", directory.id), wanted: "directory" });
        }
        /// A directory of a million names takes about 40 MiB.
        const LIMIT: u64 = 64 << 20;
        let extents = self.extents(directory)?;
        let bytes = extents.read_all(LIMIT)?;
        let mut entries = Vec::new();
        let inode = self.inode(directory.id as u32)?;
        let is_inline = extents.is_inline();
        for (index, block) in bytes.chunks(self.block as usize).enumerate() {
            if !is_inline {
                self.check_names(&inode, index == 0, block)?;
            }
            directory_block(block, self.block, &mut entries)?;
        }
        Ok(entries)
    }
}

/// Names of one block, in which they form a list that spans it. A hash tree's own blocks look like
/// blocks without names.
fn directory_block(block: &[u8], block_len: u64, entries: &mut Vec<Entry>) -> Result<(), Error> {
    let mut at = 0;
    while at + 8 <= block.len() {
        let inode = u32_at(block, at);
        // Blocks of 64 KiB do not fit in the field.
        let len = match u16_at(block, at + 4) {
            0 | 0xFFFF if block_len == 1 << 16 => 1 << 16,
            len => usize::from(len),
        };
        let name_len = usize::from(block[at + 6]);
        if len < 8 || len % 4 != 0 || at + len > block.len() || 8 + name_len > len {
            return Err(bad(
                "rec_len",
                len as u64,
                "be a multiple of 4, hold its name and end within its block",
            ));
        }
        let name = &block[at + 8..at + 8 + name_len];
        if inode != 0 && name != b"." && name != b".." && !name.is_empty() {
            entries.push(Entry { name: name.to_vec(), node: EntryNode::Inode(inode) });
        }
        at += len;
    }
    Ok(())
}

fn is_power(number: u64, base: u64) -> bool {
    std::iter::successors(Some(base), |power| power.checked_mul(base))
        .take_while(|power| *power <= number)
        .any(|power| power == number)
}
