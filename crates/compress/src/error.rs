use std::io;

use crate::Format;

/// Why an image was not compressed or mapped, or a map not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The format has no such level.
    #[error("no level {level} of {format}, which has {least} to {most}")]
    Level {
        /// The format.
        format: Format,
        /// The level asked for.
        level: i64,
        /// The least there is.
        least: i64,
        /// The most there is.
        most: i64,
    },
    /// The image is larger than the format's tables count.
    #[error("the image has {len} bytes, but {format} holds at most {most}")]
    TooLarge {
        /// The format.
        format: Format,
        /// The image's size in bytes.
        len: u64,
        /// The most possible.
        most: u64,
    },
    /// The image's size cannot be found out.
    #[error("cannot find the end of the image")]
    Size {
        /// Why not.
        source: io::Error,
    },
    /// The image cannot be read.
    #[error("cannot read {len} bytes at {offset:#x} of the image")]
    Read {
        /// Where reading began, in bytes.
        offset: u64,
        /// How many bytes were wanted.
        len: usize,
        /// Why not.
        source: io::Error,
    },
    /// The compressor refuses its input.
    #[error("cannot compress the bytes from {offset:#x} of the image on")]
    Compress {
        /// Where they are.
        offset: u64,
        /// Why not.
        source: io::Error,
    },
    /// The output cannot be written.
    #[error("cannot write the compressed image")]
    Write {
        /// Why not.
        source: io::Error,
    },
    /// A range of bytes leaves the image.
    #[error("{start:#x} to {end:#x} leave the image, which has {len} bytes")]
    Outside {
        /// The first byte.
        start: u64,
        /// The one behind the last.
        end: u64,
        /// The image's size in bytes.
        len: u64,
    },
    /// The map is not XML, or more of it than a map has.
    #[error("line {line} of the block map is not as in a block map")]
    MapSyntax {
        /// The line, from 1.
        line: usize,
    },
    /// The map is of another version.
    #[error("the block map is of version {version}, but only 2.0 is read")]
    MapVersion {
        /// Its version.
        version: String,
    },
    /// The map has other checksums.
    #[error("the block map has checksums of type `{found}`, but only `sha256` is read")]
    MapChecksumType {
        /// Their type.
        found: String,
    },
    /// The map lacks an element.
    #[error("the block map has no element `{element}`")]
    MapMissing {
        /// The element.
        element: &'static str,
    },
    /// The map has an element twice.
    #[error("the block map has the element `{element}` twice")]
    MapTwice {
        /// The element.
        element: String,
    },
    /// An element of the map is no number.
    #[error("the block map's `{element}` is `{text}`, which is no number of 64 bits")]
    MapNumber {
        /// The element.
        element: &'static str,
        /// What it has.
        text: String,
    },
    /// The map's blocks have an impossible size.
    #[error("the block map's blocks have {found} bytes, but 1 to {most} are possible")]
    MapBlockSize {
        /// Their size in bytes.
        found: u64,
        /// The most possible.
        most: u64,
    },
    /// A range of the map is none, or not in order.
    #[error(
        "the block map's range `{text}` is none of an image of {blocks} blocks, \
         or begins before block {least}, behind the range before it"
    )]
    MapRange {
        /// The range.
        text: String,
        /// The first block that it might begin with.
        least: u64,
        /// How many blocks there are.
        blocks: u64,
    },
    /// A checksum of the map is none.
    #[error("the block map's checksum `{text}` does not have 64 hexadecimal digits")]
    MapChecksum {
        /// The checksum.
        text: String,
    },
    /// The map states another number than it has.
    #[error("the block map's `{element}` is {stated}, but {counted} would be right")]
    MapCount {
        /// The element.
        element: &'static str,
        /// Its number.
        stated: u64,
        /// The right one.
        counted: u64,
    },
    /// The map was changed after it was made.
    #[error("the block map's own checksum is {computed}, but it states {stated}")]
    MapChanged {
        /// What it states.
        stated: String,
        /// What it is.
        computed: String,
    },
}
