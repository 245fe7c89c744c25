//! Whether what U-Boot loads has room in memory, and does not overlap.

use std::ops::Range;

use bringup_inspect::Blob;
use bringup_spec::Bytes;

use super::Chain;
use super::payload::Payload;
use crate::Link;

const NAME: &str = "load-addresses";

/// What U-Boot adds to a device tree to fill in (`CONFIG_SYS_FDT_PAD`, 0x3000).
const TREE_PAD: u64 = 0x3000;

/// arm64 kernels are moved to a boundary of this (Linux, Documentation/arch/arm64/booting.rst).
const ARM64_ALIGN: u64 = 2 << 20;

/// The lengths of what is loaded.
pub(crate) struct Sizes {
    pub(crate) kernel: Option<(u64, Blob)>,
    pub(crate) device_tree: Option<u64>,
    /// None if there is no initramfs, an error if it is not known how long it is.
    pub(crate) initramfs: Result<Option<u64>, ()>,
}

impl<'d> Chain<'d> {
    pub(crate) fn load_addresses(&mut self, payload: &Payload<'_, 'd>, sizes: &Sizes) {
        let after = Some(payload.after);
        let Some(load) = self.machine.load else {
            if self.machine.board.is_some() {
                let reason = "the board's record has no load addresses";
                self.trail.add(after, Link::not_checked(NAME, reason));
            }
            return;
        };
        let (Some((kernel_len, blob)), Ok(initramfs)) = (&sizes.kernel, sizes.initramfs) else {
            self.trail.unreached(after, &[NAME]);
            return;
        };
        let span = |start: u64, len: u64| start..start.saturating_add(len);
        let mut used: Vec<(&str, Range<u64>)> = vec![("the kernel's file", span(load.kernel, *kernel_len))];
        match blob {
            // U-Boot, arch/arm/lib/image.c, `booti_setup`: a kernel that may be anywhere (flag bit 3,
            // as all since Linux 4.6) stays, but for the alignment.
            Blob::Arm64Image(image) => {
                let base = load.kernel.next_multiple_of(ARM64_ALIGN);
                used.push(("the kernel", span(base.saturating_add(image.text_offset.0), image.image_size.0)));
            }
            // U-Boot, arch/riscv/lib/image.c: from the start of memory.
            Blob::RiscvImage(image) => {
                used.push((
                    "the kernel",
                    span(load.ram_start.saturating_add(image.text_offset.0), image.image_size.0),
                ));
            }
            _ => {}
        }
        if let Some(len) = initramfs {
            used.push(("the initramfs", span(load.initramfs, len)));
        }
        let tree = sizes.device_tree.map_or(0, |len| len + TREE_PAD);
        if tree > 0 {
            used.push(("the device tree", span(load.device_tree, tree)));
        }
        let link = match conflict(&used, load.ram_start, self.machine.ram) {
            Some(what) => Link::broken(NAME, what)
                .help("a smaller kernel or initramfs, or other addresses in U-Boot's environment"),
            None => {
                let list: Vec<String> = used.iter().map(|(name, at)| format!("{name} {}", hex(at))).collect();
                Link::holds(NAME, list.join(", "))
            }
        };
        self.trail.add(after, link.rule(load.source));
    }
}

fn hex(range: &Range<u64>) -> String {
    format!("{:#x}-{:#x}", range.start, range.end.saturating_sub(1))
}

/// The first pair that shares a byte, or the first thing outside of memory.
fn conflict(used: &[(&str, Range<u64>)], ram_start: u64, ram: Option<Bytes>) -> Option<String> {
    let end = ram.map_or(u64::MAX, |ram| ram_start.saturating_add(ram.0));
    for (index, (name, at)) in used.iter().enumerate() {
        if at.start < ram_start || at.end > end {
            return Some(format!(
                "{name} is loaded to {}, but memory is {}",
                hex(at),
                hex(&(ram_start..end))
            ));
        }
        for (other, there) in &used[..index] {
            // The kernel is moved from where its file was loaded.
            let moved = *name == "the kernel" && *other == "the kernel's file";
            if !moved && at.start < there.end && there.start < at.end {
                return Some(format!("{name} at {} overlaps {other} at {}", hex(at), hex(there)));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_name_both_ranges() {
        let used = [
            ("the kernel's file", 0x100..0x300),
            ("the kernel", 0x200..0x500),
            ("the initramfs", 0x4ff..0x600),
        ];
        assert_eq!(
            conflict(&used, 0, None).unwrap(),
            "the initramfs at 0x4ff-0x5ff overlaps the kernel at 0x200-0x4ff"
        );
        assert_eq!(conflict(&used[..2], 0, None), None);
        assert_eq!(
            conflict(&used[..2], 0, Some(Bytes(0x400))).unwrap(),
            "the kernel is loaded to 0x200-0x4ff, but memory is 0x0-0x3ff"
        );
    }
}
