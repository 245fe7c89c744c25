//! Exclusive locks on files that may be renamed or removed by whoever holds the lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::error::During;

/// A file that is locked, and that stood at its path when the lock was got.
#[derive(Debug)]
pub(crate) struct Locked {
    pub(crate) file: File,
    pub(crate) path: PathBuf,
}

impl Locked {
    /// Waits for the lock on `path`, making the file if need be.
    pub(crate) fn wait(path: &Path) -> Result<Self, Error> {
        loop {
            let file = open(path)?;
            match file.lock() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error).during("lock", path),
            }
            // The former holder may have renamed or removed the file while this one waited.
            if stands_at(&file, path)? {
                return Ok(Self { file, path: path.to_owned() });
            }
        }
    }

    /// Takes the lock on `path` if the file exists and nobody has the lock.
    pub(crate) fn try_existing(path: &Path) -> Result<Option<Self>, Error> {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).during("open", path),
        };
        match file.try_lock() {
            Ok(()) if stands_at(&file, path)? => Ok(Some(Self { file, path: path.to_owned() })),
            Ok(()) | Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).during("lock", path),
        }
    }

    /// Removes the file, then lets go.
    pub(crate) fn remove(self) -> Result<(), Error> {
        std::fs::remove_file(&self.path).during("remove", &self.path)
    }
}

fn open(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).open(path).during("open", path)
}

fn stands_at(file: &File, path: &Path) -> Result<bool, Error> {
    let locked = file.metadata().during("look at", path)?;
    match std::fs::symlink_metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (locked.dev(), locked.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).during("look at", path),
    }
}
