//! `boot`: the image under QEMU, its serial console on this terminal.

use bringup_emulator::{Disk, Machine, run_interactive};
use bringup_image::locked_tools;
use bringup_sandbox::Way;
use bringup_spec::{Bytes, TwinFirmware};
use bringup_tools::set_of;

use crate::args::{Boot, Global, Image};
use crate::commands::image;
use crate::error::Error;
use crate::session::Session;
use crate::{host, subject};

pub(crate) fn run(global: &Global, boot: &Boot) -> Result<(), Error> {
    let (board, system) = subject::find(global, &boot.subject)?;
    let path = subject::image_path(board, boot.image.as_ref())?;
    if boot.image.is_none() {
        let image = Image {
            boards: vec![boot.subject.board.clone()],
            system: boot.subject.system.clone(),
            lock: boot.subject.lock.clone(),
            variant: boot.variant.clone(),
            output: None,
            locked: false,
            dry_run: false,
            force: false,
            json: false,
        };
        image::run(global, &image)?;
    }
    let look = std::fs::metadata(&path);
    let size = look.map_err(|source| Error::Io { operation: "look at", path: path.clone(), source })?.len();

    let session = Session::open(global)?;
    let toolbox = session.toolbox(Way::Auto)?;
    let set = set_of(board.platform.qemu_system)?;
    let lock = host::absolute(&boot.subject.lock)?;
    let root = locked_tools(&toolbox, set, &lock, board.name, &system.name)
        .map_err(Error::from)
        .and_then(|packages| Ok(toolbox.root(set, &packages)?));
    session.fetched();
    let root = root?;
    let firmware = match board.twin.firmware {
        TwinFirmware::Bios(file) | TwinFirmware::Flash(file) | TwinFirmware::Kernel(file) => {
            Some(root.path(file.path).to_string_lossy().into_owned())
        }
        TwinFirmware::Machine | TwinFirmware::Partition(_) => None,
    };
    let machine = Machine {
        twin: board.twin,
        firmware,
        disk: Disk { path: path.clone(), size: Bytes(size), persistent: boot.persist },
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
