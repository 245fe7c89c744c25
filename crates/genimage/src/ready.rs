//! Images that can be written, or have been.

use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use bringup_disk::FileWriter;
use bringup_fsimage::FileSystem;
use bringup_tree::{Content, Source};

use crate::config::{Hole, Image, ImageSize};
use crate::source::FileSource;
use crate::stream::{fits, len};
use crate::{Error, Place};

/// An image that can be written, or has been.
pub(crate) struct Ready {
    /// What genimage calls its size: of a disk more than its file may have.
    pub(crate) size: u64,
    pub(crate) holes: Vec<Hole>,
    pub(crate) bytes: Rc<dyn FileSystem>,
    /// Where it has been written.
    pub(crate) file: Option<FileWriter>,
    /// Where it lies already.
    pub(crate) path: Option<PathBuf>,
}

impl Ready {
    /// Writes it to a file that will be `target`, unless that has been done.
    pub(crate) fn store(&mut self, target: &Path) -> Result<&FileWriter, Error> {
        if self.file.is_none() {
            let writer = FileWriter::create(target, self.bytes.size())?;
            self.bytes.write(&mut writer.sink()).map_err(|error| writer.failed("write", error))?;
            self.file = Some(writer);
        }
        Ok(self.file.as_ref().expect("it has just been written"))
    }

    /// Its bytes as a file's contents.
    pub(crate) fn content(&mut self, target: &Path) -> Result<Content, Error> {
        if let Some(path) = &self.path {
            return Ok(Content::Path { path: path.as_path().into(), len: self.bytes.size().0 });
        }
        let len = self.bytes.size().0;
        let file = self.store(target)?.file().try_clone().map_err(Error::io("open", target))?;
        let source = Source { path: target.to_owned(), file };
        Ok(Content::Range { source: source.into(), offset: 0, len })
    }
}

pub(crate) fn planned(bytes: Rc<dyn FileSystem>) -> Ready {
    Ready { size: bytes.size().0, holes: Vec::new(), bytes, file: None, path: None }
}

pub(crate) fn written(image: &Image, writer: FileWriter) -> Result<Ready, Error> {
    let bytes = FileSource::of(writer.file(), writer.target());
    let bytes = Rc::new(bytes.map_err(|error| writer.failed("open", error))?);
    if let ImageSize::Bytes(size) = image.size {
        fits(&image.at, image, len(&writer)?, size)?;
    }
    Ok(Ready { file: Some(writer), ..planned(bytes) })
}

/// A file of the input path.
pub(crate) fn input(at: &Place, path: &Path) -> Result<Ready, Error> {
    if path.is_dir() {
        let source = io::ErrorKind::IsADirectory.into();
        return Err(Error::NoInput { at: at.clone(), path: path.to_owned(), source });
    }
    let missing = |source| Error::NoInput { at: at.clone(), path: path.to_owned(), source };
    let bytes = Rc::new(FileSource::open(path).map_err(missing)?);
    Ok(Ready { path: Some(path.to_owned()), ..planned(bytes) })
}
