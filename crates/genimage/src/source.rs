//! Files that exist, as ingredients of others.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use bringup_fsimage::{FileSystem, RegionSink};
use bringup_spec::Bytes;

/// How much is copied at a time.
const BUFFER: u64 = 1 << 20;

/// A file's bytes; what its file system knows as a hole is not read.
pub(crate) struct FileSource {
    path: PathBuf,
    file: File,
    len: u64,
}

impl FileSource {
    /// Opens a file for reading.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, len })
    }

    /// Another view of a file that is open for reading.
    pub(crate) fn of(file: &File, path: &Path) -> io::Result<Self> {
        let file = file.try_clone()?;
        let len = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, len })
    }
}

impl FileSystem for FileSource {
    fn size(&self) -> Bytes {
        Bytes(self.len)
    }

    fn write(&self, sink: &mut dyn RegionSink) -> io::Result<()> {
        let named = |error: io::Error| {
            io::Error::new(error.kind(), format!("cannot read `{}`: {error}", self.path.display()))
        };
        let mut buffer = vec![0; BUFFER.min(self.len) as usize];
        let mut at = 0;
        for stored in bringup_sparse::stored(&self.file, 0..self.len) {
            sink.zeros(at, stored.start - at)?;
            at = stored.start;
            while at < stored.end {
                let part = &mut buffer[..BUFFER.min(stored.end - at) as usize];
                self.file.read_exact_at(part, at).map_err(named)?;
                sink.data(at, part)?;
                at += part.len() as u64;
            }
        }
        sink.zeros(at, self.len - at)
    }
}

/// One after the other.
pub(crate) struct Joined(Vec<Rc<dyn FileSystem>>);

/// What a disk counts in.
const SECTOR: u64 = 512;

impl Joined {
    /// Each beginning with a sector of a disk, as `qemu-img convert` joins them.
    pub(crate) fn sectors(parts: Vec<Rc<dyn FileSystem>>) -> Self {
        Self(parts)
    }
}

impl FileSystem for Joined {
    fn size(&self) -> Bytes {
        Bytes(self.0.iter().map(|part| part.size().0.next_multiple_of(SECTOR)).sum())
    }

    fn write(&self, sink: &mut dyn RegionSink) -> io::Result<()> {
        let mut offset = 0;
        for part in &self.0 {
            part.write(&mut Shifted { sink, offset })?;
            let end = offset + part.size().0;
            offset = end.next_multiple_of(SECTOR);
            sink.zeros(end, offset - end)?;
        }
        Ok(())
    }
}

/// A sink's bytes from an offset on.
struct Shifted<'a> {
    sink: &'a mut dyn RegionSink,
    offset: u64,
}

impl RegionSink for Shifted<'_> {
    fn data(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.sink.data(self.offset + offset, bytes)
    }

    fn zeros(&mut self, offset: u64, len: u64) -> io::Result<()> {
        self.sink.zeros(self.offset + offset, len)
    }
}
