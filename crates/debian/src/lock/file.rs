//! Lock files on disk.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{ImageLock, Lock, LockError};

impl Lock {
    /// Reads the file at `path`; one that does not exist is an empty lock.
    ///
    /// # Errors
    /// The file cannot be read, or is no lock file.
    pub fn read(path: &Path) -> Result<Self, LockError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(during("read", path)(error)),
        }
    }

    /// Puts the whole lock at `path`, at once: whoever reads meets the old file or the new one.
    /// A file that has the same bytes is left alone.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn write(&self, path: &Path) -> Result<(), LockError> {
        let text = self.to_string();
        if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
            return Ok(());
        }
        let write = || {
            // As for any new file; the process's mask is applied by the kernel.
            let permissions = Permissions::from_mode(0o666);
            let mut file = tempfile::Builder::new()
                .prefix(".bringup.lock.")
                .permissions(permissions)
                .tempfile_in(folder(path))?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(path)?;
            Ok(())
        };
        write().map_err(during("write", path))
    }

    /// Adds or replaces the section of one image in the file at `path`; of several processes that do
    /// so for several images, none loses another's.
    ///
    /// # Errors
    /// The file cannot be read or written, or is no lock file.
    pub fn update(path: &Path, image: ImageLock) -> Result<(), LockError> {
        // The folder, as the file itself is replaced by each of them.
        let folder = folder(path);
        let guard = File::open(&folder).map_err(during("open", &folder))?;
        guard.lock().map_err(during("lock", &folder))?;
        let mut lock = Self::read(path)?;
        lock.set(image);
        lock.write(path)
    }
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn during(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LockError {
    move |source| LockError::Io { operation, path: path.to_owned(), source }
}
