//! The formats, and how small they make what they get.

use std::fmt;

use crate::Error;

/// A format and its level: what the program of that name takes as `-LEVEL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Zstandard in its seekable form: frames that do not depend on each other, and a table of
    /// where they are, which readers that do not know it skip.
    Zstd {
        /// From 1, fast, to 19, small; `zstd` takes 3.
        level: i32,
    },
    /// One xz stream of several blocks, so that `xz -T` reads it on all cores, too.
    Xz {
        /// From 0, fast, to 9, small; `xz` takes 6.
        level: u32,
    },
    /// One gzip member.
    Gzip {
        /// From 1, fast, to 9, small; `gzip` takes 6. 1 and 2 are the same.
        level: i32,
    },
}

impl Format {
    /// The end of a compressed file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Zstd { .. } => "zst",
            Self::Xz { .. } => "xz",
            Self::Gzip { .. } => "gz",
        }
    }

    /// That the level exists.
    pub(crate) fn check(self) -> Result<(), Error> {
        let (level, least, most) = match self {
            Self::Zstd { level } => (i64::from(level), 1, 19),
            Self::Xz { level } => (i64::from(level), 0, 9),
            Self::Gzip { level } => (i64::from(level), 1, 9),
        };
        match (least..=most).contains(&level) {
            true => Ok(()),
            false => Err(Error::Level { format: self, level, least, most }),
        }
    }
}

/// The format's name, without the level.
impl fmt::Display for Format {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Zstd { .. } => "zstd",
            Self::Xz { .. } => "xz",
            Self::Gzip { .. } => "gzip",
        })
    }
}
