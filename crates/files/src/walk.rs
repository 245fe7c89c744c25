//! From a path to what it names, and to its own name behind all links.

use bringup_bootchain::volume::{FileKind, Node, Volume};

use crate::{Error, Partition};

/// How many symbolic links Linux follows (`MAXSYMLINKS`, include/linux/namei.h).
const LINKS_MAX: usize = 40;

/// Where a path leads.
#[derive(Debug)]
pub(crate) struct Found {
    /// Its names from the root on, through no link any more.
    pub(crate) names: Vec<String>,
    /// What is there; nothing, if only its directory is.
    pub(crate) node: Option<Node>,
}

impl Found {
    /// The path of what was found.
    pub(crate) fn path(&self) -> String {
        path_of(&self.names)
    }

    /// The path of the directory that it is in.
    pub(crate) fn folder(&self) -> String {
        path_of(&self.names[..self.names.len().saturating_sub(1)])
    }
}

fn path_of(names: &[String]) -> String {
    format!("/{}", names.join("/"))
}

fn pieces(path: &str) -> Vec<String> {
    path.split('/').filter(|piece| !matches!(*piece, "" | ".")).rev().map(str::to_owned).collect()
}

/// Walks `path`; the last link of it is followed if `follow` says so. All but its last name must be
/// there.
pub(crate) fn walk(
    volume: &Volume<'_>,
    partition: &Partition,
    path: &str,
    follow: bool,
) -> Result<Found, Error> {
    let failed = |source| Error::Path { path: path.to_owned(), partition: partition.shown(), source };
    let is_fat = volume.identity.kind == "vfat";
    // What is still to be walked, the next name last.
    let mut left = pieces(path);
    let mut names: Vec<String> = Vec::new();
    let mut nodes = vec![volume.root().map_err(failed)?];
    let mut links = 0;
    while let Some(name) = left.pop() {
        if name == ".." {
            names.pop();
            nodes.truncate(nodes.len().saturating_sub(1).max(1));
            continue;
        }
        let here = *nodes.last().expect("the root is never taken off");
        if here.kind != FileKind::Directory {
            return Err(Error::NoDirectory { path: path_of(&names) });
        }
        let entries = volume.entries(&here).map_err(failed)?;
        // FAT's names do not differ by case (Microsoft, fatgen103, "Naming Conventions").
        let same = |found: &[u8]| match is_fat {
            true => found.eq_ignore_ascii_case(name.as_bytes()),
            false => found == name.as_bytes(),
        };
        let Some(entry) = entries.iter().find(|entry| same(&entry.name)) else {
            names.push(name);
            if left.is_empty() {
                return Ok(Found { names, node: None });
            }
            return Err(Error::NoDirectory { path: path_of(&names) });
        };
        let node = volume.node(entry).map_err(failed)?;
        if node.kind == FileKind::Symlink && (follow || !left.is_empty()) {
            links += 1;
            let limit = LINKS_MAX;
            if links > limit {
                let path = path.to_owned();
                return Err(failed(bringup_bootchain::Error::TooManyLinks { path, limit }));
            }
            let target = text(volume.target(&node).map_err(failed)?)?;
            if target.starts_with('/') {
                names.clear();
                nodes.truncate(1);
            }
            left.extend(pieces(&target));
        } else {
            names.push(text(entry.name.clone())?);
            nodes.push(node);
        }
    }
    Ok(Found { names, node: nodes.last().copied() })
}

/// A name as text: what is no UTF-8 cannot be passed on to a tool.
pub(crate) fn text(name: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(name).map_err(|error| Error::BadName {
        name: String::from_utf8_lossy(error.as_bytes()).into_owned(),
        problem: "is no UTF-8",
    })
}
