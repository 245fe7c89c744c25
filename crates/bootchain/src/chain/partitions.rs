//! Links of the partition table.

use super::Chain;
use super::trail::Id;
use crate::table::{self, Table, TableKind};
use crate::{Link, volume};

/// A table that can be used, and its link.
#[derive(Debug)]
pub(crate) struct FoundTable {
    pub(crate) table: Table,
    pub(crate) id: Id,
}

const SOURCE: &str = "UEFI 2.10, 5.2 and 5.3";

impl<'d> Chain<'d> {
    /// Reads the table; none if nothing can be done with it.
    pub(crate) fn partition_table(&mut self) -> Option<FoundTable> {
        const NAME: &str = "partition-table";
        let table = match table::read(self.disk) {
            Ok(table) => table,
            Err(error) => {
                self.trail.add(None, Link::broken(NAME, error.to_string()).at(0..512).rule(SOURCE));
                return None;
            }
        };
        if let Some(fault) = table.fatal() {
            let link = Link::broken(NAME, fault.what.clone()).at(fault.bytes.clone()).rule(SOURCE);
            let help = "write the table again with any partitioning tool; a GPT's backup may be restored";
            self.trail.add(None, link.help(help));
            return None;
        }
        let kind = match table.kind {
            TableKind::Mbr => "MBR",
            TableKind::Gpt => "GPT",
            TableKind::Hybrid => "hybrid MBR and GPT",
        };
        let count = table.partitions.len();
        let what =
            format!("{kind} {} with {count} partition{}", table.disk_id, if count == 1 { "" } else { "s" });
        let primary =
            table.bytes.iter().filter(|(_, name)| !name.contains("backup")).map(|(bytes, _)| bytes.clone());
        let mut link = Link::holds(NAME, what).over(primary).rule(SOURCE);
        if let Some(fault) = table.faults.iter().find(|fault| !fault.backup) {
            link = Link::doubtful(NAME, fault.what.clone()).at(fault.bytes.clone()).rule(SOURCE);
        }
        let id = self.trail.add(None, link);
        if table.kind != TableKind::Mbr {
            self.backup(id, &table);
        }
        Some(FoundTable { table, id })
    }

    fn backup(&mut self, table_id: Id, table: &Table) {
        const NAME: &str = "partition-table-backup";
        let places =
            table.bytes.iter().filter(|(_, name)| name.contains("backup")).map(|(bytes, _)| bytes.clone());
        let link = match table.faults.iter().find(|fault| fault.backup) {
            // An image that was copied to a larger disk: every firmware gets over it.
            Some(fault) if fault.what.contains("the disk's last") => Link::doubtful(NAME, fault.what.clone())
                .at(fault.bytes.clone())
                .help("move the backup to the disk's end once it is on its final disk (`sgdisk -e`)"),
            Some(fault) => Link::broken(NAME, fault.what.clone()).at(fault.bytes.clone()),
            None => Link::holds(NAME, "the copy at the disk's end agrees").over(places),
        };
        self.trail.add(Some(table_id), link.rule(SOURCE));
    }

    /// Opens the file system of a partition.
    pub(crate) fn volume(&self, partition: &table::Partition) -> Result<volume::Volume<'d>, crate::Error> {
        volume::open(volume::Part::new(self.disk, &partition.bytes))
    }
}
