//! Whole systems: this work against the tools that run the packages' own scripts.
//!
//! `bench systems [FOLDER]`. The others are taken from the host, where they need programs, set-id
//! helpers and registrations of their own; one that is not there is named as missing.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use bringup_catalog::board;
use bringup_debian::Lock;
use bringup_store::Store;

use crate::bench::measure::{Job, Sample};
use crate::tasks::{Result, workspace};

/// Where the tables go, from the workspace's top folder.
const PAGE: &str = "docs/benchmarks-systems.md";

/// How often this work is measured; the others, which take minutes, once in the middle.
const ROUNDS: usize = 3;

/// The boards, one an architecture.
const BOARDS: [&str; 3] = ["qemu-aarch64", "qemu-armv7", "x86_64-efi"];

/// The larger system: what the others' peers were measured with.
const WHOLE: &str = "\
inherit = \"barebones\"
summary = \"barebones with SSH, and what makes an initramfs\"
hostname = \"whole\"

[packages]
install = [\"initramfs-tools\", \"openssh-server\"]
";

/// The rows of this work.
const COLD: &str = "`bringup`, packages there, nothing unpacked";
const WARM: &str = "`bringup`, packages unpacked";
const HOSTNAME: &str = "`bringup`, another host name";
const ONE_MORE: &str = "`bringup`, one small package more";

/// The rows of others.
const MMDEBSTRAP: &str = "mmdebstrap + genimage";
const MKOSI: &str = "mkosi";

/// What the goals say: of which board, this row's processor time at most this share of that one's.
const SHARES: [(&str, &str, &str, f64); 6] = [
    ("qemu-aarch64", COLD, MMDEBSTRAP, 1.0 / 30.0),
    ("qemu-aarch64", COLD, MKOSI, 1.0 / 30.0),
    ("qemu-armv7", COLD, MMDEBSTRAP, 1.0 / 30.0),
    ("qemu-armv7", COLD, MKOSI, 1.0 / 30.0),
    ("x86_64-efi", COLD, MMDEBSTRAP, 1.0 / 3.0),
    ("x86_64-efi", WARM, MMDEBSTRAP, 1.0 / 10.0),
];

/// A measured row.
struct Row {
    board: &'static str,
    name: &'static str,
    /// Nothing where the program is not installed.
    sample: Option<Sample>,
}

/// Measures, prints and writes the page.
pub(crate) fn run(arguments: &[String]) -> Result {
    let shell = workspace()?;
    let folder = match arguments {
        [] => shell.current_dir().canonicalize()?.join("target/bench-systems"),
        [folder] => std::path::absolute(folder)?,
        _ => return Err("usage: bench systems [FOLDER]".into()),
    };
    std::fs::create_dir_all(&folder)?;
    write_systems(&folder)?;
    let mut rows = Vec::new();
    for board in BOARDS {
        eprintln!("preparing {board}: packages");
        own(&folder, board, "store", "whole", &[]).run_once()?;
        own(&folder, board, "cold-store", "whole", &[]).run_once()?;
        own(&folder, board, "store", "more", &[]).run_once()?;
        let debs = debs(&folder, board)?;
        let mut samples = vec![Vec::new(); 4];
        for round in 0..=ROUNDS {
            eprintln!("{board}, round {round} of {ROUNDS}");
            for (job, samples) in jobs(&folder, board).iter().zip(&mut samples) {
                let sample = job.measure()?;
                eprintln!("  {}: {sample}", job.name);
                if round > 0 {
                    samples.push(sample);
                }
            }
            if round == ROUNDS / 2 {
                for (name, job) in peers(&folder, board, &debs)? {
                    let sample = job.map(|job| job.measure()).transpose()?;
                    match &sample {
                        Some(sample) => eprintln!("  {name}: {sample}"),
                        None => eprintln!("  {name}: not installed"),
                    }
                    rows.push(Row { board, name, sample });
                }
            }
        }
        for (name, samples) in [COLD, WARM, HOSTNAME, ONE_MORE].into_iter().zip(&samples) {
            rows.push(Row { board, name, sample: Some(Sample::median(samples)) });
        }
    }
    let page = page(&rows);
    print!("{page}");
    shell.write_file(PAGE, &page)?;
    eprintln!("wrote {PAGE}");
    Ok(())
}

/// The records: the whole system, the same under another host name, and with one package more.
fn write_systems(folder: &Path) -> std::io::Result<()> {
    std::fs::write(folder.join("whole.toml"), WHOLE)?;
    std::fs::create_dir_all(folder.join("renamed"))?;
    let renamed = WHOLE.replace("hostname = \"whole\"", "hostname = \"renamed\"");
    std::fs::write(folder.join("renamed/whole.toml"), renamed)?;
    let more = WHOLE.replace("\"openssh-server\"]", "\"openssh-server\", \"tree\"]");
    std::fs::write(folder.join("more.toml"), more)
}

/// A build of this work.
struct Own {
    arguments: Vec<String>,
}

fn own(folder: &Path, board: &str, store: &str, system: &str, extra: &[&str]) -> Own {
    let text = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let mut arguments: Vec<String> = ["image", "--quiet", "--board", board].map(str::to_owned).into();
    for (option, name) in [
        ("--system", format!("{system}.toml")),
        ("--store", store.to_owned()),
        ("--lock", "bringup.lock".to_owned()),
        ("--output", format!("{store}-{board}.img")),
    ] {
        arguments.extend([option.to_owned(), text(&name)]);
    }
    arguments.extend(extra.iter().map(|&argument| argument.to_owned()));
    Own { arguments }
}

impl Own {
    fn run_once(&self) -> std::result::Result<(), Box<dyn Error>> {
        let status = Command::new(std::env::current_exe()?).args(&self.arguments).status()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("`{}`: {status}", self.arguments.join(" ")).into())
        }
    }

    fn job(self, board: &'static str, name: &'static str, clear: Vec<PathBuf>) -> Job {
        let step = std::iter::once("own".to_owned()).chain(self.arguments).collect();
        Job { group: board, name, step, clear, fresh: vec![] }
    }
}

/// This work's rows. Each build differs from the one before, so that none is found done.
fn jobs(folder: &Path, board: &'static str) -> Vec<Job> {
    let derived = ["derived", "state"].map(|name| folder.join("cold-store").join(name)).to_vec();
    vec![
        own(folder, board, "cold-store", "whole", &["--force"]).job(board, COLD, derived),
        own(folder, board, "store", "whole", &["--force"]).job(board, WARM, vec![]),
        own(folder, board, "store", "renamed/whole", &[]).job(board, HOSTNAME, vec![]),
        own(folder, board, "store", "more", &[]).job(board, ONE_MORE, vec![]),
    ]
}

/// The packages of the board's image as `apt` names their files.
fn debs(folder: &Path, board_name: &str) -> std::result::Result<Vec<String>, Box<dyn Error>> {
    let store = Store::open(&folder.join("store"))?;
    let lock = Lock::read(&folder.join("bringup.lock"))?;
    let image = lock.image(board_name, "whole").ok_or("the image is not locked")?;
    let to = folder.join(format!("debs-{board_name}"));
    std::fs::create_dir_all(&to)?;
    let placements = board(board_name)?.firmware.installer.placements();
    let mut names = Vec::new();
    for package in &image.packages {
        if placements.iter().any(|placement| placement.artifact.package == package.name) {
            continue;
        }
        let from = store.get(&package.sha256, package.size)?.ok_or("a package is not in the store")?;
        let version = package.version.replace(':', "%3a");
        let file = format!("{}_{version}_{}.deb", package.name, package.architecture);
        if !to.join(&file).exists() {
            std::fs::copy(from, to.join(file))?;
        }
        names.push(package.name.clone());
    }
    Ok(names)
}

/// Another's row; no job where it is not installed.
type Peer = (&'static str, Option<Job>);

/// The others' rows.
fn peers(
    folder: &Path,
    board_name: &'static str,
    packages: &[String],
) -> std::result::Result<Vec<Peer>, Box<dyn Error>> {
    let architecture = board(board_name)?.platform.debian_arch;
    let work = folder.join(format!("peer-{board_name}"));
    let debs = folder.join(format!("debs-{board_name}"));
    let source = bringup::package_source()?;
    let mirror = &source.repositories().first().ok_or("no repository")?.uri;
    let (work_text, debs_text) = (work.to_string_lossy(), debs.to_string_lossy());
    let names = packages.join(",");
    let config = "image disk.img {\n\thdimage { align = 1M }\n\tpartition root {\n\t\tpartition-type = 0x83\n\
                  \t\timage = \"root.ext4\"\n\t}\n}\nimage root.ext4 {\n\text4 { }\n\tsize = 1500M\n}\n";
    let mmdebstrap = format!(
        "set -e\ncd '{work_text}'\nprintf '%s' '{config}' > disk.cfg\n\
         mmdebstrap --quiet --variant=custom --architectures={architecture} --include={names} \
         --setup-hook='mkdir -p \"$1/var/cache/apt/archives\"' \
         --setup-hook='cp {debs_text}/*.deb \"$1/var/cache/apt/archives/\"' \
         trixie root.tar '{mirror}'\n\
         mkdir root tmp in out\ntar -C root -xf root.tar\n\
         genimage --config disk.cfg --rootpath root --tmppath tmp --inputpath in --outputpath out >/dev/null\n"
    );
    let mkosi = format!(
        "set -e\ncd '{work_text}'\nmkosi --directory '' --force --distribution debian --release trixie \
         --architecture {} --mirror '{mirror}' --format disk --bootable no --package-cache-dir '{debs_text}' \
         {} --output-dir '{work_text}' build >mkosi.log 2>&1\n",
        mkosi_architecture(architecture),
        packages.iter().map(|name| format!("--package {name}")).collect::<Vec<_>>().join(" "),
    );
    let mut jobs = Vec::new();
    for (name, programs, script) in
        [(MMDEBSTRAP, &["mmdebstrap", "genimage"][..], mmdebstrap), (MKOSI, &["mkosi"][..], mkosi)]
    {
        let there = programs.iter().all(|program| is_installed(program));
        let step = ["peer".to_owned(), script].into();
        jobs.push((
            name,
            there.then(|| Job { group: board_name, name, step, clear: vec![], fresh: vec![work.clone()] }),
        ));
    }
    Ok(jobs)
}

/// mkosi's name of Debian's architecture (its manual, `Architecture=`).
fn mkosi_architecture(debian: &str) -> &str {
    match debian {
        "amd64" => "x86-64",
        "armhf" => "arm",
        other => other,
    }
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Runs a peer's script.
pub(crate) fn peer(script: &str) -> std::result::Result<(), Box<dyn Error>> {
    let status = Command::new("sh").args(["-c", script]).stdout(std::process::Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("a peer: {status}").into()) }
}

/// The page.
fn page(rows: &[Row]) -> String {
    let mut text = String::from(
        "# Benchmarks of whole systems\n\nWritten by `cargo xtask bench systems`; do not edit.\n\n\
         One run on one machine with everything in the page cache; what counts are the ratios.\n\n",
    );
    for board in BOARDS {
        let _ = writeln!(text, "## {board}\n\n| | CPU s | wall s | peak MiB |\n|---|---:|---:|---:|");
        for row in rows.iter().filter(|row| row.board == board) {
            let _ = match row.sample {
                Some(sample) => writeln!(
                    text,
                    "| {} | {:.2} | {:.2} | {} |",
                    row.name,
                    sample.cpu.as_secs_f64(),
                    sample.wall.as_secs_f64(),
                    sample.peak_kib / 1024
                ),
                None => writeln!(text, "| {} | not installed | | |", row.name),
            };
        }
        text.push('\n');
    }
    text += "## Goals\n\n| Goal | measured | |\n|---|---:|---|\n";
    let find = |board: &str, name: &str| {
        rows.iter().find(|row| row.board == board && row.name == name).and_then(|row| row.sample)
    };
    let mut goal = |name: String, measured: Option<f64>, bound: f64, digits: usize| {
        let _ = match measured {
            Some(measured) => {
                let verdict = if measured <= bound { "met" } else { "**missed**" };
                writeln!(text, "| {name} | {measured:.digits$} | {verdict} |")
            }
            None => writeln!(text, "| {name} | | not measured |"),
        };
    };
    for (board, ours, theirs, bound) in SHARES {
        let share = find(board, ours).zip(find(board, theirs));
        let share = share.map(|(ours, theirs)| ours.cpu.as_secs_f64() / theirs.cpu.as_secs_f64());
        goal(format!("{board}: {ours}, at most {bound:.3} of the CPU of {theirs}"), share, bound, 3);
    }
    for board in BOARDS {
        let wall = find(board, HOSTNAME).map(|sample| sample.wall.as_secs_f64());
        goal(format!("{board}: {HOSTNAME}, at most 1.5 s"), wall, 1.5, 2);
        let peak =
            [COLD, WARM].iter().filter_map(|name| find(board, name)).map(|sample| sample.peak_kib).max();
        goal(format!("{board}: at most 400 MiB"), peak.map(|kib| kib as f64 / 1024.0), 400.0, 0);
    }
    text + METHOD
}

const METHOD: &str = "
## How

- The system is `barebones` with `openssh-server`, and with `initramfs-tools`, which the others need to make what
  their image starts with; the board's kernel is in it. Everybody installs the same packages at the same versions,
  whose files lie on the same disk.
- Processor time is user and system time of a process and all it started (`getrusage`). This work's rows are medians
  of three rounds after one that does not count; the others run once, in the middle of them.
- *Nothing unpacked*: the store holds the packages as fetched and nothing derived from them. *Another host name*
  and *one small package more* are builds after which only the record differs.
- The others run the packages' own scripts: with QEMU's user emulation where the architecture is not the host's.
  Their disks have one partition and no boot loader; ours is the board's whole image, its boot chain proved.
";
