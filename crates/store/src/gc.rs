//! Garbage collection.

use std::fs::{self, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::derive::Shape;
use crate::error::During;
use crate::stamp::{STAMP_SUFFIX, stamp_path};
use crate::{Error, Store, folder};

/// What to keep.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Keep what was used in so many days before `now`; none keeps everything whole, and only what
    /// killed processes left is removed. Uses are written down once a day, so that 0 may keep
    /// nothing at all.
    pub keep_days: Option<u32>,
    /// The time.
    pub now: SystemTime,
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Objects, derived files and trees, partial downloads and damaged objects.
    pub entries: u64,
    /// The disk space they took, in bytes.
    pub bytes: u64,
}

/// The disk space a store takes, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Downloads.
    pub objects: u64,
    /// Results of steps.
    pub derived: u64,
    /// Downloads that are not finished.
    pub partial: u64,
    /// Results that are not finished.
    pub building: u64,
    /// Objects that turned out to be damaged.
    pub damaged: u64,
    /// What callers remember.
    pub state: u64,
}

impl Usage {
    /// All of it.
    pub fn total(&self) -> u64 {
        self.objects + self.derived + self.partial + self.building + self.damaged + self.state
    }
}

impl Store {
    /// Removes what was not used lately, and what killed processes left.
    ///
    /// Paths that this store gave before may be gone afterwards.
    ///
    /// # Errors
    /// Another process, or another [`Store`] of this one, uses the folder; or a file cannot be removed.
    pub fn gc(&mut self, policy: &Policy) -> Result<Collected, Error> {
        let lock_path = folder::lock_path(&self.root);
        let alone = self.lock.try_lock();
        let result = match alone {
            Ok(()) => self.collect(policy),
            Err(TryLockError::WouldBlock) => Err(Error::InUse { path: self.root.clone() }),
            Err(TryLockError::Error(error)) => Err(error).during("lock", &lock_path),
        };
        // A failed try may have lost the shared lock (flock(2)); this gets it back in every case.
        folder::share(&self.lock, &lock_path)?;
        result
    }

    /// How much disk space the store takes.
    ///
    /// # Errors
    /// A folder cannot be listed.
    pub fn usage(&self) -> Result<Usage, Error> {
        let of = |name| space(&self.root.join(name));
        Ok(Usage {
            objects: of(folder::OBJECTS)?,
            derived: of(folder::DERIVED)?,
            partial: of(folder::PARTIAL)?,
            building: of(folder::BUILDING)?,
            damaged: of(folder::DAMAGED)?,
            state: of(folder::STATE)?,
        })
    }

    /// The folders that hold folders that hold entries.
    pub(crate) fn derived_folder(&self, shape: Shape) -> PathBuf {
        self.root.join(folder::DERIVED).join(shape.folder())
    }

    fn collect(&self, policy: &Policy) -> Result<Collected, Error> {
        self.scanned().clear();
        let mut gone = Collected::default();
        for path in folder::list(&self.root.join(folder::BUILDING))? {
            gone.bytes += space(&path)?;
            folder::remove(&path)?;
        }
        let Some(days) = policy.keep_days else { return Ok(gone) };
        let age = Duration::from_secs(u64::from(days) * 24 * 60 * 60);
        // A clock before 1970 plus the age keeps everything.
        let Some(oldest) = policy.now.checked_sub(age) else { return Ok(gone) };
        let [files, trees] = Shape::ALL.map(|shape| self.derived_folder(shape));
        for top in [self.root.join(folder::OBJECTS), files, trees] {
            for entry in entries(&top)? {
                let stamp = stamp_path(&entry);
                let witness = if stamp.exists() { &stamp } else { &entry };
                if used_before(witness, oldest)? {
                    gone.entries += 1;
                    gone.bytes += space(&entry)? + space(&stamp)?;
                    // The stamp goes last: without it, what is left of the entry counts as changed,
                    // and with it, half a tree does.
                    folder::remove(&entry)?;
                    folder::remove(&stamp)?;
                }
            }
            for shard in folder::list(&top)? {
                // Fails where entries are left.
                let _ = fs::remove_dir(shard);
            }
        }
        for name in [folder::PARTIAL, folder::DAMAGED] {
            for path in folder::list(&self.root.join(name))? {
                if used_before(&path, oldest)? {
                    gone.entries += 1;
                    gone.bytes += space(&path)?;
                    folder::remove(&path)?;
                }
            }
        }
        Ok(gone)
    }
}

/// The entries below a sharded folder, without their stamps; a stamp without an entry counts as one.
pub(crate) fn entries(top: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for shard in folder::list(top)? {
        for path in folder::list(&shard)? {
            match path.to_str().and_then(|path| path.strip_suffix(STAMP_SUFFIX)) {
                None => found.push(path),
                Some(entry) if fs::symlink_metadata(entry).is_err() => found.push(entry.into()),
                Some(_) => {}
            }
        }
    }
    Ok(found)
}

fn used_before(path: &Path, oldest: SystemTime) -> Result<bool, Error> {
    let used = fs::symlink_metadata(path).and_then(|meta| meta.modified()).during("look at", path)?;
    Ok(used <= oldest)
}

/// The disk space of a file or a tree, in bytes; 0 if it is missing.
fn space(path: &Path) -> Result<u64, Error> {
    let Ok(meta) = fs::symlink_metadata(path) else { return Ok(0) };
    // st_blocks counts 512 bytes whatever the file system's block size (stat(2)).
    let own = meta.blocks() * 512;
    if !meta.is_dir() {
        return Ok(own);
    }
    folder::list(path)?.iter().try_fold(own, |sum, path| Ok(sum + space(path)?))
}
