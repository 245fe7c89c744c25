//! Device trees made by code.

/// Where the structure block begins in a fixture.
pub(crate) const STRUCTURE: usize = 40 + 16;

/// A structure block and a strings block in the making.
#[derive(Default)]
pub(crate) struct Builder {
    structure: Vec<u8>,
    strings: Vec<u8>,
}

impl Builder {
    pub(crate) fn token(mut self, token: u32) -> Self {
        self.structure.extend(token.to_be_bytes());
        self
    }

    pub(crate) fn begin(self, name: &str) -> Self {
        let mut this = self.token(1);
        this.structure.extend(name.as_bytes());
        this.structure.push(0);
        this.pad()
    }

    pub(crate) fn end(self) -> Self {
        self.token(2)
    }

    pub(crate) fn property(self, name: &str, value: &[u8]) -> Self {
        let name_at = self.strings.len() as u32;
        let mut this = self.token(3).token(value.len() as u32).token(name_at);
        this.structure.extend(value);
        this.strings.extend(name.as_bytes());
        this.strings.push(0);
        this.pad()
    }

    /// The blob: header, an empty reservation block, structure, strings.
    pub(crate) fn finish(self) -> Vec<u8> {
        let this = self.token(9);
        let strings_at = STRUCTURE + this.structure.len();
        let total = strings_at + this.strings.len();
        let header = [
            0xd00d_feed,
            total,
            STRUCTURE,
            strings_at,
            40,
            17,
            16,
            0,
            this.strings.len(),
            this.structure.len(),
        ];
        let mut bytes: Vec<u8> = header.iter().flat_map(|&field| (field as u32).to_be_bytes()).collect();
        bytes.extend([0; 16]);
        bytes.extend(this.structure);
        bytes.extend(this.strings);
        bytes
    }

    fn pad(mut self) -> Self {
        let len = self.structure.len().next_multiple_of(4);
        self.structure.resize(len, 0);
        self
    }
}

/// A small board.
pub(crate) fn board() -> Vec<u8> {
    Builder::default()
        .begin("")
        .property("model", b"Test Board\0")
        .property("compatible", b"test,board\0test,soc\0")
        .begin("aliases")
        .property("mmc0", b"/soc/mmc@1000\0")
        .end()
        .begin("soc")
        .begin("mmc@1000")
        .property("reg", &[0, 0, 0x10, 0])
        .end()
        .end()
        .end()
        .finish()
}
