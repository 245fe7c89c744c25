use super::*;
use crate::bios::kernel;

/// A `diskboot.img` with an empty block list.
pub(in crate::bios) fn diskboot() -> Vec<u8> {
    let mut image = vec![0x90; 512];
    image[LIST_SECTOR - 12..].fill(0);
    image[LIST_SECTOR] = 2;
    image[0x1fe..].copy_from_slice(&[0x20, 0x08]);
    image
}

/// An `lzma_decompress.img` of 64 bytes, of which 32 are never covered by Reed-Solomon codes.
pub(in crate::bios) fn decompressor() -> Vec<u8> {
    let mut image = vec![0x90; 64];
    image[0] = 0xea;
    image[8..0x18].fill(0);
    image[NO_REED_SOLOMON_LEN] = 32;
    image
}

/// The core image of the valid parts with one change.
fn with(change: fn(&mut CoreParts<'_>)) -> Result<Vec<u8>, Error> {
    let (diskboot, decompressor) = (diskboot(), decompressor());
    let kernel = kernel::tests::valid(b"kernel");
    let modules = [Cow::Borrowed(&b"module"[..])];
    let mut parts = CoreParts {
        diskboot: &diskboot,
        decompressor: &decompressor,
        kernel: &kernel,
        modules: &modules,
        config: Some("ls\n"),
        prefix: "(,msdos1)/boot/grub",
    };
    change(&mut parts);
    core_image(&parts, Lba(1))
}

#[test]
fn the_block_list_names_the_sectors_behind_the_first() {
    let image = with(|_| {}).unwrap();
    assert_eq!(image.len(), 1024);
    assert_eq!(image[LIST_SECTOR..512], [2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0x20, 0x08]);
    assert_eq!(image[..LIST_SECTOR], diskboot()[..LIST_SECTOR]);
}

#[test]
fn the_block_list_follows_the_image() {
    let (diskboot, decompressor) = (diskboot(), decompressor());
    let kernel = kernel::tests::valid(b"kernel");
    let parts = CoreParts {
        diskboot: &diskboot,
        decompressor: &decompressor,
        kernel: &kernel,
        modules: &[],
        config: None,
        prefix: "/boot/grub",
    };
    let image = core_image(&parts, Lba(0x01ff_ffff_ffff)).unwrap();
    assert_eq!(image[LIST_SECTOR..LIST_COUNT], [0, 0, 0, 0, 0, 2, 0, 0]);
    for lba in [0, u64::MAX] {
        let reason = "the MBR is in front of it, and a sector behind its first one";
        assert_eq!(core_image(&parts, Lba(lba)).unwrap_err(), Error::BadPlace { lba, reason });
    }
}

#[test]
fn the_decompressor_knows_both_lengths() {
    let image = with(|_| {}).unwrap();
    let rest = &image[512..];
    let [packed, unpacked] = [8, 12].map(|field| number(rest, field, 4) as usize);
    let kernel = kernel::tests::valid(b"kernel");
    let payload =
        payload::payload(&kernel, &[Cow::Borrowed(b"module")], Some("ls\n"), "(,msdos1)/boot/grub").unwrap();
    assert_eq!(unpacked, payload.len());
    assert_eq!(lzma::decompress(&rest[64..64 + packed], unpacked), payload);
    assert!(rest[64 + packed..].iter().all(|byte| *byte == 0));
    let mut expected = decompressor();
    expected[8..16].copy_from_slice(&rest[8..16]);
    assert_eq!(rest[..64], expected);
}

#[test]
fn the_same_parts_give_the_same_bytes() {
    assert_eq!(with(|_| {}), with(|_| {}));
}

#[test]
fn every_checked_field_is_checked() {
    for (fields, valid) in [(&DISKBOOT_FIELDS, diskboot()), (&DECOMPRESSOR_FIELDS, decompressor())] {
        for field in fields {
            let mut image = valid.clone();
            image[field.offset] ^= 0x80;
            let (mut diskboot, mut decompressor) = (diskboot(), decompressor());
            if valid.len() == 512 {
                diskboot = image
            } else {
                decompressor = image
            }
            let kernel = kernel::tests::valid(b"kernel");
            let parts = CoreParts {
                diskboot: &diskboot,
                decompressor: &decompressor,
                kernel: &kernel,
                modules: &[],
                config: None,
                prefix: "/",
            };
            let Error::UnexpectedField { field: name, offset, .. } = core_image(&parts, Lba(1)).unwrap_err()
            else {
                panic!("another error");
            };
            assert_eq!((name, offset), (field.name, field.offset));
        }
    }
}

#[test]
fn files_of_another_length_are_refused() {
    let refused = |change| with(change).unwrap_err().to_string();
    assert_eq!(
        refused(|parts| parts.diskboot = &parts.diskboot[1..]),
        "`diskboot.img` is 511 B, but GRUB's is 512 B"
    );
    assert_eq!(
        refused(|parts| parts.decompressor = &parts.decompressor[..27]),
        "`lzma_decompress.img` is 27 B, but it needs 28 B"
    );
    assert_eq!(
        refused(|parts| parts.decompressor = &parts.decompressor[..31]),
        "`lzma_decompress.img` is 31 B, but it needs 32 B"
    );
    assert_eq!(
        refused(|parts| parts.decompressor = &[0; 3585]),
        "`lzma_decompress.img` is 3.5 KiB (3585 B), but GRUB has 3.5 KiB for it\nhelp: ask for fewer modules"
    );
}

#[test]
fn the_image_ends_where_the_memory_does() {
    // Numbers that no compressor shortens much.
    let mut state = 1u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    })
    .take(MAX_CORE.0 as usize)
    .collect();
    let (diskboot, decompressor) = (diskboot(), decompressor());
    let kernel = kernel::tests::valid(b"kernel");
    let modules = [Cow::Owned(noise)];
    let parts = CoreParts {
        diskboot: &diskboot,
        decompressor: &decompressor,
        kernel: &kernel,
        modules: &modules,
        config: None,
        prefix: "/",
    };
    let error = core_image(&parts, Lba(1)).unwrap_err();
    assert!(matches!(error, Error::TooLarge { what: "`core.img`", max: Bytes(454_656), .. }), "{error}");
}
