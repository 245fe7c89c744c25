//! Results of steps: made once, by one process at a time.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Seek};
use std::path::{Path, PathBuf};
use std::sync::{MutexGuard, PoisonError};

use crate::error::During;
use crate::lock::Locked;
use crate::stamp::{Fingerprint, Stamp, stamp_path};
use crate::store::sharded;
use crate::{DeriveError, Digest, Error, Key, Notice, Store, folder, scan};

/// Behind the name of a result being made, on its lock.
const LOCK_SUFFIX: &str = ".lock";

/// What is derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    File,
    Tree,
}

impl Shape {
    pub(crate) const ALL: [Self; 2] = [Self::File, Self::Tree];

    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::File => "files",
            Self::Tree => "trees",
        }
    }
}

impl Store {
    /// The file that the step named by `key` makes; `make` runs only if nobody ever ran it.
    ///
    /// # Errors
    /// `make`'s own, or the store cannot be written to. Nothing is left under the final name.
    pub fn derive_file<E>(
        &self,
        key: &Key,
        make: impl FnOnce(&mut File) -> Result<(), E>,
    ) -> Result<PathBuf, DeriveError<E>> {
        self.derive(key, Shape::File, |work| {
            let mut options = File::options();
            let mut file =
                options.read(true).write(true).create_new(true).open(work).during("create", work)?;
            make(&mut file).map_err(DeriveError::Step)?;
            file.rewind().during("seek in", work)?;
            Ok(Digest::of_reader(&mut file).during("read", work)?.0)
        })
    }

    /// The directory that the step named by `key` fills; `make` is given an empty one, and runs
    /// only if nobody ever ran it.
    ///
    /// # Errors
    /// `make`'s own, or the store cannot be written to. Nothing is left under the final name.
    pub fn derive_dir<E>(
        &self,
        key: &Key,
        make: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<PathBuf, DeriveError<E>> {
        self.derive(key, Shape::Tree, |work| {
            fs::create_dir(work).during("create", work)?;
            make(work).map_err(DeriveError::Step)?;
            Ok(scan::scan(work).during("look through", work)?.0)
        })
    }

    /// The file that [`derive_file`](Self::derive_file) would give without making it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn derived_file(&self, key: &Key) -> Result<Option<PathBuf>, Error> {
        self.derived(&key.digest(), Shape::File)
    }

    /// The directory that [`derive_dir`](Self::derive_dir) would give without making it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn derived_dir(&self, key: &Key) -> Result<Option<PathBuf>, Error> {
        self.derived(&key.digest(), Shape::Tree)
    }

    fn derive<E>(
        &self,
        key: &Key,
        shape: Shape,
        make: impl FnOnce(&Path) -> Result<Digest, DeriveError<E>>,
    ) -> Result<PathBuf, DeriveError<E>> {
        let key = key.digest();
        if let Some(path) = self.derived(&key, shape)? {
            return Ok(path);
        }
        let bench = Bench::wait(self, &key, shape)?;
        if let Some(path) = self.derived(&key, shape)? {
            return Ok(path);
        }
        let path = self.derived_path(&key, shape);
        self.discard(&key, &path)?;
        let digest = make(&bench.work)?;
        match shape {
            Shape::File => self.publish_file(&bench.work, &path, digest)?,
            Shape::Tree => publish_tree(&bench.work, &path, digest)?,
        }
        Ok(path)
    }

    pub(crate) fn derived_path(&self, key: &Digest, shape: Shape) -> PathBuf {
        sharded(&self.root.join(folder::DERIVED).join(shape.folder()), key)
    }

    /// The result, if it is there and unchanged.
    fn derived(&self, key: &Digest, shape: Shape) -> Result<Option<PathBuf>, Error> {
        let path = self.derived_path(key, shape);
        let whole = match Stamp::read(&path) {
            None => false,
            Some(stamp) => unless_missing(match shape {
                Shape::File => check_file(&path, stamp),
                Shape::Tree => self.check_tree(&path, stamp),
            })
            .during("read", &path)?,
        };
        if whole {
            self.touch(&path);
        }
        Ok(whole.then_some(path))
    }

    /// Derived trees that were looked through since the store was opened.
    pub(crate) fn scanned(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        self.scanned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_tree(&self, path: &Path, stamp: Stamp) -> io::Result<bool> {
        if self.scanned().contains(path) {
            return Ok(true);
        }
        let whole = scan::scan(path)?.0 == stamp.digest;
        if whole {
            self.scanned().insert(path.to_owned());
        }
        Ok(whole)
    }

    /// Throws a changed result away, alone.
    pub(crate) fn discard_locked(&self, key: &Digest, shape: Shape) -> Result<(), Error> {
        let _bench = Bench::wait(self, key, shape)?;
        self.discard(key, &self.derived_path(key, shape))
    }

    /// Throws a changed result away. Only with the lock of its key.
    fn discard(&self, key: &Digest, path: &Path) -> Result<(), Error> {
        self.scanned().remove(path);
        if fs::symlink_metadata(path).is_ok() {
            folder::remove(path)?;
            self.notice(Notice::ChangedResult { key: *key, path: path.to_owned() });
        }
        folder::remove(&stamp_path(path))
    }
}

/// Hashes a derived file if it looks changed.
fn check_file(path: &Path, stamp: Stamp) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let seen = Fingerprint::of(&file.metadata()?);
    if seen == stamp.seen {
        return Ok(true);
    }
    let whole = Digest::of_reader(&mut file)?.0 == stamp.digest;
    if whole {
        // Without the new stamp the file is only hashed again the next time.
        let _ = Stamp { seen, ..stamp }.write(path);
    }
    Ok(whole)
}

fn unless_missing(result: io::Result<bool>) -> io::Result<bool> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        result => result,
    }
}

/// A tree's stamp holds the digest of its looks, and the fingerprint of its topmost directory,
/// which is not compared.
fn publish_tree(work: &Path, path: &Path, digest: Digest) -> Result<(), Error> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).during("create", parent)?;
    }
    let seen = Fingerprint::of(&fs::metadata(work).during("look at", work)?);
    Stamp { digest, seen }.write(path)?;
    fs::rename(work, path).during("rename", work)
}

/// A place to make one result at, locked against every other process and thread.
struct Bench {
    work: PathBuf,
    lock: Option<Locked>,
}

impl Bench {
    fn wait(store: &Store, key: &Digest, shape: Shape) -> Result<Self, Error> {
        let work = store.root.join(folder::BUILDING).join(format!("{key}.{}", shape.folder()));
        let mut lock = work.clone().into_os_string();
        lock.push(LOCK_SUFFIX);
        let lock = Locked::wait(Path::new(&lock))?;
        folder::remove(&work)?;
        Ok(Self { work, lock: Some(lock) })
    }
}

impl Drop for Bench {
    /// Also when the step failed or panicked. What cannot be removed now, the next opening removes.
    fn drop(&mut self) {
        if folder::remove(&self.work).is_ok() {
            let _ = self.lock.take().map(Locked::remove);
        }
    }
}

/// Removes what killed processes left half-made: that whose lock is free.
pub(crate) fn clear_litter(building: &Path) -> Result<(), Error> {
    for path in folder::list(building)? {
        let Some(work) = path.to_str().and_then(|path| path.strip_suffix(LOCK_SUFFIX)) else { continue };
        if let Some(lock) = Locked::try_existing(&path)? {
            folder::remove(Path::new(work))?;
            lock.remove()?;
        }
    }
    Ok(())
}
