//! Extended attributes: sets that inodes share, and values that sets share.

use std::collections::HashMap;

use crate::Error;
use crate::compress::Compressor;
use crate::error::{fits, lossy};
use crate::metadata::{Metadata, table};

/// What a name begins with, and the number that stands for it (`SQUASHFS_XATTR_USER` and so on).
const NAMESPACES: [(&[u8], u16); 3] = [(b"user.", 0), (b"trusted.", 1), (b"security.", 2)];
/// Set in that number if the value is somewhere else (`SQUASHFS_XATTR_VALUE_OOL`).
const ELSEWHERE: u16 = 0x100;
/// Bytes of a reference to a value: a shorter value is not worth one.
const REFERENCE: usize = 8;
/// `XATTR_NAME_MAX` and `XATTR_SIZE_MAX` (Linux, include/uapi/linux/limits.h).
const LONGEST_NAME: usize = 255;
const LONGEST_VALUE: usize = 65_536;

/// A set: full names and values, by name.
type Set<'a> = Vec<(&'a [u8], &'a [u8])>;

/// All different sets of a tree.
#[derive(Debug, Default)]
pub(crate) struct Sets<'a> {
    sets: Vec<Set<'a>>,
    numbers: HashMap<Set<'a>, u32>,
}

impl<'a> Sets<'a> {
    /// The number of a set; none for an empty one. `path` is for messages.
    ///
    /// # Errors
    /// An unknown namespace, or something too long.
    pub(crate) fn number(&mut self, path: &[u8], set: &[(&'a [u8], &'a [u8])]) -> Result<Option<u32>, Error> {
        if set.is_empty() {
            return Ok(None);
        }
        if let Some(&number) = self.numbers.get(set) {
            return Ok(Some(number));
        }
        for (name, value) in set {
            if namespace(name).is_none() {
                return Err(Error::XattrNamespace { path: lossy(path), name: lossy(name) });
            }
            for (what, len, most) in
                [("the name", name.len(), LONGEST_NAME), ("the value", value.len(), LONGEST_VALUE)]
            {
                if len > most {
                    return Err(Error::XattrTooLarge {
                        path: lossy(path),
                        name: lossy(name),
                        what,
                        len,
                        most,
                    });
                }
            }
        }
        let number = fits("number of different sets of attributes", self.sets.len() as u64)?;
        self.sets.push(set.to_vec());
        self.numbers.insert(set.to_vec(), number);
        Ok(Some(number))
    }

    /// The tables as they stand in the file system from byte `at` on, and where the last of them,
    /// by which the others are found, starts; none if there are no attributes.
    ///
    /// # Errors
    /// They grow beyond the format, or a block cannot be compressed.
    pub(crate) fn table(
        &self,
        at: u64,
        compressor: &mut Compressor,
    ) -> Result<Option<(Vec<u8>, u64)>, Error> {
        if self.sets.is_empty() {
            return Ok(None);
        }
        let mut blocks = Metadata::default();
        let mut written: HashMap<&[u8], u64> = HashMap::new();
        let mut list = Vec::new();
        for set in &self.sets {
            let place = blocks.place("table of attributes")?;
            // What listxattr(2) and getxattr(2) would give together, names with a NUL byte each.
            let size: usize = set.iter().map(|(name, value)| name.len() + 1 + value.len()).sum();
            list.extend_from_slice(&place.packed().to_le_bytes());
            list.extend_from_slice(&fits::<u32>("number of attributes", set.len() as u64)?.to_le_bytes());
            list.extend_from_slice(&fits::<u32>("size of attributes", size as u64)?.to_le_bytes());
            for (name, value) in set {
                let (namespace, name) = namespace(name).expect("sets without one got no number");
                let known = written.get(value).filter(|_| value.len() > REFERENCE);
                let kind = namespace | if known.is_some() { ELSEWHERE } else { 0 };
                let mut key = kind.to_le_bytes().to_vec();
                key.extend_from_slice(&(name.len() as u16).to_le_bytes());
                key.extend_from_slice(name);
                blocks.push(&key, compressor)?;
                if let Some(place) = known {
                    blocks.push(&(REFERENCE as u32).to_le_bytes(), compressor)?;
                    blocks.push(&place.to_le_bytes(), compressor)?;
                } else {
                    written.insert(value, blocks.place("table of attributes")?.packed());
                    blocks.push(&(value.len() as u32).to_le_bytes(), compressor)?;
                    blocks.push(value, compressor)?;
                }
            }
        }
        let (mut bytes, _) = blocks.finish(compressor)?;
        let (sets, places) = table(&list, at + bytes.len() as u64, compressor)?;
        bytes.extend_from_slice(&sets);
        let last = at + bytes.len() as u64;
        // `struct squashfs_xattr_id_table`: where the attributes start, how many sets, nothing.
        bytes.extend_from_slice(&at.to_le_bytes());
        bytes.extend_from_slice(&(self.sets.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&places);
        Ok(Some((bytes, last)))
    }
}

/// The number of a name's namespace, and the rest of the name.
fn namespace(name: &[u8]) -> Option<(u16, &[u8])> {
    let found = NAMESPACES.iter().find_map(|(prefix, number)| Some((*number, name.strip_prefix(*prefix)?)));
    found.filter(|(_, rest)| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use bringup_spec::Bytes;

    use super::*;
    use crate::Compression;

    /// The attributes, decompressed, and how many sets there are.
    fn written(sets: &Sets<'_>) -> (Vec<u8>, u32) {
        let mut compressor = Compressor::new(Compression::Zstd { level: 3 }, Bytes::kib(128)).unwrap();
        let (bytes, last) = sets.table(1000, &mut compressor).unwrap().unwrap();
        let len = u16::from_le_bytes([bytes[0], bytes[1]]);
        let block = &bytes[2..][..usize::from(len & 0x7fff)];
        let block =
            if len & 0x8000 == 0 { zstd::bulk::decompress(block, 8192).unwrap() } else { block.to_vec() };
        let table = &bytes[last as usize - 1000..];
        assert_eq!(table[..8], 1000_u64.to_le_bytes());
        (block, u32::from_le_bytes(*table[8..].first_chunk().unwrap()))
    }

    #[test]
    fn equal_sets_are_one() {
        let mut sets = Sets::default();
        let one: Set<'_> = vec![(b"security.capability", b"1234"), (b"user.a", b"")];
        let other: Set<'_> = vec![(b"trusted.t", b"1234")];
        assert_eq!(sets.number(b"x", &[]).unwrap(), None);
        assert_eq!(sets.number(b"x", &one).unwrap(), Some(0));
        assert_eq!(sets.number(b"y", &other).unwrap(), Some(1));
        assert_eq!(sets.number(b"z", &one).unwrap(), Some(0));
        let (bytes, count) = written(&sets);
        let expected =
            b"\x02\0\x0a\0capability\x04\0\0\x001234\0\0\x01\0a\0\0\0\0\x01\0\x01\0t\x04\0\0\x001234";
        assert_eq!(bytes, expected);
        assert_eq!(count, 2);
    }

    #[test]
    fn a_long_value_is_written_once() {
        let mut sets = Sets::default();
        sets.number(b"x", &[(b"user.a", b"123456789")]).unwrap();
        sets.number(b"y", &[(b"user.b", b"123456789")]).unwrap();
        // The second refers to the first one's length, five bytes behind the start.
        let expected = b"\0\0\x01\0a\x09\0\0\x00123456789\0\x01\x01\0b\x08\0\0\0\x05\0\0\0\0\0\0\0";
        assert_eq!(written(&sets).0, expected);
    }

    #[test]
    fn no_attributes_need_no_table() {
        let mut compressor = Compressor::new(Compression::Lz4, Bytes::kib(128)).unwrap();
        assert_eq!(Sets::default().table(0, &mut compressor).unwrap(), None);
    }
}
