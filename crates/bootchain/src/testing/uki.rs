//! Unified kernel images for 64-bit ARM.

use bringup_systemd_boot::uki::{self, Sections};

/// Where a program's one section is in its file.
const HEADERS: u32 = 0x600;

/// A UEFI application of one section, with room for more.
fn program() -> Vec<u8> {
    let mut bytes = super::pe(0xAA64);
    bytes.resize(HEADERS as usize + 0x200, 0);
    let optional = 0x58;
    // PE32+: 112 bytes, and no data directories.
    bytes[optional..optional + 2].copy_from_slice(&[0x0B, 2]);
    // Alignments, the image's length and that of its headers.
    for (at, value) in [(32, 0x1000), (36, 0x200), (56, 0x2000), (60, HEADERS)] {
        bytes[optional + at..optional + at + 4].copy_from_slice(&value.to_le_bytes());
    }
    let section = optional + 0x70;
    for (at, value) in [(8, 0x123), (12, 0x1000), (16, 0x200), (20, HEADERS)] {
        bytes[section + at..section + at + 4].copy_from_slice(&value.to_le_bytes());
    }
    bytes
}

/// An arm64 kernel that UEFI starts.
fn kernel() -> Vec<u8> {
    let mut bytes = program();
    let image = super::arm64_image(16 << 20);
    bytes[16..32].copy_from_slice(&image[16..32]);
    bytes[56..60].copy_from_slice(&image[56..60]);
    bytes
}

/// An image of that kernel, and where the kernel and its initramfs begin in it.
pub(crate) fn image(initrd: &[u8], cmdline: Option<&str>) -> (Vec<u8>, usize, usize) {
    let linux = kernel();
    let uname = Some("6.1-test");
    let sections =
        Sections { linux: &linux, initrd: Some(initrd), cmdline, osrel: None, uname, devicetree: None };
    let bytes = uki::build(&program(), &sections).unwrap();
    let found = bringup_inspect::pe::uki(&bytes).unwrap().unwrap();
    (bytes, found.linux.start as usize, found.initrd.unwrap().start as usize)
}
