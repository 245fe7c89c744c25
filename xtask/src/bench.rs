//! Measurements: this work against the tools that do the same, in one run, interleaved.

mod jobs;
mod many;
mod measure;
mod report;
mod source;
mod step;
mod subjects;
mod systems;

use std::path::Path;

use bringup_store::Store;
use nix::sys::statfs::{TMPFS_MAGIC, statfs};

use crate::tasks::{Result, workspace};

/// How often each job is measured, after once that does not count.
const ROUNDS: usize = 7;

/// Below fewer, a median says little.
const LEAST_ROUNDS: usize = 5;

/// Where the table goes, from the workspace's top folder.
const PAGE: &str = "docs/benchmarks.md";

/// `bench [ROUNDS [FOLDER]]`, `bench systems [FOLDER]`; `bench step ...` is how it calls itself.
pub(crate) fn run(arguments: &[String]) -> Result {
    let shell = workspace()?;
    // Below the build folder, so that `cargo clean` takes it away. The shell's folder has a `..` in
    // it, through which the sandbox binds nothing.
    let below_target = || Ok::<_, std::io::Error>(shell.current_dir().canonicalize()?.join("target/bench"));
    let (rounds, folder) = match arguments {
        [first, rest @ ..] if first == "step" => return step::run(rest),
        [first, rest @ ..] if first == "systems" => return systems::run(rest),
        [] => (ROUNDS, below_target()?),
        [rounds] => (parse_rounds(rounds)?, below_target()?),
        [rounds, folder] => (parse_rounds(rounds)?, std::path::absolute(folder)?),
        _ => return Err("usage: bench [ROUNDS [FOLDER]], or bench systems [FOLDER]".into()),
    };
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
            eprintln!("  {}, {}: {}", job.group, job.name, sample);
            if round > 0 {
                samples.push(sample);
            }
        }
    }
    let medians: Vec<_> = samples.iter().map(|samples| measure::Sample::median(samples)).collect();
    let report = report::Report {
        jobs: &jobs,
        medians: &medians,
        trees: &trees,
        rounds,
        in_memory: in_memory(&folder)?,
    };
    print!("{}", report.tables());
    shell.write_file(PAGE, report.page())?;
    eprintln!("wrote {PAGE}");
    Ok(())
}

fn in_memory(folder: &Path) -> std::result::Result<bool, nix::Error> {
    Ok(statfs(folder)?.filesystem_type() == TMPFS_MAGIC)
}

fn parse_rounds(text: &str) -> std::result::Result<usize, String> {
    text.parse().ok().filter(|rounds| *rounds >= LEAST_ROUNDS).ok_or_else(|| {
        format!("`{text}` is no number of rounds\nhelp: give {LEAST_ROUNDS} or more, or nothing")
    })
}

/// The store of the warm builds, which has the tools too.
fn open_store(folder: &Path) -> std::result::Result<Store, bringup_store::Error> {
    Store::open(&folder.join("store"))
}
