//! `hdimage` and `partition`.

use bringup_spec::Guid;

use super::values::{Said, Values, bad};
use super::{Hole, holes};
use crate::keys::{DISK, PARTITION};
use crate::syntax::Section;
use crate::{Error, Place, types};

/// The kind of partition table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TableKind {
    None,
    Mbr,
    Gpt,
    Hybrid,
}

impl TableKind {
    pub(crate) fn has_mbr(self) -> bool {
        matches!(self, Self::Mbr | Self::Hybrid)
    }

    pub(crate) fn has_gpt(self) -> bool {
        matches!(self, Self::Gpt | Self::Hybrid)
    }
}

/// An identity: given, or to be made from the configuration itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity<T> {
    Given(T),
    Made,
}

/// `hdimage`.
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) table: TableKind,
    /// In bytes; a multiple of 512 where there is a table.
    pub(crate) align: u64,
    /// 1 to 4, or 0 where it follows from the number of partitions.
    pub(crate) extended: u64,
    pub(crate) signature: Identity<u32>,
    pub(crate) guid: Identity<Guid>,
    /// In bytes, a multiple of 512.
    pub(crate) gpt_location: u64,
    pub(crate) gpt_backup: bool,
    pub(crate) fill: bool,
}

/// The bytes of a sector, in which tables count whatever the disk's own are (genimage, image-hd.c).
const SECTOR: u64 = 512;

impl Disk {
    pub(super) fn of(section: &Section) -> Result<Self, Error> {
        let values = Values::of(section, DISK)?;
        let table = table(&values)?;
        let align = match values.size("align")?.unwrap_or(0) {
            0 if table == TableKind::None => 1,
            0 => SECTOR,
            align => align,
        };
        let gpt_location = match values.size("gpt-location")?.unwrap_or(0) {
            0 => 2 * SECTOR,
            given => given,
        };
        for (key, size) in [("align", align), ("gpt-location", gpt_location)] {
            if table != TableKind::None && !size.is_multiple_of(SECTOR) {
                let at = values.place(key).unwrap_or(&section.at);
                return Err(bad(at, key, &size.to_string(), "a multiple of 512 bytes"));
            }
        }
        let extended = values.number("extended-partition", 0)?;
        if extended > 4 {
            let at = values.place("extended-partition").unwrap_or(&section.at);
            return Err(bad(at, "extended-partition", &extended.to_string(), "0 to 4"));
        }
        Ok(Self {
            table,
            align,
            extended,
            signature: signature(&values, table)?,
            guid: disk_guid(&values, table)?,
            gpt_location,
            gpt_backup: !values.flag("gpt-no-backup", false)?,
            fill: values.flag("fill", false)?,
        })
    }
}

/// Of the keys that say it the older ones count more, as in genimage.
fn table(values: &Values<'_>) -> Result<TableKind, Error> {
    let mut table = match values.text("partition-table-type") {
        None => TableKind::Mbr,
        Some(said) => match said.value.as_str() {
            "none" => TableKind::None,
            "mbr" | "dos" => TableKind::Mbr,
            "gpt" => TableKind::Gpt,
            "hybrid" => TableKind::Hybrid,
            other => {
                let expected = "`none`, `mbr`, `gpt` or `hybrid`";
                return Err(bad(&said.at, "partition-table-type", other, expected));
            }
        },
    };
    if let Some(flag) = values.said_flag("partition-table")? {
        table = if flag { TableKind::Mbr } else { TableKind::None };
    }
    if let Some(flag) = values.said_flag("gpt")? {
        table = if flag { TableKind::Gpt } else { TableKind::Mbr };
    }
    Ok(table)
}

fn signature(values: &Values<'_>, table: TableKind) -> Result<Identity<u32>, Error> {
    const KEY: &str = "disk-signature";
    let Some(said) = values.filled(KEY) else { return Ok(Identity::Given(0)) };
    if said.value == "random" {
        return Ok(Identity::Made);
    }
    if !table.has_mbr() {
        return Err(Error::Misplaced { at: said.at, key: KEY, tables: "`mbr` and `hybrid`" });
    }
    let number = super::values::number(&said.value).and_then(|number| u32::try_from(number).ok());
    number
        .map(Identity::Given)
        .ok_or_else(|| bad(&said.at, KEY, &said.value, "a number of 32 bits, or `random`"))
}

fn disk_guid(values: &Values<'_>, table: TableKind) -> Result<Identity<Guid>, Error> {
    const KEY: &str = "disk-uuid";
    let Some(said) = values.filled(KEY) else { return Ok(Identity::Made) };
    if !table.has_gpt() {
        return Err(Error::Misplaced { at: said.at, key: KEY, tables: "`gpt` and `hybrid`" });
    }
    guid(KEY, &said).map(Identity::Given)
}

fn guid(key: &str, said: &Said<String>) -> Result<Guid, Error> {
    types::guid(&said.value).ok_or_else(|| bad(&said.at, key, &said.value, "a UUID"))
}

/// `partition`.
#[derive(Debug)]
pub(crate) struct Partition {
    pub(crate) at: Place,
    pub(crate) name: String,
    /// 0 where it is not given.
    pub(crate) offset: u64,
    /// 0 where it is not given.
    pub(crate) size: u64,
    pub(crate) align: Option<u64>,
    pub(crate) kind: u8,
    pub(crate) bootable: bool,
    pub(crate) read_only: bool,
    pub(crate) hidden: bool,
    pub(crate) no_automount: bool,
    pub(crate) image: Option<Said<String>>,
    /// Bytes at the image's start that are left out.
    pub(crate) image_offset: u64,
    /// Whether the image is filled up to the partition's end.
    pub(crate) fill: bool,
    pub(crate) holes: Vec<Hole>,
    pub(crate) autoresize: bool,
    pub(crate) in_table: bool,
    pub(crate) forced_primary: bool,
    pub(crate) guid: Identity<Guid>,
    pub(crate) kind_guid: Option<Said<Guid>>,
}

impl Partition {
    pub(super) fn of(section: &Section) -> Result<Self, Error> {
        let values = Values::of(section, PARTITION)?;
        let title = section.title.clone();
        let name = title.ok_or_else(|| Error::NoTitle { at: section.at.clone(), what: "partition" })?;
        let kind = values.number("partition-type", 0)?;
        let kind = u8::try_from(kind).map_err(|_| {
            let at = values.place("partition-type").unwrap_or(&section.at);
            bad(at, "partition-type", &format!("{kind:#x}"), "0 to 0xff")
        })?;
        let kind_guid = match values.filled("partition-type-uuid") {
            None => None,
            Some(said) => match types::named(&said.value).or_else(|| types::guid(&said.value)) {
                Some(value) => Some(Said { at: said.at, value }),
                None => {
                    let expected = "a UUID, or a name of one: `L`, `U`, `esp`, `root-arm64`, ...";
                    return Err(bad(&said.at, "partition-type-uuid", &said.value, expected));
                }
            },
        };
        let own = values.filled("partition-uuid").map(|said| guid("partition-uuid", &said)).transpose()?;
        Ok(Self {
            at: section.at.clone(),
            name,
            offset: values.size("offset")?.unwrap_or(0),
            size: values.size("size")?.unwrap_or(0),
            align: values.size("align")?.filter(|align| *align > 0),
            kind,
            bootable: values.flag("bootable", false)?,
            read_only: values.flag("read-only", false)?,
            hidden: values.flag("hidden", false)?,
            no_automount: values.flag("no-automount", false)?,
            image: values.filled("image"),
            image_offset: values.size("imageoffset")?.unwrap_or(0),
            fill: values.flag("fill", false)?,
            holes: holes(&values)?,
            autoresize: values.flag("autoresize", false)?,
            in_table: values.flag("in-partition-table", true)?,
            forced_primary: values.flag("forced-primary", false)?,
            guid: own.map_or(Identity::Made, Identity::Given),
            kind_guid,
        })
    }
}
