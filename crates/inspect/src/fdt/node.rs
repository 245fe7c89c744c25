//! One node of a device tree, and its properties' values.

/// A node of a device tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node<'a> {
    /// Its full path: `/soc/mmc@1c0f000`; the root's is `/`.
    pub path: String,
    /// Its name with the unit address: `mmc@1c0f000`; the root's is empty as a rule.
    pub name: &'a str,
    /// Its properties, names and values, in the order of the blob.
    pub properties: Vec<(&'a str, &'a [u8])>,
    /// Position of the node it is in; the root's is its own.
    pub(super) parent: usize,
    /// Position behind its last descendant.
    pub(super) end: usize,
}

impl<'a> Node<'a> {
    /// The name without the unit address: `mmc` (Devicetree Specification 2.2.1).
    pub fn plain_name(&self) -> &'a str {
        self.name.split_once('@').map_or(self.name, |(plain, _)| plain)
    }

    /// The unit address, as it is written: `1c0f000`; nothing for a node without one.
    pub fn unit_address(&self) -> Option<&'a str> {
        self.name.split_once('@').map(|(_, address)| address)
    }

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

    /// The strings of a property that are text and not empty, be it a sound list or not.
    ///
    /// For values that decide something, where a missing NUL should not hide what is there.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        texts(self.property(name).unwrap_or_default())
    }

    /// The value of a property that is one cell.
    pub fn u32(&self, name: &str) -> Option<u32> {
        self.property(name)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// The first cell of a property, whatever follows it, as Linux reads a number
    /// (`of_property_read_u32`).
    pub fn cell(&self, name: &str) -> Option<u32> {
        cells(self.property(name)?).next()
    }

    /// What `status` says; nothing if it is missing or empty.
    pub fn status(&self) -> Option<&'a str> {
        self.texts("status").next()
    }

    /// Whether the device may be used: it has no `status`, or a good one (Devicetree
    /// Specification 2.3.4; `ok` is the old spelling).
    pub fn is_enabled(&self) -> bool {
        matches!(self.status(), None | Some("okay" | "ok"))
    }

    /// The number by which properties refer to the node, under its new or its old name.
    pub fn phandle(&self) -> Option<u32> {
        self.cell("phandle").or_else(|| self.cell("linux,phandle"))
    }
}

/// The 32-bit cells of a property's value; what is left over does not count.
pub fn cells(value: &[u8]) -> impl Iterator<Item = u32> {
    value.chunks_exact(4).map(|cell| u32::from_be_bytes([cell[0], cell[1], cell[2], cell[3]]))
}

pub(super) fn texts(value: &[u8]) -> impl Iterator<Item = &str> {
    let texts = value.split(|&byte| byte == 0).filter_map(|text| std::str::from_utf8(text).ok());
    texts.filter(|text| !text.is_empty())
}
