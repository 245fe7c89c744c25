//! How long an image is, without reading all of its compressed file.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::Encoding;

/// The longest table that is read, in bytes: of an image of 16 TiB and more.
const TABLE_MOST: u64 = 64 << 20;

/// How many bytes [`open`](crate::open) will give, where the file says so: of raw images, of
/// seekable zstd and of xz in one stream. A device that is too small is then refused in time.
///
/// None for any other file, and for one that is damaged where this is looked up.
///
/// # Errors
/// The file cannot be read, or its end not be found.
pub fn plain_len(file: &File) -> io::Result<Option<u64>> {
    let len = bringup_sparse::len(file)?;
    let mut magic = [0; 6];
    let magic = &mut magic[..len.min(6) as usize];
    file.read_exact_at(magic, 0)?;
    match Encoding::of(magic) {
        Encoding::Raw => Ok(Some(len)),
        Encoding::Zstd => zstd(file, len),
        Encoding::Xz => xz(file, len),
        Encoding::Gzip | Encoding::Bzip2 => Ok(None),
    }
}

/// Bytes that end `behind` bytes before the file's end; none, where there are not so many.
fn tail(file: &File, len: u64, behind: u64, count: u64) -> io::Result<Option<Vec<u8>>> {
    if count > TABLE_MOST || count + behind > len {
        return Ok(None);
    }
    let mut bytes = vec![0; count as usize];
    file.read_exact_at(&mut bytes, len - behind - count)?;
    Ok(Some(bytes))
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// Source: zstd, contrib/seekable_format/zstd_seekable_compression_format.md, 0.1.0.
fn zstd(file: &File, len: u64) -> io::Result<Option<u64>> {
    let Some(footer) = tail(file, len, 0, 9)? else { return Ok(None) };
    // Bit 7 of the descriptor: entries have a checksum; the low two bits say nothing.
    let entry = match footer[4] & !0x03 {
        0x00 => 8,
        0x80 => 12,
        _ => return Ok(None),
    };
    let table_len = number(&footer[..4]) * entry;
    let Some(table) = tail(file, len, 9, table_len + 8)? else { return Ok(None) };
    let (header, entries) = table.split_at(8);
    let is_table = footer[5..] == [0xB1, 0xEA, 0x92, 0x8F]
        && header[..4] == [0x5E, 0x2A, 0x4D, 0x18]
        && number(&header[4..]) == table_len + 9;
    if !is_table {
        return Ok(None);
    }
    let (mut compressed, mut plain) = (table_len + 17, 0);
    for entry in entries.chunks_exact(entry as usize) {
        compressed += number(&entry[..4]);
        plain += number(&entry[4..8]);
    }
    // Otherwise there is something that the table does not know.
    Ok((compressed == len).then_some(plain))
}

/// Source: The .xz File Format 1.2.1, 2.1.2 and 4.
fn xz(file: &File, len: u64) -> io::Result<Option<u64>> {
    let Some(footer) = tail(file, len, 0, 12)? else { return Ok(None) };
    if footer[10..] != *b"YZ" || number(&footer[..4]) != u64::from(crc32fast::hash(&footer[4..10])) {
        return Ok(None);
    }
    let index_len = (number(&footer[4..8]) + 1) * 4;
    let Some(index) = tail(file, len, 12, index_len)? else { return Ok(None) };
    let (index, checksum) = index.split_at(index.len() - 4);
    if number(checksum) != u64::from(crc32fast::hash(index)) {
        return Ok(None);
    }
    let sizes = || {
        // Behind the indicator, which is 0.
        let mut rest = index.strip_prefix(&[0])?;
        let blocks = integer(&mut rest)?;
        let (mut compressed, mut plain) = (12 + index_len + 12, 0u64);
        for _ in 0..blocks {
            compressed = compressed.checked_add(integer(&mut rest)?.checked_next_multiple_of(4)?)?;
            plain = plain.checked_add(integer(&mut rest)?)?;
        }
        Some((compressed, plain))
    };
    // Otherwise there is another stream.
    Ok(sizes().and_then(|(compressed, plain)| (compressed == len).then_some(plain)))
}

/// An integer of up to nine bytes (1.2), taken off the beginning.
fn integer(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let byte = *rest.split_off_first()?;
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::{Format, Options, compress};

    const LEN: u64 = (9 << 20) + 77;
    const ZSTD: Format = Format::Zstd { level: 1 };
    const XZ: Format = Format::Xz { level: 0 };

    fn packed(format: Format, len: u64) -> Vec<u8> {
        let image = tempfile::tempfile().unwrap();
        image.set_len(len).unwrap();
        let mut output = Vec::new();
        compress(&image, &mut output, &Options { format, threads: NonZeroUsize::MIN }).unwrap();
        output
    }

    fn len_of(bytes: &[u8]) -> Option<u64> {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(bytes, 0).unwrap();
        plain_len(&file).unwrap()
    }

    #[test]
    fn the_length_is_told_where_the_file_has_it() {
        for len in [0, LEN] {
            for format in [ZSTD, XZ] {
                assert_eq!(len_of(&packed(format, len)), Some(len), "{format}");
            }
        }
        assert_eq!(len_of(&packed(Format::Gzip { level: 1 }, LEN)), None);
        assert_eq!(len_of(b"raw"), Some(3));
        assert_eq!(len_of(b""), Some(0));
    }

    #[test]
    fn of_two_files_in_one_nothing_is_told() {
        for format in [ZSTD, XZ] {
            assert_eq!(len_of(&packed(format, LEN).repeat(2)), None, "{format}");
        }
    }

    #[test]
    fn a_file_that_is_cut_off_tells_nothing() {
        for format in [ZSTD, XZ] {
            let file = packed(format, LEN);
            for len in [file.len() - 1, file.len() - 4, file.len() / 2, 6] {
                assert_eq!(len_of(&file[..len]), None, "{format} of {len} bytes");
            }
        }
    }

    #[test]
    fn a_damaged_table_tells_nothing() {
        for format in [ZSTD, XZ] {
            let file = packed(format, LEN);
            // Both tables, but for zstd's lengths of what is plain, which nothing protects.
            for back in [1, 3, 5, 9, 17] {
                let mut file = file.clone();
                let at = file.len() - back;
                file[at] ^= 0x44;
                assert_eq!(len_of(&file), None, "{format}, {back} from the end");
            }
        }
    }
}
