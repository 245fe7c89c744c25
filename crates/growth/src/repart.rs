//! systemd-repart's definitions: repart.d(5), of systemd 257.

use bringup_spec::{Bytes, PartitionType};

use crate::Error;
use crate::definitions::{NewFile, Wish};
use crate::rules::{FileSystem, LEAST, NewPartition, Rules};

pub(crate) const FOLDER: &str = "/usr/lib/repart.d";

/// The service as it is but for `--discard=no`: repart discards the gap in front of the first partition
/// otherwise (systemd, src/repart/repart.c, `context_wipe_and_discard`), and there boards have their boot
/// programs.
const DROP_IN: &str = "[Service]\nExecStart=\nExecStart=systemd-repart --dry-run=no --discard=no\n";

/// One definition a partition, in the order of their places.
pub(crate) fn files(wish: &Wish<'_>) -> Result<Vec<NewFile>, Error> {
    // With a greatest size below what it has, a partition keeps what it has.
    const FIXED: &str = "Weight=0\nSizeMaxBytes=1M\n";
    let linux = type_name(PartitionType::Linux);
    // Definitions find their partitions by type and order.
    let mut files: Vec<NewFile> = (0..wish.fixed)
        .map(|at| {
            NewFile::new(format!("{FOLDER}/0{at}-fixed.conf"), format!("[Partition]\nType={linux}\n{FIXED}"))
        })
        .collect();
    let root = format!("[Partition]\nType={linux}\n{}", if wish.rules.grow { "" } else { FIXED });
    files.push(NewFile::new(format!("{FOLDER}/10-root.conf"), root));
    for (number, new) in (wish.rules.root + 1..).zip(&wish.rules.new) {
        let text = definition(wish, new)?;
        // The number for the order, and to read it back.
        files.push(NewFile::new(format!("{FOLDER}/{}-{}.conf", number + 100, new.name), text));
    }
    files.push(NewFile::new("/usr/lib/systemd/system/systemd-repart.service.d/50-growth.conf", DROP_IN));
    Ok(files)
}

fn definition(wish: &Wish<'_>, new: &NewPartition) -> Result<String, Error> {
    let kind = new.file_system.partition_type();
    if let Some(same) = wish.firmware.iter().find(|own| own.kind.gpt_guid() == kind.gpt_guid()) {
        return Err(Error::SameType { name: new.name.clone(), firmware: same.name.to_owned() });
    }
    // repart puts a new partition into the smallest gap that holds it: this one is not to fit in front of
    // the first partition.
    let floor = new.min.unwrap_or(LEAST).max(wish.first_partition);
    if let Some(max) = new.max.filter(|max| *max < floor) {
        return Err(Error::BelowFloor { name: new.name.clone(), max, floor });
    }
    let NewPartition { name, file_system, weight, .. } = new;
    let (kind, format) = (type_name(kind), file_system.name());
    let mut text = format!("[Partition]\nType={kind}\nLabel={name}\nFormat={format}\nWeight={weight}\n");
    text += &format!("SizeMinBytes={}\n", floor.0);
    if let Some(max) = new.max {
        text += &format!("SizeMaxBytes={}\n", max.0);
    }
    Ok(text)
}

/// repart.d(5), `Type=`.
fn type_name(kind: PartitionType) -> String {
    match kind {
        PartitionType::Linux => "linux-generic".to_owned(),
        PartitionType::Swap => "swap".to_owned(),
        other => other.gpt_guid().to_string().to_lowercase(),
    }
}

/// Whether a definition is one of a partition that stays as it is.
pub(crate) fn is_fixed(name: &str) -> bool {
    name.ends_with("-fixed.conf")
}

/// Reads the definitions back, given by name and text in the order of their names; `root` is root's number.
pub(crate) fn parse(root: u32, files: &[(String, String)]) -> Result<Rules, Error> {
    let mut rules = Rules { root, grow: true, new: Vec::new() };
    let files = files.iter().filter(|(name, _)| !is_fixed(name));
    for (index, (name, text)) in files.enumerate() {
        let path = format!("{FOLDER}/{name}");
        let mut new = NewPartition {
            name: String::new(),
            file_system: FileSystem::Ext4,
            weight: crate::rules::ROOT_WEIGHT,
            min: None,
            max: None,
        };
        for (line, text) in (1..).zip(text.lines()) {
            let bad = || Error::BadRule { path: path.clone(), line, text: text.to_owned() };
            let size = |value: &str| match value {
                "1M" => Ok(Bytes::mib(1)),
                value => value.parse().map(Bytes).map_err(|_| bad()),
            };
            match text.split_once('=') {
                None if matches!(text, "" | "[Partition]") || text.starts_with('#') => {}
                Some(("Type", _)) => {}
                Some(("Label", value)) => new.name = value.to_owned(),
                Some(("Format", value)) => new.file_system = FileSystem::named(value).ok_or_else(bad)?,
                Some(("Weight", value)) => new.weight = value.parse().map_err(|_| bad())?,
                Some(("SizeMinBytes", value)) => new.min = Some(size(value)?),
                Some(("SizeMaxBytes", value)) => new.max = Some(size(value)?),
                _ => return Err(bad()),
            }
        }
        if index == 0 { rules.grow = new.weight != 0 } else { rules.new.push(new) }
    }
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use bringup_spec::{Guid, PartitionTable};

    use super::*;
    use crate::definitions::definitions;

    fn rules(max: Option<Bytes>) -> Rules {
        let home = NewPartition {
            name: "home".to_owned(),
            file_system: FileSystem::Ext4,
            weight: 2000,
            min: None,
            max,
        };
        Rules { root: 2, grow: true, new: vec![home] }
    }

    fn made(rules: &Rules) -> Result<Vec<(String, String)>, Error> {
        let wish = Wish {
            fixed: 0,
            table: PartitionTable::Gpt,
            firmware: &[],
            first_partition: Bytes::mib(16),
            rules,
            systemd: true,
            guids: &[Guid::NIL],
        };
        let files = definitions(&wish)?.root.into_iter().filter_map(|file| {
            let name = file.path.strip_prefix(FOLDER)?.trim_start_matches('/').to_owned();
            Some((name, String::from_utf8(file.bytes).unwrap()))
        });
        Ok(files.collect())
    }

    #[test]
    fn definitions_keep_new_partitions_out_of_the_gap_in_front() {
        let files = made(&rules(None)).unwrap();
        assert_eq!(files[0], ("10-root.conf".into(), "[Partition]\nType=linux-generic\n".into()));
        assert_eq!(
            files[1],
            (
                "103-home.conf".into(),
                "[Partition]\nType=linux-generic\nLabel=home\nFormat=ext4\nWeight=2000\nSizeMinBytes=16777216\n"
                    .into()
            )
        );
        let error = made(&rules(Some(Bytes::mib(15)))).unwrap_err();
        assert!(matches!(error, Error::BelowFloor { floor, .. } if floor == Bytes::mib(16)));
    }

    #[test]
    fn what_stands_in_front_of_the_one_that_grows_is_fixed() {
        let rules = rules(None);
        let wish = Wish {
            table: PartitionTable::Gpt,
            firmware: &[],
            fixed: 1,
            first_partition: Bytes::mib(1),
            rules: &rules,
            systemd: true,
            guids: &[Guid::NIL],
        };
        let files = files(&wish).unwrap();
        assert!(files[0].path.ends_with("/00-fixed.conf") && files[1].path.ends_with("/10-root.conf"));
        assert!(files[0].bytes.ends_with(b"Weight=0\nSizeMaxBytes=1M\n"));
        assert!(files[1].bytes.ends_with(b"Type=linux-generic\n"));
    }

    #[test]
    fn definitions_are_read_as_written() {
        let mut wanted = rules(Some(Bytes::mib(64)));
        wanted.grow = false;
        let read = parse(2, &made(&wanted).unwrap()).unwrap();
        wanted.new[0].min = Some(Bytes::mib(16));
        assert_eq!(read, wanted);
        let other = [("10-root.conf".to_owned(), "[Partition]\nEncrypt=tpm2\n".to_owned())];
        assert!(matches!(parse(2, &other), Err(Error::BadRule { line: 2, .. })));
    }
}
