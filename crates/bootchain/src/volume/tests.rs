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
fn a_changed_name_shows() {
    let mut bytes = testing::ext4(&files());
    // Length, type and name.
    let at = bytes.windows(6).position(|window| window == b"\x04\x01name").unwrap();
    bytes[at + 2] = b'f';
    opened(&bytes, |volume| {
        let error = volume.read("etc/name", 10).unwrap_err().to_string();
        assert!(
            error.starts_with("a block of names of ext4 inode ") && error.contains("checksum"),
            "{error}"
        );
    });
}

#[test]
fn a_large_directory_has_a_tree_whose_blocks_are_verified() {
    let many = (0..600).map(|index| (format!("d/a name that is long {index:06}"), (0o644, Vec::new())));
    let mut bytes = testing::ext4(&many.collect());
    let mut block = 0;
    opened(&bytes, |volume| {
        let node = volume.find("d").unwrap();
        assert_eq!(volume.entries(&node).unwrap().len(), 600);
        block = volume.extents(&node).unwrap().ranges()[0].start as usize;
    });
    // A hash in the tree's root.
    bytes[block + 45] ^= 1;
    opened(&bytes, |volume| {
        let error = volume.list("d").unwrap_err().to_string();
        assert!(error.starts_with("a block of hashes of names of ext4 inode "), "{error}");
    });
}

/// Puts a file's one extent into a block of its own, the last of the file system.
fn with_extent_block(bytes: &mut [u8], path: &str) -> usize {
    let mut number = 0;
    opened(bytes, |volume| number = volume.find(path).unwrap().id as u32);
    let word = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let inode = word(bytes, 4096 + 8) as usize * 4096 + (number as usize - 1) * 256;
    let block = bytes.len() - 4096;
    let mut node = vec![0; 4096];
    node[..8].copy_from_slice(&[0x0A, 0xF3, 1, 0, 84, 1, 0, 0]);
    node[12..24].copy_from_slice(&bytes[inode + 0x28 + 12..inode + 0x28 + 24]);
    let seed = crc32c::crc32c(!0, &bytes[1024 + 104..1024 + 120]);
    let seed =
        crc32c::crc32c(crc32c::crc32c(seed, &number.to_le_bytes()), &bytes[inode + 0x64..inode + 0x68]);
    let tail = 12 + 340 * 12;
    let crc = crc32c::crc32c(seed, &node[..tail]);
    node[tail..tail + 4].copy_from_slice(&crc.to_le_bytes());
    bytes[block..].copy_from_slice(&node);
    let map = &mut bytes[inode + 0x28..inode + 0x64];
    map[6] = 1;
    map[12..24].fill(0);
    map[16..20].copy_from_slice(&((block / 4096) as u32).to_le_bytes());
    bytes[inode + 0x7C..inode + 0x7E].fill(0);
    bytes[inode + 0x82..inode + 0x84].fill(0);
    let crc = crc32c::crc32c(seed, &bytes[inode..inode + 256]).to_le_bytes();
    bytes[inode + 0x7C..inode + 0x7E].copy_from_slice(&crc[..2]);
    bytes[inode + 0x82..inode + 0x84].copy_from_slice(&crc[2..]);
    block
}

#[test]
fn blocks_of_extents_are_verified() {
    let mut bytes = testing::ext4(&files());
    let block = with_extent_block(&mut bytes, "etc/name");
    opened(&bytes, |volume| assert_eq!(volume.read("etc/name", 10).unwrap(), b"text"));
    bytes[block + 20] ^= 1;
    opened(&bytes, |volume| {
        let error = volume.read("etc/name", 10).unwrap_err().to_string();
        assert!(error.starts_with("a block of extents of ext4 inode "), "{error}");
    });
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
