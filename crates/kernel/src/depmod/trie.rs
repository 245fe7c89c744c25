//! kmod's binary index: a radix tree of keys, each with values by priority.
//!
//! Source: kmod 34, `libkmod/libkmod-index.c`. All integers are big-endian.
//!
//! ```text
//! file:   u32 magic, u32 version, u32 root
//! node:   [prefix NUL] [u8 first, u8 last, u32 child x (last - first + 1)]
//!         [u32 count, (u32 priority, value NUL) x count]
//! ```
//!
//! A reference to a node is its offset in the low 28 bits and, in the high
//! ones, which of the three parts it has; a missing child is 0. Nodes are
//! written before their children.

use crate::Error;

/// `INDEX_MAGIC`.
const MAGIC: u32 = 0xB007_F457;

/// `INDEX_VERSION_MAJOR` 2, `INDEX_VERSION_MINOR` 1.
const VERSION: u32 = 0x0002_0001;

/// Magic, version and root: where the first node is, in bytes.
const HEADER_LEN: usize = 12;

/// `INDEX_NODE_PREFIX`, `INDEX_NODE_VALUES`, `INDEX_NODE_CHILDS`.
const HAS_PREFIX: u32 = 0x8000_0000;
const HAS_VALUES: u32 = 0x4000_0000;
const HAS_CHILDREN: u32 = 0x2000_0000;

/// `INDEX_NODE_MASK`: the bits of an offset.
const OFFSET_MASK: usize = 0x0FFF_FFFF;

/// One value of one key; both are ASCII.
pub(super) struct Entry {
    pub(super) key: String,
    /// Of several values of a key, `modprobe` takes the lowest first.
    pub(super) priority: u32,
    pub(super) value: String,
}

/// The whole file.
pub(super) fn write(mut entries: Vec<Entry>) -> Result<Vec<u8>, Error> {
    // depmod puts a value before the earlier ones of its own priority.
    entries.reverse();
    entries.sort_by(|a, b| a.key.cmp(&b.key).then(a.priority.cmp(&b.priority)));
    let root = Node::new("", 0, &entries);
    let mut out = Vec::new();
    for word in [MAGIC, VERSION, HEADER_LEN as u32 | root.flags()] {
        out.extend(word.to_be_bytes());
    }
    root.write(&mut out);
    // Checked at the end: only the largest offset matters, and it is below the length.
    if out.len() > OFFSET_MASK {
        return Err(Error::IndexTooLarge { len: out.len(), limit: OFFSET_MASK });
    }
    Ok(out)
}

struct Node<'a> {
    prefix: &'a str,
    /// By their byte, ascending.
    children: Vec<(u8, Node<'a>)>,
    values: &'a [Entry],
    /// Bytes of this node and all below it.
    total: usize,
}

impl<'a> Node<'a> {
    /// The node whose own label is `prefix`, which ends at byte `at` of all the keys of `entries`.
    fn new(prefix: &'a str, at: usize, entries: &'a [Entry]) -> Self {
        let ended = entries.partition_point(|entry| entry.key.len() == at);
        let (values, mut rest) = entries.split_at(ended);
        let mut children = Vec::new();
        while let Some(first) = rest.first() {
            let byte = first.key.as_bytes()[at];
            let (group, others) =
                rest.split_at(rest.partition_point(|entry| entry.key.as_bytes()[at] <= byte));
            rest = others;
            let end = at + 1 + common(group, at + 1);
            children.push((byte, Node::new(&first.key[at + 1..end], end, group)));
        }
        let mut node = Self { prefix, children, values, total: 0 };
        node.total = node.len() + node.children.iter().map(|(_, child)| child.total).sum::<usize>();
        node
    }

    fn flags(&self) -> u32 {
        let flag = |set: bool, flag: u32| if set { flag } else { 0 };
        flag(!self.prefix.is_empty(), HAS_PREFIX)
            | flag(!self.values.is_empty(), HAS_VALUES)
            | flag(!self.children.is_empty(), HAS_CHILDREN)
    }

    /// The first and the last child's byte.
    fn range(&self) -> Option<(u8, u8)> {
        Some((self.children.first()?.0, self.children.last()?.0))
    }

    /// Bytes of this node alone.
    fn len(&self) -> usize {
        let prefix = if self.prefix.is_empty() { 0 } else { self.prefix.len() + 1 };
        let children = self.range().map_or(0, |(first, last)| 2 + 4 * (usize::from(last - first) + 1));
        let values: usize = self.values.iter().map(|entry| 4 + entry.value.len() + 1).sum();
        prefix + children + if values == 0 { 0 } else { 4 + values }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut next = out.len() + self.len();
        if !self.prefix.is_empty() {
            out.extend(self.prefix.as_bytes());
            out.push(0);
        }
        if let Some((first, last)) = self.range() {
            out.extend([first, last]);
            let mut children = self.children.iter().peekable();
            for byte in first..=last {
                let child = children.next_if(|(own, _)| *own == byte);
                let reference = child.map_or(0, |(_, child)| {
                    let offset = (next & OFFSET_MASK) as u32;
                    next += child.total;
                    offset | child.flags()
                });
                out.extend(reference.to_be_bytes());
            }
        }
        if !self.values.is_empty() {
            out.extend((self.values.len() as u32).to_be_bytes());
            for entry in self.values {
                out.extend(entry.priority.to_be_bytes());
                out.extend(entry.value.as_bytes());
                out.push(0);
            }
        }
        for (_, child) in &self.children {
            child.write(out);
        }
    }
}

/// How many bytes from `at` on all the keys of a sorted group share.
fn common(group: &[Entry], at: usize) -> usize {
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return 0 };
    let pairs = first.key.as_bytes()[at..].iter().zip(&last.key.as_bytes()[at..]);
    pairs.take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, priority: u32, value: &str) -> Entry {
        Entry { key: key.into(), priority, value: value.into() }
    }

    #[test]
    fn an_empty_index_is_a_bare_root() {
        let expected = [0xB0, 0x07, 0xF4, 0x57, 0, 2, 0, 1, 0, 0, 0, 12];
        assert_eq!(write(vec![]).unwrap(), expected);
    }

    #[test]
    fn nodes_split_where_keys_part() {
        // By hand: the root at 12 has one child `a` with the prefix `b`, at 18; that one has the
        // value of `ab` itself and the children `c` at 46, `d` missing, `e` at 58.
        let parts: [&[u8]; 5] = [
            &[0xB0, 0x07, 0xF4, 0x57, 0, 2, 0, 1, 0x20, 0, 0, 12],
            &[b'a', b'a', 0xE0, 0, 0, 18],
            b"b\0ce\xC0\0\0\x2E\0\0\0\0\x40\0\0\x3A\0\0\0\x01\0\0\0\x07one\0",
            b"x\0\0\0\0\x01\0\0\0\x08T\0",
            b"\0\0\0\x01\0\0\0\x09E\0",
        ];
        let expected = parts.concat();
        let entries = vec![entry("abe", 9, "E"), entry("ab", 7, "one"), entry("abcx", 8, "T")];
        assert_eq!(write(entries).unwrap(), expected);
    }

    #[test]
    fn values_are_sorted_by_priority_and_the_newest_first() {
        let bytes = write(vec![entry("k", 1, "a"), entry("k", 1, "b"), entry("k", 0, "c")]).unwrap();
        assert!(bytes.ends_with(b"\0\0\0\x03\0\0\0\0c\0\0\0\0\x01b\0\0\0\0\x01a\0"));
    }
}
