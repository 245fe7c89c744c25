//! What is in a directory of an image.

use bringup_bootchain::volume::{FileKind, Node, Volume};

use crate::walk::walk;
use crate::{Error, Image, Place};

/// One line of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name; for a listing of one file, its path.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// Its permission bits.
    pub mode: u16,
    /// Its owner.
    pub owner: u32,
    /// Its group.
    pub group: u32,
    /// How long its contents are, in bytes.
    pub len: u64,
    /// What a symbolic link says.
    pub target: Option<String>,
}

/// The names in the directory at a place, in their order; or the one file that is there.
///
/// # Errors
/// It is not there, or the image is broken.
pub fn list(place: &Place) -> Result<Vec<Entry>, Error> {
    let image = Image::open(&place.image)?;
    let partition = image.partition(place.partition.as_deref())?;
    let volume = image.volume(partition)?;
    let failed = |source| Error::Path { path: place.path.clone(), partition: partition.shown(), source };
    let found = walk(&volume, partition, &place.path, true)?;
    let node = found.node.ok_or_else(|| Error::NotFound { path: place.path.clone() })?;
    if node.kind != FileKind::Directory {
        return Ok(vec![entry(&volume, found.path(), &node).map_err(failed)?]);
    }
    let mut entries = Vec::new();
    for found in volume.entries(&node).map_err(failed)? {
        let node = volume.node(&found).map_err(failed)?;
        let name = String::from_utf8_lossy(&found.name).into_owned();
        entries.push(entry(&volume, name, &node).map_err(failed)?);
    }
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(entries)
}

fn entry(volume: &Volume<'_>, name: String, node: &Node) -> Result<Entry, bringup_bootchain::Error> {
    let target = match node.kind {
        FileKind::Symlink => Some(String::from_utf8_lossy(&volume.target(node)?).into_owned()),
        _ => None,
    };
    let Node { kind, mode, owner, group, len, .. } = *node;
    Ok(Entry { name, kind, mode, owner, group, len, target })
}
