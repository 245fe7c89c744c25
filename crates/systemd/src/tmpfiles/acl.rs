//! POSIX access control lists, kept as Linux's extended attributes.
//!
//! The form is that of include/uapi/linux/posix_acl_xattr.h: version 2 as u32, then entries of tag
//! u16, permissions u16 and id u32, all little-endian, in order of tag and id.

use bringup_shell::World;
use bringup_tree::{Meta, Node};

use crate::identity;

const USER_OBJ: u16 = 0x01;
const USER: u16 = 0x02;
const GROUP_OBJ: u16 = 0x04;
const GROUP: u16 = 0x08;
const MASK: u16 = 0x10;
const OTHER: u16 = 0x20;
/// `ACL_UNDEFINED_ID`
const NOBODY: u32 = u32::MAX;
const ACCESS: &[u8] = b"system.posix_acl_access";
const DEFAULT: &[u8] = b"system.posix_acl_default";

/// An entry: tag, permissions, id.
type Entry = (u16, u16, u32);

/// What a line wants to be set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Acls {
    access: Vec<Entry>,
    /// With `X`: executable only for folders, or where it is executable already.
    conditional: Vec<Entry>,
    default: Vec<Entry>,
}

impl Acls {
    /// Reads `group:adm:r-x,d:group:adm:r-X`; none if something in it is unknown.
    pub(crate) fn parse(world: &World, text: &str, with_mask: bool) -> Option<Self> {
        let mut acls = Self::default();
        for entry in text.split(',').filter(|entry| !entry.is_empty()) {
            let fields: Vec<&str> = entry.split(':').collect();
            let (is_default, fields) = match fields.as_slice() {
                ["d" | "default", rest @ ..] if rest.len() == 3 => (true, rest),
                all if all.len() == 3 => (false, all),
                _ => return None,
            };
            let parsed = parse_entry(world, fields)?;
            let list = match (is_default, fields[2].contains('X')) {
                (true, _) => &mut acls.default,
                (false, true) => &mut acls.conditional,
                (false, false) => &mut acls.access,
            };
            list.push(parsed);
        }
        if with_mask {
            add_mask(&mut acls.access);
            add_mask(&mut acls.default);
        }
        Some(acls)
    }

    /// Sets the lists of a node; with `modify`, what is there and not named stays.
    pub(crate) fn set(&self, node: &mut Node, modify: bool) {
        let is_folder = node.kind.is_directory();
        let meta = &mut node.meta;
        let mut access = self.access.clone();
        if !self.conditional.is_empty() {
            let executes = |entry: &Entry| entry.0 != MASK && entry.1 & 1 != 0;
            let named = |entry: &Entry| entry.0 == USER || entry.0 == GROUP;
            let old = current(meta);
            let executable = is_folder
                || old.iter().any(|entry| executes(entry) && (modify || !named(entry)))
                || access.iter().any(executes);
            let keep = if executable { 7 } else { 6 };
            access.extend(self.conditional.iter().map(|(tag, bits, id)| (*tag, bits & keep, *id)));
            if !modify {
                add_mask(&mut access);
            }
        }
        if !access.is_empty() {
            let before = current(meta);
            set_access(meta, merged(before, &access, modify));
        }
        if is_folder && !self.default.is_empty() {
            let before = meta.xattrs.get(DEFAULT).map(|bytes| decode(bytes)).unwrap_or_default();
            let mut list = merged(before, &self.default, modify);
            add_base(&mut list, meta.mode);
            meta.xattrs.insert(DEFAULT.to_vec(), encode(list));
        }
    }
}

/// chmod(2): the mode's bits are those of entries of the access list, too.
pub(crate) fn set_mode(meta: &mut Meta, mode: u32) {
    meta.mode = mode;
    let Some(mut list) = meta.xattrs.get(ACCESS).map(|bytes| decode(bytes)) else { return };
    let group = if list.iter().any(|(tag, ..)| *tag == MASK) { MASK } else { GROUP_OBJ };
    for entry in &mut list {
        let shift = match entry.0 {
            USER_OBJ => 6,
            OTHER => 0,
            tag if tag == group => 3,
            _ => continue,
        };
        entry.1 = (mode >> shift & 7) as u16;
    }
    meta.xattrs.insert(ACCESS.to_vec(), encode(list));
}

fn merged(mut list: Vec<Entry>, new: &[Entry], modify: bool) -> Vec<Entry> {
    if !modify {
        return new.to_vec();
    }
    for entry in new {
        match list.iter_mut().find(|old| (old.0, old.2) == (entry.0, entry.2)) {
            Some(old) => *old = *entry,
            None => list.push(*entry),
        }
    }
    add_mask(&mut list);
    list
}

/// The access list, or what the mode says as one.
fn current(meta: &Meta) -> Vec<Entry> {
    meta.xattrs.get(ACCESS).map_or_else(|| base(meta.mode), |bytes| decode(bytes))
}

fn base(mode: u32) -> Vec<Entry> {
    [(USER_OBJ, 6), (GROUP_OBJ, 3), (OTHER, 0)]
        .map(|(tag, shift)| (tag, (mode >> shift & 7) as u16, NOBODY))
        .to_vec()
}

fn add_base(list: &mut Vec<Entry>, mode: u32) {
    for entry in base(mode) {
        if !list.iter().any(|(tag, ..)| *tag == entry.0) {
            list.push(entry);
        }
    }
}

/// Entries of users and groups need a mask: all that they and the group may do (acl_calc_mask(3)).
fn add_mask(list: &mut Vec<Entry>) {
    let has = |wanted: &[u16]| list.iter().any(|(tag, ..)| wanted.contains(tag));
    if has(&[MASK]) || !has(&[USER, GROUP]) {
        return;
    }
    let of_group = list.iter().filter(|(tag, ..)| [USER, GROUP, GROUP_OBJ].contains(tag));
    let bits = of_group.fold(0, |all, (_, bits, _)| all | bits);
    list.push((MASK, bits, NOBODY));
}

/// Linux keeps the mode in step, and no list that says nothing else.
fn set_access(meta: &mut Meta, mut list: Vec<Entry>) {
    add_base(&mut list, meta.mode);
    let bits = |tag: u16| list.iter().find(|entry| entry.0 == tag).map(|entry| u32::from(entry.1));
    let group = bits(MASK).or(bits(GROUP_OBJ)).unwrap_or_default();
    let mode = bits(USER_OBJ).unwrap_or_default() << 6 | group << 3 | bits(OTHER).unwrap_or_default();
    meta.mode = meta.mode & 0o7000 | mode;
    if list.len() > 3 {
        meta.xattrs.insert(ACCESS.to_vec(), encode(list));
    } else {
        meta.xattrs.remove(ACCESS);
    }
}

fn parse_entry(world: &World, fields: &[&str]) -> Option<Entry> {
    let [kind, name, text] = fields else { return None };
    let (tag, id) = match (*kind, *name) {
        ("user" | "u", "") => (USER_OBJ, NOBODY),
        ("user" | "u", name) => (USER, identity::uid(world, name)?),
        ("group" | "g", "") => (GROUP_OBJ, NOBODY),
        ("group" | "g", name) => (GROUP, identity::gid(world, name)?),
        ("mask" | "m", "") => (MASK, NOBODY),
        ("other" | "o", "") => (OTHER, NOBODY),
        _ => return None,
    };
    let mut bits = 0;
    for letter in text.chars() {
        bits |= match letter {
            'r' => 4,
            'w' => 2,
            'x' | 'X' => 1,
            '-' => 0,
            _ => return None,
        };
    }
    Some((tag, bits, id))
}

fn encode(mut list: Vec<Entry>) -> Vec<u8> {
    list.sort_by_key(|(tag, _, id)| (*tag, *id));
    let mut bytes = 2_u32.to_le_bytes().to_vec();
    for (tag, bits, id) in list {
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes.extend_from_slice(&bits.to_le_bytes());
        bytes.extend_from_slice(&id.to_le_bytes());
    }
    bytes
}

fn decode(bytes: &[u8]) -> Vec<Entry> {
    let entries = bytes.get(4..).unwrap_or_default().as_chunks::<8>().0;
    let entry = |entry: &[u8; 8]| {
        let [a, b, c, d, e, f, g, h] = *entry;
        (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]), u32::from_le_bytes([e, f, g, h]))
    };
    entries.iter().map(entry).collect()
}
