//! The machine-id, and the name servers.

use bringup_tree::{Kind, Tree};

use crate::finding::Findings;
use crate::{Allowed, Error, Rule, look};

const MACHINE_ID: &[u8] = b"etc/machine-id";
const DBUS_MACHINE_ID: &[u8] = b"var/lib/dbus/machine-id";
const SYSTEMD: &[u8] = b"usr/lib/systemd/systemd";
const RESOLVER: &[u8] = b"etc/resolv.conf";

/// What `/etc/machine-id` says before the first boot; machine-id(5), "First boot semantics".
const UNINITIALIZED: &str = "uninitialized";

pub(super) fn check(root: &Tree, allow: &Allowed, found: &mut Findings) -> Result<(), Error> {
    machine_id(root, allow, found)?;
    // D-Bus keeps a copy of its own where this is no link; dbus-uuidgen(1).
    if matches!(root.get(DBUS_MACHINE_ID), Some(node) if matches!(node.kind, Kind::File(_)))
        && !allow.is_named(DBUS_MACHINE_ID)
    {
        found.error(
            Rule::MachineId,
            DBUS_MACHINE_ID,
            "a machine-id that every machine made from the image would share",
            "make it a link to `/etc/machine-id`, or remove it",
        );
    }
    resolver(root, allow, found)
}

fn machine_id(root: &Tree, allow: &Allowed, found: &mut Findings) -> Result<(), Error> {
    if allow.is_named(MACHINE_ID) {
        return Ok(());
    }
    let text = look::text(root, MACHINE_ID)?;
    let systemd = root.get(SYSTEMD).is_some();
    let what = match text.as_deref().map(str::trim) {
        None if !systemd => return Ok(()),
        Some(UNINITIALIZED) => return Ok(()),
        None => "is missing, so that systemd knows of no first boot where the root is read-only",
        // An empty file means that the id is made anew at each boot, and that none is the first.
        Some("") => "is empty, so that systemd takes no boot for the first",
        Some(_) => "has a machine-id that every machine made from the image would share",
    };
    found.error(Rule::MachineId, MACHINE_ID, what, format!("let it say `{UNINITIALIZED}`"));
    Ok(())
}

fn resolver(root: &Tree, allow: &Allowed, found: &mut Findings) -> Result<(), Error> {
    let is_file = root.get(RESOLVER).is_some_and(|node| matches!(node.kind, Kind::File(_)));
    if !is_file || allow.is_made(RESOLVER) {
        return Ok(());
    }
    let text = look::text(root, RESOLVER)?.unwrap_or_default();
    let server = text.lines().map(str::trim).find(|line| line.starts_with("nameserver"));
    if let Some(line) = server {
        found.error(
            Rule::Resolver,
            RESOLVER,
            format!("has `{line}`, which no record names"),
            "name servers belong in `[network]` of the system's record",
        );
    }
    Ok(())
}
