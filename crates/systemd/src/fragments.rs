//! Folders of configuration files (`*.d`), and the lines in them.

use std::collections::BTreeMap;

use bringup_shell::{Failure, World};
use bringup_tree::Kind;

/// The places of `name` in order of priority, the first one wins (`CONF_PATHS` of systemd's
/// src/basic/constants.h).
pub(crate) fn folders(name: &str) -> [String; 4] {
    ["/etc", "/run", "/usr/local/lib", "/usr/lib"].map(|above| format!("{above}/{name}"))
}

/// The paths of all files that end so, in order of their names; a file in an earlier folder hides
/// one of the same name in a later one, and a link to `/dev/null` or an empty file hides it, too.
pub(crate) fn files<F: AsRef<str>>(world: &World, folders: &[F], ending: &str) -> Vec<String> {
    let mut found: BTreeMap<String, Option<String>> = BTreeMap::new();
    for folder in folders {
        for name in world.names(folder.as_ref()) {
            if !name.ends_with(ending) || found.contains_key(&name) {
                continue;
            }
            let path = format!("{}/{name}", folder.as_ref());
            if is_mask(world, &path) {
                found.insert(name, None);
            } else if world.stat(&path).is_some_and(|node| matches!(node.kind, Kind::File(_))) {
                found.insert(name, Some(path));
            }
        }
    }
    found.into_values().flatten().collect()
}

/// Puts `place` into a list of files where a file of this path has its place or would have it, unless
/// a file in a folder of higher priority hides it.
pub(crate) fn put(files: &mut Vec<String>, folders: &[String], place: &str) {
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let rank = |path: &str| folders.iter().position(|folder| path.starts_with(&format!("{folder}/")));
    match files.iter().position(|path| name(path) == name(place)) {
        Some(at) if rank(&files[at]) < rank(place) => {}
        Some(at) => files[at] = place.to_owned(),
        None => files.push(place.to_owned()),
    }
    files.sort_by_key(|path| name(path));
}

/// Whether a path is an empty file or a link to `/dev/null`.
pub(crate) fn is_mask(world: &World, path: &str) -> bool {
    if world.followed(path).is_ok_and(|at| at == b"dev/null") {
        return true;
    }
    world.stat(path).is_some_and(|node| matches!(&node.kind, Kind::File(content) if content.is_empty()))
}

/// A file named on a command line: standard input, a path, or a name looked for in the folders.
/// The first value is where it was found, for messages.
pub(crate) fn named(
    world: &World,
    folders: &[String],
    name: &str,
    input: &[u8],
) -> Result<(String, Vec<u8>), Failure> {
    if name == "-" {
        return Ok(("<stdin>".to_owned(), input.to_vec()));
    }
    if name.contains('/') {
        return Ok((world.absolute(name), world.read(name)?));
    }
    let found =
        folders.iter().map(|folder| format!("{folder}/{name}")).find(|path| world.stat(path).is_some());
    let path = found.ok_or(Failure::Missing)?;
    let bytes = world.read(&path)?;
    Ok((path, bytes))
}

/// The lines that say something, with their numbers from 1: no blanks around, no comments.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim_matches([' ', '\t', '\r', '\n'])))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::world;

    #[test]
    fn an_earlier_folder_hides_a_later_one() {
        let mut world = world(&[
            ("etc/x.d/b.conf", "etc"),
            ("usr/lib/x.d/a.conf", "a"),
            ("usr/lib/x.d/b.conf", "usr"),
            ("usr/lib/x.d/c.conf", "c"),
            ("usr/lib/x.d/d.conf", "d"),
            ("usr/lib/x.d/e.txt", "e"),
            ("run/x.d/d.conf", ""),
        ]);
        world.make_symlink("/dev/null", "/etc/x.d/c.conf").unwrap();
        assert_eq!(files(&world, &folders("x.d"), ".conf"), ["/usr/lib/x.d/a.conf", "/etc/x.d/b.conf"]);
    }

    #[test]
    fn a_name_is_looked_for_and_a_path_is_not() {
        let world = world(&[("usr/lib/x.d/a.conf", "a"), ("a.conf", "other")]);
        let find = |name| named(&world, &folders("x.d"), name, b"in").map(|(path, _)| path);
        assert_eq!(find("a.conf").unwrap(), "/usr/lib/x.d/a.conf");
        assert_eq!(find("/a.conf").unwrap(), "/a.conf");
        assert_eq!(find("-").unwrap(), "<stdin>");
        assert_eq!(find("b.conf").unwrap_err(), Failure::Missing);
    }
}
