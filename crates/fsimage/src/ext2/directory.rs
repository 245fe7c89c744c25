//! The blocks of a directory (Linux, Documentation/filesystems/ext4/directory.rst, "Linear Directories").

use super::BLOCK;

/// Number, lengths and type in front of a name.
const HEADER: usize = 8;

/// One name in a directory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a [u8],
    /// The inode's number.
    pub(super) inode: u32,
    /// `file_type`; zero in a file system without that feature.
    pub(super) file_type: u8,
}

impl Entry<'_> {
    /// Bytes it takes: records begin at multiples of four.
    fn len(&self) -> usize {
        (HEADER + self.name.len()).next_multiple_of(4)
    }
}

/// The directory's blocks with these entries, in this order; `.` and `..` come first. An entry
/// never crosses a block's end, and the last one of each block reaches to it.
pub(super) fn render(entries: &[Entry<'_>], least_blocks: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = entries;
    while !rest.is_empty() {
        let mut room = BLOCK;
        let fitting = rest.iter().take_while(|entry| {
            let fits = entry.len() <= room;
            room -= if fits { entry.len() } else { 0 };
            fits
        });
        let (now, later) = rest.split_at(fitting.count());
        for (index, entry) in now.iter().enumerate() {
            let slack = if index + 1 == now.len() { room } else { 0 };
            record(&mut bytes, entry, entry.len() + slack);
        }
        rest = later;
    }
    while bytes.len() < least_blocks * BLOCK {
        record(&mut bytes, &Entry { name: b"", inode: 0, file_type: 0 }, BLOCK);
    }
    bytes
}

fn record(bytes: &mut Vec<u8>, entry: &Entry<'_>, len: usize) {
    let end = bytes.len() + len;
    bytes.extend_from_slice(&entry.inode.to_le_bytes());
    bytes.extend_from_slice(&(len as u16).to_le_bytes());
    bytes.push(entry.name.len() as u8);
    bytes.push(entry.file_type);
    bytes.extend_from_slice(entry.name);
    bytes.resize(end, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(bytes: &[u8]) -> Vec<(usize, usize, usize)> {
        let mut at = 0;
        let mut found = Vec::new();
        while at < bytes.len() {
            let len = usize::from(u16::from_le_bytes([bytes[at + 4], bytes[at + 5]]));
            found.push((at, len, usize::from(bytes[at + 6])));
            at += len;
        }
        found
    }

    #[test]
    fn records_never_cross_a_block() {
        let name = [b'n'; 255];
        let entries: Vec<Entry<'_>> =
            (0..100).map(|index| Entry { name: &name[index..], inode: 12, file_type: 1 }).collect();
        let bytes = render(&entries, 1);
        assert_eq!(bytes.len() % BLOCK, 0);
        let found = records(&bytes);
        assert_eq!(found.len(), 100);
        for (at, len, _) in found {
            assert_eq!(at / BLOCK, (at + len - 1) / BLOCK);
        }
    }

    #[test]
    fn spare_blocks_have_one_empty_record() {
        let dots = [b".".as_slice(), b".."].map(|name| Entry { name, inode: 11, file_type: 2 });
        let found = records(&render(&dots, 3));
        assert_eq!(found, [(0, 12, 1), (12, 4084, 2), (4096, 4096, 0), (8192, 4096, 0)]);
    }
}
