//! The device tree that the kernel gets.

use std::ops::Range;

use bringup_inspect::fdt;
use bringup_spec::Bytes;

use super::Chain;
use super::payload::{Payload, Via};
use crate::{Error, Link};

const NAME: &str = "device-tree";
const RULE: &str = "U-Boot 2025.01, boot/pxe_utils.c, label_boot_fdt; Devicetree Specification 0.4, 5.2";

/// The most of a device tree that is read; the largest of Linux's have 300 KiB.
pub(crate) const TREE_MAX: u64 = 8 << 20;

/// A device tree of firmware that is on the disk, too.
pub(crate) struct FirmwareTree {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) ranges: Vec<Range<u64>>,
}

/// A device tree that was found.
pub(crate) struct Tree {
    /// How much of it the boot loader loads; nothing if it was in memory before.
    pub(crate) len: u64,
    /// All of it, if it is a sound one.
    pub(crate) bytes: Option<Vec<u8>>,
}

impl<'d> Chain<'d> {
    pub(crate) fn device_tree(&mut self, payload: &Payload<'_, 'd>) -> Option<Tree> {
        let after = Some(payload.after);
        let folder = payload.entry.device_tree_folder.as_deref();
        let path = match (&payload.entry.device_tree, folder, self.machine.device_tree) {
            (Some(path), ..) => path.clone(),
            (None, Some(folder), Some(name)) => format!("{}/{name}", folder.trim_end_matches('/')),
            (None, Some(_), None) if self.machine.board.is_some() => {
                // U-Boot finds none for it in the folder, and passes on what it was started with.
                let what = "the machine brings its own";
                self.trail.add(after, Link::absent(NAME, what).rule(RULE));
                return None;
            }
            (None, Some(folder), None) => {
                let reason = format!("which device tree of `{folder}` it is depends on the board");
                if payload.volume.list(&payload.path(folder)).is_err() {
                    self.trail
                        .add(after, Link::broken(NAME, format!("there is no folder `{folder}`")).rule(RULE));
                } else {
                    self.trail.add(after, Link::not_checked(NAME, reason).rule(RULE));
                }
                return None;
            }
            (None, None, Some(name)) if payload.via == Via::UBoot => {
                if let Some(tree) = self.firmware_tree.take() {
                    return self.handed_on(payload, tree);
                }
                let what = format!("the menu names none; U-Boot passes on its own instead of `{name}`");
                self.trail.add(after, Link::doubtful(NAME, what).rule(RULE));
                return None;
            }
            _ => {
                if !matches!(payload.via, Via::Uefi | Via::Grub) {
                    let what = "the menu names none; the kernel gets the boot loader's own";
                    self.trail.add(after, Link::absent(NAME, what).rule(RULE));
                }
                return None;
            }
        };
        let read = payload.open(&path).and_then(|file| {
            let bytes = file.extents.read_all(TREE_MAX)?;
            Ok((bytes, file.ranges()))
        });
        let (bytes, ranges) = match read {
            Ok(found) => found,
            Err(error) => {
                let link = Link::broken(NAME, error.to_string()).rule(RULE);
                self.trail
                    .add(after, link.help("U-Boot would go on with its own device tree, or not at all"));
                return None;
            }
        };
        let tree = Tree { len: bytes.len() as u64, bytes: None };
        let link = match self.compatible(payload, &path, &bytes) {
            Ok(what) => Link::holds(NAME, what).over(ranges),
            Err(error) => Link::broken(NAME, format!("{path}: {error}")).over(ranges),
        };
        let sound = link.verdict == crate::Verdict::Holds;
        self.trail.add(after, link.rule(RULE));
        Some(Tree { bytes: sound.then_some(bytes), ..tree })
    }

    /// Nothing of the menu's: U-Boot passes on what firmware gave it.
    fn handed_on(&mut self, payload: &Payload<'_, 'd>, tree: FirmwareTree) -> Option<Tree> {
        let rule = "U-Boot 2025.01, boot/pxe_utils.c: without fdt and fdtdir, fdt_addr or its own";
        let checked = self.compatible(payload, &tree.path, &tree.bytes);
        let (link, bytes) = match checked {
            Ok(what) => (Link::holds(NAME, format!("the firmware's own, {what}")), Some(tree.bytes)),
            Err(error) => (Link::broken(NAME, format!("{}: {error}", tree.path)), None),
        };
        self.trail.add(Some(payload.after), link.over(tree.ranges).rule(rule));
        Some(Tree { len: 0, bytes })
    }

    /// Its `compatible` must share the most particular name of one of the boot loader's own.
    fn compatible(&self, payload: &Payload<'_, 'd>, path: &str, bytes: &[u8]) -> Result<String, Error> {
        let tree = fdt::parse(bytes)?;
        let compatible = tree.compatible();
        let first = compatible.first().copied().unwrap_or_default();
        if first.is_empty() {
            return Err(bringup_inspect::Error::Missing {
                what: "device tree",
                part: "`compatible`".to_owned(),
            }
            .into());
        }
        let own: Vec<&str> = payload.own.iter().filter_map(|list| list.first()).map(String::as_str).collect();
        if !own.is_empty() && !own.iter().any(|name| compatible.contains(name)) {
            let found = compatible.join("`, `");
            return Err(Error::Incompatible { found, needed: own.join("` or `") });
        }
        let model = tree.model().unwrap_or("a nameless board");
        let also = if own.is_empty() { "" } else { ", as U-Boot's own" };
        Ok(format!("{path}: {model} ({first}{also}), {}", Bytes(bytes.len() as u64)))
    }
}
