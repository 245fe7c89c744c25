//! Flattened device trees.
//!
//! Layout: Devicetree Specification 0.4, chapter 5. All numbers are
//! big-endian. Names are not held to the specification's limit of 31
//! characters: over half of Linux's own device trees break it.

mod memory;
mod node;
mod walk;

use crate::Error;
use crate::bytes::{Reader, has};

pub use memory::{Region, Reserved};
pub use node::{Node, cells};
use walk::Walk;

const WHAT: &str = "device tree";

/// At byte 0.
const MAGIC: &[u8] = &[0xd0, 0x0d, 0xfe, 0xed];

/// The one version written since 2005; its header gives the size of both blocks.
const VERSION: u32 = 17;

/// A device tree whose whole structure has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceTree<'a> {
    /// How long the blob is; what is given may go on behind it.
    pub total_size: u32,
    /// Every node, parents before children, the root first.
    nodes: Vec<Node<'a>>,
    /// Phandles and the positions of their nodes, sorted.
    phandles: Vec<(u32, usize)>,
    /// The memory reservation block.
    reservations: Vec<Region>,
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
    let nodes = walk.nodes()?;
    let phandles = nodes.iter().zip(0..).filter_map(|(node, at)| Some((node.phandle()?, at)));
    let mut phandles: Vec<(u32, usize)> = phandles.collect();
    phandles.sort_unstable();
    let reservations = memory::reservations(blob)?;
    Ok(DeviceTree { total_size, nodes, phandles, reservations })
}

impl<'a> DeviceTree<'a> {
    /// Every node, parents before children, the root first: a node's position here stands for it in
    /// the functions below.
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

    /// Position of the node at a full path, where a component without a unit address stands for the
    /// first node of that name: `/soc/mmc` finds `/soc/mmc@1c0f000`.
    pub fn find(&self, path: &str) -> Option<usize> {
        let mut parts = path.strip_prefix('/')?.split('/').filter(|part| !part.is_empty());
        parts.try_fold(0, |at, part| {
            self.children(at).find(|&child| {
                let node = &self.nodes[child];
                node.name == part || node.plain_name() == part
            })
        })
    }

    /// Position of the node that the one at position `at` is in; the root is in none.
    ///
    /// # Panics
    /// There is no node `at`, here and in [`DeviceTree::children`].
    pub fn parent(&self, at: usize) -> Option<usize> {
        (at != 0).then_some(self.nodes[at].parent)
    }

    /// Positions of the nodes right inside the one at position `at`, in the order of the blob.
    pub fn children(&self, at: usize) -> impl Iterator<Item = usize> {
        let end = self.nodes[at].end;
        let within = move |child: usize| (child < end).then_some(child);
        std::iter::successors(within(at + 1), move |&child| within(self.nodes[child].end))
    }

    /// Position of the node that a phandle refers to; of several with the same one, the first.
    pub fn by_phandle(&self, phandle: u32) -> Option<usize> {
        let first = self.phandles.partition_point(|&(own, _)| own < phandle);
        self.phandles.get(first).filter(|&&(own, _)| own == phandle).map(|&(_, at)| at)
    }

    /// The names and paths in `/aliases`, in the order of the blob.
    pub fn aliases(&self) -> Vec<(&'a str, &'a str)> {
        let Some(node) = self.node("/aliases") else { return Vec::new() };
        // Other properties than aliases, which any node may have.
        let is_alias = |name: &str| !matches!(name, "phandle" | "linux,phandle" | "name");
        let texts =
            node.properties.iter().filter_map(|&(name, value)| Some((name, node::texts(value).next()?)));
        texts.filter(|(name, _)| is_alias(name)).collect()
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

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
