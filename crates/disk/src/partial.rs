//! The file that an image is while it is not finished.
//!
//! Where the kernel and the file system can, it has no name at all until it is whole, so that not
//! even a killed build leaves anything. Elsewhere it lies beside the final one under a name that
//! says so, locked by whoever writes it; the next build of the same image clears what is not.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};

use crate::Error;

/// Ends the name of every unfinished image.
const SUFFIX: &str = ".partial";

/// The longest file name of Linux, `NAME_MAX` (include/uapi/linux/limits.h).
const NAME_BYTES_MAX: usize = 255;

/// What a partial name adds to the final one at the most: dots, two numbers of 32 bits, the suffix.
const ADDED_BYTES_MAX: usize = 3 + 2 * 10 + SUFFIX.len();

/// Names tried before giving up; a name is only taken where process numbers repeat, as in two
/// containers that share a folder.
const NAME_TRIES: usize = 1000;

/// An unfinished image; removed when dropped.
#[derive(Debug)]
pub(crate) struct Partial {
    pub(crate) file: File,
    names: Names,
    /// Its present name, to be removed; none while it has no name, or once that is the final one.
    path: Option<PathBuf>,
}

impl Partial {
    /// Makes one for `target`, and clears away those that killed processes left for it.
    pub(crate) fn create(target: &Path) -> Result<Self, Error> {
        let names = Names::of(target)?;
        names.clear();
        match unnamed(&names.folder) {
            Some(file) => Ok(Self { file, names, path: None }),
            None => Self::create_named(names),
        }
    }

    /// Makes one that has a name from the start.
    fn create_named(names: Names) -> Result<Self, Error> {
        let made = names.first_free(|path| {
            let file = File::options().read(true).write(true).create_new(true).open(path)?;
            // Between its creation and here somebody else's `clear` may have taken it for dead.
            if lock(&file) && file.metadata()?.nlink() > 0 {
                Ok(file)
            } else {
                Err(io::ErrorKind::AlreadyExists.into())
            }
        });
        match made {
            Ok((file, path)) => Ok(Self { file, names, path: Some(path) }),
            Err(source) => Err(Error::NotWritable { folder: names.folder, source }),
        }
    }

    /// Gives it its final name, in place of whatever bears that.
    pub(crate) fn keep_as(mut self, target: &Path) -> io::Result<()> {
        // A file without a name can only be given one that is free, and the final one may not be.
        let path = match self.path.take() {
            Some(path) => path,
            None => {
                lock(&self.file);
                let own = descriptor(&self.file);
                let link = |path: &Path| {
                    rustix::fs::linkat(CWD, &own, CWD, path, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from)
                };
                self.names.first_free(link)?.1
            }
        };
        let path = self.path.insert(path);
        fs::rename(&*path, target)?;
        self.path = None;
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // Nobody is left to tell if this fails; the next build clears it.
            let _ = fs::remove_file(path);
        }
    }
}

/// Opens a file without a name, or none where that is not possible; making a named one then says
/// what is wrong, if anything is.
fn unnamed(folder: &Path) -> Option<File> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    // Less the umask, as for any file.
    let file = File::from(rustix::fs::open(folder, flags, Mode::from_raw_mode(0o666)).ok()?);
    // It gets its name through /proc, so that has to be there.
    let (by_path, by_number) = (fs::metadata(descriptor(&file)).ok()?, file.metadata().ok()?);
    let same = (by_path.dev(), by_path.ino()) == (by_number.dev(), by_number.ino());
    same.then_some(file)
}

/// A path to an open file, whether it has a name or not.
fn descriptor(file: &File) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

/// Marks a file as being written; false if somebody else holds it. On a file system without locks
/// nobody gets one, and nothing is ever cleared.
fn lock(file: &File) -> bool {
    !matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

/// The names of a target's partial files: hidden, and telling whose they are.
#[derive(Debug)]
struct Names {
    folder: PathBuf,
    prefix: OsString,
}

impl Names {
    fn of(target: &Path) -> Result<Self, Error> {
        let not_a_file = || Error::NotAFile { path: target.to_owned() };
        let name = target.file_name().ok_or_else(not_a_file)?;
        // To be renamed over a device or a folder is not to be written to it.
        if fs::metadata(target).is_ok_and(|found| !found.is_file()) {
            return Err(not_a_file());
        }
        let max = NAME_BYTES_MAX - ADDED_BYTES_MAX;
        if name.len() > max {
            return Err(Error::NameTooLong { path: target.to_owned(), len: name.len(), max });
        }
        let folder = match target.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let mut prefix = OsString::from(".");
        prefix.push(name);
        prefix.push(".");
        Ok(Self { folder: folder.to_owned(), prefix })
    }

    /// Calls `take` with one name after the other until it no longer says that the name is taken.
    fn first_free<T>(&self, take: impl Fn(&Path) -> io::Result<T>) -> io::Result<(T, PathBuf)> {
        // Two images of one process never share a name.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        for _ in 0..NAME_TRIES {
            let mut name = self.prefix.clone();
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            name.push(format!("{}.{count}{SUFFIX}", std::process::id()));
            let path = self.folder.join(name);
            match take(&path) {
                Ok(taken) => return Ok((taken, path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn is_ours(&self, name: &OsStr) -> bool {
        let middle = name.as_encoded_bytes().strip_prefix(self.prefix.as_encoded_bytes());
        middle
            .and_then(|rest| rest.strip_suffix(SUFFIX.as_bytes()))
            .is_some_and(|middle| middle.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.'))
    }

    /// Removes partial files that nobody holds a lock on.
    fn clear(&self) {
        // What cannot be listed or opened is left; creating our own file tells why.
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            // Opening a pipe might wait for ever.
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            if !is_file || !self.is_ours(&entry.file_name()) {
                continue;
            }
            let Ok(file) = File::options().write(true).open(entry.path()) else { continue };
            if file.try_lock().is_ok() {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_named_partial_goes_when_dropped_and_is_renamed_when_kept() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("disk.img");
        let partial = Partial::create_named(Names::of(&target).unwrap()).unwrap();
        assert_eq!(count(folder.path()), 1);
        drop(partial);
        assert_eq!(count(folder.path()), 0);
        let partial = Partial::create_named(Names::of(&target).unwrap()).unwrap();
        partial.keep_as(&target).unwrap();
        assert_eq!((target.is_file(), count(folder.path())), (true, 1));
    }

    #[test]
    fn a_live_partial_survives_the_clearing_of_dead_ones() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("disk.img");
        let live = Partial::create_named(Names::of(&target).unwrap()).unwrap();
        fs::write(folder.path().join(".disk.img.1.0.partial"), "").unwrap();
        Names::of(&target).unwrap().clear();
        assert!(live.path.as_ref().unwrap().is_file());
        assert_eq!(count(folder.path()), 1);
    }

    #[test]
    fn a_name_that_cannot_be_taken_leaves_no_partial() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("disk.img");
        let gone = folder.path().join("no/such.img");
        Partial::create(&target).unwrap().keep_as(&gone).unwrap_err();
        assert_eq!(count(folder.path()), 0);
        Partial::create_named(Names::of(&target).unwrap()).unwrap().keep_as(&gone).unwrap_err();
        assert_eq!(count(folder.path()), 0);
    }
}
