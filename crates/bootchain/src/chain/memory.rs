//! Whether what U-Boot loads has room in memory, and does not overlap.

use std::ops::Range;

use bringup_inspect::Blob;
use bringup_spec::{Bytes, LoadAddresses};

use super::Chain;
use super::kernel::Kernel;
use super::payload::Payload;
use crate::Link;

const NAME: &str = "load-addresses";

const FILE: &str = "the kernel's file";
const KERNEL: &str = "the kernel";
const MOVED: &str = "the kernel's file, out of its own way,";

/// What U-Boot adds to a device tree to fill in (`CONFIG_SYS_FDT_PAD`, 0x3000).
const TREE_PAD: u64 = 0x3000;

/// arm64 kernels are moved to a boundary of this (Linux, Documentation/arch/arm64/booting.rst).
const ARM64_ALIGN: u64 = 2 << 20;

/// The lengths of what is loaded.
pub(crate) struct Sizes<'k> {
    pub(crate) kernel: Option<&'k Kernel>,
    pub(crate) device_tree: Option<u64>,
    /// None if there is no initramfs, an error if it is not known how long it is.
    pub(crate) initramfs: Result<Option<u64>, ()>,
}

impl<'d> Chain<'d> {
    pub(crate) fn load_addresses(&mut self, payload: &Payload<'_, 'd>, sizes: &Sizes<'_>) {
        let after = Some(payload.after);
        let Some(load) = self.machine.load else {
            if self.machine.board.is_some() {
                let reason = "the board's record has no load addresses";
                self.trail.add(after, Link::not_checked(NAME, reason));
            }
            return;
        };
        let (Some(kernel), Ok(initramfs)) = (sizes.kernel, sizes.initramfs) else {
            self.trail.unreached(after, &[NAME]);
            return;
        };
        let link = judged(&load, self.machine.ram, kernel, initramfs, sizes.device_tree);
        self.trail.add(after, link.rule(load.source));
    }
}

/// Whether a kernel, an initramfs and a device tree of these lengths have room.
fn judged(
    load: &LoadAddresses,
    ram: Option<Bytes>,
    kernel: &Kernel,
    initramfs: Option<u64>,
    device_tree: Option<u64>,
) -> Link {
    let span = |start: u64, len: u64| start..start.saturating_add(len);
    let mut used: Vec<(&str, Range<u64>)> = vec![(FILE, span(load.kernel, kernel.len))];
    let mut late: Vec<(&str, Range<u64>)> = Vec::new();
    let mut unknown = "";
    match &kernel.blob {
        // U-Boot, arch/arm/lib/image.c, `booti_setup`: a kernel that may be anywhere (flag bit 3,
        // as all since Linux 4.6) stays, but for the alignment.
        Blob::Arm64Image(image) => {
            let base = load.kernel.next_multiple_of(ARM64_ALIGN);
            used.push((KERNEL, span(base.saturating_add(image.text_offset.0), image.image_size.0)));
        }
        // U-Boot, arch/riscv/lib/image.c: from the start of memory.
        Blob::RiscvImage(image) => {
            used.push((KERNEL, span(load.ram_start.saturating_add(image.text_offset.0), image.image_size.0)));
        }
        Blob::ZImage(_) => match kernel.packed {
            Some(packed) => {
                let taken = packed.taken(load.kernel, kernel.len, load.ram_start);
                late.push((KERNEL, taken.kernel));
                late.extend(taken.moved.map(|moved| (MOVED, moved)));
            }
            None => unknown = "; where the kernel unpacks itself to is not said in it",
        },
        _ => {}
    }
    if let Some(len) = initramfs {
        used.push(("the initramfs", span(load.initramfs, len)));
    }
    let tree = device_tree.map_or(0, |len| len + TREE_PAD);
    if tree > 0 {
        used.push(("the device tree", span(load.device_tree, tree)));
    }
    let help = "a smaller kernel or initramfs, or other addresses in U-Boot's environment";
    let all: Vec<(&str, Range<u64>)> = used.iter().chain(&late).cloned().collect();
    let list = || {
        let list: Vec<String> = all.iter().map(|(name, at)| format!("{name} {}", hex(at))).collect();
        list.join(", ")
    };
    if let Some(what) = outside(&all, load.ram_start, ram).or_else(|| overlap(&used)) {
        Link::broken(NAME, what).help(help)
    } else if let Some(what) = overlap(&all) {
        // U-Boot, boot/image-board.c, `boot_ramdisk_high`, and boot/image-fdt.c,
        // `boot_relocate_fdt`: both are moved up before the kernel runs, if these do not forbid it.
        let unless = "which is right only as U-Boot moves both up, without initrd_high or fdt_high";
        Link::doubtful(NAME, format!("{what}, {unless}")).help(help)
    } else {
        Link::holds(NAME, format!("{}{unknown}", list()))
    }
}

fn hex(range: &Range<u64>) -> String {
    format!("{:#x}-{:#x}", range.start, range.end.saturating_sub(1))
}

/// The first thing that is outside of memory.
fn outside(used: &[(&str, Range<u64>)], ram_start: u64, ram: Option<Bytes>) -> Option<String> {
    let end = ram.map_or(u64::MAX, |ram| ram_start.saturating_add(ram.0));
    let (name, at) = used.iter().find(|(_, at)| at.start < ram_start || at.end > end)?;
    Some(format!("{name} is loaded to {}, but memory is {}", hex(at), hex(&(ram_start..end))))
}

/// The first pair that shares a byte.
fn overlap(used: &[(&str, Range<u64>)]) -> Option<String> {
    // The kernel is moved from where its file was loaded, and all of them are not there at once.
    let own = |name: &str| [FILE, KERNEL, MOVED].contains(&name);
    let pairs =
        used.iter().enumerate().flat_map(|(index, one)| used[..index].iter().map(move |two| (one, two)));
    let mut pairs = pairs.filter(|((one, _), (two, _))| !(own(one) && own(two)));
    let ((name, at), (other, there)) =
        pairs.find(|((_, at), (_, there))| at.start < there.end && there.start < at.end)?;
    Some(format!("{name} at {} overlaps {other} at {}", hex(at), hex(there)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;
    use crate::chain::zimage::{Packed, tests::fixture};

    const LOAD: LoadAddresses = LoadAddresses {
        ram_start: 0x4000_0000,
        kernel: 0x4200_0000,
        device_tree: 0x4300_0000,
        initramfs: 0x4340_0000,
        compressed_kernel: None,
        source: "a test",
    };

    fn zimage(load: &LoadAddresses, ram: Bytes, len: u32) -> (Verdict, String) {
        let bytes = fixture(len);
        let packed = Packed::read(&bytes);
        let blob = bringup_inspect::identify(&bytes);
        let kernel = Kernel { len: 0x200, blob, arch: None, packed, release: None };
        let link = judged(load, Some(ram), &kernel, Some(1 << 20), Some(0x1000));
        (link.verdict, link.what)
    }

    #[test]
    fn a_zimage_has_room_to_unpack_itself() {
        let fits = zimage(&LOAD, Bytes::mib(512), 0x100_0000);
        assert_eq!((&fits.0, fits.1.contains("the kernel 0x40203000-0x41208fff")), (&Verdict::Holds, true));
        let large = zimage(&LOAD, Bytes::mib(512), 0x300_0000);
        assert_eq!(large.0, Verdict::Doubtful);
        let what = "the kernel at 0x40203000-0x43208fff overlaps the device tree at 0x43000000-0x43003fff";
        assert!(large.1.starts_with(what), "{}", large.1);
        let (verdict, what) = zimage(&LOAD, Bytes::mib(64), 0x500_0000);
        assert_eq!(verdict, Verdict::Broken);
        assert_eq!(
            what,
            "the kernel is loaded to 0x40203000-0x45208fff, but memory is 0x40000000-0x43ffffff"
        );
    }

    #[test]
    fn what_is_loaded_ends_within_memory() {
        let (verdict, what) = zimage(&LOAD, Bytes::mib(32), 0x1000);
        assert_eq!(verdict, Verdict::Broken);
        assert_eq!(
            what,
            "the kernel's file is loaded to 0x42000000-0x420001ff, but memory is 0x40000000-0x41ffffff"
        );
        let near = LoadAddresses { initramfs: 0x4200_0100, ..LOAD };
        let (verdict, what) = zimage(&near, Bytes::mib(512), 0x1000);
        assert_eq!(verdict, Verdict::Broken);
        assert!(what.contains("overlaps the kernel's file at 0x42000000-0x420001ff"), "{what}");
    }

    #[test]
    fn overlaps_name_both_ranges() {
        let used = [(FILE, 0x100..0x300), (KERNEL, 0x200..0x500), ("the initramfs", 0x4ff..0x600)];
        assert_eq!(
            overlap(&used).unwrap(),
            "the initramfs at 0x4ff-0x5ff overlaps the kernel at 0x200-0x4ff"
        );
        assert_eq!((overlap(&used[..2]), outside(&used, 0x100, Some(Bytes(0x500)))), (None, None));
        assert_eq!(
            outside(&used[..2], 0, Some(Bytes(0x400))).unwrap(),
            "the kernel is loaded to 0x200-0x4ff, but memory is 0x0-0x3ff"
        );
        assert_eq!(
            outside(&used, 0x101, None).unwrap(),
            "the kernel's file is loaded to 0x100-0x2ff, but memory is 0x101-0xfffffffffffffffe"
        );
    }
}
