//! The image that is read: a file or a stream, as it is or compressed.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use bringup_compress::{BlockMap, Encoding};
use bringup_spec::Bytes;

use crate::Error;
use crate::device::{Device, identity};

/// As many bytes as [`Encoding::of`] looks at.
const MAGIC_LEN: u64 = 6;

/// An image to be written.
pub struct Image {
    pub(crate) source: Source,
    pub(crate) len: Option<u64>,
    pub(crate) map: Option<BlockMap>,
    identity: Option<(u64, u64)>,
}

pub(crate) enum Source {
    /// Read where it is asked to; its holes cost next to nothing.
    Plain(File),
    Stream(Box<dyn Read + Send>),
}

impl Image {
    /// Opens the file `path`, which may be compressed by zstd, xz, gzip or bzip2, or be a disk.
    ///
    /// # Errors
    /// It cannot be read, or is a folder.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Io { operation: "open", path: path.to_owned(), source };
        let mut file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        let kind = metadata.file_type();
        if !kind.is_file() && !kind.is_block_device() {
            return Ok(Self { identity: None, ..Self::stream(file)? });
        }
        let mut magic = Vec::new();
        file.by_ref().take(MAGIC_LEN).read_to_end(&mut magic).map_err(failed)?;
        file.rewind().map_err(failed)?;
        let source = match Encoding::of(&magic) {
            Encoding::Raw => Source::Plain(file),
            _ => Source::Stream(bringup_compress::open(file).map_err(failed)?.1),
        };
        let mut image = Self { source, len: None, map: None, identity: Some(identity(&metadata)) };
        if let Source::Plain(file) = &mut image.source {
            // A block device has no length of its own; its end does.
            image.len = Some(file.seek(SeekFrom::End(0)).map_err(failed)?);
            file.rewind().map_err(failed)?;
        }
        Ok(image)
    }

    /// What comes from a pipe, compressed or not.
    ///
    /// # Errors
    /// Its first bytes cannot be read.
    pub fn stream(stream: impl Read + Send + 'static) -> Result<Self, Error> {
        let opened = bringup_compress::open(stream);
        let (_, plain) = opened.map_err(|source| Error::Read { at: 0, source })?;
        Ok(Self { source: Source::Stream(plain), len: None, map: None, identity: None })
    }

    /// The same, of which only what the block map `text` says is written.
    ///
    /// # Errors
    /// The map cannot be read, or the image is known to be of another length.
    pub fn mapped(self, text: &str) -> Result<Self, Error> {
        let map = BlockMap::parse(text)?;
        if let Some(len) = self.len.filter(|len| *len != map.image_len) {
            return Err(Error::WrongLen { len: Bytes(len), expected: Bytes(map.image_len) });
        }
        Ok(Self { len: Some(map.image_len), map: Some(map), ..self })
    }

    /// How many bytes it has, unpacked, if that can be known before it is read.
    pub fn len_bytes(&self) -> Option<u64> {
        self.len
    }

    /// Whether `device` is another one than the image is read from.
    ///
    /// # Errors
    /// It is the same.
    pub fn is_not(&self, device: &Device) -> Result<(), Error> {
        match self.identity {
            Some(own) if own == device.identity => Err(Error::Itself { path: device.path.clone() }),
            _ => Ok(()),
        }
    }
}

impl Source {
    /// Goes on `len` bytes further.
    pub(crate) fn skip(&mut self, len: u64) -> io::Result<()> {
        match self {
            Self::Plain(file) => {
                let by = i64::try_from(len).map_err(|_| io::ErrorKind::InvalidInput)?;
                file.seek(SeekFrom::Current(by)).map(drop)
            }
            Self::Stream(stream) => match io::copy(&mut stream.take(len), &mut io::sink())? {
                skipped if skipped == len => Ok(()),
                _ => Err(io::ErrorKind::UnexpectedEof.into()),
            },
        }
    }
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.read(into),
            Self::Stream(stream) => stream.read(into),
        }
    }
}

/// Reads until `into` is full or there is no more, and says how much there was.
pub(crate) fn fill(from: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < into.len() {
        match from.read(&mut into[done..]) {
            Ok(0) => break,
            Ok(len) => done += len,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(image: Image) -> io::Result<Vec<u8>> {
        let (mut source, mut bytes) = (image.source, Vec::new());
        source.read_to_end(&mut bytes).map(|_| bytes)
    }

    #[test]
    fn images_are_unpacked_by_their_first_bytes_from_files_and_streams() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|n| (n / 7) as u8).collect();
        for form in [zstd::encode_all(&bytes[..], 1).unwrap(), bytes.clone()] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&form).unwrap();
            assert_eq!(read(Image::open(file.path()).unwrap()).unwrap(), bytes);
            assert_eq!(read(Image::stream(io::Cursor::new(form)).unwrap()).unwrap(), bytes);
        }
    }

    #[test]
    fn a_file_shorter_than_any_magic_number_is_read_as_it_is() {
        for bytes in [&b""[..], b"B", b"BZ"] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(bytes).unwrap();
            assert_eq!(read(Image::open(file.path()).unwrap()).unwrap(), bytes);
        }
    }
}
