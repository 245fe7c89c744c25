//! `mkdir`, `mkfifo`, `mknod`.

use bringup_shell::{Call, Failure, Host, Status, Stop};
use bringup_tree::{Device, Kind};

use crate::common::{complain, folder, missing_after, missing_operand, print, quote};
use crate::mode::Mode;
use crate::options::{Parsed, parse, unsupported};

/// Makes folders.
pub(crate) fn mkdir(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[("context", '#'), ("mode", 'm'), ("parents", 'p'), ("verbose", 'v')];
    // What SELinux is asked for does nothing without it.
    let parsed = parse(call, "m:pvZ#::", LONG)?;
    if parsed.operands.is_empty() {
        return Ok(missing_operand(call));
    }
    let Ok(mode) = mode_of(call, &parsed) else { return Ok(1) };
    let mut status = 0;
    for path in &parsed.operands {
        let result = if parsed.has('p') {
            make_all(call, path, parsed.has('v'))
        } else {
            call.world.make_directory(path).map(|()| true).map_err(|failure| (path.clone(), failure))
        };
        match result {
            Ok(made) => {
                if made && let Some(mode) = &mode {
                    set_mode(call, path, mode, 0o777);
                }
                if made && parsed.has('v') {
                    print(call, &format!("mkdir: created directory {}\n", quote(path)));
                }
            }
            Err((at, failure)) => {
                complain(call, &format!("cannot create directory {}: {}", quote(&at), failure.text()));
                status = 1;
            }
        }
    }
    Ok(status)
}

/// Makes a folder and all above it; says whether the last one is new.
pub(crate) fn make_all(call: &mut Call<'_>, path: &str, verbose: bool) -> Result<bool, (String, Failure)> {
    if call.world.is_directory(path) {
        return Ok(false);
    }
    let cuts = path.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
    let mut ends: Vec<&str> = cuts.map(|at| &path[..at]).filter(|part| !part.ends_with('/')).collect();
    if path.ends_with('/') {
        ends.pop();
    }
    for part in ends {
        if call.world.is_directory(part) {
            continue;
        }
        if call.world.stat(part).is_some() {
            return Err((part.to_owned(), Failure::NotDirectory));
        }
        call.world.make_directory(part).map_err(|failure| (part.to_owned(), failure))?;
        // Every folder on the way can be entered and written, whatever the umask.
        let _ = call.world.node_mut(part, true).map(|node| node.meta.mode |= 0o300);
        if verbose {
            let made = if call.name == "install" { "creating" } else { "created" };
            print(call, &format!("{}: {made} directory {}\n", call.name, quote(part)));
        }
    }
    call.world.make_directory(path).map_err(|failure| (path.to_owned(), failure))?;
    Ok(true)
}

fn mode_of(call: &mut Call<'_>, parsed: &Parsed) -> Result<Option<Mode>, ()> {
    let Some(text) = parsed.value('m') else { return Ok(None) };
    match Mode::parse(text) {
        Some(mode) => Ok(Some(mode)),
        None => {
            complain(call, &format!("invalid mode {}", quote(text)));
            Err(())
        }
    }
}

/// A given mode counts from what the system call would have made without a mask.
fn set_mode(call: &mut Call<'_>, path: &str, mode: &Mode, from: u32) {
    let umask = call.world.umask;
    if let Ok(node) = call.world.node_mut(path, false) {
        let inherited = node.meta.mode & 0o2000;
        let directory = node.kind.is_directory();
        node.meta.mode = mode.apply(from, directory, umask) | inherited;
    }
}

/// Makes named pipes.
pub(crate) fn mkfifo(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = parse(call, "m:Z", &[("mode", 'm')])?;
    if parsed.operands.is_empty() {
        return Ok(missing_operand(call));
    }
    let Ok(mode) = mode_of(call, &parsed) else { return Ok(1) };
    let mut status = 0;
    for path in &parsed.operands {
        let plain = 0o666 & !call.world.umask;
        if let Err(failure) = call.world.make_node(path, Kind::Fifo, plain) {
            complain(call, &format!("cannot create fifo {}: {}", quote(path), failure.text()));
            status = 1;
        } else if let Some(mode) = &mode {
            set_mode(call, path, mode, 0o666);
        }
    }
    Ok(status)
}

/// Makes a device.
pub(crate) fn mknod(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = parse(call, "m:Z", &[("mode", 'm')])?;
    let Ok(mode) = mode_of(call, &parsed) else { return Ok(1) };
    let number = |text: &String| text.parse::<u32>().ok();
    let (path, kind) = match parsed.operands.as_slice() {
        [path, kind] if kind == "p" => (path, Kind::Fifo),
        [path, kind, major, minor] => {
            let numbers = number(major).zip(number(minor));
            let device = numbers.map(|(major, minor)| Device { major, minor });
            match (kind.as_str(), device) {
                ("b", Some(device)) => (path, Kind::BlockDevice(device)),
                ("c" | "u", Some(device)) => (path, Kind::CharDevice(device)),
                _ => return Err(unsupported(call, "this kind of device")),
            }
        }
        [] => return Ok(missing_operand(call)),
        [.., last] => return Ok(missing_after(call, "operand", last)),
    };
    let plain = 0o666 & !call.world.umask;
    if let Err(failure) = call.world.make_node(path, kind, plain) {
        complain(call, &format!("{path}: {}", failure.text()));
        return Ok(1);
    }
    if let Some(mode) = &mode {
        set_mode(call, path, mode, 0o666);
    }
    Ok(0)
}

/// Makes what is missing above a path.
pub(crate) fn make_above(call: &mut Call<'_>, path: &str, verbose: bool) -> Result<(), (String, Failure)> {
    make_all(call, folder(path), verbose).map(drop)
}
