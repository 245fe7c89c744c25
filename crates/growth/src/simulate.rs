//! The table of a disk after its first boot.

use bringup_bootchain::table::TableKind;
use bringup_spec::{Bytes, SECTOR_BYTES};
use serde::Serialize;

use crate::Error;
use crate::definitions::Way;
use crate::found::Found;
use crate::rules::{LEAST, ROOT_WEIGHT};
use crate::share::{Claim, shares};

/// A disk after its first boot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grown {
    /// The disk's size in bytes.
    #[serde(rename = "size_bytes")]
    pub size: u64,
    /// Its partitions in the order of their numbers.
    pub partitions: Vec<GrownPartition>,
    /// If the disk is too small for what is declared, and so keeps the image's table.
    pub too_small: Option<TooSmall>,
}

/// What is missing on a disk that is too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TooSmall {
    /// What its partitions need from root's start on, in bytes.
    #[serde(rename = "need_bytes")]
    pub need: u64,
    /// What there is for them.
    #[serde(rename = "have_bytes")]
    pub have: u64,
}

/// A partition after the first boot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrownPartition {
    /// Its number.
    pub number: u32,
    /// Its name, or the image's word for its type.
    pub name: String,
    /// Its first byte.
    #[serde(rename = "start_bytes")]
    pub start: u64,
    /// Its length in bytes.
    #[serde(rename = "len_bytes")]
    pub len: u64,
    /// Its length in the image; none if it is new.
    #[serde(rename = "before_bytes")]
    pub before: Option<u64>,
    /// What it is formatted as, if it is new.
    pub file_system: Option<&'static str>,
}

/// What the unit of places is, and how much is left free in front of a new partition, in bytes.
struct Grid {
    grain: u64,
    gap: u64,
}

/// repart places by 4 KiB (src/repart/repart.c, `context_load_partition_table`); the script by MiB, with one
/// in front of each new partition that says whether it is formatted.
fn grid(way: Way) -> Grid {
    match way {
        Way::Repart => Grid { grain: 4096, gap: 0 },
        Way::Initramfs => Grid { grain: Bytes::mib(1).0, gap: Bytes::mib(1).0 },
    }
}

/// Says what the first boot makes of the image on a disk of `size` bytes.
///
/// # Errors
/// The image is larger than that, or has no root partition.
pub fn simulate(found: &Found, size: Bytes) -> Result<Grown, Error> {
    if size < found.size {
        return Err(Error::Smaller { size, image: found.size });
    }
    let rules = &found.rules;
    let root = found.table.partition(rules.root).ok_or(Error::NoRoot { number: rules.root })?;
    let mut partitions: Vec<GrownPartition> = found
        .table
        .partitions
        .iter()
        .map(|partition| {
            let len = partition.bytes.end - partition.bytes.start;
            let name = match partition.name.as_str() {
                "" if partition.number == rules.root => "root".to_owned(),
                "" => partition.kind.to_string(),
                name => name.to_owned(),
            };
            let start = partition.bytes.start;
            GrownPartition {
                number: partition.number,
                name,
                start,
                len,
                before: Some(len),
                file_system: None,
            }
        })
        .collect();
    let grown = |partitions, too_small| Grown { size: size.0, partitions, too_small };

    let Grid { grain, gap } = grid(found.way);
    let end = usable_end(found, size) / grain * grain;
    // Partitions behind root are somebody's own, or were made by an earlier boot.
    if found.table.partitions.iter().any(|other| other.bytes.start > root.bytes.start) {
        return Ok(grown(partitions, None));
    }
    // repart measures from root's own start, the script from the next whole MiB.
    let first = match found.way {
        Way::Repart => root.bytes.start,
        Way::Initramfs => root.bytes.start.next_multiple_of(grain),
    };
    let own = root.bytes.end.next_multiple_of(grain) - first;
    let span = end.saturating_sub(first).saturating_sub(gap * rules.new.len() as u64);
    let mut claims = vec![Claim {
        weight: if rules.grow { ROOT_WEIGHT.into() } else { 0 },
        min: own,
        max: if rules.grow { u64::MAX } else { own },
    }];
    claims.extend(rules.new.iter().map(|new| {
        let min = new.min.unwrap_or(LEAST).max(LEAST).0.next_multiple_of(grain);
        let max = new.max.map_or(u64::MAX, |max| (max.0 / grain * grain).max(min));
        Claim { weight: new.weight.into(), min, max }
    }));
    let Some(sizes) = shares(span, &claims, grain) else {
        let need = claims.iter().map(|claim| claim.min).sum();
        let too_small = (!rules.new.is_empty()).then_some(TooSmall { need, have: span });
        return Ok(grown(partitions, too_small));
    };

    let mut at = first + sizes[0];
    for partition in &mut partitions {
        if partition.number == rules.root && sizes[0] > own {
            partition.len = at - partition.start;
        }
    }
    for (number, (new, len)) in (rules.root + 1..).zip(rules.new.iter().zip(&sizes[1..])) {
        partitions.push(GrownPartition {
            number,
            name: new.name.clone(),
            start: at + gap,
            len: *len,
            before: None,
            file_system: Some(new.file_system.name()),
        });
        at += gap + len;
    }
    Ok(grown(partitions, None))
}

/// The byte where partitions must end.
fn usable_end(found: &Found, size: Bytes) -> u64 {
    let sectors = size.0 / SECTOR_BYTES;
    let end = match found.table.kind {
        // Readers keep a partition's end in 32 bits.
        TableKind::Mbr => sectors.min(u32::MAX.into()),
        TableKind::Gpt | TableKind::Hybrid => {
            // The copy at the end is as large as the entries at the start, with a header behind it.
            let entries = found.table.bytes.iter().find(|(_, name)| *name == "GPT entries");
            let entries = entries.map_or(0, |(bytes, _)| (bytes.end - bytes.start).div_ceil(SECTOR_BYTES));
            sectors.saturating_sub(1 + entries)
        }
    };
    end * SECTOR_BYTES
}

#[cfg(test)]
mod tests;
