//! What a command costs: processor time, time on the wall, memory.
//!
//! The kernel adds up what a process's children took once they have been waited for, so each command
//! gets a process of its own that starts it and nothing else.

use std::error::Error;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// What a command took, its own children included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sample {
    /// User and system time of all its processes.
    pub(crate) cpu: Duration,
    /// From its start to its end.
    pub(crate) wall: Duration,
    /// The most memory that any one of its processes had, in KiB.
    pub(crate) peak_kib: u64,
}

/// A command that is measured.
pub(crate) struct Job {
    /// The table it belongs to.
    pub(crate) group: &'static str,
    /// Its row.
    pub(crate) name: &'static str,
    /// The arguments of `bench step`, which runs it.
    pub(crate) step: Vec<String>,
    /// What is taken away before each run.
    pub(crate) clear: Vec<PathBuf>,
    /// What is made anew, empty, before each run.
    pub(crate) fresh: Vec<PathBuf>,
}

impl Job {
    /// Runs it once.
    pub(crate) fn measure(&self) -> Result<Sample, Box<dyn Error>> {
        for path in self.clear.iter().chain(&self.fresh) {
            let removed =
                if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
            removed.or_else(|error| match error.kind() {
                std::io::ErrorKind::NotFound => Ok(()),
                _ => Err(format!("cannot remove `{}`: {error}", path.display())),
            })?;
        }
        for path in &self.fresh {
            std::fs::create_dir_all(path)?;
        }
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bench", "step"]).args(&self.step).stdin(Stdio::null()).stderr(Stdio::inherit());
        let output = command.output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            return Err(format!("{}, `{}`: {}", self.group, self.name, output.status).into());
        }
        Sample::parse(&text).ok_or_else(|| format!("not a sample: `{text}`").into())
    }
}

impl std::fmt::Display for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (cpu, wall) = (self.cpu.as_secs_f64(), self.wall.as_secs_f64());
        write!(f, "{cpu:.2} s CPU, {wall:.2} s wall, {} MiB", self.peak_kib / 1024)
    }
}

impl Sample {
    /// What `run`, which starts one command and waits for it, costs, as this process sees it.
    pub(crate) fn of(run: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<Self, Box<dyn Error>> {
        let start = Instant::now();
        run()?;
        let wall = start.elapsed();
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
        Ok(Self {
            cpu: Duration::from_micros(u64::try_from(micros)?),
            wall,
            // In KiB on Linux (getrusage(2)).
            peak_kib: u64::try_from(usage.max_rss())?,
        })
    }

    /// As one line.
    pub(crate) fn line(&self) -> String {
        format!("{} {} {}", self.cpu.as_micros(), self.wall.as_micros(), self.peak_kib)
    }

    fn parse(line: &str) -> Option<Self> {
        let numbers: Vec<u64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
        let [cpu, wall, peak_kib] = numbers[..] else { return None };
        Some(Self { cpu: Duration::from_micros(cpu), wall: Duration::from_micros(wall), peak_kib })
    }

    /// The middle of each number by itself; of an even count, the lower of the two. Memory is the
    /// largest instead: it is a bound.
    pub(crate) fn median(samples: &[Self]) -> Self {
        fn middle<T: Ord + Default + Copy>(values: impl Iterator<Item = T>) -> T {
            let mut values: Vec<T> = values.collect();
            values.sort_unstable();
            values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or_default()
        }
        Self {
            cpu: middle(samples.iter().map(|sample| sample.cpu)),
            wall: middle(samples.iter().map(|sample| sample.wall)),
            peak_kib: samples.iter().map(|sample| sample.peak_kib).max().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(cpu: u64, wall: u64, peak_kib: u64) -> Sample {
        Sample { cpu: Duration::from_micros(cpu), wall: Duration::from_micros(wall), peak_kib }
    }

    #[test]
    fn a_median_is_taken_of_each_number_and_memory_is_the_largest() {
        let samples = [sample(3, 10, 1), sample(1, 30, 9), sample(2, 20, 5)];
        assert_eq!(Sample::median(&samples), sample(2, 20, 9));
    }

    #[test]
    fn a_sample_survives_being_a_line() {
        let sample = sample(1_234_567, 89, 4096);
        assert_eq!(Sample::parse(&sample.line()), Some(sample));
        assert_eq!(Sample::parse("1 2"), None);
        assert_eq!(Sample::parse("1 2 x"), None);
    }

    #[test]
    fn a_child_that_was_waited_for_is_counted() {
        let run = || Ok(Command::new(std::env::current_exe()?).arg("--list").output().map(drop)?);
        let sample = Sample::of(run).unwrap();
        assert!(sample.cpu > Duration::ZERO);
        assert!(sample.peak_kib > 0);
    }
}
