//! The files that make a disk grow.

use bringup_spec::{Bytes, FirmwarePartition, Guid, PartitionTable};

use crate::rules::{NewPartition, Rules};
use crate::{Error, repart};

/// Where root has the scripts and the rules.
pub(crate) const RULES: &str = "/usr/lib/growth/rules";

const GROW_TABLE: &str = include_str!("../../../systems/growth/grow-table");
const FILE_SYSTEMS: &str = include_str!("../../../systems/growth/file-systems");
const SERVICE: &str = include_str!("../../../systems/growth/growth.service");

/// Entries of an MBR (UEFI 2.10, table 5.1).
const MBR_ENTRIES: u32 = 4;

/// What changes the partition table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// systemd-repart, of the running system.
    Repart,
    /// The script `grow-table` in the initramfs.
    Initramfs,
}

/// The way for a table: systemd-repart knows only GPT.
pub fn way(table: PartitionTable, systemd: bool) -> Way {
    match table {
        PartitionTable::Gpt | PartitionTable::Hybrid { .. } if systemd => Way::Repart,
        _ => Way::Initramfs,
    }
}

/// A file to add: root's, 0644. Scripts are given to a shell by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Where it goes, absolute.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl NewFile {
    pub(crate) fn new(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), bytes: bytes.into() }
    }
}

/// What is wanted of a disk.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Its table.
    pub table: PartitionTable,
    /// The board's partitions, which are in front of root's.
    pub firmware: &'a [FirmwarePartition],
    /// How many Linux partitions stand between those and the one that grows.
    pub fixed: usize,
    /// Where the first partition starts: boot programs may be in front of it.
    pub first_partition: Bytes,
    /// How it grows.
    pub rules: &'a Rules,
    /// Whether systemd runs.
    pub systemd: bool,
    /// The GUIDs of new partitions in a GPT, one each.
    pub guids: &'a [Guid],
}

/// The files that make a disk grow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definitions {
    /// For the root file system.
    pub root: Vec<NewFile>,
    /// For the initramfs.
    pub initramfs: Vec<NewFile>,
}

/// Writes the files; none if nothing grows.
///
/// # Errors
/// The table cannot have what is wanted.
pub fn definitions(wish: &Wish<'_>) -> Result<Definitions, Error> {
    let rules = wish.rules;
    if !rules.grow && rules.new.is_empty() {
        return Ok(Definitions::default());
    }
    if wish.table == PartitionTable::Mbr {
        let number = (rules.root + 1..).zip(&rules.new).find(|(number, _)| *number > MBR_ENTRIES);
        if let Some((number, new)) = number {
            return Err(Error::TooMany { name: new.name.clone(), number, max: MBR_ENTRIES });
        }
    }
    if way(wish.table, wish.systemd) == Way::Repart {
        return Ok(Definitions { root: repart::files(wish)?, initramfs: Vec::new() });
    }
    let entries: Vec<u8> = rules
        .new
        .iter()
        .zip(wish.guids)
        .flat_map(|(new, guid)| match wish.table {
            PartitionTable::Mbr => mbr_entry(new).to_vec(),
            _ => gpt_entry(new, *guid).to_vec(),
        })
        .collect();
    let text = rules.to_text();
    let initramfs = vec![
        NewFile::new("/growth/entries", entries),
        NewFile::new("/growth/grow-table", GROW_TABLE),
        NewFile::new("/growth/rules", text.clone()),
    ];
    let mut root =
        vec![NewFile::new("/usr/lib/growth/file-systems", FILE_SYSTEMS), NewFile::new(RULES, text)];
    if wish.systemd && !rules.new.is_empty() {
        root.push(NewFile::new("/usr/lib/systemd/system/growth.service", SERVICE));
        root.push(NewFile::new(
            "/usr/lib/systemd/system/sysinit.target.d/growth.conf",
            "[Unit]\nWants=growth.service\n",
        ));
    }
    Ok(Definitions { root, initramfs })
}

/// An MBR's entry without its place (UEFI 2.10, table 5.2); its CHS fields say that only the LBA ones count.
fn mbr_entry(new: &NewPartition) -> [u8; 16] {
    let mut entry = [0; 16];
    // Head 254, sector 63, cylinder 1023: beyond what CHS can name.
    entry[1..4].copy_from_slice(&[0xFE, 0xFF, 0xFF]);
    entry[5..8].copy_from_slice(&[0xFE, 0xFF, 0xFF]);
    entry[4] = new.file_system.partition_type().mbr_byte().expect("every file system's type has a byte");
    entry
}

/// A GPT's entry without its place (UEFI 2.10, table 5.6).
fn gpt_entry(new: &NewPartition, guid: Guid) -> [u8; 128] {
    let mut entry = [0; 128];
    entry[..16].copy_from_slice(&new.file_system.partition_type().gpt_guid().to_gpt_bytes());
    entry[16..32].copy_from_slice(&guid.to_gpt_bytes());
    for (to, unit) in entry[56..].chunks_exact_mut(2).zip(new.name.encode_utf16()) {
        to.copy_from_slice(&unit.to_le_bytes());
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::FileSystem;

    fn rules(count: usize) -> Rules {
        let new = |at| NewPartition {
            name: format!("data{at}"),
            file_system: FileSystem::Ext4,
            weight: 1000,
            min: None,
            max: None,
        };
        Rules { root: 2, grow: true, new: (0..count).map(new).collect() }
    }

    fn wish(table: PartitionTable, systemd: bool, rules: &Rules) -> Wish<'_> {
        const GUIDS: [Guid; 3] = [Guid::from_u128(1), Guid::from_u128(2), Guid::from_u128(3)];
        Wish { table, firmware: &[], fixed: 0, first_partition: Bytes::mib(1), rules, systemd, guids: &GUIDS }
    }

    fn paths(files: &[NewFile]) -> Vec<&str> {
        files.iter().map(|file| file.path.as_str()).collect()
    }

    #[test]
    fn without_growth_there_are_no_files() {
        let rules = Rules { grow: false, ..rules(0) };
        let none = definitions(&wish(PartitionTable::Mbr, false, &rules)).unwrap();
        assert_eq!(none, Definitions::default());
    }

    #[test]
    fn an_mbr_has_four_entries() {
        assert!(definitions(&wish(PartitionTable::Mbr, true, &rules(2))).is_ok());
        let error = definitions(&wish(PartitionTable::Mbr, true, &rules(3))).unwrap_err();
        assert!(
            error.to_string().starts_with("partition `data2` would be number 5, but an MBR has 4"),
            "{error}"
        );
        assert!(definitions(&wish(PartitionTable::Gpt, true, &rules(3))).is_ok());
    }

    #[test]
    fn only_systemd_on_a_gpt_uses_repart() {
        let rules = rules(1);
        let on = |table, systemd| definitions(&wish(table, systemd, &rules)).unwrap();
        let repart = on(PartitionTable::Gpt, true);
        assert!(repart.initramfs.is_empty() && paths(&repart.root)[0] == "/usr/lib/repart.d/10-root.conf");
        for (table, systemd, entry) in [
            (PartitionTable::Mbr, true, 16),
            (PartitionTable::Mbr, false, 16),
            (PartitionTable::Gpt, false, 128),
        ] {
            let made = on(table, systemd);
            assert_eq!(paths(&made.initramfs), ["/growth/entries", "/growth/grow-table", "/growth/rules"]);
            assert_eq!(made.initramfs[0].bytes.len(), entry);
            assert_eq!(paths(&made.root).contains(&"/usr/lib/systemd/system/growth.service"), systemd);
        }
    }
}
