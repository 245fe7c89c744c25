//! FAT file systems.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;

use bringup_fsimage::{Fat, FileSystem, fat};
use bringup_spec::Bytes;
use bringup_tree::{Content, Kind, Meta, Tree};

use crate::config::{Image, Vfat};
use crate::identity::Seed;
use crate::{Error, Place, ext};

/// Folders within each other that are followed; a symbolic link may lead back up.
const DEPTH: usize = 64;

/// Lays out the file system of `image`, which has `tree`.
pub(crate) fn plan(
    image: &Image,
    vfat: &Vfat,
    tree: &Tree,
    epoch: i64,
    seed: &Seed,
) -> Result<Rc<dyn FileSystem>, Error> {
    let options = fat::Options {
        size: Bytes(ext::size(image, tree)?),
        kind: vfat.kind,
        label: vfat.label.clone(),
        volume_id: vfat.volume_id.unwrap_or_else(|| seed.number(&image.file, "file system")),
        epoch,
        // It may go to several places, and mkfs.fat does not know them either.
        first_sector: 0,
    };
    let failed = |source| Error::FileSystem { at: image.at.clone(), image: image.file.clone(), source };
    Ok(Rc::new(Fat::plan(tree, &options).map_err(failed)?))
}

/// The tree of files that come one by one.
pub(crate) struct Files {
    pub(crate) tree: Tree,
    latest: Option<i64>,
}

impl Files {
    pub(crate) fn new(latest: Option<i64>) -> Self {
        Self { tree: Tree::new(Meta::root(0o755, latest.unwrap_or(0))), latest }
    }

    fn meta(&self, mode: u32, mtime: i64) -> Meta {
        Meta::root(mode, self.latest.map_or(mtime, |latest| mtime.min(latest)))
    }

    /// Where something called `name` goes that is to be at `wanted`: into the folder of that name, if
    /// there is one, as mcopy has it. Makes the folders above.
    fn path(&mut self, at: &Place, wanted: &str, name: &str) -> Result<String, Error> {
        let wanted = wanted.trim_matches('/');
        let is_folder = self.tree.get(wanted).is_some_and(|node| node.kind.is_directory());
        let path = match (wanted, is_folder) {
            ("", _) => name.to_owned(),
            (_, true) => format!("{wanted}/{name}"),
            (_, false) => wanted.to_owned(),
        };
        for (end, _) in path.match_indices('/') {
            match self.tree.get(&path[..end]) {
                Some(node) if node.kind.is_directory() => {}
                Some(_) => return Err(Error::SamePath { at: at.clone(), path: path[..end].to_owned() }),
                None => {
                    let meta = self.meta(0o755, self.latest.unwrap_or(0));
                    self.tree.insert(&path[..end], meta, Kind::Directory)?;
                }
            }
        }
        if self.tree.get(&path).is_some() {
            return Err(Error::SamePath { at: at.clone(), path });
        }
        Ok(path)
    }

    /// Adds an image that is made.
    pub(crate) fn image(
        &mut self,
        at: &Place,
        wanted: &str,
        name: &str,
        content: Content,
    ) -> Result<(), Error> {
        let name = name.rsplit('/').next().unwrap_or(name);
        let path = self.path(at, wanted, name)?;
        let meta = self.meta(0o644, self.latest.unwrap_or(0));
        self.tree.insert(&path, meta, Kind::File(content))?;
        Ok(())
    }

    /// Adds a file or a folder with everything in it. Symbolic links are followed.
    pub(crate) fn input(&mut self, at: &Place, wanted: &str, from: &Path) -> Result<(), Error> {
        let name = from.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let path = self.path(at, wanted, &name)?;
        self.copy(at, path.as_bytes(), from, 0)
    }

    fn copy(&mut self, at: &Place, path: &[u8], from: &Path, depth: usize) -> Result<(), Error> {
        let missing = |source| Error::NoInput { at: at.clone(), path: from.to_owned(), source };
        let found = fs::metadata(from).map_err(missing)?;
        let mtime = found.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let mtime = mtime.map_or(0, |time| time.as_secs() as i64);
        if depth == DEPTH {
            return Err(Error::TooDeep { at: at.clone(), most: DEPTH });
        }
        if !found.is_dir() {
            let content = Content::Path { path: from.into(), len: found.len() };
            self.tree.insert(path, self.meta(0o644, mtime), Kind::File(content))?;
            return Ok(());
        }
        self.tree.insert(path, self.meta(0o755, mtime), Kind::Directory)?;
        for entry in fs::read_dir(from).map_err(Error::io("list", from))? {
            let entry = entry.map_err(Error::io("list", from))?;
            let inner = [path, b"/", entry.file_name().as_bytes()].concat();
            self.copy(at, &inner, &entry.path(), depth + 1)?;
        }
        Ok(())
    }
}
