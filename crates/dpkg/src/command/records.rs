//! Writing dpkg's own files.

use bringup_shell::{Failure, World};
use bringup_tree::{Content, Kind, Meta};

use crate::Error;

fn fail(path: &str) -> impl Fn(Failure) -> Error + '_ {
    move |failure| Error::Record { path: path.to_owned(), problem: failure.text() }
}

/// Makes a folder and those above it, where they are missing, with mode 0755.
pub(crate) fn folder(world: &mut World, path: &str) -> Result<(), Error> {
    let mut at = String::new();
    for name in path.split('/').filter(|name| !name.is_empty()) {
        at.push('/');
        at.push_str(name);
        if !world.is_directory(&at) {
            make(world, &at, Meta::root(0o755, world.epoch), Kind::Directory)?;
        }
    }
    Ok(())
}

/// Writes a file with mode 0644 whatever was there, as rename(2) of a new one does.
pub(crate) fn write(world: &mut World, path: &str, bytes: impl Into<Vec<u8>>) -> Result<(), Error> {
    write_mode(world, path, bytes, 0o644)
}

/// The same with another mode.
pub(crate) fn write_mode(
    world: &mut World,
    path: &str,
    bytes: impl Into<Vec<u8>>,
    mode: u32,
) -> Result<(), Error> {
    let meta = Meta::root(mode, world.epoch);
    make(world, path, meta, Kind::File(Content::bytes(bytes)))
}

/// Puts a symbolic link in the place of whatever file is there.
pub(crate) fn link(world: &mut World, path: &str, target: &str) -> Result<(), Error> {
    let meta = Meta::root(0o777, world.epoch);
    make(world, path, meta, Kind::Symlink(target.as_bytes().to_vec()))
}

fn make(world: &mut World, path: &str, meta: Meta, kind: Kind) -> Result<(), Error> {
    let at = world.named(path).map_err(fail(path))?;
    world.tree.insert(&at, meta, kind).map(drop).map_err(|error| Error::Record {
        path: path.to_owned(),
        problem: match error {
            bringup_tree::Error::NoParent { .. } => Failure::Missing.text(),
            bringup_tree::Error::Conflict { .. } => Failure::IsDirectory.text(),
            _ => Failure::Invalid.text(),
        },
    })
}

/// The number of an account in `passwd` or `group` of the tree; a number stands for itself.
pub(crate) fn account(world: &World, file: &str, name: &str) -> Option<u32> {
    if let Ok(number) = name.strip_prefix('#').unwrap_or(name).parse() {
        return Some(number);
    }
    let text = String::from_utf8_lossy(&world.read(file).ok()?).into_owned();
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten()
    })
}
