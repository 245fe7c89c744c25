//! Small files that are there as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::Error;

/// A file that is written, but does not bear its name yet; removed unless it gets that.
///
/// Meanwhile its name is hidden and always the same, so that what a killed build leaves is the next
/// one's to write over; a lock keeps builds that run at once apart.
#[derive(Debug)]
pub(crate) struct Beside {
    path: PathBuf,
    part: PathBuf,
    kept: bool,
    /// Locked until it is closed.
    _file: File,
}

impl Beside {
    /// Writes `bytes` into the file that is to be `path`.
    pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<Self, Error> {
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(".partial");
        let part = path.with_file_name(name);
        let failed = |source| Error::Io { operation: "write", path: path.to_owned(), source };
        let mut file = open_alone(&part).map_err(failed)?;
        let written = file.set_len(0).and_then(|()| file.write_all(bytes));
        let beside = Self { path: path.to_owned(), part, kept: false, _file: file };
        written.map_err(failed)?;
        Ok(beside)
    }

    /// Gives it its name, in place of whatever bears that.
    pub(crate) fn keep(mut self) -> Result<(), Error> {
        let failed = |source| Error::Io { operation: "write", path: self.path.clone(), source };
        fs::rename(&self.part, &self.path).map_err(failed)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.kept {
            // Nobody is left to tell if this fails; the next build writes over it.
            let _ = fs::remove_file(&self.part);
        }
    }
}

/// Opens the file at `path`, which nobody else then has open by this function.
fn open_alone(path: &Path) -> io::Result<File> {
    loop {
        let file = File::options().write(true).create(true).truncate(false).open(path)?;
        // Some file systems have no locks; builds that do not run at once need none.
        let _ = file.lock();
        // Whoever held the lock has renamed or removed the file.
        let (own, named) = (file.metadata()?, fs::metadata(path).ok());
        if named.is_some_and(|named| (named.dev(), named.ino()) == (own.dev(), own.ino())) {
            return Ok(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<std::ffi::OsString> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_has_its_name_only_once_it_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk.json");
        let beside = Beside::write(&path, b"new").unwrap();
        assert_eq!(names(folder.path()), [".disk.json.partial"]);
        beside.keep().unwrap();
        assert_eq!(
            (names(folder.path()), fs::read(&path).unwrap()),
            (vec!["disk.json".into()], b"new".into())
        );
    }

    #[test]
    fn a_file_that_is_not_kept_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk.json");
        fs::write(&path, "old").unwrap();
        drop(Beside::write(&path, b"new").unwrap());
        assert_eq!(
            (names(folder.path()), fs::read(&path).unwrap()),
            (vec!["disk.json".into()], b"old".into())
        );
    }

    #[test]
    fn what_a_killed_build_left_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk.json");
        fs::write(folder.path().join(".disk.json.partial"), "longer than what comes").unwrap();
        Beside::write(&path, b"new").unwrap().keep().unwrap();
        assert_eq!(
            (names(folder.path()), fs::read(&path).unwrap()),
            (vec!["disk.json".into()], b"new".into())
        );
    }

    #[test]
    fn builds_at_once_each_write_a_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk.json");
        std::thread::scope(|scope| {
            for byte in 0..8 {
                let path = &path;
                scope.spawn(move || Beside::write(path, &[byte; 999]).unwrap().keep().unwrap());
            }
        });
        let bytes = fs::read(&path).unwrap();
        assert_eq!((bytes.len(), names(folder.path())), (999, vec!["disk.json".into()]));
        assert!(bytes.iter().all(|byte| *byte == bytes[0]));
    }
}
