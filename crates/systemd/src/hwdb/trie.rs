//! The radix tree of match strings, in memory and in the file.

use crate::strings::Strings;

/// Sizes in the file, in bytes: header, node, link to a child, value (`trie_header_f`,
/// `trie_node_f`, `trie_child_entry_f`, `trie_value_entry2_f`).
const HEADER: usize = 80;
const NODE: usize = 24;
const CHILD: usize = 16;
const VALUE: usize = 32;
/// The version of the tool whose bytes these are.
const VERSION: u64 = 257;

/// Where a property comes from.
#[derive(Debug)]
pub(crate) struct Origin<'a> {
    pub(crate) path: &'a [u8],
    /// From 1.
    pub(crate) line: usize,
    /// The number of its file, from 1.
    pub(crate) priority: usize,
}

#[derive(Clone, Debug, Default)]
struct Node {
    /// Offset of the letters that all strings below have in common.
    prefix: usize,
    /// Next letters with their nodes, in order.
    children: Vec<(u8, usize)>,
    /// In order of their keys.
    values: Vec<Value>,
}

#[derive(Clone, Copy, Debug)]
struct Value {
    key: usize,
    value: usize,
    path: usize,
    line: usize,
    priority: usize,
}

#[derive(Debug)]
pub(crate) struct Trie {
    strings: Strings,
    /// The first one is the root.
    nodes: Vec<Node>,
}

impl Trie {
    pub(crate) fn new() -> Self {
        Self { strings: Strings::new(), nodes: vec![Node::default()] }
    }

    /// Gives a match string a property; an earlier one of the same key is replaced.
    pub(crate) fn insert(&mut self, search: &[u8], key: &[u8], value: &[u8], origin: &Origin<'_>) {
        let mut at = 0;
        let mut rest = search;
        loop {
            let prefix = self.strings.get(self.nodes[at].prefix).to_vec();
            let common = prefix.iter().zip(rest).take_while(|(one, other)| one == other).count();
            if common < prefix.len() {
                self.split(at, &prefix, common);
            }
            let Some((letter, behind)) = rest[common..].split_first() else { break };
            match self.nodes[at].children.binary_search_by_key(letter, |(letter, _)| *letter) {
                Ok(child) => {
                    at = self.nodes[at].children[child].1;
                    rest = behind;
                }
                Err(place) => {
                    let prefix = self.strings.add(behind);
                    self.nodes.push(Node { prefix, ..Node::default() });
                    let child = self.nodes.len() - 1;
                    self.nodes[at].children.insert(place, (*letter, child));
                    at = child;
                    break;
                }
            }
        }
        self.put(at, key, value, origin);
    }

    /// Moves a node below a new one that has the first letters of its prefix.
    fn split(&mut self, at: usize, prefix: &[u8], common: usize) {
        let offset = self.strings.add(&prefix[..common]);
        let child = self.nodes.len();
        let node = Node { prefix: offset, children: vec![(prefix[common], child)], values: Vec::new() };
        let mut old = std::mem::replace(&mut self.nodes[at], node);
        old.prefix += common + 1;
        self.nodes.push(old);
    }

    fn put(&mut self, at: usize, key: &[u8], value: &[u8], origin: &Origin<'_>) {
        let new = Value {
            key: self.strings.add(key),
            value: self.strings.add(value),
            path: self.strings.add(origin.path),
            line: origin.line,
            priority: origin.priority,
        };
        let strings = &self.strings;
        let values = &mut self.nodes[at].values;
        match values.binary_search_by(|old| strings.get(old.key).cmp(key)) {
            Ok(place) => values[place] = Value { key: values[place].key, ..new },
            Err(place) => values.insert(place, new),
        }
    }

    /// The file: a node stands behind all nodes below it.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let size = |node: &Node| NODE + node.children.len() * CHILD + node.values.len() * VALUE;
        let strings = HEADER + self.nodes.iter().map(size).sum::<usize>();
        let mut bytes = vec![0; HEADER];
        let root = self.encode_node(0, strings, &mut bytes);
        bytes.extend_from_slice(&self.strings.bytes);
        bytes[..8].copy_from_slice(b"KSLPHHRH");
        let sizes = [HEADER, NODE, CHILD, VALUE].map(|size| size as u64);
        let lengths = [root, strings - HEADER, self.strings.bytes.len()].map(|length| length as u64);
        let fields = [VERSION, bytes.len() as u64].into_iter().chain(sizes).chain(lengths);
        for (at, field) in fields.enumerate() {
            bytes[8 + 8 * at..16 + 8 * at].copy_from_slice(&field.to_le_bytes());
        }
        bytes
    }

    fn encode_node(&self, at: usize, strings: usize, bytes: &mut Vec<u8>) -> usize {
        let node = &self.nodes[at];
        let children: Vec<usize> =
            node.children.iter().map(|(_, child)| self.encode_node(*child, strings, bytes)).collect();
        let offset = bytes.len();
        let mut put = |number: usize| bytes.extend_from_slice(&(number as u64).to_le_bytes());
        put(strings + node.prefix);
        // One byte, and seven to the next field.
        put(node.children.len() & 0xFF);
        put(node.values.len());
        for ((letter, _), child) in node.children.iter().zip(children) {
            put(usize::from(*letter));
            put(child);
        }
        for value in &node.values {
            put(strings + value.key);
            put(strings + value.value);
            put(strings + value.path);
            // The line in four bytes, the priority in two, two to the end.
            put((value.line & 0xFFFF_FFFF) | (value.priority & 0xFFFF) << 32);
        }
        offset
    }
}
