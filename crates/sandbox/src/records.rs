//! What a program was told it did to files, where only a real root could do it.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{AtFlags, CWD, Statx, StatxFlags};

/// What a file is believed to be; every field stands for what the file system itself cannot hold
/// for an ordinary user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// The device that an empty file stands for.
    pub device: Option<Device>,
    /// Extended attributes by full name.
    pub xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// A device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// A block device; otherwise a character device.
    pub block: bool,
    /// The driver.
    pub major: u32,
    /// The driver's own number for the device.
    pub minor: u32,
}

/// A file, whatever its name. A number alone would be given to a new file once the old one is gone, the
/// moment of birth tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    device: (u32, u32),
    inode: u64,
    born: (i64, u32),
}

impl Key {
    /// What the kernel has to be asked for.
    pub(crate) fn wanted() -> StatxFlags {
        StatxFlags::BASIC_STATS | StatxFlags::BTIME
    }

    pub(crate) fn of(found: &Statx) -> Self {
        Self {
            device: (found.stx_dev_major, found.stx_dev_minor),
            inode: found.stx_ino,
            born: (found.stx_btime.tv_sec, found.stx_btime.tv_nsec),
        }
    }
}

/// Records of files, shared with whoever answers a program's calls.
#[derive(Clone, Debug, Default)]
pub struct Records(Arc<Mutex<HashMap<Key, Record>>>);

impl Records {
    /// Records what the file at `path` (a link itself, not its target) is believed to be.
    ///
    /// # Errors
    /// Nothing is there.
    pub fn set(&self, path: &Path, record: Record) -> io::Result<()> {
        self.lock().insert(key_of(path)?, record);
        Ok(())
    }

    /// What the file at `path` is believed to be, if that differs from what it is.
    ///
    /// # Errors
    /// Nothing is there.
    pub fn get(&self, path: &Path) -> io::Result<Option<Record>> {
        Ok(self.lock().get(&key_of(path)?).cloned())
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, HashMap<Key, Record>> {
        // Whoever panicked held whole records only.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key_of(path: &Path) -> io::Result<Key> {
    let found = rustix::fs::statx(CWD.as_fd(), path, AtFlags::SYMLINK_NOFOLLOW, Key::wanted())?;
    Ok(Key::of(&found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_of_the_file_not_of_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let (old, new) = (dir.path().join("old"), dir.path().join("new"));
        std::fs::write(&old, "").unwrap();
        let records = Records::default();
        let record = Record { uid: 6, gid: 12, ..Record::default() };
        records.set(&old, record.clone()).unwrap();
        std::fs::rename(&old, &new).unwrap();
        assert_eq!(records.get(&new).unwrap(), Some(record));
        std::fs::write(&old, "").unwrap();
        assert_eq!(records.get(&old).unwrap(), None);
    }
}
