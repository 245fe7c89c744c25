//! Disks, read back by other people's crates.

use std::io::Cursor;

use crate::common::{Shop, pattern};

fn entry(bytes: &[u8], number: usize) -> (u8, bool, u32, u32) {
    let mbr = mbrman::MBR::read_from(&mut Cursor::new(bytes), 512).unwrap();
    let entry = &mbr[number];
    (entry.sys, entry.is_active(), entry.starting_lba, entry.sectors)
}

#[test]
fn partitions_follow_each_other_by_their_alignment() {
    let shop = Shop::new();
    let configuration = "image a.img {
        hdimage { align = 64k disk-signature = 0x1234 }
        partition spl { in-partition-table = no image = spl.bin offset = 8k }
        partition boot { partition-type = 0xc bootable = yes size = ${SIZE} }
        partition root { partition-type = 0x83 image = root.bin }
    }";
    assert_eq!(shop.assemble(configuration).unwrap(), ["a.img"]);
    let bytes = shop.image("a.img");
    assert_eq!(bytes[440..444], [0x34, 0x12, 0, 0]);
    assert_eq!(bytes[8192..28_192], pattern(20_000, 3));
    // The firmware ends at 28,192 bytes, the first multiple of 64 KiB behind it is sector 128.
    assert_eq!(entry(&bytes, 1), (0x0c, true, 128, 2048));
    assert_eq!(entry(&bytes, 2), (0x83, false, 128 + 2048, 2048 + 128));
    let root = (128 + 2048) * 512;
    assert_eq!(bytes[root..], pattern((1 << 20) + 3, 5), "the file ends with the last image");
}

#[test]
fn logical_partitions_form_a_chain() {
    let shop = Shop::new();
    let partitions: String = (1..=6)
        .map(|number| format!("partition p{number} {{ partition-type = 0x8{number} size = 1M }}\n"))
        .collect();
    shop.assemble(&format!("image a.img {{ hdimage {{ align = 1M fill = yes }} {partitions} }}")).unwrap();
    let bytes = shop.image("a.img");
    let mbr = mbrman::MBR::read_from(&mut Cursor::new(&bytes), 512).unwrap();
    let found: Vec<_> =
        mbr.iter().filter(|(_, entry)| entry.is_used()).map(|(number, entry)| (number, entry.sys)).collect();
    assert_eq!(found, [(1, 0x81), (2, 0x82), (3, 0x83), (4, 0x0f), (5, 0x84), (6, 0x85), (7, 0x86)]);
    let starts: Vec<u32> = (5..=7).map(|number| mbr[number].starting_lba / 2048).collect();
    assert_eq!(starts, [5, 7, 9], "a MiB in front of each is for its own table");
    assert_eq!((mbr[4].starting_lba / 2048, mbr[4].sectors / 2048), (4, 6));
}

#[test]
fn a_primary_partition_may_follow_logical_ones() {
    let shop = Shop::new();
    let configuration = "image a.img {
        hdimage { align = 1M extended-partition = 2 fill = true }
        partition a { partition-type = 0x83 size = 1M }
        partition b { partition-type = 0x84 size = 1M }
        partition c { partition-type = 0x85 size = 1M forced-primary = true }
    }";
    shop.assemble(configuration).unwrap();
    let bytes = shop.image("a.img");
    let types: Vec<u8> = (1..=4).map(|number| entry(&bytes, number).0).collect();
    assert_eq!(types, [0x83, 0x0f, 0x85, 0]);
    assert_eq!(entry(&bytes, 3), (0x85, false, 4 * 2048, 2048));
}

#[test]
fn a_gpt_keeps_names_types_and_flags() {
    let shop = Shop::new();
    let configuration = "image a.img {
        hdimage { partition-table-type = gpt align = 1M disk-uuid = 01234567-89ab-4cde-8f01-23456789abcd }
        partition esp { partition-type-uuid = esp size = 1M bootable = true }
        partition root { partition-type-uuid = root-arm64 image = root.bin read-only = yes
            partition-uuid = 76543210-89ab-4cde-8f01-23456789abcd }
        partition 'ends high' { size = 1M no-automount = on hidden = on }
    }";
    shop.assemble(configuration).unwrap();
    let disk = gpt::GptConfig::new().writable(false).open(shop.path("images/a.img")).unwrap();
    assert_eq!(disk.guid().to_string(), "01234567-89ab-4cde-8f01-23456789abcd");
    let found: Vec<_> = disk
        .partitions()
        .values()
        .map(|part| (part.name.as_str(), part.flags, part.first_lba, part.last_lba))
        .collect();
    assert_eq!(
        found,
        [
            ("esp", 1 << 2, 2048, 4095),
            ("root", 1 << 60, 4096, 8191),
            ("ends high", 1 << 62 | 1 << 63, 8192, 10239)
        ]
    );
    let root = &disk.partitions()[&2];
    assert_eq!(root.part_type_guid.guid.to_string(), "b921b045-1df0-41c3-af44-4c6f280d3fae");
    assert_eq!(root.part_guid.to_string(), "76543210-89ab-4cde-8f01-23456789abcd");
}

#[test]
fn identities_follow_from_the_configuration() {
    let shop = Shop::new();
    let configuration = |name: &str| {
        format!(
            "image a.img {{ hdimage {{ partition-table-type = hybrid disk-signature = random }} partition {name} {{ partition-type = 0x83 size = 1M }} }}"
        )
    };
    shop.assemble(&configuration("a")).unwrap();
    let first = shop.image("a.img");
    shop.assemble(&format!("# Elsewhere.\n\n{}", configuration("a"))).unwrap();
    assert_eq!(shop.image("a.img"), first);
    shop.assemble(&configuration("b")).unwrap();
    let other = shop.image("a.img");
    assert_ne!(other[440..444], first[440..444]);
    // The disk's GUID, and its first partition's.
    assert_ne!(other[568..584], first[568..584]);
    assert_ne!(other[1040..1056], first[1040..1056]);
}

#[test]
fn what_comes_later_lies_in_holes_zeros_included() {
    let shop = Shop::new();
    shop.file("input/zeros.bin", &[0; 1024]);
    let configuration = "image a.img {
        hdimage { }
        partition loader { in-partition-table = no image = spl.bin holes = {\"(440; 512)\", \"(4k; 5k)\"} }
        partition zeros { in-partition-table = no image = zeros.bin offset = 4k }
        partition root { partition-type = 0x83 size = 1M }
    }";
    shop.assemble(configuration).unwrap();
    let (bytes, loader) = (shop.image("a.img"), pattern(20_000, 3));
    assert_eq!(bytes[..440], loader[..440]);
    assert_eq!(bytes[510..512], [0x55, 0xaa]);
    assert_eq!(bytes[512..4096], loader[512..4096]);
    assert_eq!(bytes[4096..5120], [0; 1024]);
    assert_eq!(bytes[5120..], loader[5120..]);
}

#[test]
fn an_image_may_lose_its_beginning_and_be_filled_up() {
    let shop = Shop::new();
    let configuration = "image a.img {
        hdimage { partition-table-type = none }
        partition a { image = spl.bin imageoffset = 4k size = 32k fill = yes }
    }";
    shop.assemble(configuration).unwrap();
    let bytes = shop.image("a.img");
    assert_eq!(bytes.len(), 32 << 10);
    assert_eq!(bytes[..20_000 - 4096], pattern(20_000, 3)[4096..]);
    assert!(bytes[20_000 - 4096..].iter().all(|byte| *byte == 0));
}

#[test]
fn a_disk_becomes_qcow2_or_stays_raw() {
    let shop = Shop::new();
    let configuration = "
        image a.img { hdimage { fill = yes } partition a { partition-type = 0x83 image = root.bin size = 2M } }
        image a.qcow2 { qemu { } partition a { image = a.img } }
        image two.raw { qemu { format = raw } partition a { image = spl.bin } partition b { image = a.img } }";
    assert_eq!(shop.assemble(configuration).unwrap(), ["a.img", "a.qcow2", "two.raw"]);
    assert_eq!(shop.image("a.qcow2")[..8], *b"QFI\xfb\0\0\0\x03");
    let two = shop.image("two.raw");
    assert_eq!(two[..20_000], pattern(20_000, 3));
    assert_eq!(two[20_480..], shop.image("a.img"), "each begins with a sector");
}
