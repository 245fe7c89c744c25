//! The bytes of a file: in memory, or a range of a file on disk.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Error;

/// An open file that contents refer to.
#[derive(Debug)]
pub struct Source {
    /// Where it is, for messages.
    pub path: PathBuf,
    /// Opened for reading.
    pub file: File,
}

impl Source {
    /// Opens `path` for reading.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: &Path) -> Result<Arc<Self>, Error> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        Ok(Arc::new(Self { path: path.to_owned(), file }))
    }
}

/// What a regular file holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// Bytes in memory.
    Bytes(Arc<[u8]>),
    /// A range of a file, which must not change while the tree lives.
    Range {
        /// The file.
        source: Arc<Source>,
        /// First byte.
        offset: u64,
        /// How many bytes.
        len: u64,
    },
    /// A whole file of a directory, opened only while it is read: a directory may hold more
    /// files than a process may have open.
    Path {
        /// The file.
        path: Arc<Path>,
        /// Its length, which must not change while the tree lives.
        len: u64,
    },
}

impl Content {
    /// Bytes in memory.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Bytes(bytes.into().into())
    }

    /// Length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Range { len, .. } | Self::Path { len, .. } => *len,
        }
    }

    /// Whether it holds no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buffer` from byte `at` of the content, exactly.
    ///
    /// # Errors
    /// The file is shorter than the range says, or cannot be read.
    pub fn read_exact_at(&self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        if at.checked_add(buffer.len() as u64).is_none_or(|end| end > self.len()) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match self {
            Self::Bytes(bytes) => {
                buffer.copy_from_slice(&bytes[at as usize..at as usize + buffer.len()]);
                Ok(())
            }
            Self::Range { source, offset, .. } => source.file.read_exact_at(buffer, offset + at),
            Self::Path { path, .. } => File::open(path)?.read_exact_at(buffer, at),
        }
    }

    /// The file that holds the bytes, for messages; empty for bytes in memory.
    pub fn path(&self) -> &Path {
        match self {
            Self::Bytes(_) => Path::new(""),
            Self::Range { source, .. } => &source.path,
            Self::Path { path, .. } => path,
        }
    }

    /// A reader from the first byte to the last.
    pub fn reader(&self) -> ContentReader<'_> {
        ContentReader { content: self, at: 0, opened: None }
    }

    /// All bytes.
    ///
    /// # Errors
    /// The file cannot be read; the error names it.
    pub fn read(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; self.len() as usize];
        self.read_exact_at(&mut bytes, 0).map_err(Error::io("read", self.path()))?;
        Ok(bytes)
    }
}

/// Reads a [`Content`] in order.
#[derive(Debug)]
pub struct ContentReader<'a> {
    content: &'a Content,
    at: u64,
    /// The file of a [`Content::Path`], once it has been opened.
    opened: Option<File>,
}

impl Read for ContentReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.content.len() - self.at;
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if wanted == 0 {
            return Ok(0);
        }
        let buffer = &mut buffer[..wanted];
        let read = match self.content {
            Content::Bytes(bytes) => {
                buffer.copy_from_slice(&bytes[self.at as usize..][..wanted]);
                wanted
            }
            Content::Range { source, offset, .. } => source.file.read_at(buffer, offset + self.at)?,
            Content::Path { path, .. } => {
                let file = match &mut self.opened {
                    Some(file) => file,
                    none => none.insert(File::open(path)?),
                };
                file.read_at(buffer, self.at)?
            }
        };
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at += read as u64;
        Ok(read)
    }
}
