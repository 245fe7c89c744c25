//! A file that is no planned disk: a file system or an archive by itself, a disk of another's plan.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use bringup_fsimage::RegionSink;
use bringup_spec::Bytes;

use crate::partial::Partial;
use crate::{Error, Written, sparse};

/// Writes one file. Until [`finish`](Self::finish) there is nothing under the final name, or what
/// was there before.
#[derive(Debug)]
pub struct FileWriter {
    target: PathBuf,
    partial: Partial,
    size: Bytes,
}

impl FileWriter {
    /// Starts a file that will be `target`, in whose folder it is written; `size` bytes, which read
    /// as zeros at first. What comes as a stream starts with none, and goes to [`file`](Self::file).
    ///
    /// # Errors
    /// The folder is not there or not writable, or `target` is a folder itself.
    pub fn create(target: &Path, size: Bytes) -> Result<Self, Error> {
        let partial = Partial::create(target)?;
        let writer = Self { target: target.to_owned(), partial, size };
        let sized = writer.partial.file.set_len(size.0);
        sized.map_err(|source| writer.failed("size", source))?;
        Ok(writer)
    }

    /// Takes each byte of the file at most once, and leaves holes where there are zeros.
    pub fn sink(&self) -> FileSink<'_> {
        FileSink { file: &self.partial.file, size: self.size }
    }

    /// The unfinished file.
    pub fn file(&self) -> &File {
        &self.partial.file
    }

    /// Where it will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Gives the file its final name.
    ///
    /// # Errors
    /// The name cannot be taken.
    pub fn finish(self) -> Result<Written, Error> {
        let meta = self.partial.file.metadata().map_err(|source| self.failed("look at", source))?;
        // `st_blocks` counts 512 bytes each, whatever the file system's blocks are (stat(2)).
        let (size, allocated) = (Bytes(meta.len()), Bytes(meta.blocks() * 512));
        let Self { partial, target: path, .. } = self;
        match partial.keep_as(&path) {
            Ok(()) => Ok(Written { path, size, allocated }),
            Err(source) => Err(Error::Io { operation: "rename to", path, source }),
        }
    }

    /// What a failed write means: a full disk is told from everything else.
    pub fn failed(&self, operation: &'static str, source: io::Error) -> Error {
        let path = self.target.clone();
        if source.kind() != io::ErrorKind::StorageFull {
            return Error::Io { operation, path, source };
        }
        let free = rustix::fs::fstatvfs(&self.partial.file);
        let free = free.map_or(0, |stat| stat.f_bavail.saturating_mul(stat.f_frsize));
        // What has been written so far is given back when this writer is dropped.
        let own = self.partial.file.metadata().map_or((0, 0), |meta| (meta.blocks() * 512, meta.len()));
        Error::NoSpace {
            path,
            needed: Bytes(own.1.max(self.size.0)),
            free: Bytes(free.saturating_add(own.0)),
        }
    }
}

/// Takes the bytes of one file, each at most once.
#[derive(Debug)]
pub struct FileSink<'a> {
    file: &'a File,
    size: Bytes,
}

impl FileSink<'_> {
    fn check(&self, offset: u64, len: u64) -> io::Result<()> {
        if offset.checked_add(len).is_some_and(|end| end <= self.size.0) {
            return Ok(());
        }
        let error = Error::OutsideFile { offset, len: Bytes(len), size: self.size };
        Err(io::Error::new(io::ErrorKind::InvalidInput, error))
    }
}

impl RegionSink for FileSink<'_> {
    fn data(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.check(offset, bytes.len() as u64)?;
        sparse::write(self.file, bytes, offset)
    }

    fn zeros(&mut self, offset: u64, len: u64) -> io::Result<()> {
        // The file was made with its full size, so that what is not written reads as zeros.
        self.check(offset, len)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_has_its_name_once_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("root.ext4");
        let writer = FileWriter::create(&target, Bytes(10_000)).unwrap();
        writer.sink().data(4096, b"data").unwrap();
        writer.sink().zeros(5000, 5000).unwrap();
        assert!(!target.exists());
        let written = writer.finish().unwrap();
        assert_eq!((written.size, &written.path), (Bytes(10_000), &target));
        let bytes = fs::read(&target).unwrap();
        assert_eq!((bytes.len(), &bytes[4096..4100]), (10_000, &b"data"[..]));
    }

    #[test]
    fn bytes_beyond_its_end_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let writer = FileWriter::create(&folder.path().join("a"), Bytes(100)).unwrap();
        let error = writer.sink().data(98, b"data").unwrap_err();
        assert_eq!(error.to_string(), "4 B at 0x62 leave the file, which has 100 B");
        writer.sink().zeros(u64::MAX, 2).unwrap_err();
    }

    #[test]
    fn a_stream_has_the_length_that_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.tar");
        let writer = FileWriter::create(&target, Bytes(0)).unwrap();
        writer.file().write_all(b"stream").unwrap();
        assert_eq!(writer.finish().unwrap().size, Bytes(6));
        assert_eq!(fs::read(&target).unwrap(), b"stream");
    }
}
