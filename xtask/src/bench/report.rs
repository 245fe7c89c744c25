//! The tables, and the page around them.

use std::fmt::Write;

use crate::bench::jobs::{COMMANDS, Measured, OURS};
use crate::bench::many;
use crate::bench::measure::{Job, Sample};

/// A run's results.
pub(crate) struct Report<'a> {
    pub(crate) jobs: &'a [Job],
    /// One a job.
    pub(crate) medians: &'a [Sample],
    pub(crate) trees: &'a [Measured],
    pub(crate) rounds: usize,
    /// Whether the folder of the run is a tmpfs.
    pub(crate) in_memory: bool,
}

/// What is compared with a bound.
enum Bound {
    /// Processor time of this work, as a share of that of the row of this name, for every tree.
    Share(&'static str, f64),
    /// Seconds on the wall of the command whose row starts so.
    Seconds(&'static str, f64),
    /// MiB of every row of this work.
    Mebibytes(f64),
    /// MiB of the command of this row.
    Peak(&'static str, f64),
    /// Processor time of so many boards of one platform, as a multiple of one board's.
    Boards(usize, f64),
}

/// What this work aims at.
const GOALS: [Bound; 10] = [
    Bound::Share("`tar cf`", 1.2),
    Bound::Share("`mke2fs -d`", 1.0),
    Bound::Share("genimage", 0.5),
    Bound::Seconds("`image --force`, tiny", 3.0),
    Bound::Seconds("`image`, tiny, nothing changed", 0.3),
    Bound::Boards(20, 2.0),
    Bound::Seconds(many::PLAN, 0.1),
    Bound::Seconds(many::VERIFY, 1.0),
    Bound::Peak(many::VERIFY, 100.0),
    Bound::Mebibytes(200.0),
];

const INTRODUCTION: &str = "\
# Benchmarks

Written by `cargo xtask bench`; do not edit.

Everything below was measured in one run on one machine, with everything in the page cache. Machines and their
noise differ: what counts are the ratios.
";

const METHOD: &str = "\
## How

- Each row is a process of its own. Processor time is user and system time of it and all it started, as the
  kernel counts it for waited-for children (`getrusage`), the setting up of its sandbox included; memory is the
  most that any one of its processes ever held, pages of mapped files included.
- Rows take turns, round after round, after one round that does not count. Times are medians, memory is the
  largest of all rounds. What a row of a tree writes is removed before its turn; nothing is synced to disk.
- *Tree to partition*, `bringup`: the packages lie in the store as it keeps them, decompressed. Their archives
  are scanned, laid over each other, planned as ext4 and written into the partition of a disk image, as `image
  --force` does. The others start from the very same tree, already unpacked into a directory, which costs them
  nothing here. `tar cf` writes an archive, `mke2fs -d` a file system of the same size without a disk around it,
  genimage a disk with one ext4 partition of that size.
- The others are those of Debian trixie, run from the store.
- *The larger tree* is `tiny` with `git`, `openssh-server`, `python3`, `systemd`, `udev`, `vim` and what they depend
  on: many packages of every kind, not a system that anybody set up.
- *Nothing unpacked*: the store holds the packages as fetched and nothing derived from them, so that they are
  decompressed, the kernel's modules indexed and the initramfs made.
- *All boards* are those of one platform, by one command from the same state as one of them alone. A board more
  costs the difference of the two, divided by the boards that make it.
- *Planned* is every board's disk with all claims, in a process that does nothing else.
";

impl Report<'_> {
    /// All of the tables.
    pub(crate) fn tables(&self) -> String {
        let mut text = String::new();
        for tree in self.trees {
            let (names, bytes, size) = (tree.names, tree.bytes, tree.file_system);
            let _ = writeln!(text, "## Tree to partition: {}\n", tree.name);
            let _ = writeln!(text, "{names} names, {bytes} in files; a file system of {size}.\n");
            self.table(&mut text, tree.name);
        }
        let _ = writeln!(text, "## Whole builds\n");
        self.table(&mut text, COMMANDS);
        text
    }

    /// The page.
    pub(crate) fn page(&self) -> String {
        let (tables, goals, rounds) = (self.tables(), self.goals(), self.rounds);
        let place = if self.in_memory {
            "in memory (a tmpfs), which leaves a disk's own work out"
        } else {
            "on a disk, whose file system's work is counted"
        };
        format!(
            "{INTRODUCTION}\n{tables}## Goals\n\n{goals}\n{METHOD}- {rounds} rounds; everything was read and \
             written {place}.\n"
        )
    }

    fn rows(&self, group: &str) -> impl Iterator<Item = (&'static str, Sample)> {
        let all = self.jobs.iter().zip(self.medians);
        all.filter(move |(job, _)| job.group == group).map(|(job, sample)| (job.name, *sample))
    }

    fn find(&self, group: &str, name: &str) -> Sample {
        self.rows(group).find(|row| row.0 == name).map(|row| row.1).unwrap_or_default()
    }

    fn table(&self, text: &mut String, group: &str) {
        let ours = self.rows(group).find(|(name, _)| *name == OURS).map(|(_, sample)| sample);
        let share = if ours.is_some() { " of its CPU, `bringup` takes |" } else { "" };
        let line = if ours.is_some() { "---:|" } else { "" };
        let _ = writeln!(text, "| | CPU s | wall s | peak MiB |{share}\n|---|---:|---:|---:|{line}");
        for (name, sample) in self.rows(group) {
            let _ = write!(
                text,
                "| {name} | {:.2} | {:.2} | {:.0} |",
                sample.cpu.as_secs_f64(),
                sample.wall.as_secs_f64(),
                mebibytes(sample)
            );
            if let Some(ours) = ours {
                let _ = write!(text, " {:.2} |", share_of(ours, sample));
            }
            text.push('\n');
        }
        text.push('\n');
    }

    /// Each goal, what was measured, and whether that is enough.
    fn goals(&self) -> String {
        let mut text = "| Goal | measured | |\n|---|---:|---|\n".to_owned();
        for goal in GOALS {
            let (name, measured, bound) = match goal {
                Bound::Share(peer, bound) => {
                    let shares = self
                        .trees
                        .iter()
                        .map(|tree| share_of(self.find(tree.name, OURS), self.find(tree.name, peer)));
                    (format!("at most {bound:.1} of the CPU of {peer}, each tree"), largest(shares), bound)
                }
                Bound::Seconds(command, bound) => {
                    let seconds = self.find(COMMANDS, command).wall.as_secs_f64();
                    (format!("{command}: at most {bound} s"), seconds, bound)
                }
                Bound::Peak(command, bound) => {
                    let peak = mebibytes(self.find(COMMANDS, command));
                    (format!("{command}: at most {bound} MiB"), peak, bound)
                }
                Bound::Boards(wanted, bound) => {
                    let cpu = |name| self.find(COMMANDS, name).cpu.as_secs_f64();
                    let times = many::times_one(cpu(many::ONE), cpu(many::ALL), wanted);
                    let count = many::count();
                    let name = format!(
                        "{wanted} boards of a platform: at most {bound} times the CPU of one, by {count} measured"
                    );
                    (name, times, bound)
                }
                Bound::Mebibytes(bound) => {
                    let groups = self.trees.iter().map(|tree| (tree.name, Some(OURS)));
                    let groups = groups.chain([(COMMANDS, None)]);
                    let ours = groups.flat_map(|(group, only)| {
                        self.rows(group).filter(move |(name, _)| only.is_none_or(|only| only == *name))
                    });
                    let peak = largest(ours.map(|(_, sample)| mebibytes(sample)));
                    (format!("at most {bound} MiB, whatever the image"), peak, bound)
                }
            };
            let verdict = if measured <= bound { "met" } else { "**missed**" };
            let _ = writeln!(text, "| {name} | {measured:.2} | {verdict} |");
        }
        text
    }
}

fn mebibytes(sample: Sample) -> f64 {
    sample.peak_kib as f64 / 1024.0
}

fn share_of(ours: Sample, theirs: Sample) -> f64 {
    ours.cpu.as_secs_f64() / theirs.cpu.as_secs_f64()
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bringup_spec::Bytes;

    use super::*;

    fn job(group: &'static str, name: &'static str) -> Job {
        Job { group, name, step: vec![], clear: vec![], fresh: vec![] }
    }

    #[test]
    fn a_goal_that_one_tree_misses_is_missed() {
        let jobs = ["small", "big"].map(|group| [job(group, OURS), job(group, "`tar cf`")]);
        let jobs: Vec<Job> = jobs.into_iter().flatten().collect();
        let sample = |millis| Sample { cpu: Duration::from_millis(millis), ..Sample::default() };
        let medians = [sample(1000), sample(1000), sample(1500), sample(1000)];
        let tree = |name| Measured { name, names: 1, bytes: Bytes(1), file_system: Bytes(1) };
        let report = Report {
            jobs: &jobs,
            medians: &medians,
            trees: &[tree("small"), tree("big")],
            rounds: 5,
            in_memory: true,
        };
        let page = report.page();
        let wanted = "| at most 1.2 of the CPU of `tar cf`, each tree | 1.50 | **missed** |";
        assert!(page.contains(wanted), "{page}");
        assert!(page.contains("| at most 200 MiB, whatever the image | 0.00 | met |"), "{page}");
    }
}
