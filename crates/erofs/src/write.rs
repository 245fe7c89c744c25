//! The way through: contents and inodes of files, inodes of directories, directories, superblock.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

use bringup_tree::{Kind, Tree};

use crate::collect::{Collected, collect};
use crate::compress::Extent;
use crate::data::{self, Done, Output};
use crate::error::lossy;
use crate::index::{self, Head};
use crate::inode::{self, Body, Layout, SLOT};
use crate::metadata::{Place, Placer};
use crate::superblock::{self, Totals};
use crate::{BLOCK, BLOCK_BYTES, Error, Options, folders};

/// Blocks of metadata that are filled at a time.
const OPEN: usize = 64;
/// Bytes that are written at once.
const BUFFER: usize = 256 << 10;

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// The file system's length in bytes, a multiple of [`BLOCK_BYTES`].
    pub bytes: u64,
    /// How many inodes it has.
    pub inodes: u64,
}

/// Writes `tree` as an EROFS file system, from where `out` stands.
///
/// All but the first blocks are written in order and once; those are gone back to at the end.
/// At the end `out` stands behind the file system. Nothing is written if EROFS cannot hold the tree.
///
/// # Errors
/// Something in the tree or the options that EROFS cannot hold, contents that cannot be read, or
/// `out` cannot be written.
pub fn write(tree: &Tree, options: &Options, out: &mut (impl Write + Seek)) -> Result<Written, Error> {
    options.check()?;
    let found = collect(tree)?;
    let mut writer = Writer::new(&found, options, out)?;
    writer.nodes()?;
    data::pack(&found.items, options, |output| writer.contents(output))?;
    while let Some(block) = writer.placer.close(0) {
        writer.flush(block)?;
    }
    let root = writer.folders()?;
    writer.first_blocks(root)
}

fn failed(source: io::Error) -> Error {
    Error::Write { source }
}

struct Writer<'a, Out: Write> {
    found: &'a Collected<'a>,
    options: &'a Options,
    out: BufWriter<&'a mut Out>,
    /// Where the file system starts in `out`.
    start: u64,
    /// The next block.
    next: u32,
    placer: Placer,
    /// Blocks of metadata that are being filled.
    filling: HashMap<usize, Vec<u8>>,
    /// Where each block of metadata is, once it is written.
    addresses: Vec<u32>,
    /// Where each item's inode is.
    places: Vec<Place>,
    /// The file that is being written: its first block and what was written of it.
    file: (u32, Vec<Extent>),
}

impl<'a, Out: Write + Seek> Writer<'a, Out> {
    fn new(found: &'a Collected<'a>, options: &'a Options, out: &'a mut Out) -> Result<Self, Error> {
        let start = out.stream_position().map_err(failed)?;
        let mut writer = Self {
            found,
            options,
            out: BufWriter::with_capacity(BUFFER, out),
            start,
            next: 0,
            placer: Placer::default(),
            filling: HashMap::new(),
            addresses: Vec::new(),
            places: vec![Place::default(); found.items.len()],
            file: (0, Vec::new()),
        };
        // The root's size does not matter: it is an inode and attributes alone.
        let root = superblock::ROOT + inode::len(&found.items[0], u64::MAX, options.time);
        writer.append(&vec![0; root.next_multiple_of(BLOCK)])?;
        let first = writer.placer.place(BLOCK);
        writer.placer.close(0);
        writer.addresses.push(0);
        writer.places[0] = Place { at: superblock::ROOT, ..first };
        Ok(writer)
    }

    /// Puts whole blocks behind all others.
    fn append(&mut self, blocks: &[u8]) -> Result<(), Error> {
        self.out.write_all(blocks).map_err(failed)?;
        self.next += (blocks.len() / BLOCK) as u32;
        Ok(())
    }

    /// Puts bytes and zeros to the end of their last block behind all others; takes them out.
    fn append_padded(&mut self, bytes: &mut Vec<u8>) -> Result<(), Error> {
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        self.append(bytes)?;
        bytes.clear();
        Ok(())
    }

    /// Everything without contents in blocks.
    fn nodes(&mut self) -> Result<(), Error> {
        for number in 0..self.found.items.len() {
            let item = &self.found.items[number];
            match &item.node.kind {
                Kind::Directory => {}
                Kind::File(content) if !content.is_empty() => {}
                Kind::Symlink(target) => self.symlink(number, target)?,
                kind => self.inode(number, Body::empty(kind), &[], &[])?,
            }
        }
        Ok(())
    }

    fn symlink(&mut self, number: usize, target: &[u8]) -> Result<(), Error> {
        let item = &self.found.items[number];
        let size = target.len() as u64;
        if inode::len(item, size, self.options.time) + target.len() <= BLOCK {
            return self.inode(number, Body { layout: Layout::Inline, size, value: 0 }, &[], target);
        }
        let body = Body { layout: Layout::Plain, size, value: self.next };
        self.append_padded(&mut target.to_vec())?;
        self.inode(number, body, &[], &[])
    }

    fn contents(&mut self, output: Output) -> Result<(), Error> {
        for done in &output.pieces {
            if done.first {
                self.file = (self.next, Vec::new());
            }
            self.append(&output.bytes[done.blocks.clone()])?;
            self.file.1.extend_from_slice(&done.extents);
            if done.last {
                self.file_end(done, &output.bytes[done.tail.clone()])?;
            }
        }
        match output.failed {
            Some((item, source)) => Err(Error::Read { path: lossy(self.found.items[item].path), source }),
            None => Ok(()),
        }
    }

    fn file_end(&mut self, done: &Done, tail: &[u8]) -> Result<(), Error> {
        let item = &self.found.items[done.item];
        let Kind::File(content) = &item.node.kind else {
            unreachable!("only files have contents");
        };
        let size = content.len();
        let (first_block, extents) = std::mem::take(&mut self.file);
        let algorithm = self.options.compression.map(|compression| compression.algorithm);
        // Blocks that are all as they are need no index: each but the last is full.
        let plain = extents.iter().all(|extent| extent.raw && extent.blocks > 0);
        let Some(algorithm) = algorithm.filter(|_| !plain) else {
            let layout = if tail.is_empty() { Layout::Plain } else { Layout::Inline };
            return self.inode(done.item, Body { layout, size, value: first_block }, &[], tail);
        };
        let before = inode::len(item, size, self.options.time);
        let head = Head { algorithm: algorithm.number(), first_block, tail: tail.len() as u16 };
        let index = index::encode(before, &extents, head);
        debug_assert_eq!(index.len(), index::len(before, size));
        let value = self.next - first_block;
        self.inode(done.item, Body { layout: Layout::Compressed, size, value }, &index, tail)
    }

    /// Puts an inode with what stands behind it among the metadata.
    fn inode(&mut self, number: usize, body: Body, index: &[u8], tail: &[u8]) -> Result<(), Error> {
        let item = &self.found.items[number];
        let mut record = inode::encode(item, body, number + 1, self.options.time);
        record.extend_from_slice(index);
        record.extend_from_slice(tail);
        let place = self.placer.place(record.len());
        self.places[number] = place;
        self.addresses.resize(self.placer.blocks(), 0);
        if record.len() > BLOCK {
            self.addresses[place.block] = self.next;
            return self.append_padded(&mut record);
        }
        let block = self.filling.entry(place.block).or_insert_with(|| vec![0; BLOCK]);
        block[place.at..][..record.len()].copy_from_slice(&record);
        while let Some(block) = self.placer.close(OPEN) {
            self.flush(block)?;
        }
        Ok(())
    }

    fn flush(&mut self, block: usize) -> Result<(), Error> {
        let Some(bytes) = self.filling.remove(&block) else { return Ok(()) };
        self.addresses[block] = self.next;
        self.append(&bytes)
    }

    /// A node's number: where its inode is.
    fn number(&self, item: usize) -> u64 {
        let Place { block, at } = self.places[item];
        (u64::from(self.addresses[block]) * BLOCK_BYTES + at as u64) / SLOT as u64
    }

    /// Writes all directories; says what the root's inode is.
    fn folders(&mut self) -> Result<Body, Error> {
        let (mut placed, placer) = folders::place(self.found, self.options.time, self.places[0]);
        let (before, first) = (self.addresses.len(), self.next);
        let end = first + placer.blocks() as u32;
        self.addresses.extend(first..end);
        for folder in &mut placed {
            folder.body.value += end;
            if folder.folder.item > 0 {
                folder.place.block += before;
                self.places[folder.folder.item] = folder.place;
            }
        }
        let mut order: BTreeMap<Place, usize> = BTreeMap::new();
        order.extend(placed.iter().enumerate().skip(1).map(|(index, folder)| (folder.place, index)));
        let mut records = Vec::new();
        for (place, index) in order {
            if place.at == 0 {
                self.append_padded(&mut records)?;
            }
            records.resize(place.at, 0);
            let folder = &placed[index];
            let item = &self.found.items[folder.folder.item];
            records.extend(inode::encode(item, folder.body, folder.folder.item + 1, self.options.time));
            if folder.body.layout == Layout::Inline {
                records.extend(folder.render(folder.blocks.len() - 1, |item| self.number(item)));
            }
        }
        self.append_padded(&mut records)?;
        for folder in &placed {
            for index in 0..folder.whole() {
                let mut block = folder.render(index, |item| self.number(item));
                self.append_padded(&mut block)?;
            }
        }
        Ok(placed[0].body)
    }

    /// Goes back for the superblock and the root's inode.
    fn first_blocks(mut self, root: Body) -> Result<Written, Error> {
        let (blocks, inodes) = (self.next, self.found.items.len() as u64);
        let record = inode::encode(&self.found.items[0], root, 1, self.options.time);
        let mut bytes = vec![0; (superblock::ROOT + record.len()).next_multiple_of(BLOCK)];
        bytes[superblock::ROOT..][..record.len()].copy_from_slice(&record);
        superblock::put(&mut bytes, self.options, Totals { inodes, blocks });
        self.out.seek(SeekFrom::Start(self.start)).map_err(failed)?;
        self.append(&bytes)?;
        let bytes = u64::from(blocks) * BLOCK_BYTES;
        self.out.seek(SeekFrom::Start(self.start + bytes)).map_err(failed)?;
        self.out.flush().map_err(failed)?;
        Ok(Written { bytes, inodes })
    }
}

#[cfg(test)]
mod tests;
