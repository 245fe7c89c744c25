//! `lock`.

use std::collections::BTreeMap;

use bringup_image::{Request, Room, update_lock};

use crate::args::{Global, Lock};
use crate::error::Error;
use crate::output::print_line;
use crate::session::Session;
use crate::{host, subject};

pub(crate) fn run(global: &Global, lock: &Lock) -> Result<(), Error> {
    let (board, system) = subject::find(global, &lock.subject)?;
    let session = Session::open(global)?;
    let (image_type, shaped) = subject::shaped(board, &lock.variant)?;
    let system = image_type.adapted(system);
    let request = Request {
        board: &shaped.board,
        system: &system,
        image_type,
        second: shaped.second,
        room: Room::Least,
        compress: None,
        block_map: false,
        max_layers: None,
        bootloader: lock.variant.bootloader,
        firmware: lock.variant.firmware.clone(),
        secrets: BTreeMap::new(),
        root_keys: Vec::new(),
        sources: subject::folder(lock.subject.system.as_deref())?,
        cargo_home: None,
        wishes: Default::default(),
        output: subject::image_path(board, image_type, None)?,
        lock: host::absolute(&lock.subject.lock)?,
        locked: false,
        epoch: None,
        force: false,
        program: host::program()?,
    };
    let changes = update_lock(&session.context()?, &request, lock.update);
    session.fetched();
    let changes = changes?;
    if !global.quiet {
        for change in &changes {
            print_line(format_args!("{change}"))?;
        }
        let path = lock.subject.lock.display();
        print_line(format_args!(
            "{path}: {}",
            if changes.is_empty() { "nothing changed" } else { "written" }
        ))?;
    }
    Ok(())
}
