//! The steps that `bench` runs in processes of their own.

use std::error::Error;
use std::path::Path;
use std::process::Stdio;

use bringup_catalog::{BOARDS, board};
use bringup_disk::ImageWriter;
use bringup_fsimage::FileSystem;
use bringup_fsimage::ext4::{Ext4, Options, Size};
use bringup_image::{Uuid, disk_plan, root_number};
use bringup_sandbox::{Access, Command, Root, Way};
use bringup_spec::Bytes;
use bringup_store::Digest;
use bringup_system::{Devices, RootParts, System, root_tree};
use bringup_tree::Tree;

use crate::bench::measure::Sample;
use crate::bench::open_store;
use crate::bench::subjects::{BOARD, Subject};
use crate::bench::systems;

/// Runs `own ARGUMENTS`, `tool ROOT FOLDER PROGRAM ARGUMENTS`, `peer SCRIPT`, `plan` or `write FOLDER SUBJECT OUTPUT`.
pub(crate) fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["own", ref arguments @ ..] => measured(|| own(arguments)),
        ["tool", root, folder, program, ref arguments @ ..] => {
            // Opened first: opening tries in a child what the kernel allows.
            let root = Root::open(Path::new(root), Way::Namespace)?;
            measured(|| tool(&root, Path::new(folder), program, arguments))
        }
        ["peer", script] => measured(|| systems::peer(script)),
        ["plan"] => plan(),
        ["write", folder, subject, output] => write(Path::new(folder), subject, Path::new(output)),
        _ => Err("a step of `bench` for itself alone".into()),
    }
}

/// Prints what `run` costs.
fn measured(run: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    println!("{}", Sample::of(run)?.line());
    Ok(())
}

/// This program with `arguments`.
fn own(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut command = std::process::Command::new(std::env::current_exe()?);
    let status = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("`{}`: {status}", arguments.join(" ")).into()) }
}

/// A program of the store, with `folder` open to it.
fn tool(root: &Root, folder: &Path, program: &str, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut command = Command::new(root, program)?;
    Ok(command.args(arguments).bind(folder, Access::ReadWrite).run().map(drop)?)
}

/// Plans every board's disk, around a root of a size that they all have room for.
fn plan() -> Result<(), Box<dyn Error>> {
    for board in BOARDS {
        disk_plan(board, &[("root", Bytes::mib(256))], None, &Digest::of(board.name.as_bytes()))?;
    }
    Ok(())
}

/// From packages of the store to the root partition of an image.
fn write(folder: &Path, subject: &str, output: &Path) -> Result<(), Box<dyn Error>> {
    let store = open_store(folder)?;
    let subject = Subject::find(subject)?;
    let system = subject.system()?;
    let tree = tree(&system, &subject.packages(folder, &store)?)?;
    let file_system = file_system(&system, &tree)?;
    let board = board(BOARD)?;
    let plan = disk_plan(board, &[("root", file_system.size())], None, &Digest::of(subject.name.as_bytes()))?;
    let writer = ImageWriter::create(output, &plan)?;
    file_system.write(&mut writer.partition(root_number(board))?)?;
    // The peers write no boot program either.
    for placement in board.firmware.installer.placements() {
        writer.place(placement.name, &[])?;
    }
    writer.finish()?;
    Ok(())
}

/// The root of a system, without what starts its kernel.
pub(crate) fn tree(system: &System, packages: &[Tree]) -> Result<Tree, bringup_system::Error> {
    let packages: Vec<&Tree> = packages.iter().collect();
    root_tree(RootParts {
        system,
        packages: &packages,
        made: Vec::new(),
        devices: Devices { root: None, var: None },
        epoch: 0,
    })
}

/// The file system that holds `tree`, as a build plans it.
pub(crate) fn file_system(system: &System, tree: &Tree) -> Result<Ext4, bringup_fsimage::Error> {
    let seed = Digest::of(system.name.as_bytes());
    let options = Options {
        uuid: Uuid::derive(&seed, "root file system").0,
        hash_seed: Uuid::derive(&seed, "root directory hashes").0,
        label: system.root.label.clone(),
        epoch: 0,
        size: Size::ContentPlus(system.root.free),
        free_inodes: 1024,
        reserved_percent: 0,
        journal: None,
    };
    Ext4::plan(tree, &options)
}
