//! What one byte of a disk is.

use std::fmt;

use bringup_spec::Board;
use serde::Serialize;

use crate::files::Files;
use crate::map::{AreaKind, map_with};
use crate::volume::{self, FileKind, Part, Volume};
use crate::{Disk, Options, table, verify};

/// What one byte of a disk is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The byte.
    pub offset: u64,
    /// Who owns it: `partition 1`, `boot-rom`, `GPT header`; none behind the disk's end.
    pub owner: Option<String>,
    /// What it is to its owner.
    pub what: String,
    /// The file whose contents it is in, and where in it.
    pub file: Option<(String, u64)>,
    /// The links of the boot chain that rest on it: name, what was found, and the rule's source.
    pub links: Vec<(String, String, String)>,
    /// The document or source tree that says who owns it.
    pub source: String,
}

/// Says what the byte at `offset` is, and which rules look at it.
pub fn explain(disk: &Disk<'_>, board: Option<&Board>, offset: u64) -> Explanation {
    let options = Options { programs: false, ..Options::default() };
    let proof = verify(disk, board, &options);
    let map = map_with(disk, board, &proof);
    let mut found = Explanation {
        offset,
        owner: None,
        what: String::new(),
        file: None,
        links: Vec::new(),
        source: String::new(),
    };
    let Some(area) = map.at(offset) else {
        found.what = format!("the disk ends at {:#x}", disk.len());
        return found;
    };
    found.owner = Some(area.owner.clone());
    found.what.clone_from(&area.what);
    found.source.clone_from(&area.source);
    for link in proof.all() {
        if link.bytes.iter().any(|bytes| bytes.contains(&offset)) {
            found.links.push((link.name.to_owned(), link.what.clone(), link.source.clone()));
        }
    }
    if area.kind == AreaKind::Table {
        found.what = field(disk, &area.owner, offset - area.bytes.start);
    }
    let volume = || volume::open(Part::new(disk, &area.bytes)).ok();
    if let Some(volume) = (area.kind == AreaKind::Partition).then(volume).flatten() {
        (found.what, found.file) = in_volume(&volume, offset);
    }
    found
}

fn in_volume(volume: &Volume<'_>, offset: u64) -> (String, Option<(String, u64)>) {
    let kind = volume.identity.kind;
    if volume.description().contains(&offset) {
        return (format!("what describes the {kind} itself (superblock or boot sector)"), None);
    }
    let Ok(files) = Files::read(volume) else { return (format!("{kind} that cannot be read"), None) };
    for (path, file) in &files.all {
        if !matches!(file.node.kind, FileKind::File | FileKind::Directory) {
            continue;
        }
        let Ok(extents) = volume.extents(&file.node) else { continue };
        let mut at = 0;
        for range in extents.ranges() {
            if range.contains(&offset) {
                let path = format!("/{}", String::from_utf8_lossy(path));
                let what = if file.node.kind == FileKind::File {
                    "contents of a file"
                } else {
                    "names in a directory"
                };
                return (format!("{what} of the {kind}"), Some((path, at + (offset - range.start))));
            }
            at += range.end - range.start;
        }
    }
    (format!("no file's contents: the {kind}'s own structures, or free space"), None)
}

/// Which field of a table it is.
fn field(disk: &Disk<'_>, owner: &str, at: u64) -> String {
    let table = table::read(disk).ok();
    match (owner, at) {
        ("MBR", 0..440) => "boot code (440 bytes)".to_owned(),
        ("MBR", 440..446) => "the disk's signature".to_owned(),
        ("MBR", 446..510) => format!("entry {}, byte {} of 16", (at - 446) / 16 + 1, (at - 446) % 16),
        ("MBR", _) => "the signature 0x55 0xAA".to_owned(),
        (owner, _) if owner.ends_with("entries") => {
            let table = table.as_ref();
            let of = table.and_then(|table| {
                table.partitions.iter().find(|part| (at / 128) + 1 == u64::from(part.number))
            });
            let used = if of.is_some() { "" } else { ", unused" };
            format!("entry {}{used}, byte {} of it", at / 128 + 1, at % 128)
        }
        _ => format!("byte {at} of it"),
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let owner = self.owner.as_deref().unwrap_or("nobody");
        writeln!(f, "byte {} ({:#x}) belongs to {owner}: {}", self.offset, self.offset, self.what)?;
        if let Some((path, at)) = &self.file {
            writeln!(f, "file: {path}, byte {at} of what is stored of it")?;
        }
        if !self.source.is_empty() {
            writeln!(f, "source: {}", self.source)?;
        }
        for (name, what, source) in &self.links {
            writeln!(f, "link {name}: {what}\n      rule: {source}")?;
        }
        Ok(())
    }
}
