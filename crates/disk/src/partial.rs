//! The file that an image is while it is not finished: beside the final one, under a name that
//! says so, locked by whoever writes it.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Error;

/// Ends the name of every unfinished image.
const SUFFIX: &str = ".partial";

/// An unfinished image; removed when dropped.
#[derive(Debug)]
pub(crate) struct Partial {
    pub(crate) file: File,
    path: PathBuf,
    kept: bool,
}

impl Partial {
    /// Makes one for `target`, and clears away those that killed processes left for it.
    pub(crate) fn create(target: &Path) -> Result<Self, Error> {
        let name = target.file_name().ok_or_else(|| Error::NotAFile { path: target.to_owned() })?;
        if target.is_dir() {
            return Err(Error::NotAFile { path: target.to_owned() });
        }
        let folder = match target.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let not_writable = |source| Error::NotWritable { folder: folder.to_owned(), source };
        let prefix = prefix(name);
        clear(folder, &prefix);
        // Two images of one process, or of two processes, never share a name.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut own = prefix;
        own.push(format!("{}.{count}{SUFFIX}", std::process::id()));
        let path = folder.join(own);
        let file =
            File::options().read(true).write(true).create_new(true).open(&path).map_err(not_writable)?;
        let partial = Self { file, path, kept: false };
        partial.file.lock().map_err(not_writable)?;
        Ok(partial)
    }

    /// Gives it its final name, in place of whatever bears that.
    pub(crate) fn keep_as(mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.kept {
            // Nobody is left to tell if this fails; the next build clears it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// How the names of a target's partial files begin: hidden, and telling whose they are.
fn prefix(name: &OsStr) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(".");
    prefix
}

/// Removes partial files that nobody holds a lock on.
fn clear(folder: &Path, prefix: &OsStr) {
    // What cannot be listed or opened is left; creating our own file tells why.
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let bytes = name.as_encoded_bytes();
        let ours = bytes.starts_with(prefix.as_encoded_bytes()) && bytes.ends_with(SUFFIX.as_bytes());
        if !ours {
            continue;
        }
        let Ok(file) = File::options().write(true).open(entry.path()) else { continue };
        // A live writer holds the lock; between its creating and its locking the file is empty.
        let empty = file.metadata().is_ok_and(|meta| meta.len() == 0);
        match file.try_lock() {
            Ok(()) if !empty => drop(fs::remove_file(entry.path())),
            Ok(()) | Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        }
    }
}
