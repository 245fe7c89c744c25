//! Checking everything there is.

use std::fs;

use crate::derive::Shape;
use crate::error::During;
use crate::gc::entries;
use crate::stamp::Stamp;
use crate::{Digest, Error, Notice, Store, folder, scan};

/// How far [`Store::verify`] has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Entries checked.
    pub done: u64,
    /// All entries.
    pub total: u64,
}

/// What [`Store::verify`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Entries checked.
    pub entries: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What was wrong, and was moved or thrown away.
    pub damaged: Vec<Notice>,
}

impl Store {
    /// Hashes every object and derived file whatever its stamp says, and looks through every
    /// derived tree (names, modes, sizes and times; the bytes in trees are not hashed).
    ///
    /// Damaged objects are moved away, damaged results removed, so that the next build gets them anew.
    ///
    /// # Errors
    /// Another process uses the store while something has to be removed, or it cannot be read.
    pub fn verify(&self, mut progress: impl FnMut(Progress)) -> Result<Report, Error> {
        let objects = entries(&self.root.join(folder::OBJECTS))?.into_iter().map(|path| (None, path));
        let mut all: Vec<_> = objects.collect();
        for shape in Shape::ALL {
            all.extend(entries(&self.derived_folder(shape))?.into_iter().map(|path| (Some(shape), path)));
        }
        let before = self.take_notices();
        let mut report = Report::default();
        let total = all.len() as u64;
        for (shape, path) in all {
            // Whatever does not bear a digest's name is no entry of ours.
            let Some(digest) = path.file_name().and_then(|name| name.to_str()?.parse::<Digest>().ok()) else {
                continue;
            };
            report.bytes += match shape {
                None if !path.exists() => 0,
                None => self.rehash_object(&digest, &path)?.unwrap_or(0),
                Some(shape) => self.verify_derived(&digest, shape)?,
            };
            report.entries += 1;
            progress(Progress { done: report.entries, total });
        }
        report.damaged = self.take_notices();
        before.into_iter().for_each(|notice| self.notice(notice));
        Ok(report)
    }

    /// The bytes of a derived entry that is whole; 0 for one that is thrown away.
    fn verify_derived(&self, key: &Digest, shape: Shape) -> Result<u64, Error> {
        let path = self.derived_path(key, shape);
        let found = match shape {
            Shape::File => fs::File::open(&path).and_then(|mut file| Digest::of_reader(&mut file)),
            Shape::Tree => scan::scan(&path),
        };
        match (found, Stamp::read(&path)) {
            (Ok((found, bytes)), Some(stamp)) if found == stamp.digest => Ok(bytes),
            (Err(error), _) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).during("read", &path)
            }
            _ => self.discard_locked(key, shape).map(|()| 0),
        }
    }
}
