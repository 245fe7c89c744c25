//! `image`.

use super::disk::Partition;
use super::kinds::Kind;
use super::values::{SIZE, Said, Values, bad, number, size};
use super::{Hole, holes, unique};
use crate::keys::{IMAGE, TYPES};
use crate::syntax::Section;
use crate::{Error, Place};

/// `image`.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) at: Place,
    /// Its title: the file's name in the output path.
    pub(crate) file: String,
    pub(crate) size: ImageSize,
    /// The folder of the root path that it is made from, without slashes at its ends.
    pub(crate) mountpoint: String,
    /// A folder in place of the root path's.
    pub(crate) srcpath: Option<String>,
    pub(crate) empty: bool,
    /// Only an ingredient of others.
    pub(crate) temporary: bool,
    pub(crate) holes: Vec<Hole>,
    pub(crate) kind: Kind,
    pub(crate) partitions: Vec<Partition>,
}

/// How large an image is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImageSize {
    /// As it comes.
    Unsaid,
    /// So many bytes.
    Bytes(u64),
    /// So many hundredths of its contents.
    Percent(u64),
}

impl Image {
    pub(super) fn of(section: &Section) -> Result<Self, Error> {
        let values = Values::of(section, IMAGE)?;
        let at = section.at.clone();
        let title = section.title.clone().filter(|title| !title.is_empty());
        let file = title.ok_or_else(|| Error::NoTitle { at: at.clone(), what: "image" })?;
        // It names a file below the output path.
        if file.split('/').any(|part| part == "..") {
            return Err(bad(&at, "image", &file, "a path without `..`"));
        }
        let mut kinds = TYPES.iter().flat_map(|name| values.sections(name));
        let kind = match (kinds.next(), kinds.next()) {
            (Some(kind), None) => Kind::of(kind)?,
            (None, _) => return Err(Error::NoType { at, image: file }),
            (Some(first), Some(second)) => {
                let (at, first, second) = (second.at.clone(), first.name.clone(), second.name.clone());
                return Err(Error::TwoTypes { at, image: file, first, second });
            }
        };
        if file.starts_with('/') && !matches!(kind, Kind::File(_)) {
            return Err(bad(&at, "image", &file, "a path below the output path"));
        }
        let mut partitions: Vec<Partition> = Vec::new();
        for section in values.sections("partition") {
            let partition = Partition::of(section)?;
            let others = partitions.iter().map(|other| (&other.name, &other.at));
            unique("partition", &partition.name, &partition.at, others)?;
            partitions.push(partition);
        }
        let size = image_size(&values)?;
        if let (ImageSize::Percent(_), false) = (size, matches!(kind, Kind::Ext(_) | Kind::Vfat(_))) {
            let said = values.text("size").map(|said| said.value).unwrap_or_default();
            let expected = "bytes: a percentage is of the files of ext2, ext4 and vfat";
            return Err(bad(values.place("size").unwrap_or(&at), "size", &said, expected));
        }
        let mountpoint = values.text("mountpoint").map(|said| said.value).unwrap_or_default();
        Ok(Self {
            file,
            size,
            mountpoint: mountpoint.trim_matches('/').to_owned(),
            srcpath: values.filled("srcpath").map(|said| said.value),
            empty: values.flag("empty", false)?,
            temporary: values.flag("temporary", false)?,
            holes: holes(&values)?,
            kind,
            partitions,
            at,
        })
    }
}

impl Image {
    /// The names of the images that it is made of.
    pub(super) fn ingredients(&self) -> impl Iterator<Item = &str> {
        let partitions = self.partitions.iter().filter_map(|partition| partition.image.as_ref());
        let files = match &self.kind {
            Kind::Vfat(vfat) => vfat.files.as_slice(),
            _ => &[],
        };
        partitions.chain(files.iter().map(|(_, image)| image)).map(|said| said.value.as_str())
    }
}

fn image_size(values: &Values<'_>) -> Result<ImageSize, Error> {
    let Some(Said { at, value }) = values.text("size") else { return Ok(ImageSize::Unsaid) };
    let found = match value.trim().strip_suffix('%') {
        Some(percent) => number(percent).filter(|percent| *percent > 0).map(ImageSize::Percent),
        None => {
            size(&value).map(|bytes| if bytes == 0 { ImageSize::Unsaid } else { ImageSize::Bytes(bytes) })
        }
    };
    found.ok_or_else(|| bad(&at, "size", &value, SIZE))
}
