//! The image that is read: a file or a stream, as it is or compressed.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use bringup_spec::Bytes;
use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use liblzma::read::XzDecoder;

use crate::device::{Device, identity};
use crate::{BlockMap, Error};

/// How compressed files begin: RFC 8878, 3.1.1; The .xz File Format 1.2.1, 2.1.1.1; RFC 1952, 2.3.1;
/// bzip2's own manual, 1.0.8, names no format, but every file of it begins so.
const MAGICS: [(&[u8], Packed); 4] = [
    (&[0x28, 0xB5, 0x2F, 0xFD], Packed::Zstd),
    (&[0xFD, b'7', b'z', b'X', b'Z', 0x00], Packed::Xz),
    (&[0x1F, 0x8B, 0x08], Packed::Gzip),
    (b"BZh", Packed::Bzip2),
];

/// The longest of them.
const MAGIC_MAX: usize = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packed {
    Zstd,
    Xz,
    Gzip,
    Bzip2,
}

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
        let mut magic = [0; MAGIC_MAX];
        let len = fill(&mut file, &mut magic).map_err(failed)?;
        let source = match packed(&magic[..len]) {
            Some(packed) => {
                file.rewind().map_err(failed)?;
                Source::Stream(unpack(packed, file).map_err(failed)?)
            }
            None => Source::Plain(file),
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
    pub fn stream(mut stream: impl Read + Send + 'static) -> Result<Self, Error> {
        let failed = |source| Error::Read { at: 0, source };
        let mut magic = [0; MAGIC_MAX];
        let len = fill(&mut stream, &mut magic).map_err(failed)?;
        let whole = io::Cursor::new(magic).take(len as u64).chain(stream);
        let stream = match packed(&magic[..len]) {
            Some(packed) => unpack(packed, whole).map_err(failed)?,
            None => Box::new(whole),
        };
        Ok(Self { source: Source::Stream(stream), len: None, map: None, identity: None })
    }

    /// The same, of which only what `map` says is written.
    ///
    /// # Errors
    /// It is known to be of another length.
    pub fn mapped(self, map: BlockMap) -> Result<Self, Error> {
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

fn packed(magic: &[u8]) -> Option<Packed> {
    MAGICS.iter().find(|(begin, _)| magic.starts_with(begin)).map(|(_, packed)| *packed)
}

fn unpack(packed: Packed, stream: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    Ok(match packed {
        Packed::Zstd => Box::new(zstd::Decoder::new(stream)?),
        Packed::Xz => Box::new(XzDecoder::new_multi_decoder(stream)),
        Packed::Gzip => Box::new(MultiGzDecoder::new(stream)),
        Packed::Bzip2 => Box::new(MultiBzDecoder::new(stream)),
    })
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

    /// The bytes by each compressor.
    fn all(bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(bytes).unwrap();
        let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 0);
        xz.write_all(bytes).unwrap();
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip2.write_all(bytes).unwrap();
        let zstd = zstd::encode_all(bytes, 1).unwrap();
        vec![gzip.finish().unwrap(), xz.finish().unwrap(), bzip2.finish().unwrap(), zstd]
    }

    #[test]
    fn images_are_unpacked_by_their_first_bytes_from_files_and_streams() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|n| (n / 7) as u8).collect();
        let mut whole = all(&bytes);
        whole.push(bytes.clone());
        for form in whole {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&form).unwrap();
            assert_eq!(read(Image::open(file.path()).unwrap()).unwrap(), bytes);
            assert_eq!(read(Image::stream(io::Cursor::new(form)).unwrap()).unwrap(), bytes);
        }
    }

    #[test]
    fn two_packed_files_one_behind_the_other_are_both_read() {
        for form in all(b"half") {
            let twice = [form.clone(), form].concat();
            assert_eq!(read(Image::stream(io::Cursor::new(twice)).unwrap()).unwrap(), b"halfhalf");
        }
    }

    #[test]
    fn a_packed_image_that_was_cut_off_is_an_error() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|n| (n.wrapping_mul(n) / 7) as u8).collect();
        for form in all(&bytes) {
            let cut = form[..form.len() - 9].to_vec();
            read(Image::stream(io::Cursor::new(cut)).unwrap()).unwrap_err();
        }
    }

    #[test]
    fn a_stream_shorter_than_any_magic_number_is_read_as_it_is() {
        for bytes in [&b""[..], b"B", b"BZ"] {
            assert_eq!(read(Image::stream(io::Cursor::new(bytes.to_vec())).unwrap()).unwrap(), bytes);
        }
    }
}
