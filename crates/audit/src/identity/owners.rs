//! Owners and modes of everything.

use std::collections::BTreeSet;

use bringup_tree::{Kind, Tree};
use memchr::memmem;

use crate::finding::Findings;
use crate::{Allowed, Error, Installed, Rule, look};

const OVERRIDES: &[u8] = b"var/lib/dpkg/statoverride";

const SET_ID: u32 = 0o6000;
const STICKY: u32 = 0o1000;
const OTHERS_WRITE: u32 = 0o002;

pub(super) fn check(
    root: &Tree,
    packages: &[Installed<'_>],
    allow: &Allowed,
    found: &mut Findings,
) -> Result<(), Error> {
    let users = ids(root, b"etc/passwd")?;
    let groups = ids(root, b"etc/group")?;
    let overridden = overridden(root)?;
    for (path, _, node) in root.iter() {
        let meta = &node.meta;
        for (id, known, what) in [(meta.uid, &users, "user"), (meta.gid, &groups, "group")] {
            // Every root has a root, even one without accounts.
            if id != 0 && !known.contains(&id) {
                found.error(
                    Rule::Owner,
                    path,
                    format!("belongs to {what} {id}, which there is not"),
                    format!("make the {what}, or give the file to another"),
                );
            }
        }
        match &node.kind {
            Kind::Socket => found.error(
                Rule::Socket,
                path,
                "a socket that no process listens at",
                "remove it: whoever listens makes it",
            ),
            Kind::File(_) | Kind::Directory => {
                let is_directory = node.kind.is_directory();
                if meta.mode & OTHERS_WRITE != 0
                    && !(is_directory && meta.mode & STICKY != 0)
                    && !allow.is_named(path)
                {
                    found.error(
                        Rule::WorldWritable,
                        path,
                        format!("everybody may write to it: its mode is {:04o}", meta.mode),
                        if is_directory {
                            "set the sticky bit, or take the permission"
                        } else {
                            "take the permission"
                        },
                    );
                }
                // The set-group-id bit of a folder hands down its group, nothing more.
                if meta.mode & SET_ID != 0
                    && !is_directory
                    && !allow.is_named(path)
                    && !overridden.contains(path)
                    && !is_packaged(root, packages, path, meta.mode)
                {
                    found.error(
                        Rule::SetId,
                        path,
                        format!(
                            "runs as its owner or group, by mode {:04o}, and no package says so",
                            meta.mode
                        ),
                        "take the bit, or record it with `dpkg-statoverride`",
                    );
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The ids in the third field of an account file; passwd(5), group(5).
fn ids(root: &Tree, path: &[u8]) -> Result<BTreeSet<u32>, Error> {
    let text = look::text(root, path)?.unwrap_or_default();
    Ok(text.lines().filter_map(|line| line.split(':').nth(2)?.parse().ok()).collect())
}

/// The paths of dpkg-statoverride(1), `OWNER GROUP MODE PATH` a line, below the root.
fn overridden(root: &Tree) -> Result<BTreeSet<Vec<u8>>, Error> {
    let text = look::text(root, OVERRIDES)?.unwrap_or_default();
    let paths = text.lines().filter_map(|line| line.splitn(4, ' ').nth(3));
    Ok(paths.map(|path| root.resolve(path).unwrap_or_else(|_| path.into())).collect())
}

/// Whether a package ships the file with these bits, or ships it and has a script that names it:
/// openssh-client's sets the group and bit of `ssh-agent`.
fn is_packaged(root: &Tree, packages: &[Installed<'_>], path: &[u8], mode: u32) -> bool {
    // Packages made before /usr was merged have it beside.
    let old = path.strip_prefix(b"usr/").filter(|old| root.resolve(old).is_ok_and(|target| target == path));
    packages.iter().any(|package| {
        let shipped = package.tree.get(path).or_else(|| package.tree.get(old?));
        shipped.is_some_and(|node| node.meta.mode & SET_ID == mode & SET_ID || is_scripted(package, path))
    })
}

/// Whether the script that configures the package names the file.
fn is_scripted(package: &Installed<'_>, path: &[u8]) -> bool {
    let script = package.control.files.read("postinst").unwrap_or_default();
    let name = [b"/", look::base(path)].concat();
    memmem::find(&script, &name).is_some()
}
