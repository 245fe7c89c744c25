//! What a configuration says, with types.

mod disk;
mod ext;
mod image;
mod kinds;
mod values;

use std::collections::BTreeMap;

use crate::keys::{SETTINGS, TOP};
use crate::syntax::{Item, Section};
use crate::{Error, Place};

pub(crate) use disk::{Disk, Identity, Partition, TableKind};
pub(crate) use ext::{Ext, ExtKind};
pub(crate) use image::{Image, ImageSize};
pub(crate) use kinds::{Cpio, Kind, Qemu, Squashfs, Vfat};
pub(crate) use values::Said;
use values::{Values, bad};

/// A range of a file that means nothing, from its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// A whole configuration.
#[derive(Debug)]
pub(crate) struct Config {
    /// In their order.
    pub(crate) images: Vec<Image>,
    /// The paths that a `config` section sets.
    pub(crate) settings: BTreeMap<&'static str, String>,
}

impl Config {
    /// Takes a file's sections.
    pub(crate) fn of(file: &Section) -> Result<Self, Error> {
        let values = Values::of(file, TOP)?;
        let mut images: Vec<Image> = Vec::new();
        for section in values.sections("image") {
            let image = Image::of(section)?;
            unique("image", &image.file, &image.at, images.iter().map(|image| (&image.file, &image.at)))?;
            images.push(image);
        }
        Ok(Self { images, settings: settings(&values) })
    }
}

/// The paths; everything else there names programs that are not run.
fn settings(values: &Values<'_>) -> BTreeMap<&'static str, String> {
    let mut found = BTreeMap::new();
    for item in values.sections("config").flat_map(|section| &section.items) {
        let Item::Value(value) = item else { continue };
        if let Some(name) = SETTINGS.iter().find(|name| **name == value.key) {
            found.extend(value.values.last().map(|path| (*name, path.clone())));
        }
    }
    found
}

/// genimage takes the second of two sections with one title in place of the first, in its place.
fn unique<'a>(
    what: &'static str,
    name: &str,
    at: &Place,
    mut others: impl Iterator<Item = (&'a String, &'a Place)>,
) -> Result<(), Error> {
    match others.find(|(other, _)| *other == name) {
        None => Ok(()),
        Some((_, first)) => {
            Err(Error::Twice { at: at.clone(), what, name: name.to_owned(), first: first.clone() })
        }
    }
}

/// The ranges of a list of `"(start;end)"`.
fn holes(values: &Values<'_>) -> Result<Vec<Hole>, Error> {
    let range = |text: &str| {
        let inner = text.trim().strip_prefix('(')?.strip_suffix(')')?;
        let (start, end) = inner.split_once(';')?;
        let (start, end) = (values::size(start)?, values::size(end)?);
        (start < end).then_some(Hole { start, end })
    };
    let hole = |said: Said<String>| {
        range(&said.value)
            .ok_or_else(|| bad(&said.at, "holes", &said.value, "`(start; end)`, the end behind the start"))
    };
    values.texts("holes").into_iter().map(hole).collect()
}
