//! Compiled device trees made by code (layout: Devicetree Specification 0.4, chapter 5).

/// Where the structure block begins: behind the header and an empty reservation block.
const STRUCTURE: usize = 40 + 16;

/// A structure block and a strings block in the making.
#[derive(Default)]
pub(crate) struct Blob {
    structure: Vec<u8>,
    strings: Vec<u8>,
}

impl Blob {
    pub(crate) fn begin(self, name: &str) -> Self {
        self.token(1).bytes(&[name.as_bytes(), &[0]].concat())
    }

    pub(crate) fn end(self) -> Self {
        self.token(2)
    }

    pub(crate) fn property(self, name: &str, value: &[u8]) -> Self {
        let name_at = self.strings.len() as u32;
        let mut this = self.token(3).token(value.len() as u32).token(name_at).bytes(value);
        this.strings.extend(name.as_bytes());
        this.strings.push(0);
        this
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        let this = self.token(9);
        let strings_at = STRUCTURE + this.structure.len();
        let total = strings_at + this.strings.len();
        let sizes = [this.strings.len(), this.structure.len()];
        let header = [0xd00d_feed, total, STRUCTURE, strings_at, 40, 17, 16, 0, sizes[0], sizes[1]];
        let mut bytes: Vec<u8> = header.iter().flat_map(|&field| (field as u32).to_be_bytes()).collect();
        bytes.extend([0; 16]);
        bytes.extend(this.structure);
        bytes.extend(this.strings);
        bytes
    }

    fn token(self, token: u32) -> Self {
        self.bytes(&token.to_be_bytes())
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.structure.extend(bytes);
        let len = self.structure.len().next_multiple_of(4);
        self.structure.resize(len, 0);
        self
    }
}
