//! Programs that have little to do where no systemd runs.

use bringup_shell::{Call, Host, Status, Stop};

use crate::options::{self, Known, flag, value};
use crate::{files, specifier, unsupported};

/// systemd-machine-id-setup(1).
///
/// Where the real program would make up an ID, `uninitialized` is written: every machine gets its own
/// at its first boot (machine-id(5), "First Boot Semantics").
pub(crate) fn machine_id(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const NAME: &str = "systemd-machine-id-setup";
    let given = options::parse(NAME, &[value("root", '\0')], call.arguments)?;
    given.check_root(NAME)?;
    if specifier::machine_id(call.world).is_none() {
        files::replace(call.world, NAME, "/etc/machine-id", 0o444, b"uninitialized\n".to_vec())?;
    }
    Ok(0)
}

/// udevadm(8): what needs a running udev is ignored.
pub(crate) fn udevadm(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    match call.arguments.first().map(String::as_str) {
        Some("control" | "trigger" | "settle") => {
            call.errors.extend_from_slice(b"Running in chroot, ignoring request.\n");
            Ok(0)
        }
        other => Err(unsupported("udevadm", format!("`{}`", other.unwrap_or_default()))),
    }
}

/// bootctl(1): no EFI system partition is mounted, so that nothing is found, installed or updated.
pub(crate) fn bootctl(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const NAME: &str = "bootctl";
    const KNOWN: &[Known] = &[
        flag("quiet", '\0'),
        flag("graceful", '\0'),
        flag("no-variables", '\0'),
        flag("print-esp-path", 'p'),
        value("make-machine-id-directory", '\0'),
    ];
    let given = options::parse(NAME, KNOWN, call.arguments)?;
    let verb = given.operands.first().map(String::as_str);
    let changes = matches!(verb, Some("install" | "update" | "remove"));
    if !changes && !given.has("print-esp-path") && verb != Some("is-installed") {
        return Err(unsupported(NAME, format!("`{}`", verb.unwrap_or("status"))));
    }
    if changes && given.has("graceful") {
        call.errors.extend_from_slice(b"Couldn't find EFI system partition, skipping.\n");
        return Ok(0);
    }
    call.errors.extend_from_slice(
        b"Couldn't find EFI system partition. It is recommended to mount it to /boot or /efi.\n\
          Alternatively, use --esp-path= to specify path to mount point.\n",
    );
    Ok(1)
}

#[cfg(test)]
mod tests {
    use crate::testing::{read, run, world};

    #[test]
    fn a_machine_gets_its_own_id_later() {
        let mut world = world(&[("etc/hostname", "x\n")]);
        run(&mut world, "systemd-machine-id-setup").unwrap();
        assert_eq!(read(&world, "/etc/machine-id"), "uninitialized\n");
        assert_eq!(world.stat("/etc/machine-id").unwrap().meta.mode, 0o444);
        world.write("/etc/machine-id", "0123456789abcdef0123456789abcdef\n").unwrap();
        run(&mut world, "systemd-machine-id-setup").unwrap();
        assert_eq!(read(&world, "/etc/machine-id"), "0123456789abcdef0123456789abcdef\n");
    }

    #[test]
    fn what_needs_a_machine_is_ignored_or_stops() {
        let mut world = world(&[]);
        assert_eq!(run(&mut world, "udevadm control --reload-rules").unwrap().0, 0);
        assert_eq!(run(&mut world, "bootctl --quiet --print-esp-path").unwrap().0, 1);
        assert_eq!(run(&mut world, "bootctl update --graceful").unwrap().0, 0);
        assert_eq!(run(&mut world, "bootctl install --make-machine-id-directory=auto").unwrap().0, 1);
        let stop = run(&mut world, "bootctl list").unwrap_err();
        assert_eq!(stop.to_string(), "`bootctl`: `list` is not reproduced");
        assert!(run(&mut world, "udevadm info").is_err());
    }
}
