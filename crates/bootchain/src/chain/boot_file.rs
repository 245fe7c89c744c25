//! The files that a boot loader loads.

use std::ops::Range;

use crate::Error;
use crate::volume::{Extents, Volume};

/// A file, or a part of one, that is loaded whole.
#[derive(Clone, Debug)]
pub(crate) struct BootFile<'d> {
    /// Its path, or what of another file it is.
    pub(crate) name: String,
    pub(crate) extents: Extents<'d>,
}

/// The largest file that is held in memory: kernels have up to 50 MiB, UKIs twice that.
pub(crate) const FILE_MAX: u64 = 192 << 20;

impl<'d> BootFile<'d> {
    pub(crate) fn open(volume: &Volume<'d>, path: &str) -> Result<Self, Error> {
        Ok(Self { name: path.to_owned(), extents: volume.open_file(path)? })
    }

    pub(crate) fn part(&self, name: &str, range: Range<u64>) -> Self {
        Self { name: format!("{name} of {}", self.name), extents: self.extents.slice(range) }
    }

    pub(crate) fn read(&self) -> Result<Vec<u8>, Error> {
        self.extents.read_all(FILE_MAX)
    }

    pub(crate) fn ranges(&self) -> Vec<Range<u64>> {
        self.extents.ranges()
    }
}
