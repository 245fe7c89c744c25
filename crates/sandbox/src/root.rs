//! A folder of unpacked packages.

use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use crate::way::{Refusal, Way, probe};
use crate::{Error, elf};

/// Where programs are looked for, in this order.
pub(crate) const PROGRAM_FOLDERS: [&str; 4] = ["usr/sbin", "usr/bin", "sbin", "bin"];
/// Symbolic links followed in one lookup, as in Linux (`MAXSYMLINKS`).
const MAX_LINKS: usize = 40;
/// Folders that are links into `usr` in a merged root; packages themselves bring none of the links.
pub(crate) const MERGED: [&str; 6] = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"];
/// How much of a program is read to find its loader.
const HEAD_BYTES: u64 = 4096;

/// A folder of unpacked packages with `usr/`; `bin`, `sbin`, `lib` and `lib64` beside it may be
/// folders, links into `usr/` or missing.
#[derive(Clone, Debug)]
pub struct Root {
    dir: PathBuf,
    way: Way,
    pub(crate) refusal: Option<Refusal>,
}

impl Root {
    /// The root in `dir`, whose programs are to be run in `way`.
    ///
    /// # Errors
    /// There is no such root, or namespaces are asked for but cannot be had.
    pub fn open(dir: &Path, way: Way) -> Result<Self, Error> {
        let dir = dir.canonicalize().map_err(Error::io("find", dir))?;
        if !dir.join("usr").is_dir() {
            return Err(Error::NotARoot { path: dir });
        }
        let (way, refusal) = match way {
            Way::Loader => (Way::Loader, None),
            Way::Auto | Way::Namespace => match probe() {
                Ok(()) => (Way::Namespace, None),
                Err(refusal) if way == Way::Namespace => return Err(refusal.into_error()),
                Err(refusal) => (Way::Loader, Some(refusal)),
            },
        };
        Ok(Self { dir, way, refusal })
    }

    /// Where it is on the host.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// How its programs are run: never [`Way::Auto`].
    pub fn way(&self) -> Way {
        self.way
    }

    /// The path that the root's programs see `path` at: `usr/share/misc`, without leading slash.
    pub fn path(&self, path: &str) -> PathBuf {
        match self.way {
            Way::Loader => self.dir.join(path),
            Way::Auto | Way::Namespace => Path::new("/").join(path),
        }
    }

    /// Whether it holds `path`, links followed inside the root.
    pub fn has(&self, path: &str) -> bool {
        self.resolve(path).exists()
    }

    /// The folder of the libraries that `program` is linked with, in the root: `usr/lib/aarch64-linux-gnu`.
    ///
    /// It is the one its dynamic linker is in; none for a static program.
    ///
    /// # Errors
    /// There is no such program.
    pub fn library_folder(&self, program: &str) -> Result<Option<String>, Error> {
        let inside = self.find(program)?;
        let loader = match self.starter(&self.resolve(&inside))? {
            elf::Starter::Loader(loader) => self.resolve(&loader),
            elf::Starter::Kernel | elf::Starter::Script(..) => return Ok(None),
        };
        let folder = loader.parent().and_then(|folder| folder.strip_prefix(&self.dir).ok());
        Ok(folder.map(|folder| folder.to_string_lossy().into_owned()))
    }

    /// Where `path` of the root is on the host, links followed as if the root were `/`.
    ///
    /// What does not exist is left as it is; circles of links end somewhere that does not exist.
    pub(crate) fn resolve(&self, path: &str) -> PathBuf {
        let mut todo: Vec<PathBuf> = components(Path::new(path));
        let mut done = PathBuf::new();
        let mut links = 0;
        while let Some(part) = todo.pop() {
            if part.as_os_str() == ".." {
                done.pop();
                continue;
            }
            if done.as_os_str().is_empty() && self.merges(&part) {
                done.push("usr");
            }
            match fs::read_link(self.dir.join(&done).join(&part)) {
                Ok(target) if links < MAX_LINKS => {
                    links += 1;
                    if target.is_absolute() {
                        done.clear();
                    }
                    todo.extend(components(&target));
                }
                _ => done.push(part),
            }
        }
        self.dir.join(done)
    }

    /// Whether `name`, at the top of the root, is missing and stands for the folder in `usr`.
    pub(crate) fn merges(&self, name: &Path) -> bool {
        MERGED.iter().any(|merged| name == Path::new(merged))
            && fs::symlink_metadata(self.dir.join(name)).is_err()
            && self.dir.join("usr").join(name).is_dir()
    }

    /// The path of `program` inside the root, without leading slash.
    pub(crate) fn find(&self, program: &str) -> Result<String, Error> {
        let candidates: Vec<String> = if program.contains('/') {
            vec![program.trim_start_matches('/').to_owned()]
        } else {
            PROGRAM_FOLDERS.iter().map(|folder| format!("{folder}/{program}")).collect()
        };
        let found = candidates.into_iter().find(|path| self.resolve(path).is_file());
        found.ok_or_else(|| Error::NoProgram {
            program: program.to_owned(),
            root: self.dir.clone(),
            near: self.near(program),
        })
    }

    /// What starts the file at `host_path`.
    pub(crate) fn starter(&self, host_path: &Path) -> Result<elf::Starter, Error> {
        let mut head = Vec::new();
        let file = fs::File::open(host_path).map_err(Error::io("open", host_path))?;
        file.take(HEAD_BYTES).read_to_end(&mut head).map_err(Error::io("read", host_path))?;
        elf::starter(&head).map_err(|reason| Error::NotAProgram { path: host_path.to_owned(), reason })
    }

    fn near(&self, program: &str) -> Vec<String> {
        let wanted = program.rsplit('/').next().unwrap_or(program);
        let mut names: Vec<(usize, String)> = PROGRAM_FOLDERS
            .iter()
            .filter_map(|folder| fs::read_dir(self.resolve(folder)).ok())
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .map(|name| (strsim::damerau_levenshtein(&name, wanted), name))
            // A third of the letters may differ.
            .filter(|(distance, _)| *distance <= wanted.len().div_ceil(3))
            .collect();
        names.sort();
        names.dedup();
        names.into_iter().map(|(_, name)| name).take(3).collect()
    }
}

/// The components of `path`, last one first, without `/` and `.`.
fn components(path: &Path) -> Vec<PathBuf> {
    let kept = |part: &Component| matches!(part, Component::Normal(_) | Component::ParentDir);
    path.components().filter(kept).map(|part| PathBuf::from(part.as_os_str())).rev().collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn root() -> (tempfile::TempDir, Root) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("usr/bin")).unwrap();
        fs::write(dir.path().join("usr/bin/mke2fs"), "#!/bin/sh\n").unwrap();
        fs::create_dir_all(dir.path().join("usr/sbin")).unwrap();
        symlink("usr/bin", dir.path().join("bin")).unwrap();
        symlink("../bin/mke2fs", dir.path().join("usr/sbin/fsck")).unwrap();
        symlink("/bin/mke2fs", dir.path().join("usr/bin/mkfs.ext4")).unwrap();
        symlink("loop", dir.path().join("loop")).unwrap();
        symlink("../../../usr", dir.path().join("up")).unwrap();
        let root = Root::open(dir.path(), Way::Loader).unwrap();
        (dir, root)
    }

    #[test]
    fn links_count_from_the_root() {
        let (_dir, root) = root();
        let program = root.dir().join("usr/bin/mke2fs");
        for path in ["bin/mke2fs", "/bin/mkfs.ext4", "up/bin/mke2fs", "usr/../bin/./mke2fs", "sbin/fsck"] {
            assert_eq!(root.resolve(path), program, "{path}");
        }
        assert!(!root.has("loop/x"));
        assert!(root.has("up"));
    }

    #[test]
    fn a_missing_program_is_answered_with_near_ones() {
        let (_dir, root) = root();
        assert_eq!(root.find("mkfs.ext4").unwrap(), "usr/bin/mkfs.ext4");
        assert_eq!(root.find("/bin/mke2fs").unwrap(), "bin/mke2fs");
        let error = root.find("mke2sf").unwrap_err().to_string();
        let shown = root.dir().display();
        assert_eq!(error, format!("no program `mke2sf` in `{shown}`\nhelp: it has `mke2fs`"));
        let error = root.find("qemu").unwrap_err().to_string();
        assert_eq!(error, format!("no program `qemu` in `{shown}`"));
    }

    #[test]
    fn a_root_has_usr() {
        let dir = tempfile::tempdir().unwrap();
        let error = Root::open(dir.path(), Way::Loader).unwrap_err();
        assert!(matches!(error, Error::NotARoot { .. }), "{error}");
    }

    #[test]
    fn programs_see_paths_by_their_way() {
        let (_dir, root) = root();
        assert_eq!(root.path("usr/share"), root.dir().join("usr/share"));
        let inside = Root { way: Way::Namespace, ..root };
        assert_eq!(inside.path("usr/share"), Path::new("/usr/share"));
    }
}
