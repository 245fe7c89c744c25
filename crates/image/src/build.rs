//! All of the way from a request to a finished image.

use std::path::{Path, PathBuf};

use bringup_bootchain::{Proof, Verdict};
use bringup_disk::ImageWriter;
use bringup_fsimage::FileSystem;
use bringup_fsimage::ext2::{self, Ext2};
use bringup_fsimage::ext4::{self, Ext4};
use bringup_spec::Kernel;
use bringup_store::{Digest, Key};
use bringup_system::{Init, RootFileSystem};
use bringup_tree::{Content, Tree};

use crate::beside::Beside;
use crate::boot::device_tree;
use crate::components::Components;
use crate::firmware::Programs;
use crate::manifest::Manifest;
use crate::method::boot_method;
use crate::packages::{fetch, locked_packages};
use crate::partitions::{self, PartitionParts};
use crate::root::{self, Assembled};
use crate::routes::{self, Routes};
use crate::{Context, Error, Request, Uuid, disk_plan, efi, root_number, sources, unchanged};

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
const BUILD_VERSION: u32 = 2;

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
    check_kernel(request)?;
    let method = boot_method(request.board, request.bootloader)?;
    let manifest_path = request.output.with_extension("json");
    let source = sources::of_record(context, request)?;
    let context = &Context { source: source.as_ref().unwrap_or(context.source), ..*context };
    let locked = locked_packages(context, request)?;
    let seed = locked.seed(request);
    let components = Components::of_record(context, request)?;
    let inputs = inputs(context, request, &seed, &components.inputs(context, request)?)?;
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
    let Assembled { tree, boot, routes, notes } = root::assemble(&root::Parts {
        context,
        request,
        method,
        ready: &ready,
        components: &components,
        root_uuid: &uuid_text,
        epoch,
    })?;
    routes::remember(context, request, seed, &routes)?;
    let file_system = root_file_system(request, &tree, root_uuid, &seed, epoch)?;
    let plan = disk_plan(request.board, file_system.size(), &seed)?;

    let programs = Programs::new(&ready, request.board, method, &request.firmware)?;
    let mut placed = programs.placements(request.board)?;
    let mut esp = boot.esp.clone();
    let efi_program = efi::program_file(request.board, method, &programs)?;
    if let Some(program) = &efi_program {
        esp.push((program.name.clone(), Content::bytes(program.bytes.clone())));
    }
    let (filled, in_partitions) = partitions::fill(
        &PartitionParts {
            board: request.board,
            programs: &programs,
            esp: &esp,
            device_tree: &|name| device_tree(request.board, Some(name), ready.kernel(request.board)?.0),
            seed: &seed,
            epoch,
        },
        &plan,
    )?;

    let folder = request.output.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder).map_err(|source| Error::Io {
        operation: "create",
        path: folder.to_owned(),
        source,
    })?;
    let writer = ImageWriter::create(&request.output, &plan)?;
    let mut region = writer.partition(root_number(request.board))?;
    let written = file_system.write(&mut region);
    written.map_err(|source| writer.failed("write the root file system into", source))?;
    partitions::write(&writer, &filled)?;
    for program in &placed {
        writer.place(&program.name, &program.bytes)?;
    }
    placed.extend(in_partitions);
    placed.extend(efi_program);
    let proof = prove(context, request, &writer)?;

    let manifest = Manifest {
        shared: context.shared,
        request,
        epoch,
        plan: &plan,
        root_uuid: &uuid_text,
        root_size: file_system.size(),
        packages: &locked.packages,
        firmware: &placed,
        boot: &boot,
        tree: &tree,
        routes: &Routes { steps: routes::steps(request), packages: routes },
    };
    let text = manifest.to_json()?;
    // Written before the image gets its name, for a full disk must leave neither.
    let text = Beside::write(&manifest_path, text.as_bytes())?;
    writer.finish()?;
    text.keep()?;
    unchanged::remember(context.store, inputs, &request.output, &manifest_path)?;
    let mut summary = manifest.summary();
    summary.extend(notes);
    let links = proof.all();
    let held = links.iter().filter(|link| link.verdict == Verdict::Holds).count();
    summary.push(format!("boot chain proved: {held} of {} links hold, none is broken", links.len()));
    Ok(report(false, summary))
}

/// Reads the image back as the board would, before it gets its name.
fn prove(context: &Context<'_>, request: &Request<'_>, writer: &ImageWriter<'_>) -> Result<Proof, Error> {
    writer.tables()?;
    let failed = |source| Error::Io { operation: "read back", path: request.output.clone(), source };
    let disk = bringup_bootchain::Disk::from_file(writer.file().try_clone().map_err(failed)?)?;
    let options = bringup_bootchain::Options { jobs: context.jobs, ..Default::default() };
    let proof = bringup_bootchain::verify(&disk, Some(request.board), &options);
    if proof.is_whole() { Ok(proof) } else { Err(Error::NotBootable { proof: Box::new(proof) }) }
}

/// A system runs on the kernel that it was made for.
fn check_kernel(request: &Request<'_>) -> Result<(), Error> {
    let (wanted, has) = (request.system.init.kernel(), request.board.platform.kernel);
    if wanted == has {
        return Ok(());
    }
    let (system, board) = (request.system.name.clone(), request.board.name);
    Err(Error::OtherKernel { system, wanted, board, has })
}

/// The root file system, laid out; nothing of it is written yet.
fn root_file_system(
    request: &Request<'_>,
    tree: &Tree,
    uuid: Uuid,
    seed: &Digest,
    epoch: i64,
) -> Result<Box<dyn FileSystem>, Error> {
    let root = &request.system.root;
    Ok(match root.file_system {
        RootFileSystem::Ext4 => Box::new(Ext4::plan(
            tree,
            &ext4::Options {
                uuid: uuid.0,
                hash_seed: Uuid::derive(seed, "root directory hashes").0,
                label: root.label.clone(),
                epoch,
                size: ext4::Size::ContentPlus(root.free),
                free_inodes: FREE_INODES,
                reserved_percent: RESERVED_PERCENT,
                journal: None,
            },
        )?),
        RootFileSystem::Ext2 => Box::new(Ext2::plan(
            tree,
            &ext2::Options {
                uuid: uuid.0,
                label: root.label.clone(),
                epoch,
                size: ext2::Size::ContentPlus(root.free),
                free_inodes: FREE_INODES,
                reserved_percent: RESERVED_PERCENT,
                creator: match request.board.platform.kernel {
                    Kernel::Linux => ext2::Creator::Linux,
                    Kernel::Hurd => ext2::Creator::Hurd,
                },
            },
        )?),
    })
}

/// The digest of everything that decides the image's bytes, and of the program that makes them.
fn inputs(
    context: &Context<'_>,
    request: &Request<'_>,
    seed: &Digest,
    components: &[Digest],
) -> Result<Digest, Error> {
    let mut key = Key::new("image", BUILD_VERSION)
        .input("program", request.program.0)
        .input("packages", seed.0)
        .input("board", format!("{:?}", request.board))
        .input("system", format!("{:?}", request.system));
    for (name, path) in &request.firmware {
        // Read again when it is used; what changes in between is the caller's to prevent.
        let bytes = std::fs::read(path);
        let bytes = bytes.map_err(|source| Error::Io { operation: "read", path: path.clone(), source })?;
        key = key.input(name, Digest::of(&bytes).0);
    }
    for (name, secret) in &request.secrets {
        key = key.input(name, Digest::of(secret).0);
    }
    if request.system.init == Init::Systemd {
        key = key.input("routes", routes::inputs(context, request));
    }
    for line in &request.root_keys {
        key = key.input("key of root", line);
    }
    for component in components {
        key = key.input("component", component.0);
    }
    if let Some(epoch) = request.epoch {
        key = key.input("epoch", epoch.to_le_bytes());
    }
    Ok(key.digest())
}
