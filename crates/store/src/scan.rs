//! What a directory tree looks like, without reading its files.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use crate::{Digest, Hasher};

/// The digest of every name, kind, mode and link target below `root`, and of every file's size and
/// modification time.
///
/// Inodes and ctimes are left out, so that a store can be copied. A write that leaves size and time
/// as they were is not seen; an emptied file after a power loss, a lost or an added one is.
pub(crate) fn scan(root: &Path) -> io::Result<(Digest, u64)> {
    let mut hasher = Hasher::new();
    let mut bytes = 0;
    let mut todo = vec![root.to_owned()];
    while let Some(dir) = todo.pop() {
        let mut entries = fs::read_dir(&dir)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        field(&mut hasher, dir.strip_prefix(root).unwrap_or(&dir).as_os_str().as_bytes());
        for entry in &entries {
            let meta = entry.metadata()?;
            field(&mut hasher, entry.file_name().as_bytes());
            hasher.update(&meta.mode().to_le_bytes());
            if meta.is_symlink() {
                field(&mut hasher, fs::read_link(entry.path())?.as_os_str().as_bytes());
            } else if meta.is_dir() {
                todo.push(entry.path());
            } else {
                node(&mut hasher, &meta);
                bytes += meta.len();
            }
        }
        hasher.update(&[0; 8]);
    }
    Ok((hasher.finish(), bytes))
}

fn node(hasher: &mut Hasher, meta: &Metadata) {
    if meta.file_type().is_char_device() || meta.file_type().is_block_device() {
        hasher.update(&meta.rdev().to_le_bytes());
    }
    hasher.update(&meta.len().to_le_bytes());
    hasher.update(&meta.mtime().to_le_bytes());
    hasher.update(&meta.mtime_nsec().to_le_bytes());
}

fn field(hasher: &mut Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64 + 1).to_le_bytes());
    hasher.update(bytes);
}
