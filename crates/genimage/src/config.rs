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
    /// Takes a file's sections: all images, or those of the names `only` and what they are made of.
    pub(crate) fn of(file: &Section, only: &[String]) -> Result<Self, Error> {
        let values = Values::of(file, TOP)?;
        let sections: Vec<&Section> = values.sections("image").collect();
        let titled = |name: &str| sections.iter().position(|section| section.title.as_deref() == Some(name));
        for (index, section) in sections.iter().enumerate() {
            let title = section.title.as_deref().unwrap_or_default();
            let first = titled(title).filter(|first| *first < index);
            if let Some(first) = first {
                let (at, first) = (section.at.clone(), sections[first].at.clone());
                return Err(Error::Twice { at, what: "image", name: title.to_owned(), first });
            }
        }
        let named = |name: &String| {
            titled(name).ok_or_else(|| {
                let known = sections.iter().filter_map(|section| section.title.clone()).collect();
                Error::NoSuchImage { name: name.clone(), known }
            })
        };
        // The last one is taken first.
        let mut wanted: Vec<usize> = match only {
            [] => (0..sections.len()).rev().collect(),
            only => only.iter().rev().map(named).collect::<Result<_, _>>()?,
        };
        let mut images = BTreeMap::new();
        while let Some(index) = wanted.pop() {
            if images.contains_key(&index) {
                continue;
            }
            let image = Image::of(sections[index])?;
            wanted.extend(image.ingredients().filter_map(titled));
            images.insert(index, image);
        }
        Ok(Self { images: images.into_values().collect(), settings: settings(&values) })
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
