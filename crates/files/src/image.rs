//! An image and its partitions.

use std::path::{Path, PathBuf};

use bringup_bootchain::volume::{self, Identity, Part, Volume};
use bringup_bootchain::{Disk, table};
use bringup_spec::PartitionType;

use crate::Error;

/// A partition, or a file system without a table around it.
#[derive(Clone, Debug)]
pub struct Partition {
    /// Its number in the table; 0 if there is no table.
    pub number: u32,
    /// Its name in the table, or else its file system's label; may be empty.
    pub name: String,
    /// Its first byte on the disk.
    pub start: u64,
    /// How many bytes it has.
    pub len: u64,
    /// What is in it, if that is known.
    pub identity: Option<Identity>,
    is_esp: bool,
}

impl Partition {
    /// Whether people may call it so: by its number, its name, its label, or `esp` for an EFI system
    /// partition.
    fn is_called(&self, name: &str) -> bool {
        let label = self.identity.as_ref().map_or("", |identity| &identity.label);
        name == self.number.to_string()
            || [self.name.as_str(), label].iter().any(|own| own.eq_ignore_ascii_case(name))
            || self.is_esp && name.eq_ignore_ascii_case("esp")
    }

    /// Its number and its name, if it has one.
    pub fn shown(&self) -> String {
        match (self.number, self.name.as_str()) {
            (0, _) => "0 (all of it)".to_owned(),
            (number, "") => number.to_string(),
            (number, name) => format!("{number} (`{name}`)"),
        }
    }
}

/// An image that is open for reading.
#[derive(Debug)]
pub struct Image {
    path: PathBuf,
    disk: Disk<'static>,
    /// Its partitions, by their numbers; or the one file system that it is.
    pub partitions: Vec<Partition>,
}

impl Image {
    /// Opens an image and reads its table.
    ///
    /// # Errors
    /// It cannot be read, or has neither a table nor a file system.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Image { image: path.to_owned(), source };
        let disk = Disk::open(path).map_err(failed)?;
        let mut partitions = Vec::new();
        // A FAT's boot sector looks like a table, so a file system is looked for first.
        if let Some(identity) = volume::identify(Part::new(&disk, &(0..disk.len()))).map_err(failed)? {
            let (name, len) = (identity.label.clone(), disk.len());
            let whole = Partition { number: 0, name, start: 0, len, identity: Some(identity), is_esp: false };
            return Ok(Self { path: path.to_owned(), disk, partitions: vec![whole] });
        }
        for partition in table::read(&disk).map_err(failed)?.partitions {
            let part = Part::new(&disk, &partition.bytes);
            // One that leaves the disk holds nothing that could be read.
            let identity = volume::identify(part).ok().flatten();
            let label = identity.as_ref().map(|identity| identity.label.clone()).unwrap_or_default();
            partitions.push(Partition {
                number: partition.number,
                name: if partition.name.is_empty() { label } else { partition.name },
                start: part.start,
                len: part.len,
                identity,
                is_esp: partition.kind.is(PartitionType::Esp),
            });
        }
        Ok(Self { path: path.to_owned(), disk, partitions })
    }

    /// The partition of that number or name; without one, root: what is called so, or else the only
    /// one with an ext file system, or else the only one there is.
    ///
    /// # Errors
    /// [`Error::NoPartition`] or [`Error::NoRoot`].
    pub fn partition(&self, name: Option<&str>) -> Result<&Partition, Error> {
        let image = self.path.clone();
        let known = || match self.partitions.iter().map(Partition::shown).collect::<Vec<_>>() {
            none if none.is_empty() => "none".to_owned(),
            some => some.join(", "),
        };
        if let Some(name) = name {
            let found = self.partitions.iter().find(|partition| partition.is_called(name));
            return found.ok_or_else(|| Error::NoPartition { image, name: name.to_owned(), known: known() });
        }
        let is_ext = |partition: &&Partition| {
            partition.identity.as_ref().is_some_and(|identity| identity.kind.starts_with("ext"))
        };
        let named = self.partitions.iter().find(|partition| partition.is_called("root"));
        let found = named
            .or_else(|| only(self.partitions.iter().filter(is_ext)))
            .or_else(|| only(self.partitions.iter()));
        found.ok_or_else(|| Error::NoRoot { image, known: known() })
    }

    /// The file system of a partition.
    ///
    /// # Errors
    /// It has none, or one that is not read here.
    pub fn volume(&self, partition: &Partition) -> Result<Volume<'_>, Error> {
        let bytes = partition.start..partition.start + partition.len;
        volume::open(Part::new(&self.disk, &bytes))
            .map_err(|source| Error::Image { image: self.path.clone(), source })
    }
}

fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
}
