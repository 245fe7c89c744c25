//! Where the bytes of a file system go.

use std::io;

use bringup_spec::Bytes;

/// Takes the bytes of one file system, each byte once.
///
/// Offsets count from the file system's own first byte; the sink knows where that is on the disk.
pub trait RegionSink {
    /// Puts `bytes` at `offset`.
    ///
    /// # Errors
    /// The bytes leave the region, or cannot be written.
    fn data(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Says that `len` bytes at `offset` are zero; a sparse sink writes nothing.
    ///
    /// # Errors
    /// As for [`data`](Self::data).
    fn zeros(&mut self, offset: u64, len: u64) -> io::Result<()>;
}

/// A planned file system: its size is exact, its bytes are not yet written.
pub trait FileSystem {
    /// Its exact size.
    fn size(&self) -> Bytes;

    /// Streams every byte into `sink`.
    ///
    /// # Errors
    /// A file's contents cannot be read, or the sink refuses.
    fn write(&self, sink: &mut dyn RegionSink) -> io::Result<()>;
}
