//! A device tree in its flattened form.
//!
//! Source: Devicetree Specification 0.4, chapter 5. All integers are
//! big-endian. Names are not held to the specification's 31 characters: about
//! half of the kernel's own device trees have longer ones.

use crate::Error;

/// `fdt_header`, version 17: 10 words.
const HEADER_LEN: usize = 40;
const MAGIC: u32 = 0xd00d_feed;
/// What this reader understands: `last_comp_version` of version 17.
const COMPATIBLE: u32 = 16;

/// Tokens of the structure block.
const BEGIN_NODE: u32 = 1;
const END_NODE: u32 = 2;
const PROP: u32 = 3;
const NOP: u32 = 4;
const END: u32 = 9;

/// A device tree's nodes, parents before children; node 0 is the root.
#[derive(Clone, Debug)]
pub struct DeviceTree<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// Phandles and the positions of their nodes, sorted.
    phandles: Vec<(u32, usize)>,
}

/// One node.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    /// With its unit address; empty for the root.
    pub(super) name: &'a str,
    /// The root is its own parent.
    pub(super) parent: usize,
    pub(super) properties: Vec<(&'a str, &'a [u8])>,
}

impl<'a> DeviceTree<'a> {
    /// Reads a flattened device tree.
    ///
    /// # Errors
    /// The blob is no device tree, is damaged, or needs a newer reader.
    pub fn parse(blob: &'a [u8]) -> Result<Self, Error> {
        let header = |at: usize| word(blob, at);
        if header(0)? != MAGIC {
            return Err(bad(0, "no magic number 0xd00dfeed"));
        }
        let total = header(4)? as usize;
        if total < HEADER_LEN || total > blob.len() {
            return Err(bad(4, "the size does not fit the file"));
        }
        if header(24)? > COMPATIBLE {
            return Err(bad(24, "a version newer than 17"));
        }
        let blob = &blob[..total];
        let (structure, strings) = (header(8)? as usize, header(12)? as usize);
        let strings = blob.get(strings..).ok_or_else(|| bad(12, "the strings are outside of the blob"))?;
        let nodes = Parser { blob, strings, at: structure }.nodes()?;
        let mut tree = Self { nodes, phandles: Vec::new() };
        let phandle = |node: &Node<'_>| node.cell("phandle").or_else(|| node.cell("linux,phandle"));
        tree.phandles =
            tree.nodes.iter().zip(0..).filter_map(|(node, at)| Some((phandle(node)?, at))).collect();
        tree.phandles.sort_unstable();
        Ok(tree)
    }

    /// The names and paths in `/aliases`, as the blob lists them.
    pub fn aliases(&self) -> Vec<(&'a str, &'a str)> {
        let Some(at) = self.find("/aliases") else { return Vec::new() };
        let text = |&(name, value): &(&'a str, &'a [u8])| Some((name, strings(value).next()?));
        self.nodes[at].properties.iter().filter_map(text).filter(|(name, _)| !is_handle(name)).collect()
    }

    /// The node at a path; a component without a unit address finds the first node of that name.
    pub(super) fn find(&self, path: &str) -> Option<usize> {
        let mut at = 0;
        for part in path.strip_prefix('/')?.split('/').filter(|part| !part.is_empty()) {
            at = (0..self.nodes.len()).skip(1).find(|&child| {
                let node = &self.nodes[child];
                node.parent == at && (node.name == part || node.plain_name() == part)
            })?;
        }
        Some(at)
    }

    pub(super) fn by_phandle(&self, phandle: u32) -> Option<usize> {
        let found = self.phandles.binary_search_by_key(&phandle, |&(own, _)| own);
        found.ok().map(|at| self.phandles[at].1)
    }

    pub(super) fn path(&self, mut at: usize) -> String {
        let mut names = Vec::new();
        while at != 0 {
            names.push(self.nodes[at].name);
            at = self.nodes[at].parent;
        }
        names.reverse();
        format!("/{}", names.join("/"))
    }
}

impl<'a> Node<'a> {
    pub(super) fn property(&self, name: &str) -> Option<&'a [u8]> {
        self.properties.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }

    pub(super) fn cell(&self, name: &str) -> Option<u32> {
        word(self.property(name)?, 0).ok()
    }

    /// The name without its unit address.
    pub(super) fn plain_name(&self) -> &'a str {
        self.name.split('@').next().unwrap_or(self.name)
    }

    /// The strings of `compatible`, most specific first.
    pub(super) fn compatible(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        strings(self.property("compatible").unwrap_or_default())
    }

    pub(super) fn first_string(&self, property: &str) -> Option<&'a str> {
        strings(self.property(property)?).next()
    }

    /// Whether the device may be used (Devicetree Specification 2.3.4; `ok` is the old spelling).
    pub(super) fn is_enabled(&self) -> bool {
        matches!(self.first_string("status"), None | Some("okay" | "ok"))
    }
}

/// The cells of a property.
pub(super) fn cells(value: &[u8]) -> impl Iterator<Item = u32> {
    value.chunks_exact(4).map(|cell| u32::from_be_bytes([cell[0], cell[1], cell[2], cell[3]]))
}

fn strings(value: &[u8]) -> impl Iterator<Item = &str> {
    value
        .split(|&byte| byte == 0)
        .filter_map(|text| std::str::from_utf8(text).ok())
        .filter(|text| !text.is_empty())
}

fn is_handle(property: &str) -> bool {
    matches!(property, "phandle" | "linux,phandle" | "name")
}

fn bad(offset: usize, reason: &'static str) -> Error {
    Error::BadDeviceTree { offset, reason }
}

fn word(bytes: &[u8], at: usize) -> Result<u32, Error> {
    let word =
        at.checked_add(4).and_then(|end| bytes.get(at..end)).ok_or_else(|| bad(at, "it ends too early"))?;
    Ok(u32::from_be_bytes([word[0], word[1], word[2], word[3]]))
}

/// Goes through the structure block.
struct Parser<'a> {
    blob: &'a [u8],
    strings: &'a [u8],
    at: usize,
}

impl<'a> Parser<'a> {
    fn nodes(mut self) -> Result<Vec<Node<'a>>, Error> {
        let mut nodes: Vec<Node<'a>> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        loop {
            let start = self.at;
            let token = self.word()?;
            match (token, open.last().copied()) {
                (BEGIN_NODE, None) if !nodes.is_empty() => return Err(bad(start, "a second root")),
                (BEGIN_NODE, parent) => {
                    open.push(nodes.len());
                    nodes.push(Node {
                        name: self.name()?,
                        parent: parent.unwrap_or(0),
                        properties: Vec::new(),
                    });
                }
                (END_NODE, Some(_)) => drop(open.pop()),
                (PROP, Some(node)) => {
                    let property = self.property()?;
                    nodes[node].properties.push(property);
                }
                (NOP, _) => {}
                (END, None) if !nodes.is_empty() => return Ok(nodes),
                _ => return Err(bad(start, "a token that cannot stand here")),
            }
        }
    }

    fn word(&mut self) -> Result<u32, Error> {
        let value = word(self.blob, self.at)?;
        self.at += 4;
        Ok(value)
    }

    fn name(&mut self) -> Result<&'a str, Error> {
        let name = text(self.blob, self.at)?;
        self.skip(name.len() + 1);
        Ok(name)
    }

    fn property(&mut self) -> Result<(&'a str, &'a [u8]), Error> {
        let len = self.word()? as usize;
        let name = self.word()? as usize;
        let end = self.at.checked_add(len).filter(|&end| end <= self.blob.len());
        let end = end.ok_or_else(|| bad(self.at, "a property longer than the blob"))?;
        let value = &self.blob[self.at..end];
        let name =
            text(self.strings, name).map_err(|_| bad(self.at - 4, "a property's name is not a string"))?;
        self.skip(len);
        Ok((name, value))
    }

    /// Goes on behind `len` bytes, at the next multiple of four.
    fn skip(&mut self, len: usize) {
        self.at = (self.at + len).next_multiple_of(4);
    }
}

fn text(bytes: &[u8], at: usize) -> Result<&str, Error> {
    let rest = bytes.get(at..).ok_or_else(|| bad(at, "a string outside of the blob"))?;
    let len = rest.iter().position(|&byte| byte == 0).ok_or_else(|| bad(at, "a string without an end"))?;
    std::str::from_utf8(&rest[..len]).map_err(|_| bad(at, "a string that is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Dt;

    fn blob() -> Vec<u8> {
        let mut dt = Dt::new();
        dt.open("").text("compatible", &["x,board"]);
        dt.open("aliases").text("mmc0", &["/soc/mmc@1"]).close();
        dt.open("soc").cells("phandle", &[7]);
        dt.open("mmc@1").text("compatible", &["a,b", "a,c"]).cells("clocks", &[1, 2]).close();
        dt.close();
        dt.finish()
    }

    #[test]
    fn nodes_properties_and_aliases_are_read() {
        let blob = blob();
        let tree = DeviceTree::parse(&blob).unwrap();
        assert_eq!(tree.aliases(), [("mmc0", "/soc/mmc@1")]);
        let at = tree.find("/soc/mmc").unwrap();
        assert_eq!(tree.path(at), "/soc/mmc@1");
        assert_eq!(tree.nodes[at].compatible().collect::<Vec<_>>(), ["a,b", "a,c"]);
        assert_eq!(tree.by_phandle(7), tree.find("/soc"));
    }

    #[test]
    fn damage_is_an_error_and_never_a_panic() {
        let blob = blob();
        for len in 0..blob.len() {
            assert!(DeviceTree::parse(&blob[..len]).is_err(), "{len} bytes");
        }
        for at in 0..blob.len() {
            let mut flipped = blob.clone();
            flipped[at] ^= 0xff;
            if let Ok(tree) = DeviceTree::parse(&flipped) {
                assert!(!tree.nodes.is_empty());
            }
        }
    }

    #[test]
    fn a_wrong_magic_number_is_told() {
        let mut blob = blob();
        blob[0] = 0;
        let error = DeviceTree::parse(&blob).map(drop).unwrap_err();
        assert_eq!(error.to_string(), "device tree: no magic number 0xd00dfeed at byte 0 (0x0)");
    }

    #[test]
    fn a_token_must_fit_its_place() {
        let mut blob = blob();
        // The structure block follows the header and one empty memory reservation.
        blob[56 + 3] = END_NODE as u8;
        let error = DeviceTree::parse(&blob).map(drop).unwrap_err();
        assert_eq!(error.to_string(), "device tree: a token that cannot stand here at byte 56 (0x38)");
    }
}
