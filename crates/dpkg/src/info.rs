//! dpkg's database besides `status`: `info`, `arch`, locks.

use bringup_shell::World;
use bringup_tree::{Kind, Meta};

use crate::command::records;
use crate::{Error, Package};

const INFO: &str = "/var/lib/dpkg/info";

/// The control files that dpkg does not keep in `info`: what they say is in `status`.
const NOT_KEPT: [&str; 1] = ["control"];

/// What a database has before its first package.
pub(crate) fn begin(world: &mut World, architecture: &str) -> Result<(), Error> {
    for folder in ["alternatives", "info", "parts", "triggers", "updates"] {
        records::folder(world, &format!("/var/lib/dpkg/{folder}"))?;
    }
    for file in ["arch", "arch-native"] {
        records::write(world, &format!("/var/lib/dpkg/{file}"), format!("{architecture}\n"))?;
    }
    records::write(world, "/var/lib/dpkg/info/format", "1\n")?;
    if world.lstat("/var/lib/dpkg/diversions").is_none() {
        records::write(world, "/var/lib/dpkg/diversions", "")?;
    }
    // Debian's dpkg and apt make these with mode 0640.
    records::write_mode(world, "/var/lib/dpkg/lock", "", 0o640)?;
    records::write_mode(world, "/var/lib/dpkg/lock-frontend", "", 0o640)
}

/// The files of one package: its list, and its control files with the modes that they have there.
pub(crate) fn add(world: &mut World, package: &Package<'_>, list: &[String]) -> Result<(), Error> {
    let name = package.info_name();
    let text: String = list.iter().map(|path| format!("{path}\n")).collect();
    records::write(world, &format!("{INFO}/{name}.list"), text)?;
    for (path, _, node) in package.control.files.iter() {
        let Kind::File(content) = &node.kind else { continue };
        let file = String::from_utf8_lossy(path);
        if NOT_KEPT.contains(&&*file) || file.contains('/') {
            continue;
        }
        let goal = format!("{}/{name}.{file}", &INFO[1..]);
        let meta = Meta::root(node.meta.mode, node.meta.mtime);
        world
            .tree
            .insert(&goal, meta, Kind::File(content.clone()))
            .map_err(|source| Error::Unpack { package: package.name().to_owned(), source })?;
    }
    Ok(())
}
