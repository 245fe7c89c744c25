//! Opening a store, and finding objects in it.

use std::collections::HashSet;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::error::During;
use crate::stamp::{Fingerprint, Stamp, stamp_path};
use crate::{Digest, Download, Error, derive, folder};

/// How often a use is written down at most.
const TOUCH_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// A store that is open for use; others cannot [collect garbage](Self::gc) until it is dropped.
#[derive(Debug)]
pub struct Store {
    pub(crate) root: PathBuf,
    /// Held shared for the life of the store.
    pub(crate) lock: File,
    now: SystemTime,
    notices: Mutex<Vec<Notice>>,
    /// Derived trees that were looked through since the store was opened.
    pub(crate) scanned: Mutex<HashSet<PathBuf>>,
}

/// Something that was wrong with the store and has been dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The bytes of an object had changed; it has to be downloaded again.
    DamagedObject {
        /// The object.
        digest: Digest,
        /// What its bytes hash to now.
        found: Digest,
        /// Where it was moved to.
        moved_to: PathBuf,
    },
    /// A derived file or tree had changed, and was thrown away to be made again.
    ChangedResult {
        /// The digest of its key.
        key: Digest,
        /// Where it was.
        path: PathBuf,
    },
}

impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::DamagedObject { digest, found, moved_to } => write!(
                f,
                "object {digest} was damaged (its bytes hash to {found}) and is now `{}`",
                moved_to.display()
            ),
            Self::ChangedResult { key, path } => {
                write!(f, "result {key} was changed by somebody and thrown away: `{}`", path.display())
            }
        }
    }
}

impl Store {
    /// Opens the store in `root`, making it if there is none, and clears what killed processes
    /// left half-built. Waits while another process collects garbage.
    ///
    /// # Errors
    /// The folder cannot be written to, holds something else, or is of a newer format.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let lock = folder::open(root)?;
        let now = folder::now(&lock, root)?;
        let store =
            Self { root: root.to_owned(), lock, now, notices: Mutex::default(), scanned: Mutex::default() };
        derive::clear_litter(&store.root.join(folder::BUILDING))?;
        Ok(store)
    }

    /// The folder it is in.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A folder for what the caller wants to remember between builds; never collected.
    pub fn state_dir(&self) -> PathBuf {
        self.root.join(folder::STATE)
    }

    /// The object with this digest, if it is there and whole.
    ///
    /// Bytes are hashed again only if the file looks changed; a damaged one is moved away, with
    /// a [`Notice`].
    ///
    /// # Errors
    /// The object is right but not `len` bytes long, or cannot be read.
    pub fn get(&self, digest: &Digest, len: u64) -> Result<Option<PathBuf>, Error> {
        let path = self.object_path(digest);
        let Some(stored) = self.check_object(digest, &path)? else { return Ok(None) };
        if stored != len {
            return Err(Error::WrongLength { digest: *digest, stored, asked: len });
        }
        self.touch(&path);
        Ok(Some(path))
    }

    /// Puts `bytes` into the store, if they are not there, and says where they are.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn insert(&self, bytes: &[u8]) -> Result<PathBuf, Error> {
        match self.download(&Digest::of(bytes), bytes.len() as u64)? {
            Download::Present(path) => Ok(path),
            Download::Missing(mut partial) => {
                partial.restart()?;
                partial.write(bytes)?;
                partial.finish()
            }
        }
    }

    /// What was wrong and has been dealt with since the last call.
    pub fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn notice(&self, notice: Notice) {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
    }

    pub(crate) fn object_path(&self, digest: &Digest) -> PathBuf {
        sharded(&self.root.join(folder::OBJECTS), digest)
    }

    /// Marks the entry at `path` as used today. Only garbage collection depends on it, so that a
    /// failure (a read-only disk) is no reason to stop a build.
    pub(crate) fn touch(&self, path: &Path) {
        let stamp = stamp_path(path);
        let last = fs::metadata(&stamp).and_then(|meta| meta.modified());
        if last.is_ok_and(|last| last + TOUCH_EVERY > self.now) {
            return;
        }
        let _ = File::options().write(true).open(stamp).and_then(|file| file.set_modified(self.now));
    }

    /// The length of the object at `path`, if its bytes are (still) those of its digest.
    pub(crate) fn check_object(&self, digest: &Digest, path: &Path) -> Result<Option<u64>, Error> {
        let meta = match fs::symlink_metadata(path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).during("look at", path),
        };
        let known = Stamp { digest: *digest, seen: Fingerprint::of(&meta) };
        if meta.is_file() && Stamp::read(path) == Some(known) {
            return Ok(Some(meta.len()));
        }
        self.rehash_object(digest, path)
    }

    /// Hashes the object at `path` whatever its stamp says; renews the stamp or moves the object away.
    pub(crate) fn rehash_object(&self, digest: &Digest, path: &Path) -> Result<Option<u64>, Error> {
        let mut file = File::open(path).during("open", path)?;
        // Taken before the bytes are read: a write in between then shows the next time.
        let meta = file.metadata().during("look at", path)?;
        let (found, _) = Digest::of_reader(&mut file).during("read", path)?;
        if found == *digest {
            Stamp { digest: *digest, seen: Fingerprint::of(&meta) }.write(path)?;
            return Ok(Some(meta.len()));
        }
        let moved_to = self.root.join(folder::DAMAGED).join(digest.to_string());
        // Somebody else may have noticed too, and already have put a good one in its place.
        if fs::symlink_metadata(path).is_ok_and(|named| named.ino() == meta.ino()) {
            folder::remove(&stamp_path(path))?;
            fs::rename(path, &moved_to).during("move away", path)?;
            self.notice(Notice::DamagedObject { digest: *digest, found, moved_to });
        }
        Ok(None)
    }

    /// Gives the checked file `from` its final name as the entry `to`, with a stamp.
    pub(crate) fn publish_file(&self, from: &Path, to: &Path, digest: Digest) -> Result<(), Error> {
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).during("create", parent)?;
        }
        let stamp = |at: &Path| -> Result<Stamp, Error> {
            let meta = fs::metadata(at).during("look at", at)?;
            Ok(Stamp { digest, seen: Fingerprint::of(&meta) })
        };
        // Killed after the rename, the second stamp is missing: the first then still tells the
        // digest, its fingerprint no longer matches (renaming changes ctime), and the bytes are
        // hashed once more.
        stamp(from)?.write(to)?;
        fs::rename(from, to).during("rename", from)?;
        fs::set_permissions(to, Permissions::from_mode(0o444)).during("protect", to)?;
        stamp(to)?.write(to)
    }
}

/// `folder/ab/abcd...`: folders stay small on every file system.
pub(crate) fn sharded(folder: &Path, digest: &Digest) -> PathBuf {
    let name = digest.to_string();
    folder.join(&name[..2]).join(name)
}
