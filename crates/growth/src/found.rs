//! What an image says about its growth.

use bringup_bootchain::Disk;
use bringup_bootchain::table::{self, Table};
use bringup_bootchain::volume::{self, Part, Volume};
use bringup_spec::Bytes;

use crate::definitions::{RULES, Way};
use crate::rules::Rules;
use crate::{Error, repart};

/// More than any rules that are written here.
const TEXT_MAX: u64 = 64 << 10;

/// An image's table, and how it grows.
#[derive(Clone, Debug)]
pub struct Found {
    /// The image's size.
    pub size: Bytes,
    /// Its table.
    pub table: Table,
    /// How it grows.
    pub rules: Rules,
    /// What changes the table.
    pub way: Way,
}

/// Reads how a finished image grows, from the last ext file system that says so: root's, which may have
/// that of `/var` behind it.
///
/// # Errors
/// The image cannot be read, or does not grow.
pub fn find(disk: &Disk<'_>) -> Result<Found, Error> {
    let table = table::read(disk)?;
    let volumes: Vec<(u32, Volume<'_>)> = table
        .partitions
        .iter()
        .rev()
        .filter_map(|partition| {
            let volume = volume::open(Part::new(disk, &partition.bytes)).ok()?;
            volume.identity.kind.starts_with("ext").then_some((partition.number, volume))
        })
        .collect();
    let size = Bytes(disk.len());
    for (number, volume) in &volumes {
        if let Ok(text) = volume.read(RULES, TEXT_MAX) {
            let rules = Rules::parse(RULES, &String::from_utf8_lossy(&text))?;
            return Ok(Found { size, table, rules, way: Way::Initramfs });
        }
        let files = repart_files(volume)?;
        if !files.is_empty() {
            // Root that does not grow has what does behind it.
            let fixed = files.iter().filter(|(name, _)| repart::is_fixed(name)).count() as u32;
            let rules = repart::parse(number + fixed.min(1), &files)?;
            return Ok(Found { size, table, rules, way: Way::Repart });
        }
    }
    Err(if volumes.is_empty() {
        Error::NoRootFileSystem
    } else {
        Error::NoRules { rules: RULES, folder: repart::FOLDER }
    })
}

/// The definitions by name and text, in the order of their names; none without the folder.
fn repart_files(volume: &Volume<'_>) -> Result<Vec<(String, String)>, Error> {
    let mut files = Vec::new();
    for entry in volume.list(repart::FOLDER).unwrap_or_default() {
        let name = String::from_utf8_lossy(&entry.name).into_owned();
        if name.ends_with(".conf") {
            let text = volume.read(&format!("{}/{name}", repart::FOLDER), TEXT_MAX)?;
            files.push((name, String::from_utf8_lossy(&text).into_owned()));
        }
    }
    files.sort();
    Ok(files)
}
