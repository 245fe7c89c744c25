use bringup_spec::Bytes;

/// What is wrong with a blob. `what` names its format in every variant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The format says that there is more than there is.
    #[error("{what}: {} at {offset:#x} needed, but it ends at {len:#x}", Bytes(*needed))]
    Truncated {
        /// The format.
        what: &'static str,
        /// Where the missing part begins, in bytes.
        offset: u64,
        /// How long it must be, in bytes.
        needed: u64,
        /// How long the blob is, in bytes.
        len: u64,
    },
    /// It is not this format at all.
    #[error("{what}: bytes at {offset:#x} are {}, not {}", shown(found), shown(expected))]
    BadMagic {
        /// The format.
        what: &'static str,
        /// Where the magic number belongs, in bytes.
        offset: u64,
        /// What is there.
        found: Vec<u8>,
        /// What ought to be.
        expected: &'static [u8],
    },
    /// A field's value is against the format's rule.
    #[error("{what}: {field} is {value:#x}, but it must {rule}")]
    BadField {
        /// The format.
        what: &'static str,
        /// The field, by the specification's name.
        field: &'static str,
        /// Its value.
        value: u64,
        /// The rest of the sentence "it must".
        rule: &'static str,
    },
    /// The field is right, but this crate does not read such a blob.
    #[error("{what}: {field} {value:#x} is not supported")]
    Unsupported {
        /// The format.
        what: &'static str,
        /// The field, by the specification's name.
        field: &'static str,
        /// Its value.
        value: u64,
    },
    /// A checksum says that bytes changed.
    #[error("{what}: its checksum is {stored:#010x}, but that of its bytes is {computed:#010x}")]
    BadChecksum {
        /// The format, and which of its checksums.
        what: &'static str,
        /// What the blob says.
        stored: u32,
        /// What its bytes give.
        computed: u32,
    },
    /// It is longer than whoever loads it can take.
    #[error("{what}: it is {len} long, but at most {limit} are loaded")]
    TooLong {
        /// The format.
        what: &'static str,
        /// How long it is.
        len: Bytes,
        /// How much is loaded.
        limit: Bytes,
    },
    /// A name is not UTF-8, or lacks its final NUL.
    #[error("{what}: {field} at {offset:#x} is not a string")]
    NotText {
        /// The format.
        what: &'static str,
        /// The field, by the specification's name.
        field: &'static str,
        /// Where it begins, in bytes.
        offset: u64,
    },
    /// The structure of a device tree is broken.
    #[error("device tree: {problem} at {offset:#x}")]
    FdtStructure {
        /// What is wrong.
        problem: &'static str,
        /// Where, in bytes from the start of the blob.
        offset: u64,
    },
    /// Something that the format asks for is not there.
    #[error("{what}: it has no {part}")]
    Missing {
        /// The format.
        what: &'static str,
        /// What is missing.
        part: String,
    },
    /// An ELF file's tables are broken.
    #[error("ELF: its {table} cannot be read")]
    Elf {
        /// Which table.
        table: &'static str,
        /// Why.
        source: object::read::Error,
    },
    /// A cryptographic hash says that bytes changed.
    #[error("{what}: {algorithm} of `{part}` is stored as {stored}, but that of its bytes is {computed}")]
    BadHash {
        /// The format.
        what: &'static str,
        /// What was hashed.
        part: String,
        /// The hash, by the format's name for it.
        algorithm: String,
        /// What the blob says, in hexadecimal.
        stored: String,
        /// What its bytes give, in hexadecimal.
        computed: String,
    },
    /// A name leads nowhere.
    #[error("{what}: {from} names `{name}`, which is not among its {among}")]
    Dangling {
        /// The format.
        what: &'static str,
        /// Where the name is.
        from: String,
        /// The name.
        name: String,
        /// What it would have to be one of.
        among: &'static str,
    },
    /// A line of a text file breaks the format's rules.
    #[error("{what}: line {line}: {problem}")]
    BadLine {
        /// The format.
        what: &'static str,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// There are more of a thing than anybody reads.
    #[error("{what}: it has more than {limit} {part}")]
    TooMany {
        /// The format.
        what: &'static str,
        /// What there is too much of.
        part: &'static str,
        /// How many are read.
        limit: usize,
    },
    /// It is sound, but for something else.
    #[error("{what} is for {found}, but `{platform}` needs {needed}")]
    WrongPlatform {
        /// What it is.
        what: &'static str,
        /// What it is for.
        found: String,
        /// The platform that was asked about.
        platform: &'static str,
        /// What it would have to be for.
        needed: String,
    },
}

/// Text as text, anything else in hexadecimal.
fn shown(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) => {
            format!("`{text}`")
        }
        _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "),
    }
}
