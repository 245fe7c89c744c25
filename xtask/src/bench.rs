//! Measurements: this work against the tools that do the same, in one run, interleaved.

mod jobs;
mod measure;
mod report;
mod source;
mod step;
mod subjects;

use std::path::{Path, PathBuf};

use bringup_store::Store;
use xshell::Shell;

use crate::tasks::{Result, workspace};

/// How often each job is measured, after once that does not count.
const ROUNDS: usize = 7;

/// Below fewer, a median says little.
const LEAST_ROUNDS: usize = 5;

/// Where the table goes, from the workspace's top folder.
const PAGE: &str = "docs/benchmarks.md";

/// `bench [ROUNDS]`; `bench step ...` is how it calls itself.
pub(crate) fn run(arguments: &[String]) -> Result {
    let rounds = match arguments {
        [first, rest @ ..] if first == "step" => return step::run(rest),
        [] => ROUNDS,
        [rounds] => rounds.parse().ok().filter(|rounds| *rounds >= LEAST_ROUNDS).ok_or_else(|| {
            format!("`{rounds}` is no number of rounds\nhelp: give {LEAST_ROUNDS} or more, or nothing")
        })?,
        _ => return Err("usage: bench [ROUNDS]".into()),
    };
    let shell = workspace()?;
    let folder = folder(&shell)?;
    eprintln!("preparing in `{}`: packages, tools, trees", folder.display());
    let (jobs, trees) = jobs::prepare(&folder)?;
    let mut samples = vec![Vec::new(); jobs.len()];
    for round in 0..=rounds {
        eprintln!(
            "{}",
            if round == 0 { "warming up".to_owned() } else { format!("round {round} of {rounds}") }
        );
        for (job, samples) in jobs.iter().zip(&mut samples) {
            let sample = job.measure()?;
            if round > 0 {
                samples.push(sample);
            }
        }
    }
    let medians: Vec<_> = samples.iter().map(|samples| measure::Sample::median(samples)).collect();
    let report = report::Report { jobs: &jobs, medians: &medians, trees: &trees, rounds };
    print!("{}", report.tables());
    shell.write_file(PAGE, report.page())?;
    eprintln!("wrote {PAGE}");
    Ok(())
}

/// Where everything of a run is: below the build folder, so that `cargo clean` takes it away.
fn folder(shell: &Shell) -> std::io::Result<PathBuf> {
    // The shell's folder has a `..` in it, through which the sandbox binds nothing.
    Ok(shell.current_dir().canonicalize()?.join("target/bench"))
}

/// The store of the warm builds, which has the tools too.
fn open_store(folder: &Path) -> std::result::Result<Store, bringup_store::Error> {
    Store::open(&folder.join("store"))
}
