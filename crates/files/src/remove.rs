//! Files that leave an image.

use bringup_bootchain::volume::{FileKind, Node, Volume};

use crate::check::said;
use crate::edit::{Edit, Edited, Family, dos_path, family, quoted};
use crate::walk::{text, walk};
use crate::{Error, Image, Partition, Place, Tools};

/// Removes the file, link or empty directory at a place; a directory with all that is in it, if
/// `recursive`. A link is removed itself, not what it leads to.
///
/// # Errors
/// It is not there, or not empty; the file system is of a kind that is not changed, or unsound; the
/// image is as it was then.
pub fn remove(tools: &dyn Tools, place: &Place, recursive: bool) -> Result<Edited, Error> {
    let image = Image::open(&place.image)?;
    let partition = image.partition(place.partition.as_deref())?;
    let volume = image.volume(partition)?;
    let family = family(&volume, partition)?;
    let found = walk(&volume, partition, &place.path, false)?;
    let path = found.path();
    if found.names.is_empty() {
        return Err(Error::IsRoot);
    }
    let node = found.node.ok_or_else(|| Error::NotFound { path: path.clone() })?;
    let failed = |source| Error::Path { path: path.clone(), partition: partition.shown(), source };
    let is_directory = node.kind == FileKind::Directory;
    let is_empty = !is_directory || volume.entries(&node).map_err(failed)?.is_empty();
    if !is_empty && !recursive {
        return Err(Error::NotEmpty { path });
    }
    let edit = Edit::begin(tools, place, family, (partition.start, partition.len))?;
    let (program, ran) = match family {
        Family::Ext => {
            let mut requests = Vec::new();
            Below { volume: &volume, partition }.requests(&path, &node, &mut requests)?;
            ("debugfs", edit.debugfs(&requests)?)
        }
        Family::Fat => {
            let program = match (is_directory, is_empty) {
                (false, _) => "mdel",
                (true, true) => "mrd",
                (true, false) => "mdeltree",
            };
            (program, edit.mtool(program, &[&dos_path(&path)])?)
        }
    };
    let not_done = || Error::NotDone { program: program.to_owned(), said: said(&ran) };
    edit.now(&path, |_, _, node| if node.is_none() { Ok(()) } else { Err(not_done()) })?;
    edit.clean()?;
    edit.finish(path)
}

struct Below<'v, 'd> {
    volume: &'v Volume<'d>,
    partition: &'v Partition,
}

impl Below<'_, '_> {
    /// What debugfs(8) is to do, for what is in a directory before itself.
    fn requests(&self, path: &str, node: &Node, requests: &mut Vec<String>) -> Result<(), Error> {
        if node.kind != FileKind::Directory {
            requests.push(format!("rm {}", quoted(path)?));
            return Ok(());
        }
        let failed =
            |source| Error::Path { path: path.to_owned(), partition: self.partition.shown(), source };
        for entry in self.volume.entries(node).map_err(failed)? {
            let below = self.volume.node(&entry).map_err(failed)?;
            self.requests(&format!("{path}/{}", text(entry.name)?), &below, requests)?;
        }
        requests.push(format!("rmdir {}", quoted(path)?));
        Ok(())
    }
}
