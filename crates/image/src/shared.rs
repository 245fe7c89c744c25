//! What the builds of one process keep in memory for each other.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bringup_debian::{DebError, DebFile, UnpackLimits, Unpacked, unpack_all};
use bringup_store::{Digest, Store};
use bringup_tree::Content;

use crate::Error;

/// Bytes of a file of the store: its path, where they start, how many.
type Bytes = (PathBuf, u64, u64);

/// What the builds of one process keep in memory for each other: boards of one platform are made
/// of nearly the same packages.
///
/// Everything in it follows from files of the store, which do not change while a build runs.
#[derive(Debug, Default)]
pub struct Shared {
    unpacked: Mutex<BTreeMap<Digest, Arc<Unpacked>>>,
    digests: Mutex<BTreeMap<Bytes, Digest>>,
}

impl Shared {
    /// Packages, unpacked; those that an earlier build had are not looked at again.
    pub(crate) fn unpack(
        &self,
        store: &Store,
        debs: &[DebFile],
        jobs: usize,
    ) -> Result<Vec<Arc<Unpacked>>, DebError> {
        let mut known = self.unpacked.lock().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<DebFile> = debs.iter().filter(|deb| !known.contains_key(&deb.digest)).cloned().collect();
        let unpacked = unpack_all(store, &new, &UnpackLimits::default(), jobs)?;
        known.extend(new.iter().map(|deb| deb.digest).zip(unpacked.into_iter().map(Arc::new)));
        Ok(debs.iter().map(|deb| Arc::clone(&known[&deb.digest])).collect())
    }

    /// The digest and length of a file's content.
    pub(crate) fn digest(&self, path: &[u8], content: &Content) -> Result<(Digest, u64), Error> {
        let read = || {
            Digest::of_reader(&mut content.reader()).map_err(|source| Error::Io {
                operation: "read",
                path: String::from_utf8_lossy(path).into_owned().into(),
                source,
            })
        };
        let Content::Range { source, offset, len } = content else { return read() };
        let key = (source.path.clone(), *offset, *len);
        let mut known = self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(digest) = known.get(&key) {
            return Ok((*digest, *len));
        }
        let (digest, len) = read()?;
        known.insert(key, digest);
        Ok((digest, len))
    }
}
