//! `boot`: the image under QEMU, its serial console on this terminal.

use bringup_emulator::{Disk, Machine, run_interactive};
use bringup_sandbox::Way;
use bringup_spec::Bytes;
use bringup_store::Store;
use bringup_tools::{Toolbox, set_of};

use crate::args::{Boot, Global, Image};
use crate::commands::{image, tool};
use crate::error::Error;
use crate::progress::Shown;
use crate::{host, subject};

pub(crate) fn run(global: &Global, boot: &Boot) -> Result<(), Error> {
    let (board, _) = subject::find(&boot.subject)?;
    let path = subject::image_path(board, boot.image.as_ref())?;
    if boot.image.is_none() && !path.exists() {
        let image = Image {
            subject: boot.subject.clone(),
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

    let source = host::package_source(global)?;
    let store = Store::open(&host::store_path(global)?)?;
    let progress = Shown::new(global.quiet);
    let toolbox = Toolbox {
        store: &store,
        source: &source,
        architecture: tool::host_architecture()?,
        jobs: host::jobs(global),
        progress: &progress,
        way: Way::Auto,
    };
    let root = toolbox.root(set_of(board.platform.qemu_system)?);
    progress.done(&store);
    let root = root?;
    let firmware =
        board.twin.firmware.map(|firmware| root.path(firmware.path).to_string_lossy().into_owned());
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
