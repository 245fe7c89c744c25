//! What is around the blocks: the stream's header, index and footer.

use std::io::Write;

use super::block::Block;
use crate::Error;
use crate::write::Output;

/// Stream flags: the check is CRC64 (2.1.1.2).
const FLAGS: [u8; 2] = [0, 4];

/// The stream as it grows.
pub(super) struct Stream<W> {
    output: Output<W>,
    /// For each block its unpadded size and that of what it holds.
    records: Vec<u8>,
    blocks: u64,
}

impl<W: Write> Stream<W> {
    /// Writes the stream header (2.1.1).
    pub(super) fn new(mut output: Output<W>) -> Result<Self, Error> {
        let mut header = b"\xFD7zXZ\0".to_vec();
        header.extend(FLAGS);
        seal(&mut header, 6);
        output.write(&header)?;
        Ok(Self { output, records: Vec::new(), blocks: 0 })
    }

    pub(super) fn append(&mut self, block: &Block) -> Result<(), Error> {
        self.output.write(&block.bytes)?;
        put_integer(&mut self.records, block.unpadded_len);
        put_integer(&mut self.records, block.len);
        self.blocks += 1;
        Ok(())
    }

    /// Writes the index (4) and the stream footer (2.1.2).
    pub(super) fn finish(mut self) -> Result<u64, Error> {
        // The index indicator.
        let mut index = vec![0];
        put_integer(&mut index, self.blocks);
        index.append(&mut self.records);
        index.resize(index.len().next_multiple_of(4), 0);
        seal(&mut index, 0);
        // Backward size: that of the index, in units of 4 bytes less one.
        let mut footer = (index.len() as u32 / 4 - 1).to_le_bytes().to_vec();
        footer.extend(FLAGS);
        self.output.write(&index)?;
        self.output.write(&crc32fast::hash(&footer).to_le_bytes())?;
        self.output.write(&footer)?;
        self.output.write(b"YZ")?;
        self.output.finish()
    }
}

/// Appends an integer: 7 bits a byte, the low ones first, bit 7 says that more follow (1.2).
pub(super) fn put_integer(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Appends the CRC32 of what is there from byte `start` on.
pub(super) fn seal(bytes: &mut Vec<u8>, start: usize) {
    let checksum = crc32fast::hash(&bytes[start..]);
    bytes.extend(checksum.to_le_bytes());
}
