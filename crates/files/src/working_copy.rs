//! A copy of an image, to be changed and to take the image's name.

use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use tempfile::TempDir;

use crate::Error;

/// The name of the copy in its folder: what tools are told.
pub(crate) const COPY: &str = "image";

/// The copy, alone in a folder beside the image; both go when it is dropped.
#[derive(Debug)]
pub(crate) struct WorkingCopy {
    /// The image, through all links.
    pub(crate) image: PathBuf,
    folder: TempDir,
    /// Of the image, which the copy gets at last: it must be writable until then.
    permissions: Permissions,
}

impl WorkingCopy {
    /// Copies a whole image; where the file system can, it shares the image's blocks.
    pub(crate) fn of(image: &Path) -> Result<Self, Error> {
        let failed = |operation| {
            let path = image.to_owned();
            move |source| Error::Io { operation, path, source }
        };
        let image = fs::canonicalize(image).map_err(failed("open"))?;
        let mut from = File::open(&image).map_err(failed("open"))?;
        let metadata = from.metadata().map_err(failed("open"))?;
        let (Some(beside), Some(name)) = (image.parent(), image.file_name()) else {
            return Err(Error::NotAnImage { path: image });
        };
        if !metadata.is_file() {
            return Err(Error::NotAnImage { path: image });
        }
        let mut prefix = OsString::from(".");
        prefix.push(name);
        prefix.push(".");
        let folder = tempfile::Builder::new().prefix(&prefix).suffix(".partial").tempdir_in(beside);
        let folder = folder.map_err(failed("copy"))?;
        let copy = Self { image: image.clone(), folder, permissions: metadata.permissions() };
        let mut to = File::create_new(copy.file()).map_err(failed("copy"))?;
        if rustix::fs::ioctl_ficlone(&to, &from).is_err() {
            to.set_len(metadata.len()).map_err(failed("copy"))?;
            copy_sparse(&mut from, 0..metadata.len(), &mut to).map_err(failed("copy"))?;
        }
        Ok(copy)
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The copy.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join(COPY)
    }

    /// A file of its own in the folder, from `range` of the copy.
    pub(crate) fn part(&self, range: Range<u64>, name: &str) -> Result<(), Error> {
        let path = self.folder.path().join(name);
        let part = || -> io::Result<()> {
            let mut to = File::create(&path)?;
            to.set_len(range.end - range.start)?;
            copy_sparse(&mut File::open(self.file())?, range.clone(), &mut to)
        };
        part().map_err(|source| Error::Io { operation: "copy", path: path.clone(), source })
    }

    /// Puts it in the image's place. Its block maps go first: they are of what was there, and whoever
    /// writes by them would leave out what is new.
    pub(crate) fn keep(self) -> Result<Vec<PathBuf>, Error> {
        let mut beside = self.image.clone().into_os_string();
        beside.push(".bmap");
        let mut removed = Vec::new();
        for map in [PathBuf::from(beside), self.image.with_extension("bmap")] {
            match fs::remove_file(&map) {
                Ok(()) => removed.push(map),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(Error::Io { operation: "remove", path: map, source }),
            }
        }
        let file = self.file();
        let renamed =
            fs::set_permissions(&file, self.permissions).and_then(|()| fs::rename(&file, &self.image));
        renamed.map_err(|source| Error::Io { operation: "replace", path: self.image.clone(), source })?;
        Ok(removed)
    }
}

/// Copies `range` of a file to the front of one of that length that is all hole; holes stay holes.
fn copy_sparse(from: &mut File, range: Range<u64>, to: &mut File) -> io::Result<()> {
    let mut at = range.start;
    while at < range.end {
        let start = match rustix::fs::seek(&*from, rustix::fs::SeekFrom::Data(at)) {
            Ok(start) => start,
            // Nothing but a hole up to the end.
            Err(Errno::NXIO) => break,
            // Not every file system knows of holes.
            Err(_) => at,
        };
        if start >= range.end {
            break;
        }
        let end = rustix::fs::seek(&*from, rustix::fs::SeekFrom::Hole(start)).unwrap_or(range.end);
        let end = end.clamp(start + 1, range.end);
        from.seek(SeekFrom::Start(start))?;
        to.seek(SeekFrom::Start(start - range.start))?;
        if io::copy(&mut (&*from).take(end - start), to)? < end - start {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        at = end;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    /// 8 MiB of hole with something at 5 MiB, and maps beside it.
    fn image(folder: &Path) -> PathBuf {
        let path = folder.join("disk.img");
        let file = File::create(&path).unwrap();
        file.set_len(8 << 20).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, b"something", 5 << 20).unwrap();
        path
    }

    #[test]
    fn a_copy_keeps_its_holes_and_goes_if_it_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let image = image(folder.path());
        let copy = WorkingCopy::of(&image).unwrap();
        assert!(fs::read(copy.file()).unwrap() == fs::read(&image).unwrap());
        // In units of 512 bytes (stat(2)).
        assert!(fs::metadata(copy.file()).unwrap().blocks() < 1024);
        copy.part(5 << 20..6 << 20, "part").unwrap();
        let part = fs::read(copy.folder().join("part")).unwrap();
        assert_eq!((part.len(), &part[..9]), (1 << 20, &b"something"[..]));
        drop(copy);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_kept_copy_takes_the_name_and_the_maps_go() {
        let folder = tempfile::tempdir().unwrap();
        let image = image(folder.path());
        let maps = ["disk.img.bmap", "disk.bmap"].map(|name| folder.path().join(name));
        for map in &maps {
            fs::write(map, "").unwrap();
        }
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&image, &link).unwrap();
        let copy = WorkingCopy::of(&link).unwrap();
        fs::write(copy.file(), "changed").unwrap();
        let mut removed = copy.keep().unwrap();
        removed.sort();
        let mut maps =
            maps.map(|map| fs::canonicalize(folder.path()).unwrap().join(map.file_name().unwrap()));
        maps.sort();
        assert_eq!(removed, maps);
        assert_eq!(fs::read(&image).unwrap(), b"changed");
        assert!(link.is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_folder_is_no_image() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(WorkingCopy::of(folder.path()), Err(Error::NotAnImage { .. })));
    }
}
