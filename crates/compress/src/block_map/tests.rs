//! Maps made, read back, and made wrong in one place each.

use std::fs::File;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use sha2::{Digest, Sha256};

use super::{BlockMap, hex, mapped};
use crate::Error;

const MIB: u64 = 1 << 20;

/// 40 MiB and two sectors: data at its beginning, its end, and from 1 MiB to 20 MiB.
fn image() -> File {
    let file = tempfile::tempfile().unwrap();
    file.set_len(40 * MIB + 1024).unwrap();
    file.write_all_at(b"table", 440).unwrap();
    for megabyte in 1..20 {
        file.write_all_at(&[megabyte as u8; 1 << 20], megabyte * MIB).unwrap();
    }
    file.write_all_at(b"end", 40 * MIB + 1021).unwrap();
    file
}

fn map_of(image: &File, needed: &[Range<u64>], threads: usize) -> BlockMap {
    BlockMap::new(image, needed, NonZeroUsize::new(threads).unwrap()).unwrap()
}

fn small() -> BlockMap {
    map_of(&image(), &[0..1, 8192..20_000, 40 * MIB + 1..40 * MIB + 2], 1)
}

#[test]
fn every_range_has_its_checksum() {
    let image = image();
    let map = map_of(&image, &[0..512, MIB..20 * MIB, 40 * MIB..40 * MIB + 1024], 2);
    let bytes: Vec<(u64, u64)> =
        map.ranges.iter().map(|range| (range.bytes.start, range.bytes.end)).collect();
    assert_eq!(bytes, [(0, 4096), (MIB, 17 * MIB), (17 * MIB, 20 * MIB), (40 * MIB, 40 * MIB + 1024)]);
    assert_eq!((map.image_len, map.mapped_len()), (40 * MIB + 1024, 19 * MIB + 4096 + 1024));
    for range in &map.ranges {
        let mut bytes = vec![0; (range.bytes.end - range.bytes.start) as usize];
        image.read_exact_at(&mut bytes, range.bytes.start).unwrap();
        assert_eq!(range.sha256[..], Sha256::digest(&bytes)[..]);
    }
    assert_eq!(map, map_of(&image, &[0..512, MIB..20 * MIB, 40 * MIB..40 * MIB + 1024], 1));
}

#[test]
fn what_must_be_zero_is_mapped_though_it_is_a_hole() {
    let image = image();
    let covers = |needed: &[Range<u64>], at: u64| needed.iter().any(|range| range.contains(&at));
    let stored = mapped(&image, &[]).unwrap();
    assert!([440, MIB, 20 * MIB - 1, 40 * MIB + 1021].iter().all(|&at| covers(&stored, at)), "{stored:?}");
    assert!(!covers(&stored, 30 * MIB), "{stored:?}");
    let must = 30 * MIB + 512..30 * MIB + 5000;
    let all = mapped(&image, std::slice::from_ref(&must)).unwrap();
    assert!(all.contains(&(30 * MIB..30 * MIB + 8192)), "{all:?}");
    let map = map_of(&image, &all, 1);
    let zeros = map.ranges.iter().find(|range| range.bytes.start == 30 * MIB).unwrap();
    assert_eq!(zeros.sha256[..], Sha256::digest([0; 8192])[..]);
}

#[test]
fn a_map_is_read_as_it_was_made() {
    for map in [small(), map_of(&image(), &[], 1), map_of(&tempfile::tempfile().unwrap(), &[], 1)] {
        assert_eq!(BlockMap::parse(&map.to_string()).unwrap(), map);
    }
}

/// The map with one change, and its own checksum made right again.
fn changed(from: &str, to: &str) -> Result<BlockMap, Error> {
    let map = small().to_string();
    assert_eq!(map.matches(from).count(), 1, "{map}");
    BlockMap::parse(&sealed(&map.replace(from, to)))
}

/// With the right checksum in the place of whatever is there.
fn sealed(text: &str) -> String {
    let Some((before, rest)) = text.split_once("<BmapFileChecksum> ") else { return text.to_owned() };
    let (_, after) = rest.split_once(" </BmapFileChecksum>").unwrap();
    let with = |checksum: &str| format!("{before}<BmapFileChecksum> {checksum} </BmapFileChecksum>{after}");
    with(&hex(&Sha256::digest(with(&"0".repeat(64))).into()))
}

#[test]
fn the_untouched_map_is_read_and_a_later_minor_version_too() {
    assert_eq!(changed("<bmap ", "<bmap  ").unwrap(), small());
    assert_eq!(changed("version=\"2.0\"", "version=\"2.1\"").unwrap(), small());
}

#[test]
fn each_fault_of_a_map_is_named() {
    let says = |from: &str, to: &str| changed(from, to).unwrap_err().to_string();
    assert_eq!(
        says("version=\"2.0\"", "version=\"1.3\""),
        "the block map is of version 1.3, but only 2.0 is read"
    );
    assert_eq!(
        says("> sha256 <", "> sha512 <"),
        "the block map has checksums of type `sha512`, but only `sha256` is read"
    );
    assert_eq!(says("> 0 <", "> 0-1-2 <"), range("0-1-2", 0));
    assert_eq!(says("> 0 <", "> 5 <"), range("2-4", 6));
    assert_eq!(says("> 2-4 <", "> 4-2 <"), range("4-2", 1));
    assert_eq!(says("> 10240 <", "> 10241 <"), range("10241", 5));
    assert_eq!(says("> 2-4 <", "> 2-18446744073709551616 <"), range("2-18446744073709551616", 1));
    assert_eq!(
        says("> 10241 <", "> 10242 <"),
        "the block map's `BlocksCount` is 10242, but 10241 would be right"
    );
    assert_eq!(says("> 5 <", "> 6 <"), "the block map's `MappedBlocksCount` is 6, but 5 would be right");
    assert_eq!(
        says("> 4096 <", "> 0 <"),
        "the block map's blocks have 0 bytes, but 1 to 1073741824 are possible"
    );
    assert_eq!(
        says("> 4096 <", "> -1 <"),
        "the block map's `BlockSize` is `-1`, which is no number of 64 bits"
    );
    assert_eq!(says("<ImageSize> 41944064 </ImageSize>", ""), "the block map has no element `ImageSize`");
    assert_eq!(
        says("<ImageSize>", "<BlockSize> 4096 </BlockSize><ImageSize>"),
        "the block map has the element `BlockSize` twice"
    );
    assert_eq!(says("</BlockMap>", ""), "line 15 of the block map is not as in a block map");
    assert_eq!(says("</bmap>", "</bmap><a>"), "line 15 of the block map is not as in a block map");
}

fn range(text: &str, least: u64) -> String {
    format!(
        "the block map's range `{text}` is none of an image of 10241 blocks, \
         or begins before block {least}, behind the range before it"
    )
}

#[test]
fn a_map_that_was_changed_is_refused() {
    let map = small().to_string();
    let error = BlockMap::parse(&map.replace("> 2-4 <", "> 2-5 <")).unwrap_err();
    assert!(matches!(error, Error::MapChanged { .. }), "{error}");
    let checksum = hex(&small().ranges[1].sha256);
    let text = sealed(&map.replace(&checksum, &checksum[1..]));
    let error = BlockMap::parse(&text).unwrap_err();
    assert!(matches!(&error, Error::MapChecksum { text } if *text == checksum[1..]), "{error}");
}

#[test]
fn no_map_that_is_cut_off_is_read() {
    let map = small().to_string();
    for len in 0..map.trim_end().len() {
        assert!(BlockMap::parse(&map[..len]).is_err(), "{len}");
    }
}

#[test]
fn a_range_outside_the_image_is_refused() {
    let image = image();
    let wanted = 0..41 * MIB;
    let error = BlockMap::new(&image, std::slice::from_ref(&wanted), NonZeroUsize::MIN).unwrap_err();
    assert_eq!(error.to_string(), "0x0 to 0x2900000 leave the image, which has 41944064 bytes");
}
