//! Flattened device trees.
//!
//! Layout: Devicetree Specification 0.4, chapter 5. All numbers are
//! big-endian. Names are not held to the specification's limit of 31
//! characters: over half of Linux's own device trees break it.

use crate::Error;
use crate::bytes::{Reader, has};

const WHAT: &str = "device tree";

/// At byte 0.
const MAGIC: &[u8] = &[0xd0, 0x0d, 0xfe, 0xed];

/// The one version written since 2005; its header gives the size of both blocks.
const VERSION: u32 = 17;

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

/// A device tree whose whole structure has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceTree<'a> {
    /// How long the blob is; what is given may go on behind it.
    pub total_size: u32,
    /// Every node, parents before children, the root first.
    nodes: Vec<Node<'a>>,
}

/// A node of a device tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node<'a> {
    /// Its full path: `/soc/mmc@1c0f000`; the root's is `/`.
    pub path: String,
    /// Its properties, names and values, in the order of the blob.
    pub properties: Vec<(&'a str, &'a [u8])>,
}

/// Whether the magic number is there, and nothing more.
pub fn detect(bytes: &[u8]) -> bool {
    has(bytes, 0, MAGIC)
}

/// Reads the device tree at the start of `bytes` and checks every token of its structure.
///
/// # Errors
/// No magic number, another version, blocks that leave the blob, or a structure that is not one tree.
pub fn parse(bytes: &[u8]) -> Result<DeviceTree<'_>, Error> {
    let whole = Reader::new(WHAT, bytes);
    whole.magic(0, MAGIC)?;
    let total_size = whole.u32_be(4)?;
    let blob = Reader::new(WHAT, whole.get(0, total_size.into())?);
    let version = blob.u32_be(20)?;
    if version < VERSION || blob.u32_be(24)? > VERSION {
        return Err(Error::Unsupported { what: WHAT, field: "version", value: version.into() });
    }
    let structure_at = blob.u32_be(8)?;
    if structure_at % 4 != 0 {
        let rule = "be a multiple of 4";
        return Err(Error::BadField { what: WHAT, field: "off_dt_struct", value: structure_at.into(), rule });
    }
    let structure = blob.get(structure_at.into(), blob.u32_be(36)?.into())?;
    let strings = blob.get(blob.u32_be(12)?.into(), blob.u32_be(32)?.into())?;
    let walk =
        Walk { bytes: structure, base: structure_at.into(), at: 0, strings: Reader::new(WHAT, strings) };
    Ok(DeviceTree { total_size, nodes: walk.nodes()? })
}

impl<'a> DeviceTree<'a> {
    /// Every node, parents before children, the root first.
    pub fn nodes(&self) -> &[Node<'a>] {
        &self.nodes
    }

    /// The root.
    pub fn root(&self) -> &Node<'a> {
        &self.nodes[0]
    }

    /// The node at a full path, or the one that an alias stands for if `name` has no leading slash.
    pub fn node(&self, name: &str) -> Option<&Node<'a>> {
        let path = match name.starts_with('/') {
            true => name,
            false => self.node("/aliases")?.string(name)?,
        };
        self.nodes.iter().find(|node| node.path == path)
    }

    /// The root's `model`, for people.
    pub fn model(&self) -> Option<&'a str> {
        self.root().string("model")
    }

    /// The root's `compatible`: what board it is for, the closest first.
    pub fn compatible(&self) -> Vec<&'a str> {
        self.root().strings("compatible")
    }
}

impl<'a> Node<'a> {
    /// The value of a property.
    pub fn property(&self, name: &str) -> Option<&'a [u8]> {
        self.properties.iter().find(|(found, _)| *found == name).map(|(_, value)| *value)
    }

    /// The value of a property that is one string with its NUL.
    pub fn string(&self, name: &str) -> Option<&'a str> {
        let text = self.property(name)?.strip_suffix(&[0])?;
        std::str::from_utf8(text).ok().filter(|text| !text.contains('\0'))
    }

    /// The strings of a property that is a list of them; none if it is no such list.
    pub fn strings(&self, name: &str) -> Vec<&'a str> {
        let text = self.property(name).and_then(|value| value.strip_suffix(&[0]));
        let text = text.and_then(|text| std::str::from_utf8(text).ok());
        text.map_or_else(Vec::new, |text| text.split('\0').collect())
    }

    /// The value of a property that is one cell.
    pub fn u32(&self, name: &str) -> Option<u32> {
        self.property(name)?.try_into().ok().map(u32::from_be_bytes)
    }
}

/// A walk over the structure block.
struct Walk<'a> {
    bytes: &'a [u8],
    /// Where the block begins in the blob, for errors.
    base: u64,
    at: usize,
    strings: Reader<'a>,
}

impl<'a> Walk<'a> {
    fn nodes(mut self) -> Result<Vec<Node<'a>>, Error> {
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
                    open.push(nodes.len());
                    nodes.push(Node { path, properties: Vec::new() });
                }
                END_NODE => {
                    if open.pop().is_none() {
                        return fail("the end of a node that did not begin");
                    }
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

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
