//! Stamps: what an entry looked like when its bytes were last hashed.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::During;
use crate::{Digest, Error};

/// What changes when somebody writes to a file.
///
/// `ctime` cannot be set back by ordinary means, so that a changed file with its old `mtime` is
/// noticed too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    len: u64,
    mtime: (i64, i64),
    ctime: (i64, i64),
    inode: u64,
}

/// A digest and the fingerprint it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) digest: Digest,
    pub(crate) seen: Fingerprint,
}

impl Fingerprint {
    pub(crate) fn of(meta: &Metadata) -> Self {
        Self {
            len: meta.len(),
            mtime: (meta.mtime(), meta.mtime_nsec()),
            ctime: (meta.ctime(), meta.ctime_nsec()),
            inode: meta.ino(),
        }
    }
}

impl Stamp {
    /// The stamp of the entry at `path`; none if it is missing, or was cut short by a crash.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(stamp_path(path)).ok()?)
    }

    /// Writes the stamp of the entry at `path`. A reader that meets it half-written finds none.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        let path = stamp_path(path);
        std::fs::write(&path, self.to_text()).during("write", &path)
    }

    fn to_text(self) -> String {
        let Fingerprint { len, mtime, ctime, inode } = self.seen;
        format!("{} {len} {} {} {} {} {inode}\n", self.digest, mtime.0, mtime.1, ctime.0, ctime.1)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.strip_suffix('\n')?.split(' ');
        let digest = fields.next()?.parse().ok()?;
        let len = fields.next()?.parse().ok()?;
        let mut time =
            || -> Option<(i64, i64)> { Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?)) };
        let (mtime, ctime) = (time()?, time()?);
        let inode = fields.next()?.parse().ok()?;
        fields.next().is_none().then_some(Self { digest, seen: Fingerprint { len, mtime, ctime, inode } })
    }
}

/// Where the stamp of the entry at `path` is.
pub(crate) fn stamp_path(path: &Path) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(STAMP_SUFFIX);
    path.into()
}

/// Behind the name of an entry.
pub(crate) const STAMP_SUFFIX: &str = ".stamp";

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp() -> Stamp {
        let seen = Fingerprint { len: 3, mtime: (-1, 5), ctime: (7, 999_999_999), inode: u64::MAX };
        Stamp { digest: Digest::of(b"abc"), seen }
    }

    #[test]
    fn a_stamp_reads_back() {
        assert_eq!(Stamp::parse(&stamp().to_text()), Some(stamp()));
    }

    #[test]
    fn a_stamp_cut_short_anywhere_is_none() {
        let text = stamp().to_text();
        for len in 0..text.len() {
            assert_eq!(Stamp::parse(&text[..len]), None, "{len}");
        }
        assert_eq!(Stamp::parse(&text.replace('\n', " 1\n")), None);
    }
}
