use bringup_spec::Bytes;

/// Why bytes of an image cannot be read, or do not mean anything.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The host refused to read the image.
    #[error("cannot {operation} the image")]
    Io {
        /// What was tried.
        operation: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// Something points behind the end of the disk or of its partition.
    #[error("{} at {offset:#x} needed, but {within} ends at {end:#x}", Bytes(*len))]
    Outside {
        /// What ends: `the disk`, `the partition`.
        within: &'static str,
        /// The first byte that was asked for.
        offset: u64,
        /// How many were.
        len: u64,
        /// Where it ends.
        end: u64,
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
    /// A checksum says that bytes changed.
    #[error("{what}: its checksum is {stored:#010x}, but that of its bytes is {computed:#010x}")]
    BadChecksum {
        /// The structure.
        what: String,
        /// What is stored.
        stored: u32,
        /// What the bytes give.
        computed: u32,
    },
    /// It may be right, but this crate does not read it.
    #[error("{what}: {feature} {value:#x} is not supported")]
    Unsupported {
        /// The format.
        what: &'static str,
        /// What of it.
        feature: &'static str,
        /// The value that stands for it.
        value: u64,
    },
    /// A partition's contents are known by their magic number only.
    #[error("a file system of type {kind} is not read here")]
    Unread {
        /// Its type.
        kind: &'static str,
    },
    /// There is no file system that this crate knows.
    #[error(
        "no file system is found: bytes at 0x438 of it are {found:#06x}, not 0xef53, and there is no FAT either"
    )]
    NoFileSystem {
        /// What stands where ext2's magic number would.
        found: u16,
    },
    /// A path leads nowhere.
    #[error("there is no `{path}`")]
    NotFound {
        /// The path as it was looked for.
        path: String,
    },
    /// A device tree is for another board than the boot loader.
    #[error("it is for `{found}`, but the boot loader's own is for `{needed}`")]
    Incompatible {
        /// What it is compatible with.
        found: String,
        /// What the boot loader's own are for.
        needed: String,
    },
    /// A path leads to something else.
    #[error("`{path}` is no {wanted}")]
    WrongKind {
        /// The path.
        path: String,
        /// What it would have to be.
        wanted: &'static str,
    },
    /// Symbolic links lead in a circle, or through more of them than Linux follows.
    #[error("`{path}` goes through more than {limit} symbolic links")]
    TooManyLinks {
        /// The path.
        path: String,
        /// How many are followed.
        limit: usize,
    },
    /// More than is held in memory at a time.
    #[error("{what} is {len}, but at most {limit} of it are read")]
    TooLarge {
        /// What.
        what: String,
        /// How large it is.
        len: Bytes,
        /// How much is read.
        limit: Bytes,
    },
    /// A structure has more parts than its size can hold: its links run in a circle.
    #[error("{what}: more than {limit} {parts}")]
    TooMany {
        /// The format.
        what: &'static str,
        /// Of what there are too many.
        parts: &'static str,
        /// How many there can be.
        limit: u64,
    },
    /// An archive or a compressed stream is broken.
    #[error("{what} at byte {at}: {problem}")]
    Archive {
        /// The format.
        what: &'static str,
        /// Where, from the start of the unpacked or packed stream.
        at: u64,
        /// What is wrong.
        problem: String,
    },
    /// The bytes are no sound blob of their format.
    #[error(transparent)]
    Blob(#[from] bringup_inspect::Error),
}
