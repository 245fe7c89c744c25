//! All of the way from a request to a finished image.

use std::path::{Path, PathBuf};

use bringup_disk::ImageWriter;
use bringup_fsimage::FileSystem;
use bringup_fsimage::ext4::{self, Ext4};
use bringup_spec::{Board, BootRom, Bytes, Placement};
use bringup_store::{Digest, Key};
use bringup_system::{RootParts, root_tree};

use crate::beside::Beside;
use crate::boot::{BootParts, boot_files};
use crate::manifest::Manifest;
use crate::packages::{fetch, locked_packages};
use crate::{Context, Error, ROOT, Request, Uuid, disk_plan, unchanged};

/// What a build came to.
#[derive(Clone, Debug)]
pub struct Report {
    /// The image.
    pub image: PathBuf,
    /// Its manifest.
    pub manifest: PathBuf,
    /// Whether it was already there and nothing had to be done.
    pub unchanged: bool,
    /// Lines for people about what is in it; empty if nothing had to be done.
    pub summary: Vec<String>,
}

/// Raised when the same inputs give other bytes than an earlier version of this crate did.
const BUILD_VERSION: u32 = 1;

/// Inodes left for what is written later.
const FREE_INODES: u32 = 1024;

/// Blocks that only root may use: the system runs as root and is small, so the 5 % that `mke2fs`
/// keeps for it would only be missing.
const RESERVED_PERCENT: u8 = 0;

/// Builds the image, unless it is already there and nothing changed.
///
/// # Errors
/// Whatever stands in the way; nothing half-written is left behind.
pub fn build(context: &Context<'_>, request: &Request<'_>) -> Result<Report, Error> {
    let manifest_path = request.output.with_extension("json");
    let locked = locked_packages(context, request)?;
    let seed = locked.seed(request);
    let inputs = inputs(request, &seed);
    let report = |unchanged, summary| Report {
        image: request.output.clone(),
        manifest: manifest_path.clone(),
        unchanged,
        summary,
    };
    if !request.force && unchanged::is_unchanged(context.store, inputs, &request.output, &manifest_path) {
        return Ok(report(true, Vec::new()));
    }

    let ready = fetch(context, &locked)?;
    let epoch = request.epoch.unwrap_or_else(|| ready.newest_date());
    let root_uuid = Uuid::derive(&seed, "root file system");
    let uuid_text = root_uuid.to_string();
    let boot = boot_files(&BootParts {
        board: request.board,
        system: request.system,
        store: context.store,
        kernel: ready.kernel(request.board)?,
        busybox: ready.with_file(bringup_system::BUSYBOX)?,
        root_uuid: &uuid_text,
        epoch,
        jobs: context.jobs,
    })?;
    let parts = RootParts {
        system: request.system,
        packages: &ready.root_trees(request.board),
        made: boot.files.clone(),
        root_uuid: &uuid_text,
        epoch,
    };
    let tree = root_tree(parts)?;
    let file_system = Ext4::plan(
        &tree,
        &ext4::Options {
            uuid: root_uuid.0,
            hash_seed: Uuid::derive(&seed, "root directory hashes").0,
            label: request.system.root.label.clone(),
            epoch,
            size: ext4::Size::ContentPlus(request.system.root.free),
            free_inodes: FREE_INODES,
            reserved_percent: RESERVED_PERCENT,
            journal: None,
        },
    )?;
    let plan = disk_plan(request.board, file_system.size(), &seed)?;

    let folder = request.output.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder).map_err(|source| Error::Io {
        operation: "create",
        path: folder.to_owned(),
        source,
    })?;
    let writer = ImageWriter::create(&request.output, &plan)?;
    let mut region = writer.partition(ROOT)?;
    let written = file_system.write(&mut region);
    written.map_err(|source| writer.failed("write the root file system into", source))?;
    let mut firmware = Vec::new();
    for placement in request.board.firmware.installer.placements() {
        let artifacts = ready.artifact(&placement.artifact)?;
        let bytes = request.board.firmware.installer.bytes(placement, &artifacts)?;
        check_boot_rom(request.board, placement, &bytes)?;
        writer.place(placement.name, &bytes)?;
        firmware.push((*placement, Digest::of(&bytes), Bytes(bytes.len() as u64)));
    }

    let manifest = Manifest {
        request,
        epoch,
        plan: &plan,
        root_uuid: &uuid_text,
        root_size: file_system.size(),
        packages: &locked.packages,
        firmware: &firmware,
        boot: &boot,
        tree: &tree,
    };
    let text = manifest.to_json()?;
    // Written before the image gets its name, for a full disk must leave neither.
    let text = Beside::write(&manifest_path, text.as_bytes())?;
    writer.finish()?;
    text.keep()?;
    unchanged::remember(context.store, inputs, &request.output, &manifest_path)?;
    Ok(report(false, manifest.summary()))
}

/// Whether the boot ROM will take what is placed where it looks.
fn check_boot_rom(board: &Board, placement: &Placement, bytes: &[u8]) -> Result<(), Error> {
    let BootRom::Allwinner { slots, max_len } = board.soc.boot_rom else { return Ok(()) };
    if slots.contains(&placement.offset) {
        bringup_inspect::egon::parse(bytes, max_len).map_err(|source| Error::BadFirmware {
            board: board.name,
            name: placement.name,
            source,
        })?;
    }
    Ok(())
}

/// The digest of everything that decides the image's bytes, and of the program that makes them.
fn inputs(request: &Request<'_>, seed: &Digest) -> Digest {
    let mut key = Key::new("image", BUILD_VERSION)
        .input("program", request.program.0)
        .input("packages", seed.0)
        .input("board", format!("{:?}", request.board))
        .input("system", format!("{:?}", request.system));
    if let Some(epoch) = request.epoch {
        key = key.input("epoch", epoch.to_le_bytes());
    }
    key.digest()
}
