//! A plan as text, for people and for goldens.

use std::fmt::Write as _;

use bringup_spec::{Bytes, SECTOR_BYTES};

use crate::{DiskPlan, GptPlan, Table};

const HEAD: [&str; 5] = ["start", "end", "size", "owner", "source"];

impl DiskPlan {
    /// A table of all claims and a list of the partitions, without anything that depends on the
    /// contents: no disk signature, no GUID of a disk or partition. Ends are inclusive.
    pub fn dump(&self) -> String {
        let table = match &self.table {
            Table::Mbr { .. } => "MBR".to_owned(),
            Table::Gpt(gpt) => format!(
                "GPT of {} entries at LBA {}, usable LBA {} to {}",
                gpt.entry_count, gpt.entries_at.0, gpt.first_usable.0, gpt.last_usable.0
            ),
        };
        // Nearly all disks have sectors of 512 bytes, so only others are worth a word.
        let sectors = match self.sector {
            Bytes(SECTOR_BYTES) => String::new(),
            other => format!(" in sectors of {other}"),
        };
        let mut text = format!("disk of {}{sectors}, {table}\n\n", self.size);

        let mut rows: Vec<[String; 5]> = vec![HEAD.map(str::to_owned)];
        rows.extend(self.claims.iter().map(|claim| {
            [
                format!("{:#010x}", claim.start.0),
                format!("{:#010x}", claim.end().0 - 1),
                claim.len.to_string(),
                claim.owner.to_string(),
                claim.source.unwrap_or_default().to_owned(),
            ]
        }));
        let mut widths = [0; 5];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        for row in &rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(widths) {
                // Writing to a string cannot fail.
                let _ = write!(line, "{cell:width$}  ");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }

        if !self.partitions.is_empty() {
            text.push('\n');
        }
        for partition in &self.partitions {
            let bootable = if partition.bootable { ", bootable" } else { "" };
            let (number, name, kind) = (partition.number, &partition.name, partition.kind);
            let mirrored = if self.mirrors(number) { ", in the MBR too" } else { "" };
            let _ = writeln!(text, "partition {number} `{name}`: {kind}{bootable}{mirrored}");
        }
        text
    }

    fn mirrors(&self, number: u32) -> bool {
        match self.table {
            Table::Gpt(GptPlan { hybrid: Some(hybrid), .. }) => hybrid.mirrored.contains(&Some(number)),
            _ => false,
        }
    }
}
