//! What the first program loads.

use std::ops::Range;

use bringup_inspect::fit::Integrity;
use bringup_inspect::{fdt, fit, uimage};
use bringup_spec::{Bytes, StageForm, StagePlace};

use super::Chain;
use super::boot_rom::First;
use super::partitions::FoundTable;
use super::trail::Id;
use crate::{Error, Link};

/// The most of a second program that is looked at. The largest of Debian's has 1.5 MiB.
const STAGE_MAX: u64 = 16 << 20;

const NAME: &str = "next-stage";
const BEHIND: &[&str] = &["boot-partition", "boot-menu", "kernel", "root"];

impl Chain<'_> {
    /// Finds the second program; gives its link, and the `compatible` lists of its own device trees.
    pub(crate) fn next_stage(
        &mut self,
        table: Option<&FoundTable>,
        first: &First,
    ) -> Option<(Id, Vec<Vec<String>>)> {
        let Some(stage) = self.machine.next_stage else { return Some((first.id, Vec::new())) };
        let broken = |chain: &mut Self, link: Link| {
            let id = chain.trail.add(Some(first.id), link.rule(stage.source));
            chain.trail.unreached(Some(id), BEHIND);
            None
        };
        // A program that came out of a file looks for a file beside it.
        let file = match (stage.place, first.partition) {
            (StagePlace::File(path), _) => Some(path),
            // U-Boot, SPL_FS_LOAD_PAYLOAD_NAME.
            (_, Some(_)) => Some("/u-boot.img"),
            _ => None,
        };
        let read = match file {
            Some(path) => self.beside(table, first, path),
            None => self.place(stage.place, first, table).map(|at| (at, self.disk.read_up_to(at, STAGE_MAX))),
        };
        let (at, bytes) = match read {
            Ok((at, Ok(bytes))) => (at, bytes),
            Ok((_, Err(error))) => return broken(self, Link::broken(NAME, error.to_string())),
            Err(what) => return broken(self, Link::broken(NAME, what)),
        };
        let form = match stage.form {
            StageForm::Raw if !self.machine.form_known && fdt::detect(&bytes) => StageForm::Fit,
            StageForm::Raw if !self.machine.form_known => StageForm::LegacyImage,
            form => form,
        };
        let found = match form {
            StageForm::Fit => fit_stage(&bytes, first.device_tree.as_deref()),
            StageForm::LegacyImage => uimage::parse(&bytes).map(|image| {
                let what = format!("legacy image `{}` of {}, both checksums agree", image.name, image.len);
                (what, vec![0..64 + image.len.0])
            }),
            StageForm::Raw if bytes.iter().take(4096).all(|&byte| byte == 0) => {
                return broken(
                    self,
                    Link::broken(NAME, format!("the 4 KiB at {} are all zero", Bytes(at))).at(at..at + 4096),
                );
            }
            StageForm::Raw => Ok(("a program without a header".to_owned(), vec![0..4096])),
        };
        let (what, parts) = match found {
            Ok(found) => found,
            Err(error) => {
                let end = (at + 64).min(self.disk.len()).max(at);
                let help = format!(
                    "the SPL at {} expects {} at {} ({at:#x})",
                    Bytes(first.offset),
                    name(form),
                    Bytes(at)
                );
                return broken(
                    self,
                    Link::broken(NAME, format!("at {}: {error}", Bytes(at))).at(at..end).help(help),
                );
            }
        };
        let end = parts.iter().map(|part| part.end).max().unwrap_or(0);
        // One that serves several boards carries the device trees of some of them only.
        let own = match stage.of_one_board {
            true => own_device_trees(&bytes[..(end as usize).min(bytes.len())]),
            false => Vec::new(),
        };
        let parts = parts.into_iter().map(|part| at + part.start..at + part.end);
        let link = Link::holds(NAME, format!("{what}, at {}", Bytes(at))).over(parts).rule(stage.source);
        Some((self.trail.add(Some(first.id), link), own))
    }

    /// Where on the disk it is.
    fn place(&self, place: StagePlace, first: &First, table: Option<&FoundTable>) -> Result<u64, String> {
        match place {
            StagePlace::BehindSpl(distance) => Ok(first.offset.saturating_add(distance.0)),
            StagePlace::Offset(offset) => Ok(offset.0),
            StagePlace::Partition(kind) => {
                let found =
                    table.and_then(|found| found.table.partitions.iter().find(|found| found.kind.is(kind)));
                let none = || format!("no partition is of type {}, which the SPL looks for", kind.gpt_guid());
                found.map(|partition| partition.bytes.start).ok_or_else(none)
            }
            StagePlace::File(path) => Err(format!("`{path}` is a file, which no raw SPL loads")),
        }
    }

    /// A file of the partition that the first program came from, with its first byte's place.
    fn beside(
        &self,
        table: Option<&FoundTable>,
        first: &First,
        path: &str,
    ) -> Result<(u64, Result<Vec<u8>, Error>), String> {
        let partition = table.zip(first.partition).and_then(|(found, number)| found.table.partition(number));
        let partition = partition
            .ok_or_else(|| format!("the SPL looks for the file `{path}`, but came from no partition"))?;
        let file = self.volume(partition).and_then(|volume| volume.open_file(path));
        let file = file.map_err(|error| format!("partition {}: {error}", partition.number))?;
        let at = file.ranges().first().map_or(0, |range| range.start);
        Ok((at, file.read_all(STAGE_MAX)))
    }
}

fn name(form: StageForm) -> &'static str {
    match form {
        StageForm::Fit => "a FIT",
        StageForm::LegacyImage => "a legacy image",
        StageForm::Raw => "a program",
    }
}

type Found = Result<(String, Vec<Range<u64>>), bringup_inspect::Error>;

fn fit_stage(bytes: &[u8], device_tree: Option<&str>) -> Found {
    let fit = fit::parse(bytes)?;
    let chosen = fit.configuration(device_tree)?;
    let names: Vec<&str> = fit.images.iter().map(|image| image.name.as_str()).collect();
    let hashed = match fit.integrity() {
        Integrity::Hashed => "all hashes agree",
        Integrity::PartlyHashed => "those hashes that it has agree",
        _ => "without hashes",
    };
    let what = format!("FIT with {}, configuration `{}`, {hashed}", names.join(", "), chosen.name);
    let tree = u64::from(u32::from_be_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]));
    let mut parts = vec![0..tree];
    parts.extend(fit.images.iter().map(|image| image.data.clone()).filter(|data| data.start >= tree));
    Ok((what, parts))
}

/// The `compatible` of every board's device tree within a program.
fn own_device_trees(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    // Device trees are at multiples of 4 at least; a FIT around them is one, too, and names no board.
    for at in (0..bytes.len().saturating_sub(40)).step_by(4) {
        if bytes[at..at + 4] != [0xd0, 0x0d, 0xfe, 0xed] {
            continue;
        }
        let Ok(tree) = fdt::parse(&bytes[at..]) else { continue };
        let compatible: Vec<String> = tree.compatible().into_iter().map(str::to_owned).collect();
        if !compatible.is_empty() {
            found.push(compatible);
        }
    }
    found
}
