//! Configures a folder of packages and says what became of each.
//!
//! `configure FOLDER ARCHITECTURE [ROOT.tar]`: every `.deb` of the folder is unpacked into an empty
//! root and configured; the root is then written as a tar archive. Each package's files are kept
//! decompressed beside it, as `NAME.tar`. A package whose script fails is named, and left out of the
//! next attempt.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use bringup_debian::{Control, Deb, Effort};
use bringup_dpkg::{How, Options, Package, configure};
use bringup_tree::{Devices, Limits, Meta, Source, Tree};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, architecture, rest @ ..] = &arguments[..] else {
        return Err("usage: configure FOLDER ARCHITECTURE [ROOT.tar]".into());
    };
    let mut debs: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    debs.retain(|path| path.extension().is_some_and(|ending| ending == "deb"));
    debs.sort();
    let unpacked = debs.iter().map(|path| unpack(path)).collect::<Result<Vec<_>, _>>()?;
    let packages: Vec<Package<'_>> =
        unpacked.iter().map(|(control, tree)| Package { control, tree }).collect();
    let mut failing: Vec<(String, String)> = Vec::new();
    let answers = BTreeMap::new();
    let keep_unpacked = BTreeSet::new();
    let started = std::time::Instant::now();
    let configured = loop {
        let skip: Vec<(&str, &str)> =
            failing.iter().map(|(name, reason)| (name.as_str(), reason.as_str())).collect();
        let options = Options {
            architecture,
            epoch: 1_700_000_000,
            answers: &answers,
            keep_unpacked: &keep_unpacked,
            skip: &skip,
        };
        let base = Tree::new(Meta::root(0o755, options.epoch));
        match configure(base, &packages, &options) {
            Err(bringup_dpkg::Error::Script { package, script, status, output }) => {
                println!("{package}: FAILED {script}: status {status}\n{output}");
                failing.push((package, format!("{script}: status {status}")));
            }
            other => break other?,
        }
    };
    println!("{} packages in {:?}", packages.len(), started.elapsed());
    for (package, text) in &configured.output {
        println!("{package}: {}", text.trim_end().replace('\n', &format!("\n{package}: ")));
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for step in &configured.report {
        let word = match &step.how {
            How::NoScript => "no script",
            How::Interpreted => "interpreted",
            How::Left { script, stop } => {
                println!("{}: LEFT {script}: {stop}", step.package);
                "left"
            }
            How::Skipped { reason } => {
                println!("{}: SKIPPED {reason}", step.package);
                "skipped"
            }
            How::Waits { package } => {
                println!("{}: waits for {package}", step.package);
                "waits"
            }
            _ => "other",
        };
        *counts.entry(word).or_default() += 1;
    }
    println!("{counts:?}");
    if let [path, ..] = rest {
        configured.tree.to_tar(std::io::BufWriter::new(File::create(path)?))?;
    }
    Ok(())
}

fn unpack(path: &Path) -> Result<(Control, Tree), Box<dyn Error>> {
    let deb = Deb::open(path)?;
    let tar = path.with_extension("tar");
    if !tar.exists() {
        let part = path.with_extension("part");
        deb.copy_data(Effort::ONE_THREAD, u64::MAX, &mut File::create(&part)?)?;
        fs::rename(part, &tar)?;
    }
    let limits = Limits { entries: 1 << 20, total_bytes: u64::MAX, devices: Devices::Refuse };
    let tree = Tree::from_tar(&Source::open(&tar)?, &limits)?;
    Ok((deb.control, tree))
}
