//! Writing without taking space for zeros.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Block size of the file systems that images lie on; smaller holes save nothing.
const BLOCK: usize = 4096;

/// Writes `bytes` at `at`, but for whole blocks of zeros, aligned in the file.
///
/// The file must read as zeros there already: a new one of full size, each byte written once.
pub(crate) fn write(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    let head = (BLOCK - (at % BLOCK as u64) as usize) % BLOCK;
    let (head, blocks) = bytes.split_at(head.min(bytes.len()));
    if blocks.len() < BLOCK {
        return file.write_all_at(bytes, at);
    }
    // What has been looked at and not written yet starts here; the head always goes with it.
    let (mut pending, mut seen) = (0, head.len());
    for block in blocks.chunks(BLOCK) {
        if block == [0; BLOCK] {
            put(file, bytes, at, pending, seen)?;
            pending = seen + BLOCK;
        }
        seen += block.len();
    }
    put(file, bytes, at, pending, seen)
}

/// Writes the part of `bytes` between two of its offsets.
fn put(file: &File, bytes: &[u8], at: u64, from: usize, to: usize) -> io::Result<()> {
    if from == to { Ok(()) } else { file.write_all_at(&bytes[from..to], at + from as u64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_whatever_its_zeros_and_alignment() {
        for at in [0, 1, 4095, 4096, 6000] {
            for len in [0, 1, 4095, 4096, 4097, 3 * 4096 + 5] {
                // Each bit says whether a stretch of 1,000 bytes is data.
                for pattern in [0u32, 0x1, 0x80, 0x0F0F, 0x6003, u32::MAX] {
                    let bytes: Vec<u8> = (0..len).map(|n| (pattern >> (n / 1000)) as u8 & 1).collect();
                    let file = tempfile::tempfile().unwrap();
                    file.set_len(at + len + 1).unwrap();
                    write(&file, &bytes, at).unwrap();
                    let mut read = vec![9; bytes.len()];
                    file.read_exact_at(&mut read, at).unwrap();
                    assert_eq!(read, bytes, "{len} bytes at {at}, {pattern:#x}");
                }
            }
        }
    }
}
