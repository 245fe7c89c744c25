//! What a device tree says about memory: where it is, and what of it is taken.

use super::{DeviceTree, Node, cells};
use crate::Error;
use crate::bytes::Reader;

/// The most entries of the reservation block that are read; boards have a handful.
const MAX_RESERVATIONS: usize = 1024;

/// A range of physical addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its first address.
    pub address: u64,
    /// Its length in bytes.
    pub len: u64,
}

/// Memory that is taken before any program starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// The path of the node that says so; none for the reservation block.
    pub path: Option<String>,
    /// Where it is.
    pub region: Region,
}

/// The reservation block (Devicetree Specification 0.4, 5.3): pairs of address and size, 64 bits
/// each, up to a pair of zeros.
pub(super) fn reservations(blob: Reader<'_>) -> Result<Vec<Region>, Error> {
    let mut at = u64::from(blob.u32_be(16)?);
    let mut found = Vec::new();
    loop {
        let region = Region { address: blob.u64_be(at)?, len: blob.u64_be(at + 8)? };
        if region == (Region { address: 0, len: 0 }) {
            return Ok(found);
        }
        if found.len() == MAX_RESERVATIONS {
            let (part, limit) = ("entries in its memory reservation block", MAX_RESERVATIONS);
            return Err(Error::TooMany { what: blob.what, part, limit });
        }
        found.push(region);
        at += 16;
    }
}

impl DeviceTree<'_> {
    /// The machine's memory, as the nodes with `device_type = "memory"` have it (Devicetree
    /// Specification 3.4). Many boards leave it empty for the boot loader to fill.
    pub fn memory(&self) -> Vec<Region> {
        let is_memory = |at: &usize| self.nodes()[*at].string("device_type") == Some("memory");
        let nodes = self.children(0).filter(is_memory);
        let all = nodes.flat_map(|at| self.regions(&self.nodes()[at], self.root()));
        all.filter(|region| region.len != 0).collect()
    }

    /// What of it is taken: the memory reservation block, then the enabled nodes in
    /// `/reserved-memory` that have an address (Devicetree Specification 3.5).
    pub fn reserved(&self) -> Vec<Reserved> {
        let block = self.reservations.iter().map(|&region| Reserved { path: None, region });
        let mut reserved: Vec<Reserved> = block.collect();
        let Some(parent) = self.find("/reserved-memory") else { return reserved };
        for at in self.children(parent) {
            let node = &self.nodes()[at];
            if node.is_enabled() {
                let regions = self.regions(node, &self.nodes()[parent]);
                let path = Some(node.path.clone());
                reserved.extend(regions.into_iter().map(|region| Reserved { path: path.clone(), region }));
            }
        }
        reserved
    }

    /// `reg` in the cells that the parent says; nothing if they are more than a number of 64 bits has.
    fn regions(&self, node: &Node<'_>, parent: &Node<'_>) -> Vec<Region> {
        // 2 and 1 are the specification's values where nothing is said (2.3.5).
        let address_cells = parent.cell("#address-cells").unwrap_or(2) as usize;
        let size_cells = parent.cell("#size-cells").unwrap_or(1) as usize;
        if !(1..=2).contains(&address_cells) || !(1..=2).contains(&size_cells) {
            return Vec::new();
        }
        let cells: Vec<u32> = cells(node.property("reg").unwrap_or_default()).collect();
        let number = |cells: &[u32]| cells.iter().fold(0, |number, &cell| number << 32 | u64::from(cell));
        let pairs = cells.chunks_exact(address_cells + size_cells);
        let region = |pair: &[u32]| {
            let (address, len) = pair.split_at(address_cells);
            Region { address: number(address), len: number(len) }
        };
        pairs.map(region).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fdt::fixture::{Builder, board};
    use crate::fdt::parse;

    fn tree() -> Vec<u8> {
        Builder::default()
            .begin("")
            .property("#address-cells", &[0, 0, 0, 2])
            .property("#size-cells", &[0, 0, 0, 2])
            .begin("memory@40000000")
            .property("device_type", b"memory\0")
            .property("reg", &[0, 0, 0, 1, 0x40, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0])
            .end()
            .begin("memory@0")
            .property("device_type", b"memory\0")
            .property("reg", &[0; 16])
            .end()
            .begin("reserved-memory")
            .property("#address-cells", &[0, 0, 0, 1])
            .property("#size-cells", &[0, 0, 0, 1])
            .begin("secure@1000")
            .property("reg", &[0, 0, 0x10, 0, 0, 0, 2, 0])
            .end()
            .begin("unused@2000")
            .property("status", b"disabled\0")
            .property("reg", &[0, 0, 0x20, 0, 0, 0, 2, 0])
            .end()
            .begin("pool")
            .property("size", &[0, 1, 0, 0])
            .end()
            .end()
            .end()
            .finish()
    }

    #[test]
    fn memory_is_what_has_a_size() {
        let bytes = tree();
        let region = Region { address: 0x1_4000_0000, len: 0x8000_0000 };
        assert_eq!(parse(&bytes).unwrap().memory(), [region]);
        assert_eq!(parse(&board()).unwrap().memory(), []);
    }

    #[test]
    fn nodes_with_an_address_are_reserved() {
        let bytes = tree();
        let region = Region { address: 0x1000, len: 0x200 };
        let reserved = Reserved { path: Some("/reserved-memory/secure@1000".to_owned()), region };
        assert_eq!(parse(&bytes).unwrap().reserved(), [reserved]);
    }

    /// The small board with its reservation block moved to the end, one entry more, and `tail`.
    fn with_reservation(tail: &[u8]) -> Vec<u8> {
        let mut bytes = board();
        let at = bytes.len() as u32;
        bytes.extend(0x8000_0000_u64.to_be_bytes());
        bytes.extend(0x4000_u64.to_be_bytes());
        bytes.extend(tail);
        let len = bytes.len() as u32;
        bytes[4..8].copy_from_slice(&len.to_be_bytes());
        bytes[16..20].copy_from_slice(&at.to_be_bytes());
        bytes
    }

    #[test]
    fn the_reservation_block_ends_with_zeros() {
        let bytes = with_reservation(&[0; 16]);
        let region = Region { address: 0x8000_0000, len: 0x4000 };
        assert_eq!(parse(&bytes).unwrap().reserved(), [Reserved { path: None, region }]);
        let bytes = with_reservation(&[]);
        let len = bytes.len();
        assert_eq!(
            parse(&bytes).unwrap_err().to_string(),
            format!("device tree: 8 B at {len:#x} needed, but it ends at {len:#x}")
        );
        let bytes = with_reservation(&[1; 16 * 1024]);
        assert_eq!(
            parse(&bytes).unwrap_err().to_string(),
            "device tree: it has more than 1024 entries in its memory reservation block"
        );
    }
}
