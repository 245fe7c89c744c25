//! Hosts and devices for tests.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::ops::Range;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use bringup_compress::{BlockMap, Mapped};
use sha2::{Digest, Sha256};

use crate::{Host, Target};

/// A host that has, as sysfs shows it, an SD card `mmcblk0` (179:0), a USB stick `sdb` (8:16) with
/// two partitions, and a disk `sda` (8:0) that root runs from through LVM.
pub(crate) fn host(sys: &Path) -> Host {
    let put = |path: &str, text: &str| {
        let path = sys.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let link = |path: &str, to: &str| {
        let path = sys.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(sys.join(to), path).unwrap();
    };
    let disks = [
        ("8:0", "devices/pci0/ata1/host0/block/sda", "0", "1000000"),
        ("8:16", "devices/pci0/usb1/1-2/1-2:1.0/host6/block/sdb", "1", "62333952"),
        ("179:0", "devices/platform/mmc0/mmc0:0001/block/mmcblk0", "0", "4096"),
        ("253:0", "devices/virtual/block/dm-0", "0", "900000"),
    ];
    for (number, folder, removable, sectors) in disks {
        put(&format!("{folder}/dev"), number);
        put(&format!("{folder}/removable"), removable);
        put(&format!("{folder}/size"), sectors);
        put(&format!("{folder}/ro"), "0\n");
        put(&format!("{folder}/queue/logical_block_size"), "512\n");
        link(&format!("dev/block/{number}"), folder);
    }
    let partitions =
        [("8:1", disks[0].1, "sda1"), ("8:17", disks[1].1, "sdb1"), ("8:18", disks[1].1, "sdb2")];
    for (number, disk, name) in partitions {
        put(&format!("{disk}/{name}/dev"), number);
        put(&format!("{disk}/{name}/partition"), "1\n");
        link(&format!("dev/block/{number}"), &format!("{disk}/{name}"));
    }
    put("devices/pci0/usb1/1-2/serial", "4C530001\n");
    put("devices/pci0/usb1/1-2/1-2:1.0/host6/block/sdb/device/vendor", "SanDisk \n");
    put("devices/pci0/usb1/1-2/1-2:1.0/host6/block/sdb/device/model", "Ultra           \n");
    put("devices/platform/mmc0/mmc0:0001/block/mmcblk0/device/type", "SD\n");
    put("devices/platform/mmc0/mmc0:0001/block/mmcblk0/device/name", "SC32G\n");
    put("devices/platform/mmc0/mmc0:0001/block/mmcblk0/device/serial", "0x1234\n");
    put("devices/virtual/block/dm-0/dm/name", "vg-root\n");
    link(&format!("{}/sda1/holders/dm-0", disks[0].1), disks[3].1);
    let mountinfo = "21 1 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw\n\
                     22 21 0:5 / /dev rw - devtmpfs udev rw\n";
    Host { sys: sys.to_owned(), mountinfo: mountinfo.to_owned(), swaps: "Filename Type Size\n".to_owned() }
}

/// A device in memory, with whatever is wrong with it.
#[derive(Debug)]
pub(crate) struct Fake {
    pub(crate) bytes: Mutex<Vec<u8>>,
    pub(crate) faults: BTreeSet<Fault>,
    /// Where each write began, and how much it was asked to write.
    pub(crate) writes: Mutex<Vec<(u64, usize)>>,
    settled: AtomicBool,
}

/// Something wrong with a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Writes over this byte fail.
    WriteFails(u64),
    /// Reads of this byte fail.
    ReadFails(u64),
    /// No write takes more than this many bytes.
    ShortWrites(usize),
    /// Writes over this byte succeed and change nothing.
    Dropped(u64),
    /// A bit of this byte turns when it is written.
    Flipped(u64),
    /// Nothing is left of what is written from here on: a card that says it is larger than it is.
    Ends(u64),
    /// It is never settled.
    SettleFails,
}

impl Fake {
    /// A device of `size` bytes that are all 0xFF, with `faults`.
    pub(crate) fn new(size: usize, faults: impl IntoIterator<Item = Fault>) -> Self {
        Self {
            bytes: Mutex::new(vec![0xFF; size]),
            faults: faults.into_iter().collect(),
            writes: Mutex::default(),
            settled: AtomicBool::new(false),
        }
    }

    pub(crate) fn take(self) -> Vec<u8> {
        self.bytes.into_inner().unwrap()
    }
}

/// EIO (Linux, include/uapi/asm-generic/errno-base.h).
pub(crate) fn eio() -> io::Error {
    io::Error::from_raw_os_error(5)
}

impl Target for Fake {
    fn size(&self) -> u64 {
        self.bytes.lock().unwrap().len() as u64
    }

    fn sector(&self) -> u64 {
        512
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize> {
        assert_eq!((at % 512, bytes.len() % 512), (0, 0), "direct I/O is in sectors");
        self.settled.store(false, Ordering::SeqCst);
        self.writes.lock().unwrap().push((at, bytes.len()));
        let mut len = bytes.len();
        for fault in &self.faults {
            if let Fault::ShortWrites(most) = fault {
                len = len.min(*most);
            }
        }
        let range = at..at + len as u64;
        let mut stored = bytes[..len].to_vec();
        let mut lost = None;
        for fault in &self.faults {
            match fault {
                Fault::WriteFails(byte) if range.contains(byte) => return Err(eio()),
                Fault::Dropped(byte) if range.contains(byte) => return Ok(len),
                Fault::Flipped(byte) if range.contains(byte) => stored[(byte - at) as usize] ^= 0x10,
                Fault::Ends(end) => lost = Some((end.max(&at) - at).min(len as u64) as usize),
                _ => {}
            }
        }
        stored.truncate(lost.unwrap_or(len));
        let mut all = self.bytes.lock().unwrap();
        all[at as usize..][..stored.len()].copy_from_slice(&stored);
        Ok(len)
    }

    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        assert!(self.settled.load(Ordering::SeqCst), "what is read may come from a cache");
        let range = at..at + into.len() as u64;
        if self.faults.iter().any(|fault| matches!(fault, Fault::ReadFails(byte) if range.contains(byte))) {
            return Err(eio());
        }
        into.copy_from_slice(&self.bytes.lock().unwrap()[at as usize..][..into.len()]);
        Ok(into.len())
    }

    fn settle(&self) -> io::Result<()> {
        if self.faults.contains(&Fault::SettleFails) {
            return Err(eio());
        }
        self.settled.store(true, Ordering::SeqCst);
        Ok(())
    }
}

/// A block map of `image`, of these ranges.
pub(crate) fn map_text(image: &[u8], ranges: &[Range<usize>]) -> String {
    let mapped = |range: &Range<usize>| Mapped {
        bytes: range.start as u64..range.end as u64,
        sha256: Sha256::digest(&image[range.clone()]).into(),
    };
    let ranges = ranges.iter().map(mapped).collect();
    BlockMap { image_len: image.len() as u64, block_len: 4096, ranges }.to_string()
}
