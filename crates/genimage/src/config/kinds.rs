//! The sections that say what an image is: all but `hdimage`.

use bringup_fsimage::fat::FatKind;

use super::disk::Disk;
use super::ext::Ext;
use super::values::{Said, Values, bad};
use super::{Hole, holes};
use crate::arguments;
use crate::keys::{CPIO, FILE, QEMU, SQUASHFS, TAR, VFAT, VFAT_FILE};
use crate::syntax::Section;
use crate::{Error, Place};

/// What an image is.
#[derive(Debug)]
pub(crate) enum Kind {
    Disk(Disk),
    Ext(Ext),
    Vfat(Vfat),
    Squashfs(Squashfs),
    Cpio(Cpio),
    Tar,
    File(File),
    Qemu(Qemu),
}

impl Kind {
    pub(super) fn of(section: &Section) -> Result<Self, Error> {
        Ok(match section.name.as_str() {
            "hdimage" => Self::Disk(Disk::of(section)?),
            "vfat" => Self::Vfat(Vfat::of(section)?),
            "squashfs" => Self::Squashfs(Squashfs::of(section)?),
            "cpio" => Self::Cpio(Cpio::of(section)?),
            "tar" => {
                Values::of(section, TAR)?;
                Self::Tar
            }
            "file" => Self::File(File::of(section)?),
            "qemu" => Self::Qemu(Qemu::of(section)?),
            _ => Self::Ext(Ext::of(section)?),
        })
    }
}

/// `vfat`.
#[derive(Debug)]
pub(crate) struct Vfat {
    pub(crate) label: String,
    pub(crate) kind: Option<FatKind>,
    pub(crate) volume_id: Option<u32>,
    /// Paths in it, and the images that go there; an empty path for the image's own name.
    pub(crate) files: Vec<(String, Said<String>)>,
}

impl Vfat {
    fn of(section: &Section) -> Result<Self, Error> {
        let values = Values::of(section, VFAT)?;
        let mut files = Vec::new();
        for file in values.sections("file") {
            let inner = Values::of(file, VFAT_FILE)?;
            let title = file.title.clone();
            let path = title.ok_or_else(|| Error::NoTitle { at: file.at.clone(), what: "file" })?;
            let image = inner.filled("image");
            let image = image.ok_or_else(|| Error::NoImage {
                at: file.at.clone(),
                what: "file",
                name: path.clone(),
            })?;
            files.push((path, image));
        }
        files.extend(values.texts("files").into_iter().map(|said| (String::new(), said)));
        let label = values.text("label").map(|said| said.value).unwrap_or_default();
        let mut vfat = Self { label, kind: None, volume_id: None, files };
        if let Some(said) = values.filled("extraargs") {
            arguments::vfat(&mut vfat, &said)?;
        }
        Ok(vfat)
    }
}

/// `squashfs`.
#[derive(Debug)]
pub(crate) struct Squashfs {
    pub(crate) at: Place,
    /// `gzip` where none is given.
    pub(crate) compression: String,
    /// In bytes.
    pub(crate) block_size: u64,
}

impl Squashfs {
    fn of(section: &Section) -> Result<Self, Error> {
        let values = Values::of(section, SQUASHFS)?;
        if let Some(said) = values.filled("extraargs") {
            arguments::none(&said, "mksquashfs", &["-all-root", "-noappend", "-no-progress", "-quiet"])?;
        }
        let compression = values.text("compression").map(|said| said.value.to_ascii_lowercase());
        Ok(Self {
            at: section.at.clone(),
            compression: compression.unwrap_or_else(|| "gzip".to_owned()),
            // genimage's own; mksquashfs takes 128 KiB.
            block_size: values.size("block-size")?.unwrap_or(4096),
        })
    }
}

/// `cpio`.
#[derive(Debug)]
pub(crate) struct Cpio {
    pub(crate) gzip: bool,
}

impl Cpio {
    fn of(section: &Section) -> Result<Self, Error> {
        let values = Values::of(section, CPIO)?;
        if let Some(said) = values.filled("format").filter(|said| said.value != "newc") {
            return Err(bad(&said.at, "format", &said.value, "`newc`, the one that Linux unpacks"));
        }
        if let Some(said) = values.filled("extraargs") {
            let known =
                ["--quiet", "--reproducible", "--owner=0:0", "--owner=root:root", "-R", "0:0", "root:root"];
            arguments::none(&said, "cpio", &known)?;
        }
        let gzip = match values.filled("compress") {
            None => false,
            // Options say how hard it tries, or leave out the time, which is left out anyway.
            Some(said) if matches!(said.value.split_whitespace().next(), Some("gzip" | "pigz")) => true,
            Some(said) => return Err(bad(&said.at, "compress", &said.value, "`gzip`")),
        };
        Ok(Self { gzip })
    }
}

/// `file`.
#[derive(Debug)]
pub(crate) struct File {
    /// Its name in the input path; the image's own where none is given.
    pub(crate) name: Option<String>,
    /// Whether it is copied to the output path.
    pub(crate) copy: bool,
    pub(crate) holes: Vec<Hole>,
}

impl File {
    fn of(section: &Section) -> Result<Self, Error> {
        let values = Values::of(section, FILE)?;
        let name = values.filled("name").map(|said| said.value);
        Ok(Self { name, copy: values.flag("copy", true)?, holes: holes(&values)? })
    }
}

/// `qemu`.
#[derive(Debug)]
pub(crate) struct Qemu {
    /// `qcow2` or `raw`.
    pub(crate) format: String,
    pub(crate) compressed: bool,
}

impl Qemu {
    fn of(section: &Section) -> Result<Self, Error> {
        let values = Values::of(section, QEMU)?;
        let mut compressed = false;
        if let Some(said) = values.filled("extraargs") {
            arguments::none(&said, "qemu-img", &["-c", "-W", "-p", "-q"])?;
            compressed = said.value.split_whitespace().any(|word| word == "-c");
        }
        let format = match values.filled("format") {
            None => "qcow2".to_owned(),
            Some(said) if ["qcow2", "raw"].contains(&said.value.as_str()) => said.value,
            Some(said) => {
                let expected = "`qcow2` or `raw`, from which `bringup tool qemu-img` makes the others";
                return Err(bad(&said.at, "format", &said.value, expected));
            }
        };
        Ok(Self { format, compressed })
    }
}
