//! Owners, modes and devices that a folder of an ordinary user cannot have.
//!
//! The table is Buildroot's for `makedevs` ("Makedev syntax documentation" in its manual):
//!
//! ```text
//! # path      type mode uid gid major minor start step count
//! /dev/null   c    666  0   0   1     3     0     0    -
//! /etc/shadow f    600  0   42  -     -     -     -    -
//! ```

use std::path::Path;
use std::sync::Arc;

use bringup_tree::{Device, Kind, Meta, Tree};

use crate::{Error, Place};

/// The most devices of one row: more than any driver has.
const DEVICES: u32 = 4096;
/// The largest minor number: Linux has 20 bits for it (include/linux/kdev_t.h).
const NUMBER: u32 = (1 << 20) - 1;

/// Where owners come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owners<'a> {
    /// Everything is root's: what a root path is that an ordinary user has unpacked.
    Root,
    /// As they are on disk: for a root path that was made by root, or when run under `fakeroot`.
    Kept,
    /// Root's, but for what Buildroot's `makedevs` would change by the table in that file.
    Table(&'a Path),
}

/// A table that has been read.
pub(crate) struct Table {
    rows: Vec<Row>,
}

struct Row {
    at: Place,
    path: String,
    kind: char,
    /// None where it stays as it is.
    mode: Option<u32>,
    uid: u32,
    gid: u32,
    /// Major, minor, start, step and count.
    numbers: [u32; 5],
}

impl Table {
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(Error::io("read", path))?;
        let file: Arc<Path> = path.into();
        let mut rows = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let at = Place { file: file.clone(), line: index as u32 + 1 };
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let bad = || Error::BadOwners { at: at.clone(), line: line.to_owned() };
            rows.push(row(line, &at).ok_or_else(bad)?);
        }
        Ok(Self { rows })
    }

    /// Changes `tree`, the whole root path, as the rows say, in their order.
    pub(crate) fn apply(&self, tree: &mut Tree, mtime: i64) -> Result<(), Error> {
        for row in &self.rows {
            row.apply(tree, mtime)?;
        }
        Ok(())
    }
}

fn row(line: &str, at: &Place) -> Option<Row> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [path, kind, mode, uid, gid, rest @ ..] = fields.as_slice() else { return None };
    let rest: &[&str; 5] = rest.try_into().ok()?;
    let number = |text: &str| if text == "-" { Some(0) } else { text.parse().ok() };
    let kind = kind.chars().next().filter(|_| kind.len() == 1).filter(|kind| "fFdrcbp".contains(*kind))?;
    let mut numbers = [0; 5];
    for (place, text) in numbers.iter_mut().zip(rest) {
        *place = number(text)?;
    }
    let mode = match *mode {
        "-1" => None,
        octal => Some(u32::from_str_radix(octal, 8).ok().filter(|mode| *mode <= 0o7777)?),
    };
    let [_, minor, start, step, count] = numbers;
    if count > DEVICES || [minor, start, step].iter().any(|number| *number > NUMBER) {
        return None;
    }
    Some(Row {
        at: at.clone(),
        path: path.trim_matches('/').to_owned(),
        kind,
        mode,
        uid: number(uid)?,
        gid: number(gid)?,
        numbers,
    })
}

impl Row {
    fn apply(&self, tree: &mut Tree, mtime: i64) -> Result<(), Error> {
        let made = if self.kind == 'd' { 0o755 } else { 0o644 };
        let own = Meta { uid: self.uid, gid: self.gid, ..Meta::root(self.mode.unwrap_or(made), mtime) };
        let [major, minor, start, step, count] = self.numbers;
        match self.kind {
            'c' | 'b' | 'p' => {
                for number in 0..count.max(1) {
                    let name = if count > 1 {
                        format!("{}{}", self.path, start + number)
                    } else {
                        self.path.clone()
                    };
                    let device = Device { major, minor: minor + number.saturating_mul(step).min(NUMBER) };
                    let kind = match self.kind {
                        'c' => Kind::CharDevice(device),
                        'b' => Kind::BlockDevice(device),
                        _ => Kind::Fifo,
                    };
                    tree.insert(&name, own.clone(), kind)?;
                }
                Ok(())
            }
            'd' if tree.get(&self.path).is_none() => {
                tree.insert(&self.path, own, Kind::Directory)?;
                Ok(())
            }
            'r' => {
                let base = self.path.as_bytes();
                let inner: Vec<Vec<u8>> = tree
                    .iter()
                    .map(|(path, _, _)| path.to_vec())
                    .filter(|path| {
                        path.starts_with(base) && matches!(path.get(base.len()), None | Some(b'/'))
                    })
                    .collect();
                for path in inner {
                    self.change(tree, &path);
                }
                Ok(())
            }
            // `F` is for a file that need not be there.
            kind if self.change(tree, self.path.as_bytes()) || kind == 'F' => Ok(()),
            _ => Err(Error::NoOwned { at: self.at.clone(), path: self.path.clone() }),
        }
    }

    fn change(&self, tree: &mut Tree, path: &[u8]) -> bool {
        let Some(node) = tree.get_mut(path) else { return false };
        (node.meta.uid, node.meta.gid) = (self.uid, self.gid);
        node.meta.mode = self.mode.unwrap_or(node.meta.mode);
        true
    }
}
