//! The store's folder: its format and its store-wide lock.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};

use crate::Error;
use crate::error::During;

/// The format this program writes and reads.
pub(crate) const FORMAT: u32 = 1;
const FORMAT_FILE: &str = "version";
const FORMAT_FILE_NEW: &str = "version.new";
const FORMAT_PREFIX: &str = "bringup-store ";
const LOCK_FILE: &str = "lock";

pub(crate) const OBJECTS: &str = "objects";
pub(crate) const DERIVED: &str = "derived";
pub(crate) const PARTIAL: &str = "partial";
pub(crate) const BUILDING: &str = "building";
pub(crate) const DAMAGED: &str = "damaged";
pub(crate) const STATE: &str = "state";
const FOLDERS: [&str; 6] = [OBJECTS, DERIVED, PARTIAL, BUILDING, DAMAGED, STATE];

/// Makes or checks the folder; gives its lock, held shared.
pub(crate) fn open(root: &Path) -> Result<File, Error> {
    let unwritable = |source| Error::NotWritable { path: root.to_owned(), source };
    fs::create_dir_all(root).map_err(unwritable)?;
    if read_format(root)?.is_none() {
        // The format is written first of all: with anything else there, it must be there by now.
        let stranger = first_stranger(root).during("list", root)?;
        if let (Some(found), None) = (stranger, read_format(root)?) {
            return Err(Error::NotAStore { path: root.to_owned(), found });
        }
    }
    let lock_path = root.join(LOCK_FILE);
    let lock = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&lock_path)
        .map_err(unwritable)?;
    share(&lock, &lock_path)?;
    if read_format(root)?.is_none() {
        // Alone, so that nobody sees a store without its format.
        lock.lock().during("lock", &lock_path)?;
        if read_format(root)?.is_none() {
            let new = root.join(FORMAT_FILE_NEW);
            fs::write(&new, format!("{FORMAT_PREFIX}{FORMAT}\n")).map_err(unwritable)?;
            fs::rename(&new, root.join(FORMAT_FILE)).map_err(unwritable)?;
        }
        share(&lock, &lock_path)?;
    }
    for folder in FOLDERS {
        fs::create_dir_all(root.join(folder)).map_err(unwritable)?;
    }
    Ok(lock)
}

/// Holds the lock together with others that use the store.
pub(crate) fn share(lock: &File, path: &Path) -> Result<(), Error> {
    loop {
        match lock.lock_shared() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result.during("lock", path),
        }
    }
}

/// What time it is for the file system that holds the store, so that times of last use compare.
pub(crate) fn now(lock: &File, root: &Path) -> Result<SystemTime, Error> {
    let stamps = Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec { tv_sec: 0, tv_nsec: UTIME_NOW },
    };
    let path = lock_path(root);
    rustix::fs::futimens(lock, &stamps).during("touch", &path)?;
    lock.metadata().and_then(|meta| meta.modified()).during("look at", &path)
}

/// The file whose lock says who uses the store.
pub(crate) fn lock_path(root: &Path) -> PathBuf {
    root.join(LOCK_FILE)
}

/// Checks the format; none if there is no store yet.
fn read_format(root: &Path) -> Result<Option<()>, Error> {
    let path = root.join(FORMAT_FILE);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).during("read", &path),
    };
    let text = String::from_utf8_lossy(&bytes);
    match text.strip_prefix(FORMAT_PREFIX).and_then(|rest| rest.trim_end().parse::<u32>().ok()) {
        Some(found) if found > FORMAT => {
            Err(Error::NewerFormat { path: root.to_owned(), found, known: FORMAT })
        }
        Some(FORMAT) => Ok(Some(())),
        _ => {
            let found = text.chars().take(40).collect::<String>().escape_debug().to_string();
            Err(Error::BadFormatFile { path, found })
        }
    }
}

/// Something in the folder that an opening store does not put there.
fn first_stranger(root: &Path) -> io::Result<Option<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    Ok(names.into_iter().filter(|name| name != LOCK_FILE && name != FORMAT_FILE_NEW).min())
}

/// Removes a file or a tree, also one with directories that may not be written to.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    let result = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => Err(error),
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path).or_else(|_| {
            open_up(path)?;
            fs::remove_dir_all(path)
        }),
        Ok(_) => fs::remove_file(path),
    };
    result.during("remove", path)
}

fn open_up(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open_up(&entry.path())?;
        }
    }
    Ok(())
}

/// The paths in a folder, sorted; none if it is missing.
pub(crate) fn list(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).during("list", dir),
    };
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()
        .during("list", dir)?;
    paths.sort();
    Ok(paths)
}
