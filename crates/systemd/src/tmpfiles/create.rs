//! What each kind of line creates or changes.

use bringup_shell::{Failure, Stop, World};
use bringup_tree::{Content, Device, Kind, Meta, Node};

use super::line::Item;
use super::path::{is_unsafe, matches, parent};
use super::{NAME, acl};
use crate::unsupported;

/// A failure that the program reports; it goes on with the next line.
pub(crate) type Done = Result<(), String>;

/// Does what a line says.
pub(crate) fn create(world: &mut World, item: &Item) -> Result<Done, Stop> {
    let path = item.path.as_str();
    if "fFCdDvqQpLcb".contains(item.kind) {
        make_parents(world, path);
        if is_unsafe(world, parent(path)) {
            return Ok(Err(unsafe_path(path)));
        }
    }
    let argument = item.argument.as_deref().unwrap_or_default();
    Ok(match item.kind {
        'f' | 'F' => file(world, item),
        'd' | 'D' | 'v' | 'q' | 'Q' => folder(world, item),
        'e' => each(world, path, |world, path| {
            if world.lstat(path).is_some_and(|node| node.kind.is_directory()) {
                set_permissions(world, item, path, false);
            }
            Ok(())
        }),
        'p' => node(world, item, Kind::Fifo),
        'c' | 'b' => {
            let device =
                device(argument).ok_or_else(|| unsupported(NAME, format!("the device `{argument}`")))?;
            let kind = if item.kind == 'c' { Kind::CharDevice(device) } else { Kind::BlockDevice(device) };
            node(world, item, kind)
        }
        'L' => link(world, item, argument),
        'C' => copy(world, item, argument),
        // Who owns the file itself does not matter: its folder is opened, and links are followed.
        'w' => each_opened(world, path, parent, |world, path| write(world, item, path, argument)),
        'z' | 'm' => each(world, path, |world, path| {
            set_permissions(world, item, path, false);
            Ok(())
        }),
        'Z' => deep(world, path, |world, path| set_permissions(world, item, path, false)),
        'a' => each(world, path, |world, path| {
            set_acls(world, item, path);
            Ok(())
        }),
        'A' => deep(world, path, |world, path| set_acls(world, item, path)),
        't' | 'T' => {
            let words = crate::words::of_unit(argument).unwrap_or_default();
            let pairs: Option<Vec<_>> = words.iter().map(|word| word.split_once('=')).collect();
            let pairs = pairs.ok_or_else(|| unsupported(NAME, format!("the attributes `{argument}`")))?;
            let set = |world: &mut World, path: &str| {
                if let Some(node) = lstat_mut(world, path) {
                    for (name, value) in &pairs {
                        node.meta.xattrs.insert(name.as_bytes().to_vec(), value.as_bytes().to_vec());
                    }
                }
            };
            if item.kind == 'T' {
                deep(world, path, set)
            } else {
                each(world, path, |world, path| {
                    set(world, path);
                    Ok(())
                })
            }
        }
        // `h +C`: only btrfs has that attribute; `r` and `R` create nothing.
        _ => Ok(()),
    })
}

fn unsafe_path(path: &str) -> String {
    format!("Unsafe path transition to {path}")
}

fn lstat_mut<'a>(world: &'a mut World, path: &str) -> Option<&'a mut Node> {
    let at = world.named(path).ok()?;
    world.tree.get_mut(at)
}

fn insert(world: &mut World, path: &str, meta: Meta, kind: Kind) -> Done {
    let fail = |failure: Failure| format!("Failed to create {path}: {}", failure.text());
    let at = world.named(path).map_err(fail)?;
    world.tree.insert(at, meta, kind).map_err(|error| format!("Failed to create {path}: {error}"))?;
    Ok(())
}

/// The folders above a path, mode 0755 whatever the umask is; a failure shows when they are used.
fn make_parents(world: &mut World, path: &str) {
    for (at, _) in path.match_indices('/').skip(1) {
        let folder = &path[..at];
        if !world.is_directory(folder) {
            let meta = Meta::root(0o755, world.epoch);
            if world.lstat(folder).is_some() || insert(world, folder, meta, Kind::Directory).is_err() {
                return;
            }
        }
    }
}

/// `fd_set_perms`: owner and mode, where the line gives them.
fn set_permissions(world: &mut World, item: &Item, path: &str, is_new: bool) {
    let Some(node) = lstat_mut(world, path) else { return };
    let counts = |at: usize| is_new || !item.new_only[at];
    if let Some(uid) = item.uid.filter(|_| counts(1)) {
        node.meta.uid = uid;
    }
    if let Some(gid) = item.gid.filter(|_| counts(2)) {
        node.meta.gid = gid;
    }
    let Some(mut mode) = item.mode.filter(|_| counts(0)) else { return };
    if matches!(node.kind, Kind::Symlink(_)) {
        return;
    }
    if item.masked {
        for bits in [0o111, 0o222, 0o444] {
            if node.meta.mode & bits == 0 {
                mode &= !bits;
            }
        }
        if !node.kind.is_directory() {
            mode &= 0o777;
        }
    }
    acl::set_mode(&mut node.meta, mode);
}

fn set_acls(world: &mut World, item: &Item, path: &str) {
    if let Some(node) = lstat_mut(world, path).filter(|node| !matches!(node.kind, Kind::Symlink(_))) {
        item.acls.set(node, item.force);
    }
}

fn each(world: &mut World, pattern: &str, act: impl FnMut(&mut World, &str) -> Done) -> Done {
    each_opened(world, pattern, |path| path, act)
}

/// Acts on everything that fits, even after a failure; `opened` says which path has to be safe.
fn each_opened(
    world: &mut World,
    pattern: &str,
    opened: impl Fn(&str) -> &str,
    mut act: impl FnMut(&mut World, &str) -> Done,
) -> Done {
    let mut done = Ok(());
    for path in matches(world, pattern) {
        let result =
            if is_unsafe(world, opened(&path)) { Err(unsafe_path(&path)) } else { act(world, &path) };
        done = done.and(result);
    }
    done
}

fn deep(world: &mut World, pattern: &str, mut act: impl FnMut(&mut World, &str)) -> Done {
    for path in matches(world, pattern) {
        act(world, &path);
        let Ok(at) = world.named(&path) else { continue };
        let below: Vec<String> =
            world.tree.below(&at).map(|(path, _)| format!("/{}", String::from_utf8_lossy(path))).collect();
        for path in below {
            act(world, &path);
        }
    }
    Ok(())
}

fn file(world: &mut World, item: &Item) -> Done {
    let path = item.path.as_str();
    let truncates = item.force || item.kind == 'F';
    let text = item.argument.clone().unwrap_or_default();
    match world.lstat(path).map(|node| &node.kind) {
        None => {
            let meta = Meta::root(item.new_mode(), world.epoch);
            insert(world, path, meta, Kind::File(Content::bytes(text)))?;
            set_permissions(world, item, path, true);
        }
        Some(Kind::File(_)) => {
            if truncates {
                let epoch = world.epoch;
                if let Some(node) = lstat_mut(world, path) {
                    node.kind = Kind::File(Content::bytes(text));
                    node.meta.mtime = epoch;
                }
            }
            set_permissions(world, item, path, false);
        }
        Some(_) => return Err(format!("{path} exists and is not a regular file.")),
    }
    Ok(())
}

fn folder(world: &mut World, item: &Item) -> Done {
    let path = item.path.as_str();
    match world.lstat(path).map(|node| node.kind.is_directory()) {
        None => {
            let meta = Meta::root(item.new_mode(), world.epoch);
            insert(world, path, meta, Kind::Directory)?;
            set_permissions(world, item, path, true);
        }
        Some(true) => set_permissions(world, item, path, false),
        // A link to a folder is none; that is no failure.
        Some(false) => {}
    }
    Ok(())
}

fn node(world: &mut World, item: &Item, kind: Kind) -> Done {
    let path = item.path.as_str();
    let same = |old: &Kind| match (old, &kind) {
        (Kind::Fifo, Kind::Fifo) => true,
        (Kind::CharDevice(one), Kind::CharDevice(other)) => one == other,
        (Kind::BlockDevice(one), Kind::BlockDevice(other)) => one == other,
        _ => false,
    };
    let old = world.lstat(path).map(|node| same(&node.kind));
    match old {
        Some(true) => {
            set_permissions(world, item, path, false);
            return Ok(());
        }
        Some(false) if !item.force => return Ok(()),
        Some(false) => remove_all(world, path),
        None => {}
    }
    let meta = Meta::root(item.new_mode(), world.epoch);
    insert(world, path, meta, kind)?;
    set_permissions(world, item, path, true);
    Ok(())
}

fn device(text: &str) -> Option<Device> {
    let (major, minor) = text.split_once(':')?;
    Some(Device { major: major.parse().ok()?, minor: minor.parse().ok()? })
}

/// A path and everything below it.
pub(crate) fn remove_all(world: &mut World, path: &str) {
    if let Ok(at) = world.named(path) {
        world.tree.remove(at);
    }
}

fn link(world: &mut World, item: &Item, target: &str) -> Done {
    let path = item.path.as_str();
    if item.if_target && world.lstat(target).is_none() {
        return Ok(());
    }
    let is_new = match world.lstat(path).map(|node| &node.kind) {
        Some(Kind::Symlink(old)) if old == target.as_bytes() => false,
        Some(_) if !item.force => return Ok(()),
        Some(_) => {
            remove_all(world, path);
            true
        }
        None => true,
    };
    if is_new {
        let meta = Meta::root(0o777, world.epoch);
        insert(world, path, meta, Kind::Symlink(target.as_bytes().to_vec()))?;
    }
    set_permissions(world, item, path, is_new);
    Ok(())
}

/// Copies a file or tree; what is there already stays, but an empty folder, or with `+` any folder,
/// is filled.
fn copy(world: &mut World, item: &Item, source: &str) -> Done {
    let path = item.path.as_str();
    let at = world.named(source).map_err(|failure| format!("Failed to copy {source}: {}", failure.text()))?;
    let Some(top) = world.tree.get(&at).cloned() else { return Ok(()) };
    let old = world.lstat(path).map(|node| node.kind.clone());
    let takes = match &old {
        None => true,
        Some(Kind::Directory) => item.force || world.names(path).is_empty(),
        Some(_) => false,
    };
    if takes && (old.is_none() || top.kind.is_directory()) {
        let to =
            world.named(path).map_err(|failure| format!("Failed to copy {source}: {}", failure.text()))?;
        let below: Vec<(Vec<u8>, Node)> =
            world.tree.below(&at).map(|(path, node)| (path[at.len()..].to_vec(), node.clone())).collect();
        for (rest, mut node) in [(Vec::new(), top.clone())].into_iter().chain(below) {
            node.meta.uid = item.uid.unwrap_or(node.meta.uid);
            node.meta.gid = item.gid.unwrap_or(node.meta.gid);
            let to = [to.as_slice(), &rest].concat();
            let is_old_folder = |node: &Node| node.kind.is_directory();
            let existing = world.tree.get(&to);
            if existing.is_some_and(|existing| !rest.is_empty() || !is_old_folder(existing)) {
                continue;
            }
            let result = world.tree.insert(&to, node.meta, node.kind);
            result.map_err(|error| format!("Failed to copy files to {path}: {error}"))?;
        }
    }
    let now = world.lstat(path).map(|node| node.kind.describe());
    if now == Some(top.kind.describe()) {
        set_permissions(world, item, path, true);
    }
    Ok(())
}

/// Writes over the start of a file that is there, or behind its end.
fn write(world: &mut World, item: &Item, path: &str, text: &str) -> Done {
    let fail = |failure: Failure| format!("Failed to open file \"{path}\": {}", failure.text());
    let mut bytes = world.read(path).map_err(fail)?;
    if item.force {
        bytes.extend_from_slice(text.as_bytes());
    } else {
        let length = bytes.len().max(text.len());
        bytes.resize(length, 0);
        bytes[..text.len()].copy_from_slice(text.as_bytes());
    }
    world.write(path, bytes).map_err(fail)?;
    set_permissions(world, item, path, false);
    Ok(())
}
