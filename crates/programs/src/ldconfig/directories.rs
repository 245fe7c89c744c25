//! Which folders ldconfig looks into, and what it takes from each.

use std::collections::BTreeMap;

use bringup_shell::{Stop, World};
use bringup_tree::Kind;

use super::cache::{Cache, compare};
use super::library::{Machine, library};
use crate::arguments::unsupported;

/// A folder.
#[derive(Debug)]
pub(super) struct Folder {
    path: String,
    /// Its name in `glibc-hwcaps`, if it is there.
    hwcaps: Option<String>,
}

/// The folders of `/etc/ld.so.conf`, then the built-in ones, each with those for particular
/// processors below it; a folder that comes by two paths counts by the first.
pub(super) fn all(world: &World, multiarch: &str) -> Vec<Folder> {
    let mut paths = Vec::new();
    configured(world, "/etc/ld.so.conf", &mut paths, 0);
    paths.extend([format!("/lib/{multiarch}"), format!("/usr/lib/{multiarch}")]);
    paths.extend(["/lib".to_owned(), "/usr/lib".to_owned()]);
    let mut seen: Vec<Vec<u8>> = Vec::new();
    let mut folders = Vec::new();
    for path in paths {
        let Ok(at) = world.followed(&path) else { continue };
        if !world.is_directory(&path) || seen.contains(&at) {
            continue;
        }
        seen.push(at);
        let special = format!("{path}/glibc-hwcaps");
        folders.push(Folder { path, hwcaps: None });
        for name in world.names(&special) {
            let path = format!("{special}/{name}");
            if world.is_directory(&path) {
                folders.push(Folder { path, hwcaps: Some(name) });
            }
        }
    }
    folders
}

/// Reads a configuration file: a folder a line, `include` with a pattern, `#` comments.
fn configured(world: &World, file: &str, paths: &mut Vec<String>, depth: u32) {
    // A file may include itself; glibc has no limit and would not end.
    if depth > 8 {
        return;
    }
    let bytes = world.read(file).unwrap_or_default();
    for line in String::from_utf8_lossy(&bytes).lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(patterns) = line.strip_prefix("include").filter(|rest| rest.starts_with([' ', '\t'])) {
            for pattern in patterns.split_whitespace() {
                let (folder, last) = pattern.rsplit_once('/').unwrap_or(("/etc", pattern));
                let folder = if pattern.starts_with('/') { folder } else { "/etc" };
                let (head, tail) = last.split_once('*').unwrap_or((last, ""));
                for name in world.names(folder) {
                    let fits = if last.contains('*') {
                        name.len() >= head.len() + tail.len()
                            && name.starts_with(head)
                            && name.ends_with(tail)
                            && !name.starts_with('.')
                    } else {
                        name == last
                    };
                    if fits {
                        configured(world, &format!("{folder}/{name}"), paths, depth + 1);
                    }
                }
            }
        } else if line.starts_with('/') {
            let trimmed = line.trim_end_matches('/');
            paths.push(if trimmed.is_empty() { "/" } else { trimmed }.to_owned());
        }
    }
}

/// What was found under one soname.
struct Found {
    name: String,
    flags: u32,
    is_link: bool,
}

/// Takes the libraries of a folder into the cache, and makes the links from their sonames.
pub(super) fn search(
    world: &mut World,
    folder: &Folder,
    machine: Machine,
    make_links: bool,
    cache: &mut Cache,
) -> Result<(), Stop> {
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    if let Some(name) = &folder.hwcaps {
        cache.name_hwcaps(name);
    }
    for name in world.names(&folder.path) {
        if !is_library_name(&name) {
            continue;
        }
        let path = format!("{}/{name}", folder.path);
        let mut is_link = world.lstat(&path).is_some_and(|node| matches!(node.kind, Kind::Symlink(_)));
        let Some(node) = world.stat(&path) else {
            if is_link && make_links && name.contains(".so.") {
                world.remove(&path).map_err(|why| unsupported("ldconfig", why.text()))?;
            }
            continue;
        };
        let Kind::File(content) = &node.kind else { continue };
        let Some(library) = library(content, machine) else { continue };
        let mut soname = library.soname.unwrap_or_else(|| name.clone());
        if is_link && name != soname {
            if name.ends_with(".so") && soname.starts_with(&name) {
                // The link for the linker, `libx.so`, gets an entry of its own.
                soname.clone_from(&name);
            } else {
                // Any other link than SONAME -> file counts as a file.
                is_link = false;
            }
        }
        let candidate = Found { name, flags: library.flags, is_link };
        match found.get_mut(&soname) {
            None => {
                found.insert(soname, candidate);
            }
            Some(known) => {
                let newer = compare(known.name.as_bytes(), candidate.name.as_bytes()).is_lt();
                if (!is_link && known.is_link) || (is_link == known.is_link && newer) {
                    // Different kinds under one name: the first one's stays.
                    known.name = candidate.name;
                    known.is_link = candidate.is_link;
                }
            }
        }
    }
    for (soname, library) in found {
        if folder.hwcaps.is_some() {
            let path = format!("{}/{}", folder.path, library.name);
            cache.add(&soname, path, library.flags, folder.hwcaps.as_deref());
            continue;
        }
        if !library.is_link && make_links {
            link(world, &folder.path, &library.name, &soname)?;
        }
        cache.add(&soname, format!("{}/{soname}", folder.path), library.flags, None);
    }
    Ok(())
}

/// Makes `soname` a link to the library, unless it leads there or is something else than a link.
fn link(world: &mut World, folder: &str, name: &str, soname: &str) -> Result<(), Stop> {
    let (library, link) = (format!("{folder}/{name}"), format!("{folder}/{soname}"));
    if world.followed(&link).ok() == world.followed(&library).ok() {
        return Ok(());
    }
    let there = world.lstat(&link).map(|node| matches!(node.kind, Kind::Symlink(_)));
    let failed = |why: bringup_shell::Failure| unsupported("ldconfig", format!("`{link}`: {}", why.text()));
    match there {
        Some(false) => return Ok(()),
        Some(true) => world.remove(&link).map_err(failed)?,
        None => {}
    }
    world.make_symlink(name, &link).map_err(failed)
}

/// Whether ldconfig looks at a file of this name: libraries and the dynamic linker, not what a
/// package manager or prelink works on.
fn is_library_name(name: &str) -> bool {
    let linker = ["ld-", "ld.", "ld64."].iter().any(|start| name.starts_with(start));
    let working = name.ends_with(".dpkg-new")
        || name.ends_with(".dpkg-tmp")
        || name.ends_with(".#prelink#")
        || name.contains(".#prelink#.")
        || name.ends_with("-gdb.py");
    (linker || name.starts_with("lib")) && name.contains(".so") && !working
}
