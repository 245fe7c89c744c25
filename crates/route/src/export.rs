//! A tree as a folder that programs can be run in, by an ordinary user.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use bringup_sandbox::{Device, Record, Records};
use bringup_tree::{Kind, Meta, NodeId, Tree, write_directory};
use rustix::fs::{AtFlags, CWD, FileType, Mode, Timespec, Timestamps};

use crate::Error;

/// What tells an untouched file from a changed one: whoever writes to it changes the last of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    inode: u64,
    len: u64,
    changed: (i64, i64),
}

impl Stamp {
    pub(crate) fn of(found: &fs::Metadata) -> Self {
        Self { inode: found.ino(), len: found.len(), changed: (found.ctime(), found.ctime_nsec()) }
    }
}

/// Files by their path in the tree, as they were before anything ran.
pub(crate) type Stamps = HashMap<Vec<u8>, Stamp>;

/// Where a path of a tree is in `dir`.
pub(crate) fn place(dir: &Path, path: &[u8]) -> PathBuf {
    dir.join(OsStr::from_bytes(path))
}

/// Writes `tree` into the new folder `dir`; what an ordinary user cannot give files is recorded.
pub(crate) fn export(tree: &Tree, dir: &Path, records: &Records) -> Result<Stamps, Error> {
    write_directory(tree, dir)?;
    let mut first: HashMap<NodeId, Vec<u8>> = HashMap::new();
    let mut made_in: BTreeSet<&[u8]> = BTreeSet::new();
    for (path, id, node) in tree.iter() {
        let at = place(dir, path);
        if let Some(first) = first.get(&id) {
            // Devices and pipes are made here; hard links of files are there already.
            if !matches!(node.kind, Kind::File(_) | Kind::Symlink(_)) {
                fs::hard_link(place(dir, first), &at).map_err(Error::io("make", &at))?;
            }
            continue;
        }
        if !node.kind.is_directory() {
            first.insert(id, path.to_vec());
        }
        match node.kind {
            Kind::CharDevice(_) | Kind::BlockDevice(_) => {
                File::create_new(&at).map(drop).map_err(Error::io("make", &at))?;
            }
            Kind::Fifo => rustix::fs::mknodat(CWD, &at, FileType::Fifo, Mode::from(0o600), 0)
                .map_err(|error| Error::io("make", &at)(error.into()))?,
            // It is gone with whoever listens on it.
            Kind::Socket => continue,
            _ => {}
        }
        if matches!(node.kind, Kind::CharDevice(_) | Kind::BlockDevice(_) | Kind::Fifo) {
            set_time(&at, node.meta.mtime).map_err(Error::io("change", &at))?;
            let cut = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
            made_in.insert(&path[..cut]);
        }
        if !matches!(node.kind, Kind::Symlink(_)) {
            set_mode(&at, &node.meta).map_err(Error::io("change", &at))?;
        }
        let record = record(&node.meta, &node.kind);
        if record != Record::default() {
            records.set(&at, record).map_err(Error::io("look at", &at))?;
        }
    }
    for folder in made_in {
        let at = place(dir, folder);
        let time = tree.get(folder).expect("what is made has a folder").meta.mtime;
        set_time(&at, time).map_err(Error::io("change", &at))?;
    }
    let mut stamps = Stamps::new();
    for (path, ..) in tree.iter().filter(|(_, _, node)| matches!(node.kind, Kind::File(_))) {
        let at = place(dir, path);
        let found = fs::symlink_metadata(&at).map_err(Error::io("look at", &at))?;
        stamps.insert(path.to_vec(), Stamp::of(&found));
    }
    Ok(stamps)
}

/// All twelve bits, of which writing the folder left the nine lower ones at least readable.
fn set_mode(path: &Path, meta: &Meta) -> std::io::Result<()> {
    let current = fs::symlink_metadata(path)?.permissions().mode() & 0o7777;
    if current == meta.mode & 0o7777 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(meta.mode & 0o7777))
}

fn record(meta: &Meta, kind: &Kind) -> Record {
    let device = match kind {
        Kind::CharDevice(device) => Some((false, device)),
        Kind::BlockDevice(device) => Some((true, device)),
        _ => None,
    };
    Record {
        uid: meta.uid,
        gid: meta.gid,
        device: device.map(|(block, device)| Device { block, major: device.major, minor: device.minor }),
        xattrs: meta.xattrs.clone(),
    }
}

fn set_time(path: &Path, seconds: i64) -> std::io::Result<()> {
    let time = Timespec { tv_sec: seconds, tv_nsec: 0 };
    let times = Timestamps { last_access: time, last_modification: time };
    Ok(rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}
