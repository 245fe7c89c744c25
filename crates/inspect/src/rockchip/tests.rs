use sha2::{Digest, Sha256};

use super::*;

pub(crate) const MAX: Bytes = Bytes::kib(28);

/// Version 1: the ID block, 2 KiB of `init` at 2 KiB, 2 KiB of `boot`.
pub(crate) fn fixture() -> Vec<u8> {
    scrambled(|_| {})
}

fn scrambled(change: impl Fn(&mut [u8])) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..4].copy_from_slice(MAGIC);
    header[8] = 1;
    header[12] = 4;
    header[506] = 4;
    header[508] = 8;
    change(&mut header);
    let mut bytes = rc4::scramble(&header);
    bytes.resize(2048, 0);
    bytes.extend(b"RK33");
    bytes.resize(6144, 0x5A);
    bytes
}

/// Version 2, with the same programs and SHA-256.
pub(crate) fn fixture_v2() -> Vec<u8> {
    let mut bytes = scrambled(|_| {});
    bytes[..2048].fill(0);
    bytes[..4].copy_from_slice(MAGIC_V2);
    bytes[8..12].copy_from_slice(&((2_u32 << 16) + 384).to_le_bytes());
    bytes[12] = 1;
    for (entry, sector) in [(120, 4_u32), (208, 8)] {
        bytes[entry..entry + 4].copy_from_slice(&(4 << 16 | sector).to_le_bytes());
        let at = sector as usize * 512;
        let hash = Sha256::digest(&bytes[at..at + 2048]);
        bytes[entry + 24..entry + 56].copy_from_slice(&hash);
    }
    let hash = Sha256::digest(&bytes[..1536]);
    bytes[1536..1568].copy_from_slice(&hash);
    bytes
}

#[test]
fn the_scrambling_is_rc4_with_the_known_key() {
    // As every idbloader.img begins.
    assert_eq!(rc4::scramble(MAGIC), SCRAMBLED_MAGIC);
}

#[test]
fn version_1_is_read() {
    let block = IdBlock {
        version: 1,
        tag: Some("RK33".to_owned()),
        is_scrambled: false,
        init: 2048..4096,
        boot: Some(4096..6144),
        is_hashed: false,
    };
    assert!(detect(&fixture()));
    assert_eq!(parse(&fixture(), MAX), Ok(block));
}

#[test]
fn a_scrambled_program_has_a_scrambled_tag() {
    let mut bytes = scrambled(|header| header[8] = 0);
    let first = rc4::scramble(&bytes[2048..2560]);
    bytes[2048..2560].copy_from_slice(&first);
    let block = parse(&bytes, MAX).unwrap();
    assert_eq!((block.tag.as_deref(), block.is_scrambled), (Some("RK33"), true));
}

#[test]
fn without_a_second_program_its_length_means_nothing() {
    for both in [4_u16, 4 + 1024] {
        let bytes = scrambled(|header| header[508..510].copy_from_slice(&both.to_le_bytes()));
        assert_eq!(parse(&bytes, MAX).unwrap().boot, None);
    }
}

#[test]
fn version_1_has_rules() {
    for (at, value, message) in [
        (0, 0, "bytes at 0x0 are 6e 8c dc fc, not 3b 8c dc fc"),
        (12, 0, "init_offset is 0x0, but it must lie behind the ID block"),
        (506, 3, "init_size is 0x3, but it must be whole units of 4 sectors"),
        (506, 0, "init_size is 0x0, but it must be whole units of 4 sectors"),
        (508, 3, "init_boot_size is 0x3, but it must count init_size"),
        (508, 16, "6 KiB at 0x1000 needed, but it ends at 0x1800"),
    ] {
        let bytes = scrambled(|header| header[at] = value);
        assert_eq!(parse(&bytes, MAX).unwrap_err().to_string(), format!("Rockchip ID block: {message}"));
    }
    assert_eq!(
        parse(&fixture(), Bytes::kib(1)).unwrap_err().to_string(),
        "Rockchip ID block: it is 2 KiB long, but at most 1 KiB are loaded"
    );
    let mut bytes = fixture();
    bytes[2048] = 0;
    assert_eq!(
        parse(&bytes, MAX).unwrap_err().to_string(),
        "Rockchip ID block: the chip's tag at 0x800 is not a string"
    );
}

#[test]
fn version_2_is_read() {
    let block = IdBlock {
        version: 2,
        tag: None,
        is_scrambled: false,
        init: 2048..4096,
        boot: Some(4096..6144),
        is_hashed: true,
    };
    assert!(detect(&fixture_v2()));
    assert_eq!(parse(&fixture_v2(), MAX), Ok(block));
}

#[test]
fn version_2_hashes_everything() {
    for (at, part) in [(500, "the header"), (3000, "init"), (6143, "boot")] {
        let mut bytes = fixture_v2();
        bytes[at] ^= 1;
        let error = parse(&bytes, MAX).unwrap_err();
        assert!(matches!(&error, Error::BadHash { part: found, .. } if found == part), "{at}: {error}");
    }
}

#[test]
fn version_2_has_rules() {
    for (at, value, message) in [
        (10, 0, "number of images is 0x0, but it must be 1 to 4"),
        (10, 5, "number of images is 0x5, but it must be 1 to 4"),
        (12, 3, "hash type 0x3 is not supported"),
    ] {
        let mut bytes = fixture_v2();
        bytes[at] = value;
        assert_eq!(parse(&bytes, MAX).unwrap_err().to_string(), format!("Rockchip ID block: {message}"));
    }
}
