//! `ext2`, `ext3` and `ext4`.

use bringup_spec::Guid;

use super::values::{Said, Values, bad};
use crate::keys::EXT;
use crate::syntax::Section;
use crate::{Error, arguments, time};

/// Which of the two that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExtKind {
    Ext2,
    Ext4,
}

impl ExtKind {
    /// The features it is written with: crates/fsimage's `ext2`, and `mkext4`.
    pub(crate) fn features(self) -> &'static [&'static str] {
        match self {
            Self::Ext2 => &["ext_attr", "filetype", "large_file", "sparse_super"],
            Self::Ext4 => &[
                "dir_index",
                "dir_nlink",
                "ext_attr",
                "extent",
                "extents",
                "extra_isize",
                "filetype",
                "flex_bg",
                "has_journal",
                "huge_file",
                "large_file",
                "metadata_csum",
                "sparse_super",
            ],
        }
    }
}

/// An ext2 or ext4 file system.
#[derive(Debug)]
pub(crate) struct Ext {
    pub(crate) kind: ExtKind,
    pub(crate) label: String,
    pub(crate) guid: Option<Guid>,
    /// In percent.
    pub(crate) reserved: u8,
    /// Inodes, at least.
    pub(crate) inodes: u32,
    /// In bytes.
    pub(crate) journal: Option<u64>,
    pub(crate) root_owner: (u32, u32),
    /// Of the file system itself, in seconds since 1970.
    pub(crate) time: Option<i64>,
}

impl Ext {
    pub(super) fn of(section: &Section) -> Result<Self, Error> {
        let values = Values::of(section, EXT)?;
        let kind = match section.name.as_str() {
            "ext2" => ExtKind::Ext2,
            "ext4" => ExtKind::Ext4,
            other => {
                return Err(Error::Unsupported {
                    at: section.at.clone(),
                    key: other.to_owned(),
                    reason: "a journal with ext2's own way of finding blocks is not written here",
                    help: "write `ext4 { }`, which has a journal too, or `ext2 { }`",
                });
            }
        };
        let mut ext = Self {
            kind,
            label: values.text("label").map(|said| said.value).unwrap_or_default(),
            guid: None,
            reserved: 5,
            inodes: 0,
            journal: None,
            root_owner: (0, 0),
            time: None,
        };
        if let Some(said) = values.filled("features") {
            arguments::features(ext.kind, &said)?;
        }
        if let Some(said) = values.filled("extraargs") {
            arguments::ext(&mut ext, &said)?;
        }
        if let Some(said) = values.filled("root-owner") {
            ext.root_owner = owner(&said)?;
        }
        if let Some(said) = values.filled("fs-timestamp") {
            let expected = "`@` and seconds since 1970, or `YYYYMMDDhhmmss`";
            let time = time::parse(&said.value);
            ext.time = Some(time.ok_or_else(|| bad(&said.at, "fs-timestamp", &said.value, expected))?);
        }
        Ok(ext)
    }
}

fn owner(said: &Said<String>) -> Result<(u32, u32), Error> {
    let parsed =
        said.value.split_once(':').and_then(|(uid, gid)| Some((uid.parse().ok()?, gid.parse().ok()?)));
    parsed.ok_or_else(|| bad(&said.at, "root-owner", &said.value, "two numbers: `uid:gid`"))
}
