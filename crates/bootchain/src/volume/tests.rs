use super::*;
use crate::testing::{self, RootFiles};

fn files() -> RootFiles {
    let file = |bytes: &[u8]| (0o644, bytes.to_vec());
    let large: Vec<u8> = (0..300_000_u32).map(|index| (index / 7) as u8).collect();
    [
        ("etc/name", file(b"text")),
        ("etc/A longer name than DOS had.text", file(b"long")),
        ("data/large", file(&large)),
    ]
    .into_iter()
    .map(|(path, file)| (path.to_owned(), file))
    .collect()
}

fn opened(bytes: &[u8], check: impl FnOnce(&Volume<'_>)) {
    let disk = Disk::from_bytes(bytes);
    check(&open(Part::new(&disk, &(0..bytes.len() as u64))).unwrap());
}

#[test]
fn ext4_and_fat_give_back_what_was_written() {
    for bytes in [testing::ext4(&files()), testing::fat(&files())] {
        opened(&bytes, |volume| {
            assert_eq!(volume.fault(), None);
            for (path, (_, contents)) in files() {
                assert_eq!(volume.read(&path, 1 << 20).unwrap(), contents, "{path}");
            }
            let error = volume.read("etc/other", 1 << 20).unwrap_err();
            assert_eq!(error.to_string(), "there is no `etc/other`");
            assert!(matches!(volume.read("etc", 1 << 20), Err(Error::WrongKind { wanted: "file", .. })));
            assert!(matches!(volume.read("data/large", 10), Err(Error::TooLarge { .. })));
            assert_eq!(volume.read("../etc/./name", 10).unwrap(), b"text");
        });
    }
}

#[test]
fn both_say_how_they_are_found() {
    opened(&testing::ext4(&files()), |volume| {
        let Identity { kind, uuid, label } = &volume.identity;
        assert_eq!((*kind, uuid.as_str(), label.as_str()), ("ext4", testing::ROOT_UUID, "root"));
    });
    opened(&testing::fat(&files()), |volume| {
        let Identity { kind, uuid, label } = &volume.identity;
        assert_eq!((*kind, uuid.as_str(), label.as_str()), ("vfat", "1234-ABCD", "ESP"));
    });
}

#[test]
fn fats_names_do_not_differ_by_case() {
    opened(&testing::fat(&files()), |volume| assert_eq!(volume.read("ETC/NAME", 10).unwrap(), b"text"));
}

#[test]
fn checksums_of_ext4_are_verified() {
    let bytes = testing::ext4(&files());
    let refused = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        let disk = Disk::from_bytes(&bytes);
        let volume = open(Part::new(&disk, &(0..bytes.len() as u64)));
        volume
            .and_then(|volume| volume.read("etc/name", 10).map(|_| volume.fault()))
            .map_err(|error| error.to_string())
    };
    assert!(refused(1024 + 0x78).unwrap_err().starts_with("ext4 superblock: its checksum is"));
    // A free-blocks count of the first group descriptor.
    let fault = refused(4096 + 12).unwrap().unwrap();
    assert!(fault.fatal && fault.what.starts_with("the checksum of group 0 is"), "{}", fault.what);
    let table = u32::from_le_bytes(bytes[4096 + 8..4096 + 12].try_into().unwrap()) as usize * 4096;
    assert!(refused(table + 256 + 4).unwrap_err().starts_with("ext4 inode 2: its checksum is"));
}

#[test]
fn two_fats_that_differ_are_a_fault() {
    let mut bytes = testing::fat(&files());
    let (reserved, len) = (usize::from(bytes[14]) * 512, usize::from(bytes[22]) * 512);
    bytes[reserved + len + 3] ^= 1;
    opened(&bytes, |volume| assert_eq!(volume.fault().unwrap().what, "its two FATs differ"));
}

#[test]
fn no_flip_panics() {
    let walk = |bytes: &[u8]| {
        let disk = Disk::from_bytes(bytes);
        let Ok(volume) = open(Part::new(&disk, &(0..bytes.len() as u64))) else { return };
        let _ = volume.read("data/large", 1 << 20);
        let _ = volume.list("etc").map(|entries| entries.len());
    };
    for mut bytes in [testing::ext4(&files()), testing::fat(&files())] {
        // Without checksums, so that what is behind them is reached too.
        if bytes[0x438] == 0x53 {
            bytes[1024 + 101] &= !4;
        }
        let heads = (0..64).chain(1024..1400).chain(4096..4160).step_by(3);
        for at in heads {
            let before = bytes[at];
            for value in [0xFF, before ^ 0x80] {
                bytes[at] = value;
                walk(&bytes);
            }
            bytes[at] = before;
        }
    }
}
