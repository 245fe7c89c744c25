//! `boot`: the image under QEMU, its serial console on this terminal.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use bringup_emulator::{Disk, Machine, Medium, Rom, run_interactive, sd_size};
use bringup_image::{Format, locked_tools};
use bringup_sandbox::{Root, Way};
use bringup_spec::{Board, Bytes, PartitionType, TwinDisk, TwinFirmware};
use bringup_tools::set_of;
use tempfile::TempDir;

use crate::args::{Boot, Global, Image};
use crate::commands::image;
use crate::error::Error;
use crate::session::Session;
use crate::{host, subject};

/// More than any first program, and little enough to hold.
const FIRST_PROGRAM_MAX: u64 = 16 << 20;

pub(crate) fn run(global: &Global, boot: &Boot) -> Result<(), Error> {
    let (board, system) = subject::find(global, &boot.subject)?;
    let (image_type, shaped) = subject::shaped(board, &boot.variant)?;
    let board = &shaped.board;
    if !matches!(image_type.format, Format::Raw | Format::Qcow2 | Format::Iso { .. }) {
        return Err(Error::NoDisk { image_type: image_type.name });
    }
    let path = subject::image_path(board, image_type, boot.image.as_ref())?;
    if boot.image.is_none() {
        let image = Image {
            boards: vec![boot.subject.board.clone()],
            system: boot.subject.system.clone(),
            lock: boot.subject.lock.clone(),
            variant: boot.variant.clone(),
            routing: boot.routing.clone(),
            secrets: Vec::new(),
            ssh_keys: Vec::new(),
            output: None,
            size: None,
            compress: None,
            block_map: false,
            max_layers: None,
            fit: None,
            locked: false,
            sbom: false,
            dry_run: false,
            force: false,
            json: false,
        };
        image::run(global, &image)?;
    }

    let session = Session::open(global)?;
    let toolbox = session.toolbox_of_suite(Way::Auto, board.twin.suite)?;
    let toolbox = toolbox.toolbox();
    let set = set_of(board.platform.qemu_system)?;
    let lock = host::absolute(&boot.subject.lock)?;
    let root = locked_tools(&toolbox, set, &lock, board.name, &system.name)
        .map_err(Error::from)
        .and_then(|packages| Ok(toolbox.root(set, &packages)?));
    session.fetched();
    let root = root?;

    let scratch = tempfile::tempdir().map_err(|source| Error::Io {
        operation: "make a folder in",
        path: std::env::temp_dir(),
        source,
    })?;
    let machine = Machine {
        twin: board.twin,
        rom: rom(board, &root, &path, &scratch)?,
        disk: disk(board, path, boot, &scratch)?,
        forwards: boot.forward.clone(),
        stop_at_reboot: false,
        interactive: true,
    };
    if !global.quiet {
        eprintln!("{} on QEMU's `{}`; Ctrl-A X leaves", board.name, board.twin.machine);
    }
    let status = run_interactive(&machine, &root, board.platform.qemu_system)?;
    if status.success() {
        return Ok(());
    }
    let program = board.platform.qemu_system.to_owned();
    Err(Error::ToolFailed { program, status: status.code().unwrap_or(-1) })
}

/// What QEMU starts first.
fn rom(board: &Board, root: &Root, image: &Path, scratch: &TempDir) -> Result<Rom, Error> {
    let in_root = |path: &str| root.path(path).to_string_lossy().into_owned();
    Ok(match board.twin.firmware {
        TwinFirmware::Machine => Rom::Builtin,
        TwinFirmware::Bios(file) => Rom::Bios(in_root(file.path)),
        TwinFirmware::Flash(file) => Rom::Flash(in_root(file.path)),
        TwinFirmware::Kernel(file) => Rom::Kernel(in_root(file.path)),
        TwinFirmware::Partition(kind) => {
            let path = scratch.path().join("first-program");
            let bytes = first_program(board, image, kind)?;
            std::fs::write(&path, bytes).map_err(io_error("write", &path))?;
            Rom::HostBios(path)
        }
    })
}

/// What a boot ROM that QEMU has no model of would load: all of the image's partition of that type
/// but the zeros at its end.
fn first_program(board: &Board, image: &Path, kind: PartitionType) -> Result<Vec<u8>, Error> {
    let unreadable = |source| Error::Unreadable { path: image.to_owned(), source };
    let disk = bringup_bootchain::Disk::open(image).map_err(unreadable)?;
    let table = bringup_bootchain::table::read(&disk).map_err(unreadable)?;
    let partition = table.partitions.into_iter().find(|partition| partition.kind.is(kind));
    let partition = partition.ok_or_else(|| Error::NoFirstProgram {
        board: board.name,
        image: image.to_owned(),
        kind,
    })?;
    // No boot ROM loads more than its SRAM holds.
    let len = (partition.bytes.end - partition.bytes.start).min(FIRST_PROGRAM_MAX);
    let mut bytes = disk.read(partition.bytes.start, len).map_err(unreadable)?;
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes.truncate(used);
    Ok(bytes)
}

/// The disk, in the size that is asked for and that its bus allows: an SD card's is a power of two. An
/// image that is to keep what is written grows itself; of another, a sparse copy does.
fn disk(board: &Board, path: PathBuf, boot: &Boot, scratch: &TempDir) -> Result<Disk, Error> {
    let persistent = boot.persist;
    let medium = match path.extension().and_then(|extension| extension.to_str()) {
        Some("qcow2") => Medium::Qcow2,
        Some("iso") if !boot.as_disk => Medium::Cd,
        _ => Medium::Raw,
    };
    let look = std::fs::metadata(&path).map_err(io_error("look at", &path))?;
    let size = Bytes(look.len());
    let asked = boot.disk_size.map_or(size, Bytes);
    if asked.0 < size.0 {
        return Err(Error::DiskTooSmall { image: path, size, asked });
    }
    let wanted = if board.twin.disk == TwinDisk::Sd { sd_size(asked) } else { asked };
    if wanted == size || medium != Medium::Raw {
        return Ok(Disk { path, medium, size, persistent });
    }
    let path = if persistent {
        path
    } else {
        let copy = scratch.path().join("card.img");
        std::fs::copy(&path, &copy).map_err(io_error("copy", &path))?;
        copy
    };
    let grown = File::options().write(true).open(&path).and_then(|file| file.set_len(wanted.0));
    grown.map_err(io_error("grow", &path))?;
    Ok(Disk { path, medium, size: wanted, persistent })
}

fn io_error(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::Io { operation, path, source }
}
