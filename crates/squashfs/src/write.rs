//! Plans a file system and writes it.

use std::io::{Seek, SeekFrom, Write};

use bringup_spec::Bytes;
use bringup_tree::Tree;

use crate::collect::{Child, Collected, What, collect};
use crate::compress::Compressor;
use crate::data::{self, Data};
use crate::directory::{self, Entry};
use crate::error::fits;
use crate::inode;
use crate::metadata::{Metadata, Place, table};
use crate::superblock::{self, NO_TABLE, Superblock, compressor_options};
use crate::{Error, Options};

/// What the size is a multiple of: a file system ends with a page, as `mksquashfs` has it, so that
/// a loop device with large sectors holds all of it.
const PADDED: Bytes = Bytes::kib(4);

/// A tree that squashfs can hold, ready to be written.
#[derive(Debug)]
pub struct Squashfs<'a> {
    collected: Collected<'a>,
    options: Options,
}

/// A file system that has been written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its size: a multiple of 4 KiB.
    pub size: Bytes,
    /// Files, directories and so on; a hard link is none.
    pub inodes: u32,
    /// Files whose bytes an earlier file has too, and that take no room of their own.
    pub duplicates: u64,
    /// Blocks that many small files share.
    pub fragments: u32,
}

impl<'a> Squashfs<'a> {
    /// Checks that squashfs can hold `tree`. No file is read.
    ///
    /// # Errors
    /// Something in the tree or the options that squashfs cannot hold.
    pub fn plan(tree: &'a Tree, options: &Options) -> Result<Self, Error> {
        options.check()?;
        let collected = collect(tree, options)?;
        fits::<u32>("number of inodes", (collected.others.len() + collected.directories.len()) as u64 + 1)?;
        Ok(Self { collected, options: options.clone() })
    }

    /// Paths whose access control lists are left out; see [`Acls`](crate::Acls).
    pub fn without_acls(&self) -> &[&'a [u8]] {
        &self.collected.without_acls
    }

    /// Writes the file system to `out` from its present position on, and leaves it at the end.
    ///
    /// Memory: the compressed inodes and directories, and for each thread a few blocks. The
    /// superblock comes last: what an error leaves behind is no file system.
    ///
    /// # Errors
    /// A file cannot be read, the output not be written, or a table grows beyond the format.
    pub fn write(&self, out: &mut (impl Write + Seek)) -> Result<Written, Error> {
        let base = out.stream_position()?;
        out.write_all(&[0; superblock::BYTES])?;
        let options = compressor_options(self.options.compression);
        out.write_all(&options)?;
        let start = (superblock::BYTES + options.len()) as u64;
        let contents = &self.collected.contents;
        let data = data::write(contents, &self.options, start, out)?;
        let superblock = self.tables(&data, out)?;
        let size = Bytes(superblock.used).align_up(PADDED);
        out.write_all(&vec![0; (size.0 - superblock.used) as usize])?;
        out.seek(SeekFrom::Start(base))?;
        out.write_all(&superblock.bytes(&self.options))?;
        out.seek(SeekFrom::Start(base + size.0))?;
        out.flush()?;
        Ok(Written {
            size,
            inodes: superblock.inodes,
            duplicates: data.first.iter().enumerate().filter(|(at, first)| at != *first).count() as u64,
            fragments: superblock.fragments,
        })
    }

    /// Writes what stands behind the data. Kernels insist on the order of the tables, and on
    /// nothing between them (fs/squashfs/super.c).
    fn tables(&self, data: &Data, out: &mut impl Write) -> Result<Superblock, Error> {
        let mut compressor = Compressor::new(self.options.compression, self.options.block_size)?;
        let compressor = &mut compressor;
        let Inodes { inodes, directories, places } = self.inodes(data, compressor)?;
        let mut end = data.end;
        let mut put = |bytes: &[u8]| -> Result<u64, Error> {
            let start = end;
            out.write_all(bytes)?;
            end += bytes.len() as u64;
            Ok(start)
        };
        let inode_table = put(&inodes)?;
        let directory_table = put(&directories)?;
        let mut lookup = |bytes: &[u8]| -> Result<u64, Error> {
            let at = put(&[])?;
            let (blocks, places) = table(bytes, at, compressor)?;
            put(&blocks)?;
            put(&places)
        };
        let fragment_table = if data.fragments.is_empty() { NO_TABLE } else { lookup(&data.fragments)? };
        let export_table = if self.options.exportable {
            lookup(&places.iter().flat_map(|place| place.packed().to_le_bytes()).collect::<Vec<_>>())?
        } else {
            NO_TABLE
        };
        let ids = &self.collected.ids;
        let id_table = lookup(&ids.iter().flat_map(|id| id.to_le_bytes()).collect::<Vec<_>>())?;
        let xattrs = self.collected.sets.table(put(&[])?, compressor)?;
        let xattr_table = xattrs.as_ref().map_or(NO_TABLE, |(_, start)| *start);
        put(xattrs.as_ref().map_or(&[], |(bytes, _)| bytes))?;
        Ok(Superblock {
            inodes: places.len() as u32,
            fragments: fits("number of fragment blocks", data.fragments.len() as u64 / 16)?,
            ids: ids.len() as u16,
            root: places.last().expect("a tree has a root").packed(),
            used: put(&[])?,
            id_table,
            xattr_table,
            inode_table,
            directory_table,
            fragment_table,
            export_table,
        })
    }

    /// Makes all inodes and directories.
    fn inodes(&self, data: &Data, compressor: &mut Compressor) -> Result<Inodes, Error> {
        let Collected { directories, others, contents, .. } = &self.collected;
        let mut inodes = Metadata::default();
        let mut listings = Metadata::default();
        let mut places: Vec<Place> = Vec::with_capacity(others.len() + directories.len());
        for (index, node) in others.iter().enumerate() {
            let file = match node.what {
                What::File(at) => Some((&data.stored[data.first[at]], contents[at].len())),
                _ => None,
            };
            places.push(inodes.place("table of inodes")?);
            inodes.push(&inode::other(node, index as u32 + 1, file), compressor)?;
        }
        // Directories from the last to the first: number and place are what the index gives.
        let total = others.len() + directories.len();
        let number = |child: Child| match child {
            Child::Other(at) => at as u32 + 1,
            Child::Directory(at) => (total - at) as u32,
        };
        for (index, folder) in directories.iter().enumerate().rev() {
            let entries: Vec<Entry<'_>> = folder
                .entries
                .iter()
                .map(|&(name, child)| Entry {
                    name,
                    kind: match child {
                        Child::Directory(_) => inode::DIRECTORY,
                        Child::Other(at) => inode::kind(&others[at].what),
                    },
                    number: number(child),
                    place: places[number(child) as usize - 1],
                })
                .collect();
            let listing = directory::write(&entries, &mut listings, compressor)?;
            // Nothing has the number of the root's parent.
            let parent = if index == 0 { total as u32 + 1 } else { number(Child::Directory(folder.parent)) };
            let own = number(Child::Directory(index));
            places.push(inodes.place("table of inodes")?);
            let bytes = inode::directory(&folder.common, own, parent, folder.folders, &listing)?;
            inodes.push(&bytes, compressor)?;
        }
        let (inodes, _) = inodes.finish(compressor)?;
        let (directories, _) = listings.finish(compressor)?;
        Ok(Inodes { inodes, directories, places })
    }
}

/// Inodes and directories as they stand on the disk.
struct Inodes {
    inodes: Vec<u8>,
    directories: Vec<u8>,
    /// Of each inode, by its number less one.
    places: Vec<Place>,
}
