//! Downloads that survive being interrupted.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::PathBuf;

use crate::error::During;
use crate::lock::Locked;
use crate::{Digest, Error, Hasher, Store, folder};

/// What there is of an object.
#[derive(Debug)]
pub enum Download<'store> {
    /// It is there: somebody was faster, or it was never missing.
    Present(PathBuf),
    /// It has to be fetched, wholly or from [`Partial::received`] on.
    Missing(Partial<'store>),
}

/// An object on its way in, locked against every other process and thread.
///
/// Dropped before [`finish`](Self::finish), what came is kept and the next download resumes there.
#[derive(Debug)]
pub struct Partial<'store> {
    store: &'store Store,
    digest: Digest,
    len: u64,
    received: u64,
    hasher: Hasher,
    locked: Locked,
}

impl Store {
    /// Gets an object, or the right to fetch it. Waits while another process or thread fetches it.
    ///
    /// # Errors
    /// As for [`get`](Self::get), or the partial file cannot be made or read.
    pub fn download(&self, digest: &Digest, len: u64) -> Result<Download<'_>, Error> {
        if let Some(path) = self.get(digest, len)? {
            return Ok(Download::Present(path));
        }
        let locked = Locked::wait(&self.root.join(folder::PARTIAL).join(digest.to_string()))?;
        if let Some(path) = self.get(digest, len)? {
            locked.remove()?;
            return Ok(Download::Present(path));
        }
        let mut partial =
            Partial { store: self, digest: *digest, len, received: 0, hasher: Hasher::new(), locked };
        partial.resume()?;
        if partial.received == len && partial.hasher.clone().finish() == *digest {
            return Ok(Download::Present(partial.finish()?));
        }
        if partial.received >= len {
            partial.restart()?;
        }
        Ok(Download::Missing(partial))
    }
}

impl Partial<'_> {
    /// How many bytes are there already: ask the server for the rest, or [restart](Self::restart).
    pub fn received(&self) -> u64 {
        self.received
    }

    /// How many bytes the whole object has.
    pub fn expected(&self) -> u64 {
        self.len
    }

    /// The object's digest.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// More came than the object has (what came is then forgotten), or writing failed.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let received = self.received + bytes.len() as u64;
        if received > self.len {
            self.restart()?;
            return Err(Error::TooLong { digest: self.digest, expected: self.len, received });
        }
        self.locked.file.write_all(bytes).during("write", &self.locked.path)?;
        self.hasher.update(bytes);
        self.received = received;
        Ok(())
    }

    /// Forgets what came: the server cannot resume.
    ///
    /// # Errors
    /// The partial file cannot be emptied.
    pub fn restart(&mut self) -> Result<(), Error> {
        let empty = |file: &mut File| file.set_len(0).and_then(|()| file.rewind());
        empty(&mut self.locked.file).during("empty", &self.locked.path)?;
        self.hasher = Hasher::new();
        self.received = 0;
        Ok(())
    }

    /// Checks length and digest and gives the object its name; says where it is.
    ///
    /// # Errors
    /// Bytes are missing (they can still be fetched by a later download), the digest is wrong
    /// (what came is then removed), or the file cannot be renamed.
    pub fn finish(self) -> Result<PathBuf, Error> {
        let Self { store, digest, len, received, hasher, locked } = self;
        if received != len {
            return Err(Error::TooShort { digest, expected: len, received });
        }
        let found = hasher.finish();
        if found != digest {
            locked.remove()?;
            return Err(Error::WrongHash { expected: digest, found, len });
        }
        let path = store.object_path(&digest);
        store.publish_file(&locked.path, &path, digest)?;
        Ok(path)
    }

    /// Hashes what an earlier download left, and goes to its end.
    fn resume(&mut self) -> Result<(), Error> {
        let path = &self.locked.path;
        self.received = self.hasher.update_from(&mut self.locked.file).during("read", path)?;
        self.locked.file.seek(io::SeekFrom::Start(self.received)).during("seek in", path)?;
        Ok(())
    }
}
