//! Whether an image on disk is already what a build would make.
//!
//! The store remembers for each output path what went in, and what the files
//! looked like when they were finished. Both must still hold.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use bringup_store::{Digest, Store};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::beside::Beside;

#[derive(PartialEq, Serialize, Deserialize)]
struct Record {
    inputs: Digest,
    image: Look,
    manifest: Look,
}

/// What changes whenever a file is written to or replaced.
#[derive(PartialEq, Serialize, Deserialize)]
struct Look {
    device: u64,
    inode: u64,
    len: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Look {
    fn of(meta: &Metadata) -> Self {
        Self {
            device: meta.dev(),
            inode: meta.ino(),
            len: meta.size(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
        }
    }
}

fn record_path(store: &Store, image: &Path) -> PathBuf {
    let name = Digest::of(image.as_os_str().as_encoded_bytes()).to_string();
    store.state_dir().join("images").join(name)
}

fn look(inputs: Digest, image: &Path, manifest: &Path) -> Option<Record> {
    let of = |path: &Path| std::fs::metadata(path).ok().map(|meta| Look::of(&meta));
    Some(Record { inputs, image: of(image)?, manifest: of(manifest)? })
}

/// Whether both files are as they were left by a build with these inputs.
pub(crate) fn is_unchanged(store: &Store, inputs: Digest, image: &Path, manifest: &Path) -> bool {
    // An unreadable record only means that the image is built again.
    let remembered = std::fs::read(record_path(store, image)).ok();
    let remembered = remembered.and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok());
    remembered.is_some() && remembered == look(inputs, image, manifest)
}

/// Remembers that both files are now what these inputs give.
pub(crate) fn remember(store: &Store, inputs: Digest, image: &Path, manifest: &Path) -> Result<(), Error> {
    let Some(record) = look(inputs, image, manifest) else { return Ok(()) };
    let path = record_path(store, image);
    let bytes = serde_json::to_vec(&record).expect("numbers and digests are JSON");
    let folder = path.parent().expect("the record is in a folder");
    let created = std::fs::create_dir_all(folder);
    created.map_err(|source| Error::Io { operation: "create", path: folder.to_owned(), source })?;
    Beside::write(&path, &bytes)?.keep()
}
