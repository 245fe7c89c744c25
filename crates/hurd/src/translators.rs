//! Passive translators: which program serves which node.
//!
//! A node's passive translator is a command that the file system starts when somebody opens the
//! node. The Hurd's ext2fs keeps it in the extended attribute `gnu.translator` of a file system
//! whose creator is the Hurd (GNU Hurd, ext2fs/inode.c, diskfs_get_translator); the value is an
//! argument vector, each argument ended by a NUL.
//!
//! What is here is what the Hurd's own scripts set up on a running system: sutils/MAKEDEV.sh for
//! `/dev`, and Debian's debian/local/setup-translators for `/servers` and for which devices.
//! A translator costs an inode until it is opened, so nodes of absent devices do no harm.

/// The extended attribute that holds a node's passive translator.
pub const TRANSLATOR: &[u8] = b"gnu.translator";

/// A node with a translator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// Path in the tree.
    pub(crate) path: String,
    /// What the node itself is, for whoever looks without starting the translator.
    pub(crate) shape: Shape,
    /// Permission bits.
    pub(crate) mode: u32,
    /// Program and arguments, without blanks in any of them.
    pub(crate) command: String,
}

/// What a node is. Devices have number 0: only their translator gives them a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Block,
    Char,
    Directory,
    File,
}

use Shape::{Block, Char, Directory, File};

/// One node each.
const SINGLE: &[(&str, Shape, u32, &str)] = &[
    ("dev/console", Char, 0o600, "/hurd/term /dev/console device console"),
    ("dev/fd", Directory, 0o666, "/hurd/magic --directory fd"),
    ("dev/full", Char, 0o666, "/hurd/null --full"),
    ("dev/klog", Char, 0o660, "/hurd/streamio kmsg"),
    ("dev/mem", Char, 0o660, "/hurd/storeio --no-cache mem"),
    ("dev/netdde", Char, 0o660, "/hurd/netdde"),
    ("dev/null", Char, 0o666, "/hurd/null"),
    ("dev/random", Char, 0o644, "/hurd/random --seed-file /var/lib/random-seed"),
    ("dev/rtc", Char, 0o644, "/hurd/rtc"),
    ("dev/rumpdisk", Char, 0o660, "/hurd/rumpdisk"),
    ("dev/time", Char, 0o644, "/hurd/storeio --no-cache time"),
    ("dev/tty", Char, 0o666, "/hurd/magic tty"),
    ("dev/vcs", Directory, 0o600, "/hurd/console"),
    // Without the rights of whoever opens it.
    ("dev/zero", Char, 0o666, "/bin/nullauth -- /hurd/storeio -Tzero"),
    ("proc", Directory, 0o555, "/hurd/procfs --compatible"),
    ("servers/crash-dump-core", File, 0o644, "/hurd/crash --dump-core"),
    ("servers/crash-kill", File, 0o644, "/hurd/crash --kill"),
    ("servers/crash-suspend", File, 0o644, "/hurd/crash --suspend"),
    ("servers/default-pager", File, 0o644, "/hurd/proxy-defpager"),
    ("servers/exec", File, 0o644, "/hurd/exec"),
    ("servers/password", File, 0o644, "/hurd/password"),
    // Address families: PF_LOCAL 1, PF_INET 2, PF_INET6 26 (glibc, bits/socket.h of the Hurd).
    ("servers/socket/1", File, 0o644, "/hurd/pflocal"),
    ("servers/socket/2", File, 0o644, "/hurd/pfinet -6 /servers/socket/26"),
    ("servers/socket/26", File, 0o644, "/hurd/pfinet -4 /servers/socket/2"),
];

/// Nodes that differ in one number, `#` in path and command.
const NUMBERED: &[(&str, std::ops::RangeInclusive<u32>, Shape, u32, &str)] = &[
    ("dev/com#", 0..=3, Char, 0o600, "/hurd/term /dev/com# device com#"),
    ("dev/eth#", 0..=3, Char, 0o660, "/hurd/devnode -M /dev/net eth#"),
    ("dev/fd#", 0..=1, Block, 0o640, "/hurd/storeio fd#"),
    ("dev/loop#", 0..=7, Char, 0o640, "/hurd/null"),
    ("dev/lpr#", 0..=3, Char, 0o660, "/hurd/streamio lpr#"),
    ("dev/tty#", 1..=6, Char, 0o600, "/hurd/term /dev/tty# hurdio /dev/vcs/#/console"),
];

/// Disks: four of each kind, each whole and with eight partitions. GNU Mach's own drivers call
/// theirs `hd` (IDE) and `sd` (SCSI) and know their partitions; the disks of rumpdisk are `wd`,
/// whose partitions the Hurd finds itself.
const DISKS: [(&str, bool); 3] = [("hd", true), ("sd", true), ("wd", false)];
const DISK_COUNT: u32 = 4;
const PARTITIONS: u32 = 8;

/// Pseudo-terminals: `ptyp0` to `ptyqv`, each with its `tty` half.
const PTY_BANKS: &str = "pq";
const PTY_UNITS: &str = "0123456789abcdefghijklmnopqrstuv";

/// Symbolic links: MAKEDEV's, and those that setup-translators makes by `symlink` translators,
/// which ext2fs stores as symbolic links anyway.
pub(crate) const LINKS: [(&str, &str); 13] = [
    ("dev/disk", "rumpdisk"),
    ("dev/kbd", "cons/kbd"),
    ("dev/mouse", "cons/mouse"),
    ("dev/net", "netdde"),
    ("dev/shm", "/tmp"),
    ("dev/stderr", "fd/2"),
    ("dev/stdin", "fd/0"),
    ("dev/stdout", "fd/1"),
    ("dev/urandom", "random"),
    ("servers/crash", "crash-kill"),
    ("servers/socket/inet", "2"),
    ("servers/socket/inet6", "26"),
    ("servers/socket/local", "1"),
];

/// Every node with a translator, in the order of their paths.
pub(crate) fn nodes() -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut add = |path: String, shape, mode, command: String| {
        nodes.push(Node { path, shape, mode, command });
    };
    for (path, shape, mode, command) in SINGLE {
        add((*path).to_owned(), *shape, *mode, (*command).to_owned());
    }
    for (path, numbers, shape, mode, command) in NUMBERED {
        for number in numbers.clone() {
            let number = number.to_string();
            add(path.replace('#', &number), *shape, *mode, command.replace('#', &number));
        }
    }
    for (kind, of_kernel) in DISKS {
        for disk in (0..DISK_COUNT).map(|number| format!("{kind}{number}")) {
            let store = if of_kernel { disk.clone() } else { format!("@/dev/disk:{disk}") };
            add(format!("dev/{disk}"), Block, 0o640, format!("/hurd/storeio {store}"));
            for part in 1..=PARTITIONS {
                let command = if of_kernel {
                    format!("/hurd/storeio {disk}s{part}")
                } else {
                    format!("/hurd/storeio -T typed part:{part}:device:{store}")
                };
                add(format!("dev/{disk}s{part}"), Block, 0o640, command);
            }
        }
    }
    for bank in PTY_BANKS.chars() {
        for unit in PTY_UNITS.chars() {
            let (master, slave) = (format!("dev/pty{bank}{unit}"), format!("dev/tty{bank}{unit}"));
            let command = format!("/hurd/term /{master} pty-master /{slave}");
            let other = format!("/hurd/term /{slave} pty-slave /{master}");
            add(master, Char, 0o666, command);
            add(slave, Char, 0o666, other);
        }
    }
    nodes.sort_by(|a, b| a.path.cmp(&b.path));
    nodes
}

/// The programs that a command starts, as absolute paths: its first word, and the one that
/// `nullauth` starts in turn.
pub(crate) fn programs(command: &str) -> impl Iterator<Item = &str> {
    let mut words = command.split(' ');
    let first = words.next();
    let second = words.next().filter(|word| *word == "--").and_then(|_| words.next());
    first.into_iter().chain(second)
}

/// A command as a file system keeps it: each word ended by a NUL (glibc manual, "Argz Vectors").
pub fn argz(command: &str) -> Vec<u8> {
    command.split(' ').flat_map(|word| word.bytes().chain([0])).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_node_is_there_once_and_no_link_takes_its_place() {
        let mut paths: Vec<String> = nodes().into_iter().map(|node| node.path).collect();
        paths.extend(LINKS.iter().map(|(path, _)| (*path).to_owned()));
        let different: BTreeSet<&String> = paths.iter().collect();
        assert_eq!(different.len(), paths.len());
    }

    #[test]
    fn commands_are_absolute_words() {
        for node in nodes() {
            assert!(node.command.starts_with('/'), "{node:?}");
            assert!(node.command.split(' ').all(|word| !word.is_empty() && !word.contains('#')), "{node:?}");
            assert!(!node.path.starts_with('/') && !node.path.contains('#'), "{node:?}");
        }
    }

    #[test]
    fn a_partition_is_the_kernels_or_found_by_the_hurd() {
        let command = |path: &str| nodes().into_iter().find(|node| node.path == path).unwrap().command;
        assert_eq!(command("dev/hd0"), "/hurd/storeio hd0");
        assert_eq!(command("dev/hd0s1"), "/hurd/storeio hd0s1");
        assert_eq!(command("dev/wd1s8"), "/hurd/storeio -T typed part:8:device:@/dev/disk:wd1");
        assert_eq!(command("dev/tty6"), "/hurd/term /dev/tty6 hurdio /dev/vcs/6/console");
        assert_eq!(command("dev/ttyqv"), "/hurd/term /dev/ttyqv pty-slave /dev/ptyqv");
    }

    #[test]
    fn both_programs_of_a_command_are_found() {
        let both: Vec<&str> = programs("/bin/nullauth -- /hurd/storeio -Tzero").collect();
        assert_eq!(both, ["/bin/nullauth", "/hurd/storeio"]);
        assert_eq!(programs("/hurd/null --full").collect::<Vec<_>>(), ["/hurd/null"]);
    }

    #[test]
    fn every_argument_ends_in_a_nul() {
        assert_eq!(argz("/hurd/magic tty"), b"/hurd/magic\0tty\0");
    }
}
