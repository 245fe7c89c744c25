//! What is built: systems of several sizes, all from the one that everybody has.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use bringup_catalog::board;
use bringup_debian::{DebFile, Lock, UnpackLimits, unpack_all};
use bringup_spec::Board;
use bringup_store::Store;
use bringup_system::{BUILTIN, Builtin, System};
use bringup_tree::Tree;

/// The board that is built for.
pub(crate) const BOARD: &str = "pine64-lts";

/// The lock file of all, in the folder of the run.
pub(crate) const LOCK: &str = "bringup.lock";

/// A system, as what differs from `tiny`.
pub(crate) struct Subject {
    /// The system's name.
    pub(crate) name: &'static str,
    /// Pieces of the record, and what stands there instead.
    changes: &'static [(&'static str, &'static str)],
}

/// The systems that are built.
pub(crate) const SUBJECTS: [Subject; 4] = [
    Subject { name: "tiny", changes: &[] },
    // As large as a usual Debian with a kernel; the packages are only many and of every kind.
    Subject {
        name: "large",
        changes: &[(
            r#"install = ["busybox-static", "e2fsprogs"]"#,
            r#"install = ["busybox-static", "e2fsprogs", "git", "openssh-server", "python3", "systemd", "udev", "vim"]"#,
        )],
    },
    // A disk of 2 GiB.
    Subject { name: "roomy", changes: &[(r#"free = "64 MiB""#, r#"free = "1757 MiB""#)] },
    Subject { name: "spacious", changes: &[(r#"free = "64 MiB""#, r#"free = "8 GiB""#)] },
];

impl Subject {
    /// The one of that name.
    pub(crate) fn find(name: &str) -> Result<&'static Self, String> {
        SUBJECTS.iter().find(|subject| subject.name == name).ok_or_else(|| format!("no subject `{name}`"))
    }

    fn text(&self) -> Result<String, String> {
        let mut text = tiny()?.text.to_owned();
        for (from, to) in self.changes {
            if !text.contains(from) {
                return Err(format!("the system `tiny` has no `{from}` any more"));
            }
            text = text.replace(from, to);
        }
        Ok(text)
    }

    /// Its record.
    pub(crate) fn system(&self) -> Result<System, Box<dyn Error>> {
        let sources: BTreeMap<String, Vec<u8>> =
            tiny()?.files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
        Ok(System::parse(self.name, &self.text()?, sources)?)
    }

    /// Writes its record to `folder`, for `--system`, which wants files beside it.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), Box<dyn Error>> {
        let files = folder.join(self.name);
        std::fs::create_dir_all(&files)?;
        for (name, bytes) in tiny()?.files {
            std::fs::write(files.join(name), bytes)?;
        }
        Ok(std::fs::write(folder.join(self.name).with_extension("toml"), self.text()?)?)
    }

    /// Its packages' trees out of a warm store, as a build has them; the firmware's is left out.
    pub(crate) fn packages(&self, folder: &Path, store: &Store) -> Result<Vec<Tree>, Box<dyn Error>> {
        let board: &Board = board(BOARD)?;
        let lock = Lock::read(&folder.join(LOCK))?;
        let image = lock.image(BOARD, self.name).ok_or_else(|| format!("`{}` is not locked", self.name))?;
        let placements = board.firmware.installer.placements();
        let firmware = |name: &str| placements.iter().any(|placement| placement.artifact.package == name);
        let mut debs = Vec::new();
        for package in image.packages.iter().filter(|package| !firmware(&package.name)) {
            let path = store.get(&package.sha256, package.size)?;
            let path = path.ok_or_else(|| format!("the store lacks `{}`", package.name))?;
            debs.push(DebFile { path, digest: package.sha256 });
        }
        let jobs = std::thread::available_parallelism()?.get();
        let unpacked = unpack_all(store, &debs, &UnpackLimits::default(), jobs)?;
        Ok(unpacked.into_iter().map(|package| package.tree).collect())
    }
}

fn tiny() -> Result<&'static Builtin, String> {
    BUILTIN.iter().find(|builtin| builtin.name == "tiny").ok_or_else(|| "no system `tiny`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subject_is_tiny_but_for_its_changes() {
        let tiny = SUBJECTS[0].system().unwrap();
        for subject in &SUBJECTS[1..] {
            let system = subject.system().unwrap();
            assert_eq!(system.name, subject.name);
            assert!(system.root.free != tiny.root.free || system.packages.install != tiny.packages.install);
            assert_eq!(system.sources, tiny.sources);
        }
    }
}
