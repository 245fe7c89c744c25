//! Where two roots differ, and which differences are expected.

use std::collections::BTreeMap;

use bringup_tree::{Kind, Meta, Node, Tree};

use crate::Error;
use crate::changes::apart;

/// Differences between a root that was interpreted and one whose scripts ran, each with its reason: a path, in
/// which `*` stands for anything, and why.
const EXPECTED: &str = include_str!("differences.txt");

/// Files of records, and how many lines one has, that dpkg writes in the order of a hash table (dpkg,
/// `src/divert/main.c`, `lib/dpkg/fsys-hash.c`).
const UNORDERED: [(&str, usize); 2] = [("var/lib/dpkg/diversions", 3), ("var/lib/dpkg/diversions-old", 3)];

/// A path that is not the same in two roots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The path, lossily shown.
    pub path: String,
    /// What differs.
    pub what: String,
    /// Why that is expected; none if it is not.
    pub reason: Option<&'static str>,
}

/// Where `cross` and `other` differ in names, kinds, owners, modes, attributes or bytes, in the order of
/// paths. Times, and what no system keeps (`/run`, `/tmp`, logs of dpkg), are not looked at.
///
/// # Errors
/// A file cannot be read, or the list of expected differences is damaged.
pub fn compare(cross: &Tree, other: &Tree) -> Result<Vec<Difference>, Error> {
    let expected = expected(EXPECTED)?;
    let mut paths: BTreeMap<&[u8], (Option<&Node>, Option<&Node>)> = BTreeMap::new();
    for (path, _, node) in cross.iter() {
        paths.entry(path).or_default().0 = Some(node);
    }
    for (path, _, node) in other.iter() {
        paths.entry(path).or_default().1 = Some(node);
    }
    let mut differences = Vec::new();
    for (path, nodes) in paths {
        if apart(path) {
            continue;
        }
        let what = match nodes {
            (Some(cross), Some(other)) => difference(path, cross, other)?,
            (Some(_), None) => Some("only in the interpreted root".to_owned()),
            (None, Some(_)) => Some("only in the other root".to_owned()),
            (None, None) => None,
        };
        let Some(what) = what else { continue };
        let path = String::from_utf8_lossy(path).into_owned();
        let reason = expected.iter().find(|(pattern, _)| matches(pattern, &path)).map(|(_, reason)| *reason);
        differences.push(Difference { path, what, reason });
    }
    Ok(differences)
}

/// Whether two files hold the same records in another order, where no order is meant.
fn same_records(path: &[u8], one: &[u8], two: &[u8]) -> bool {
    let Some((_, lines)) = UNORDERED.iter().find(|(name, _)| name.as_bytes() == path) else { return false };
    let records = |bytes: &[u8]| {
        let all: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        let mut records: Vec<Vec<Vec<u8>>> = all.chunks(*lines).map(<[_]>::to_vec).collect();
        records.sort();
        records
    };
    records(one) == records(two)
}

fn difference(path: &[u8], cross: &Node, other: &Node) -> Result<Option<String>, Error> {
    let mut all = Vec::new();
    if cross.kind.describe() != other.kind.describe() {
        return Ok(Some(format!("{}, not {}", cross.kind.describe(), other.kind.describe())));
    }
    let (one, two) = (&cross.meta, &other.meta);
    if (one.uid, one.gid) != (two.uid, two.gid) {
        all.push(format!("owner {}:{}, not {}:{}", one.uid, one.gid, two.uid, two.gid));
    }
    if one.mode != two.mode && !matches!(cross.kind, Kind::Symlink(_)) {
        all.push(format!("mode {:04o}, not {:04o}", one.mode, two.mode));
    }
    if one.xattrs != two.xattrs {
        let names = |meta: &Meta| -> Vec<String> {
            meta.xattrs.keys().map(|name| String::from_utf8_lossy(name).into_owned()).collect()
        };
        let (one, two) = (names(one).join(", "), names(two).join(", "));
        let names = if one == two { one } else { format!("[{one}], not [{two}]") };
        all.push(format!("extended attributes {names}"));
    }
    match (&cross.kind, &other.kind) {
        (Kind::File(one), Kind::File(two)) if one.len() != two.len() => {
            all.push(format!("{} bytes, not {}", one.len(), two.len()));
        }
        (Kind::File(one), Kind::File(two)) => {
            let (one, two) = (one.read()?, two.read()?);
            if one != two && !same_records(path, &one, &two) {
                all.push("bytes".into());
            }
        }
        (Kind::Symlink(one), Kind::Symlink(two)) if one != two => {
            let shown = |target: &[u8]| String::from_utf8_lossy(target).into_owned();
            all.push(format!("to `{}`, not `{}`", shown(one), shown(two)));
        }
        (Kind::CharDevice(one), Kind::CharDevice(two)) | (Kind::BlockDevice(one), Kind::BlockDevice(two))
            if one != two =>
        {
            all.push("device number".into());
        }
        _ => {}
    }
    Ok(Some(all.join("; ")).filter(|all| !all.is_empty()))
}

/// Patterns and reasons; `#` starts a comment.
fn expected(text: &'static str) -> Result<Vec<(&'static str, &'static str)>, Error> {
    let lines =
        text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|(at, line)| match line.split_once(char::is_whitespace) {
            Some((pattern, reason)) if !reason.trim().is_empty() => Ok((pattern, reason.trim())),
            _ => Err(Error::Expected { line: at + 1, problem: "a path needs a reason behind it" }),
        })
        .collect()
}

/// Whether `path` is `pattern`, in which `*` stands for anything.
fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((start, rest)) => path.strip_prefix(start).is_some_and(|path| {
            let ends = path.char_indices().map(|(at, _)| at).chain([path.len()]);
            ends.into_iter().any(|at| matches(rest, &path[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use bringup_tree::{Content, Meta};

    use super::*;

    fn tree(mode: u32, text: &str) -> Tree {
        let folder = Meta::root(0o755, 0);
        let mut tree = Tree::new(folder.clone());
        let kind = Kind::File(Content::bytes(text));
        tree.insert_all("etc/file", Meta::root(mode, i64::from(mode)), kind, &folder).unwrap();
        tree.insert("etc/link", Meta::root(mode, 0), Kind::Symlink(text.into())).unwrap();
        tree
    }

    fn check(other: &Tree, expected: &[(&str, &str)]) {
        let found = compare(&tree(0o644, "a"), other).unwrap();
        let found: Vec<(&str, &str)> =
            found.iter().map(|one| (one.path.as_str(), one.what.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn every_kind_of_difference_is_found() {
        check(&tree(0o644, "a"), &[]);
        check(&tree(0o600, "a"), &[("etc/file", "mode 0644, not 0600")]);
        check(&tree(0o644, "b"), &[("etc/file", "bytes"), ("etc/link", "to `a`, not `b`")]);
        let mut other = tree(0o644, "a");
        other.get_mut("etc/file").unwrap().meta.gid = 42;
        other.remove("etc/link");
        check(&other, &[("etc/file", "owner 0:0, not 0:42"), ("etc/link", "only in the interpreted root")]);
    }

    #[test]
    fn the_list_has_a_reason_for_every_path() {
        assert!(expected(EXPECTED).is_ok());
        let error = expected("# comment\netc/file\n").unwrap_err().to_string();
        assert_eq!(error, "expected differences, line 2: a path needs a reason behind it");
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (path, found) in [("etc/a-b/c", true), ("etc/c", false), ("etc/x/c", true), ("etc/x/d", false)] {
            assert_eq!(matches("etc/*/c", path), found, "{path}");
        }
    }
}
