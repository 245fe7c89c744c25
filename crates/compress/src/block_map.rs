//! Which blocks of an image have to be written, and what they hold.
//!
//! The format is that of `bmaptool`, version 2.0. Source: bmap-tools, bmaptools/BmapCreate.py and
//! bmaptools/BmapCopy.py.

mod parse;
mod ranges;
#[cfg(test)]
mod tests;
mod xml;

use std::fmt::{self, Write};
use std::fs::File;
use std::num::NonZeroUsize;
use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::Error;
use crate::image::Image;

pub use ranges::mapped;

/// Bytes in a block of the maps that are made here: the host's file systems' and `bmaptool`'s own.
pub const BLOCK_BYTES: u64 = 4096;

/// The longest range, in bytes: ranges are summed up at once on all cores, and a reader finds a
/// damaged one early.
const RANGE_MOST: u64 = 16 << 20;

/// Bytes that are read in one go.
const READ: usize = 1 << 20;

/// Which bytes of an image have to be written to a card, and their checksums. The rest may be left
/// as it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockMap {
    /// The image's size in bytes.
    pub image_len: u64,
    /// Bytes in a block: ranges begin at a multiple of it, and end at one or at the image's end.
    pub block_len: u64,
    /// What has to be written, ascending and without overlap; ranges may follow each other closely.
    pub ranges: Vec<Mapped>,
}

/// Bytes that have to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// Where they are in the image.
    pub bytes: Range<u64>,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

impl BlockMap {
    /// The map of all blocks of `image` that have a byte of `needed`, and of no others.
    ///
    /// `needed` is in any order and may overlap. [`mapped`] makes it of what must be zero on the
    /// card, because somebody reads it there, and of what the host stores.
    ///
    /// # Errors
    /// A range leaves the image, or the image cannot be read.
    pub fn new(image: &File, needed: &[Range<u64>], threads: NonZeroUsize) -> Result<Self, Error> {
        let image = Image::new(image)?;
        let mut map = Self { image_len: image.len, block_len: BLOCK_BYTES, ranges: Vec::new() };
        let blocks = ranges::blocks(needed, image.len)?;
        let parts = blocks.into_iter().flat_map(|blocks| {
            let end = blocks.end;
            let cut = move |start| start..end.min(start + RANGE_MOST);
            blocks.step_by(RANGE_MOST as usize).map(cut)
        });
        bringup_parallel::ordered(
            threads,
            parts,
            || vec![0; READ],
            |buffer, bytes| {
                let sha256 = checksum(image, bytes.clone(), buffer)?;
                Ok(Mapped { bytes, sha256 })
            },
            |part| part.map(|part| map.ranges.push(part)),
        )?;
        Ok(map)
    }

    /// How many bytes have to be written.
    pub fn mapped_len(&self) -> u64 {
        self.ranges.iter().map(|range| range.bytes.end - range.bytes.start).sum()
    }
}

/// The SHA-256 of a part of the image.
fn checksum(image: Image<'_>, bytes: Range<u64>, buffer: &mut [u8]) -> Result<[u8; 32], Error> {
    let mut checksum = Sha256::new();
    for start in bytes.clone().step_by(READ) {
        checksum.update(image.read(start..bytes.end.min(start + READ as u64), buffer)?);
    }
    Ok(checksum.finalize().into())
}

/// The map's file.
impl fmt::Display for BlockMap {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let none = "0".repeat(64);
        let text = text(self, &none)?;
        // Its own checksum is that of the file with zeros in the checksum's place.
        let own = hex(&Sha256::digest(&text).into());
        out.write_str(&text.replacen(&none, &own, 1))
    }
}

fn text(map: &BlockMap, own_checksum: &str) -> Result<String, fmt::Error> {
    let blocks = |bytes: u64| bytes.div_ceil(map.block_len);
    let mapped: u64 = map.ranges.iter().map(|range| blocks(range.bytes.end - range.bytes.start)).sum();
    let mut text = format!(
        "<?xml version=\"1.0\" ?>\n\
         <!-- Blocks of a disk image that have to be written; the rest may be left as it is. -->\n\
         <bmap version=\"2.0\">\n    \
             <ImageSize> {} </ImageSize>\n    \
             <BlockSize> {} </BlockSize>\n    \
             <BlocksCount> {} </BlocksCount>\n    \
             <MappedBlocksCount> {mapped} </MappedBlocksCount>\n    \
             <ChecksumType> sha256 </ChecksumType>\n    \
             <BmapFileChecksum> {own_checksum} </BmapFileChecksum>\n    \
             <BlockMap>\n",
        map.image_len,
        map.block_len,
        blocks(map.image_len),
    );
    for Mapped { bytes, sha256 } in &map.ranges {
        let (first, last) = (bytes.start / map.block_len, blocks(bytes.end) - 1);
        let sha256 = hex(sha256);
        match first == last {
            true => writeln!(text, "        <Range chksum=\"{sha256}\"> {first} </Range>")?,
            false => writeln!(text, "        <Range chksum=\"{sha256}\"> {first}-{last} </Range>")?,
        }
    }
    text.push_str("    </BlockMap>\n</bmap>\n");
    Ok(text)
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
