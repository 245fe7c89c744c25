//! The root file system: which one, and its init.

use bringup_spec::Bytes;

use super::Chain;
use super::arch::{Arch, mismatch};
use super::initramfs::word;
use super::partitions::FoundTable;
use super::trail::Id;
use crate::files::Files;
use crate::table::{Partition, Table};
use crate::volume::{self, FileKind, Volume};
use crate::{Error, Link, elf};

const NAME: &str = "root";
const INIT: &str = "root-init";
const PROGRAMS: &str = "root-programs";
const RULE: &str = "Linux, Documentation/admin-guide/kernel-parameters.txt, root=; block/early-lookup.c";
const INIT_RULE: &str =
    "Linux, init/main.c, kernel_init: init=, else /sbin/init, /etc/init, /bin/init, /bin/sh";

/// Where Linux looks for init if it is not told.
const INITS: [&str; 4] = ["/sbin/init", "/etc/init", "/bin/init", "/bin/sh"];

/// What Linux starts, by its command line.
pub(crate) fn linux_inits(arguments: &str) -> Vec<&str> {
    word(arguments, "init").map_or(INITS.to_vec(), |init| vec![init])
}

/// The root file system.
pub(crate) struct Root<'d> {
    /// None if it is not read here.
    pub(crate) volume: Option<Volume<'d>>,
    pub(crate) link: Link,
}

impl<'d> Chain<'d> {
    /// Finds the file system that `root=` means; an error is the link that says why there is none.
    pub(crate) fn find_root(&self, found: &FoundTable, arguments: &str) -> Result<Root<'d>, Link> {
        let broken = |what: String| Link::broken(NAME, what).rule(RULE);
        let Some(root) = word(arguments, "root") else {
            return Err(broken(format!("the command line `{arguments}` has no root=")));
        };
        let partitions: Vec<&Partition> = found.table.partitions.iter().collect();
        let partition = self.partition_of(root, &found.table).ok_or_else(|| {
            let there: Vec<String> = partitions.iter().map(|partition| self.names(partition)).collect();
            broken(format!(
                "root={root} names none of {}",
                if there.is_empty() { "no partitions".to_owned() } else { there.join("; ") }
            ))
            .over(partitions.iter().map(|partition| partition.entry.clone()))
        })?;
        let start = partition.bytes.start;
        let part = volume::Part::new(self.disk, &partition.bytes);
        match volume::open(part) {
            Ok(volume) => {
                let identity = &volume.identity;
                let what = format!(
                    "root={root} is partition {}, {} `{}` of {}",
                    partition.number,
                    identity.kind,
                    identity.label,
                    Bytes(part.len)
                );
                let places = [partition.entry.clone(), volume.description()];
                let link = match volume.fault() {
                    Some(fault) if fault.fatal => {
                        Link::broken(NAME, format!("partition {}: {}", partition.number, fault.what))
                    }
                    Some(fault) => {
                        Link::doubtful(NAME, format!("partition {}: {}", partition.number, fault.what))
                    }
                    None => Link::holds(NAME, what),
                };
                Ok(Root { link: link.over(places).rule(RULE), volume: Some(volume) })
            }
            Err(error @ (Error::Unread { .. } | Error::Unsupported { .. })) => {
                let link = Link::not_checked(NAME, format!("partition {}: {error}", partition.number));
                Ok(Root { volume: None, link: link.at(start..start + 2048).rule(RULE) })
            }
            Err(error) => {
                Err(broken(format!("partition {}: {error}", partition.number)).at(start..start + 2048))
            }
        }
    }

    fn names(&self, partition: &Partition) -> String {
        let identity = volume::identify(volume::Part::new(self.disk, &partition.bytes)).ok().flatten();
        let number = partition.number;
        match identity {
            Some(found) => {
                format!("partition {number} ({}, UUID={}, LABEL={})", found.kind, found.uuid, found.label)
            }
            None => format!("partition {number} (no file system)"),
        }
    }

    fn partition_of<'t>(&self, root: &str, table: &'t Table) -> Option<&'t Partition> {
        let identity = |partition: &Partition| {
            volume::identify(volume::Part::new(self.disk, &partition.bytes)).ok().flatten()
        };
        let (kind, value) = root.split_once('=').unwrap_or(("", root));
        let mut all = table.partitions.iter();
        match kind {
            "UUID" => {
                all.find(|found| identity(found).is_some_and(|found| found.uuid.eq_ignore_ascii_case(value)))
            }
            "LABEL" => all.find(|found| identity(found).is_some_and(|found| found.label == value)),
            "PARTUUID" => all.find(|found| found.part_uuid.eq_ignore_ascii_case(value)),
            "PARTLABEL" => all.find(|found| found.name == value),
            _ => device_number(value).and_then(|number| table.partition(number)),
        }
    }

    /// Proves root and what is in it. `tried` are the paths at which its first program may be; nothing
    /// where it has none.
    pub(crate) fn root(
        &mut self,
        after: Id,
        root: Result<Root<'d>, Link>,
        tried: &[&str],
        arch: Option<Arch>,
    ) {
        let root = match root {
            Ok(root) => root,
            Err(link) => {
                let id = self.trail.add(Some(after), link);
                self.trail.unreached(Some(id), &[INIT, PROGRAMS]);
                return;
            }
        };
        let broken = root.link.verdict == crate::Verdict::Broken;
        let id = self.trail.add(Some(after), root.link);
        if broken {
            self.trail.unreached(Some(id), &[INIT, PROGRAMS]);
            return;
        }
        let Some(volume) = root.volume else { return };
        let files = match Files::read(&volume) {
            Ok(files) => files,
            Err(error) => {
                self.trail.add(
                    Some(id),
                    Link::broken("root-files", error.to_string())
                        .rule("Linux, Documentation/filesystems/ext4/"),
                );
                self.trail.unreached(Some(id), &[INIT, PROGRAMS]);
                return;
            }
        };
        if tried.is_empty() {
            let id = self.trail.add(
                Some(id),
                Link::absent(INIT, "nothing of it is started; the modules are all of the system"),
            );
            if self.options.programs {
                self.programs(id, &volume, &files, arch);
            }
            return;
        }
        match init(&volume, &files, tried, arch) {
            Ok((what, ranges)) => {
                let id = self.trail.add(Some(id), Link::holds(INIT, what).over(ranges).rule(INIT_RULE));
                if self.options.programs {
                    self.programs(id, &volume, &files, arch);
                }
            }
            Err((what, ranges)) => {
                let id = self.trail.add(Some(id), Link::broken(INIT, what).over(ranges).rule(INIT_RULE));
                self.trail.unreached(Some(id), &[PROGRAMS]);
            }
        }
    }
}

/// The partition's number at the end of a device's name: `/dev/mmcblk0p1`, `/dev/sda1`, `device:hd0s1`.
fn device_number(device: &str) -> Option<u32> {
    let name = device.strip_prefix("/dev/").or_else(|| device.strip_prefix("device:"))?;
    let digits = name.len() - name.trim_end_matches(|last: char| last.is_ascii_digit()).len();
    let (stem, number) = name.split_at(name.len() - digits);
    // `mmcblk0` and `nvme0n1` are disks; so is anything with no letters in front.
    let is_disk = ["mmcblk", "nvme0n", "nvme1n", "loop"].contains(&stem) || stem.is_empty();
    if is_disk { None } else { number.parse().ok() }
}

type Found = (String, Vec<std::ops::Range<u64>>);

/// The first of `tried` that is there must be a program or a script that can be started.
fn init(volume: &Volume<'_>, files: &Files, tried: &[&str], arch: Option<Arch>) -> Result<Found, Found> {
    let there = tried.iter().find_map(|path| files.find(path.as_bytes()).map(|found| (*path, found)));
    let Some((path, (real, file))) = there else {
        return Err((format!("none of `{}` is there", tried.join("`, `")), Vec::new()));
    };
    let real = String::from_utf8_lossy(&real).into_owned();
    let shown = if real == path.trim_start_matches('/') {
        format!("`{path}`")
    } else {
        format!("`{path}` (`/{real}`)")
    };
    let mut ranges = Vec::new();
    let mut check = || -> Result<String, String> {
        if file.node.kind != FileKind::File {
            return Err(format!("{shown} is no file"));
        }
        if file.node.mode & 0o111 == 0 {
            return Err(format!("{shown} has mode {:o}: nobody may execute it", file.node.mode));
        }
        let extents = volume.extents(&file.node).map_err(|error| format!("{shown}: {error}"))?;
        ranges = extents.ranges();
        let head = extents.read_up_to(0, 256).map_err(|error| format!("{shown}: {error}"))?;
        if let Some(script) = head.strip_prefix(b"#!") {
            let line = script.split(|&byte| byte == b'\n').next().unwrap_or_default();
            let line = String::from_utf8_lossy(line).into_owned();
            let program = line.split_whitespace().next().unwrap_or_default();
            return match files.find(program.as_bytes()) {
                Some(_) => Ok(format!("{shown}, a script for `{program}`")),
                None => Err(format!("{shown} is a script for `{program}`, which is not there")),
            };
        }
        let found = elf::read(&extents).map_err(|error| format!("{shown}: {error}"))?;
        let Some(found) = found else {
            return Err(format!("{shown} is neither an ELF program nor a script"));
        };
        if let Some(wrong) = mismatch(arch, &found) {
            return Err(format!("{shown} {wrong}"));
        }
        match &found.interpreter {
            Some(interpreter) if files.find(interpreter.as_bytes()).is_none() => {
                Err(format!("{shown} needs `{interpreter}`, which is not there"))
            }
            Some(_) => Ok(format!("{shown}, dynamic")),
            None => Ok(format!("{shown}, static")),
        }
    };
    match check() {
        Ok(what) => Ok((what, ranges)),
        Err(what) => Err((what, ranges)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_end_in_a_partition_number() {
        for (device, number) in [
            ("/dev/mmcblk0p2", Some(2)),
            ("/dev/mmcblk0", None),
            ("/dev/sda1", Some(1)),
            ("/dev/vda", None),
            ("/dev/nvme0n1p12", Some(12)),
            ("/dev/nvme0n1", None),
            ("device:hd0s1", Some(1)),
            ("hd0s1", None),
        ] {
            assert_eq!(device_number(device), number, "{device}");
        }
    }
}
