//! The structure block.

use super::WHAT;
use super::node::Node;
use crate::Error;
use crate::bytes::Reader;

/// How deep nodes may lie, as in Linux (`FDT_MAX_DEPTH`, drivers/of/fdt.c).
const MAX_DEPTH: usize = 64;

/// How long a node's path may be; Linux's longest are about 150 bytes. Without a limit, many
/// children of a node with a very long name would take memory out of all proportion to the blob.
const MAX_PATH: usize = 1024;

const BEGIN_NODE: u32 = 1;
const END_NODE: u32 = 2;
const PROP: u32 = 3;
const NOP: u32 = 4;
const END: u32 = 9;

/// A walk over the structure block.
pub(super) struct Walk<'a> {
    pub(super) bytes: &'a [u8],
    /// Where the block begins in the blob, for errors.
    pub(super) base: u64,
    pub(super) at: usize,
    pub(super) strings: Reader<'a>,
}

impl<'a> Walk<'a> {
    /// Every node, parents before children, the root first.
    pub(super) fn nodes(mut self) -> Result<Vec<Node<'a>>, Error> {
        let mut nodes: Vec<Node<'a>> = Vec::new();
        // The indices of the nodes that are open.
        let mut open: Vec<usize> = Vec::new();
        loop {
            let offset = self.offset();
            let fail = |problem| Err(Error::FdtStructure { problem, offset });
            match self.u32()? {
                BEGIN_NODE => {
                    if open.len() == MAX_DEPTH {
                        return fail("more than 64 levels of nodes");
                    }
                    if open.is_empty() && !nodes.is_empty() {
                        return fail("a second root");
                    }
                    let parent = open.last().map(|&index| nodes[index].path.as_str());
                    let name = self.name()?;
                    let path = match parent {
                        None => "/".to_owned(),
                        Some("/") => format!("/{name}"),
                        Some(parent) => format!("{parent}/{name}"),
                    };
                    if path.len() > MAX_PATH {
                        return fail("a path of more than 1024 bytes");
                    }
                    let (parent, at) = (open.last().copied().unwrap_or(0), nodes.len());
                    open.push(at);
                    nodes.push(Node { path, name, properties: Vec::new(), parent, end: at + 1 });
                }
                END_NODE => {
                    let Some(index) = open.pop() else {
                        return fail("the end of a node that did not begin");
                    };
                    nodes[index].end = nodes.len();
                }
                PROP => {
                    let Some(&index) = open.last() else { return fail("a property outside of any node") };
                    let property = self.property()?;
                    nodes[index].properties.push(property);
                }
                NOP => {}
                END if open.is_empty() && !nodes.is_empty() => return Ok(nodes),
                END => return fail("the end of the tree inside of a node"),
                _ => return fail("an unknown token"),
            }
        }
    }

    fn property(&mut self) -> Result<(&'a str, &'a [u8]), Error> {
        let len = self.u32()? as usize;
        let name = self.strings.string("a property's name", self.u32()?.into())?;
        Ok((name, self.take(len)?))
    }

    fn name(&mut self) -> Result<&'a str, Error> {
        let rest = &self.bytes[self.at..];
        let not_text = Error::NotText { what: WHAT, field: "a node's name", offset: self.offset() };
        let Some(len) = rest.iter().position(|&byte| byte == 0) else { return Err(not_text) };
        let name = std::str::from_utf8(self.take(len + 1)?).map_err(|_| not_text)?;
        Ok(name.trim_end_matches('\0'))
    }

    fn u32(&mut self) -> Result<u32, Error> {
        let bytes = self.take(4)?;
        Ok(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// The next `len` bytes; goes on at the next multiple of 4.
    fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let end = self.at.checked_add(len);
        let Some(bytes) = end.and_then(|end| self.bytes.get(self.at..end)) else {
            return Err(Error::FdtStructure { problem: "the structure is cut short", offset: self.offset() });
        };
        // The padding of the last value may be missing where nothing follows: there is no next token then.
        self.at = (self.at + len).next_multiple_of(4).min(self.bytes.len());
        Ok(bytes)
    }

    fn offset(&self) -> u64 {
        self.base + self.at as u64
    }
}
