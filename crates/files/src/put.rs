//! Files into an image.

use std::fs::{self, File, FileTimes};
use std::io::{Seek, SeekFrom};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::UNIX_EPOCH;

use bringup_bootchain::volume::{FileKind, Node};

use crate::check::said;
use crate::edit::{Edit, Edited, Family, family, quoted};
use crate::walk::walk;
use crate::{Error, Image, Place, Tools};

/// The name that tools find the new contents under.
const CONTENT: &str = "content";

/// Whose a file becomes, and what may be done with it. What is not said stays as the file that is
/// replaced has it; a new one belongs to root and has the permissions that it has on the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Permission bits, up to 0o7777.
    pub mode: Option<u16>,
    /// Owner and group.
    pub owner: Option<(u32, u32)>,
}

/// Copies the file `from` to a place, or into the directory that is there. A file that is there is
/// replaced, and one that a link leads to.
///
/// # Errors
/// The place is in no directory that there is, or is not a file; the file system is of a kind that
/// is not changed, unsound, or full; the image is as it was then.
pub fn put(tools: &dyn Tools, from: &Path, place: &Place, attributes: &Attributes) -> Result<Edited, Error> {
    let failed = |operation| {
        let path = from.to_owned();
        move |source| Error::Io { operation, path, source }
    };
    let mut source = File::open(from).map_err(failed("open"))?;
    let metadata = source.metadata().map_err(failed("open"))?;
    if !metadata.is_file() {
        return Err(Error::NotAFile { path: from.display().to_string() });
    }
    let target = Target::find(place, from)?;
    if target.family == Family::Fat && *attributes != Attributes::default() {
        return Err(Error::NoOwners);
    }
    let mut edit = Edit::begin(tools, place, target.family, target.bytes)?;
    // So that no name of the host has to pass through a tool, nor a folder be shown to it.
    let content = edit.copy.folder().join(CONTENT);
    let mut copied = File::create_new(&content).map_err(failed("copy"))?;
    std::io::copy(&mut source, &mut copied).map_err(failed("copy"))?;
    let modified = metadata.modified().map_err(failed("open"))?;
    copied.set_times(FileTimes::new().set_modified(modified)).map_err(failed("copy"))?;
    edit.epoch = modified.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (program, ran) = match target.family {
        Family::Ext => {
            let wanted = target.wanted(attributes, metadata.permissions().mode());
            ("debugfs", edit.debugfs(&target.requests(&wanted)?)?)
        }
        Family::Fat => {
            // Where something goes to is no pattern to mcopy(1), unlike where it comes from.
            let path = format!("::{}", target.path);
            ("mcopy", edit.mtool("mcopy", &["-o", "-m", CONTENT, &path])?)
        }
    };
    let mut written = File::open(&content).map_err(failed("read"))?;
    written.seek(SeekFrom::Start(0)).map_err(failed("read"))?;
    edit.has(&target.path, &written, (program, &ran))?;
    if target.family == Family::Ext {
        let wanted = target.wanted(attributes, metadata.permissions().mode());
        let not_done = || Error::NotDone { program: program.to_owned(), said: said(&ran) };
        edit.now(&target.path, |_, _, node| {
            let is = node.map(|node| (node.mode, node.owner, node.group));
            if is == Some((wanted.mode, wanted.owner, wanted.group)) { Ok(()) } else { Err(not_done()) }
        })?;
    }
    fs::remove_file(&content).map_err(failed("remove"))?;
    edit.clean()?;
    edit.finish(target.path)
}

/// What a file of an ext file system is to have.
struct Wanted {
    mode: u16,
    owner: u32,
    group: u32,
}

/// Where the file goes.
struct Target {
    family: Family,
    bytes: (u64, u64),
    folder: String,
    name: String,
    path: String,
    /// What is there already.
    node: Option<Node>,
}

impl Target {
    fn find(place: &Place, from: &Path) -> Result<Self, Error> {
        let image = Image::open(&place.image)?;
        let partition = image.partition(place.partition.as_deref())?;
        let volume = image.volume(partition)?;
        let family = family(&volume, partition)?;
        let mut found = walk(&volume, partition, &place.path, true)?;
        if found.node.is_some_and(|node| node.kind == FileKind::Directory) {
            let name = from.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            found = walk(&volume, partition, &format!("{}/{name}", found.path()), true)?;
        } else if place.path.ends_with('/') {
            return Err(Error::NoDirectory { path: place.path.clone() });
        }
        let path = found.path();
        if found.node.is_some_and(|node| node.kind != FileKind::File) {
            return Err(Error::NotAFile { path });
        }
        let Some(name) = found.names.last().cloned() else { return Err(Error::NotAFile { path }) };
        if family == Family::Fat && found.node.is_none() {
            fat_name(&name)?;
        }
        let bytes = (partition.start, partition.len);
        Ok(Self { family, bytes, folder: found.folder(), name, path, node: found.node })
    }

    fn wanted(&self, attributes: &Attributes, host_mode: u32) -> Wanted {
        let (owner, group) =
            attributes.owner.or(self.node.map(|node| (node.owner, node.group))).unwrap_or((0, 0));
        let mode = attributes.mode.or(self.node.map(|node| node.mode));
        Wanted { mode: mode.unwrap_or((host_mode & 0o777) as u16), owner, group }
    }

    /// What debugfs(8) is to do.
    fn requests(&self, wanted: &Wanted) -> Result<Vec<String>, Error> {
        let (folder, name, path) = (quoted(&self.folder)?, quoted(&self.name)?, quoted(&self.path)?);
        let mut requests = Vec::new();
        if self.node.is_some() {
            requests.push(format!("rm {path}"));
        }
        requests.push(format!("cd {folder}"));
        requests.push(format!("write {CONTENT} {name}"));
        // `i_mode` has the type, too: S_IFREG.
        requests.push(format!("set_inode_field {path} mode 0{:o}", 0o100_000 | wanted.mode));
        requests.push(format!("set_inode_field {path} uid {}", wanted.owner));
        requests.push(format!("set_inode_field {path} gid {}", wanted.group));
        Ok(requests)
    }
}

/// What FAT takes as a name (Microsoft, fatgen103, "Long Directory Entries").
fn fat_name(name: &str) -> Result<(), Error> {
    let bad = |problem| Err(Error::BadName { name: name.to_owned(), problem });
    if name.chars().any(|character| character.is_control() || "\"*/:<>?\\|".contains(character)) {
        return bad("has characters that FAT does not take: \" * / : < > ? \\ |");
    }
    if name.ends_with(['.', ' ']) {
        return bad("ends in a dot or a blank, which FAT drops");
    }
    if name.encode_utf16().count() > 255 {
        return bad("has more than 255 characters, FAT's most");
    }
    Ok(())
}
