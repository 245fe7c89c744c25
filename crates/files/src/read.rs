//! Files out of an image.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use bringup_bootchain::volume::{FileKind, Node, Volume};

use crate::walk::walk;
use crate::{Error, Image, Partition, Place};

/// How much is held in memory.
const BLOCK: u64 = 1 << 20;

/// Writes the contents of the file at a place to `to`.
///
/// # Errors
/// It is not there, no file, or the image is broken; or `to` refuses.
pub fn read(place: &Place, to: &mut impl Write) -> Result<(), Error> {
    with(place, |source, node| match node.kind {
        FileKind::File => source.contents(&place.path, &node, to, Path::new("standard output")),
        _ => Err(Error::NotAFile { path: place.path.clone() }),
    })
}

/// Copies the file or directory at a place to `to`, or into it if it is a folder, and says where it
/// is. A directory comes with all that is in it but for devices, pipes and sockets; permissions are
/// kept, owners are not.
///
/// # Errors
/// It is not there, or the image is broken; the host refuses; or a directory is there already.
/// Nothing half-copied is left.
pub fn copy_out(place: &Place, to: &Path) -> Result<PathBuf, Error> {
    with(place, |source, node| {
        let mut to = to.to_owned();
        if to.is_dir()
            && let Some(name) = place.path.rsplit('/').find(|name| !name.is_empty())
        {
            to.push(safe(name)?);
        }
        let folder = match to.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let failed = |operation| {
            let path = to.clone();
            move |source| Error::Io { operation, path, source }
        };
        match node.kind {
            FileKind::File => {
                let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed("write"))?;
                source.contents(&place.path, &node, &mut file, &to)?;
                file.as_file().set_permissions(permissions(&node)).map_err(failed("write"))?;
                file.persist(&to).map_err(|error| failed("write")(error.error))?;
            }
            FileKind::Directory => {
                if fs::symlink_metadata(&to).is_ok() {
                    return Err(Error::Exists { path: to });
                }
                let made = tempfile::tempdir_in(folder).map_err(failed("write"))?;
                let below = made.path().join("files");
                source.directory(&place.path, &node, &below)?;
                fs::rename(&below, &to).map_err(failed("write"))?;
            }
            FileKind::Symlink | FileKind::Other => {
                return Err(Error::NotAFile { path: place.path.clone() });
            }
        }
        Ok(to)
    })
}

fn with<T>(place: &Place, take: impl FnOnce(&Source<'_, '_>, Node) -> Result<T, Error>) -> Result<T, Error> {
    let image = Image::open(&place.image)?;
    let partition = image.partition(place.partition.as_deref())?;
    let volume = image.volume(partition)?;
    let node = walk(&volume, partition, &place.path, true)?.node;
    let node = node.ok_or_else(|| Error::NotFound { path: place.path.clone() })?;
    take(&Source { volume: &volume, partition }, node)
}

/// The special bits are no use to another owner.
fn permissions(node: &Node) -> Permissions {
    Permissions::from_mode(u32::from(node.mode & 0o777))
}

/// A name that stays in the folder that it is put in, whatever a broken image says.
fn safe(name: &str) -> Result<&str, Error> {
    match name {
        "" | "." | ".." => Err(Error::BadName { name: name.to_owned(), problem: "leads out of its folder" }),
        name if name.contains(['/', '\0']) => {
            Err(Error::BadName { name: name.to_owned(), problem: "leads out of its folder" })
        }
        name => Ok(name),
    }
}

struct Source<'v, 'd> {
    volume: &'v Volume<'d>,
    partition: &'v Partition,
}

impl Source<'_, '_> {
    fn failed(&self, path: &str) -> impl Fn(bringup_bootchain::Error) -> Error {
        let (path, partition) = (path.to_owned(), self.partition.shown());
        move |source| Error::Path { path: path.clone(), partition: partition.clone(), source }
    }

    fn contents(&self, path: &str, node: &Node, to: &mut impl Write, name: &Path) -> Result<(), Error> {
        let extents = self.volume.extents(node).map_err(self.failed(path))?;
        let mut at = 0;
        while at < extents.len() {
            let block = extents.read_up_to(at, BLOCK).map_err(self.failed(path))?;
            let written = to.write_all(&block);
            written.map_err(|source| Error::Io { operation: "write", path: name.to_owned(), source })?;
            at += block.len() as u64;
        }
        to.flush().map_err(|source| Error::Io { operation: "write", path: name.to_owned(), source })
    }

    /// All that is made is new, so no link that the image has is ever gone through.
    fn directory(&self, path: &str, node: &Node, to: &Path) -> Result<(), Error> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source: io::Error| Error::Io { operation: "write", path, source }
        };
        fs::create_dir(to).map_err(failed(to))?;
        for entry in self.volume.entries(node).map_err(self.failed(path))? {
            let name = crate::walk::text(entry.name.clone())?;
            let (inside, outside) = (format!("{path}/{name}"), to.join(safe(&name)?));
            let node = self.volume.node(&entry).map_err(self.failed(&inside))?;
            match node.kind {
                FileKind::Directory => self.directory(&inside, &node, &outside)?,
                FileKind::Symlink => {
                    let target = crate::walk::text(self.volume.target(&node).map_err(self.failed(&inside))?)?;
                    symlink(target, &outside).map_err(failed(&outside))?;
                }
                FileKind::File => {
                    let mut file = fs::File::create_new(&outside).map_err(failed(&outside))?;
                    self.contents(&inside, &node, &mut file, &outside)?;
                    file.set_permissions(permissions(&node)).map_err(failed(&outside))?;
                }
                FileKind::Other => {}
            }
        }
        // Last, for it may forbid to write into it. A folder that nobody may enter cannot be renamed
        // or removed as easily.
        let mode = Permissions::from_mode(u32::from(node.mode & 0o777) | 0o700);
        fs::set_permissions(to, mode).map_err(failed(to))
    }
}
