//! What firmware and old readers find, and what is patched after planning.

use std::io::Cursor;

use super::*;

#[test]
fn the_catalog_leads_to_both_images() {
    let iso = with(|_, _| {}).unwrap();
    let image = written(&iso);
    assert_eq!(&image[0x8800..0x8800 + 30], b"\0CD001\x01EL TORITO SPECIFICATION");
    let catalog = &image[word(&image, 0x8847) as usize * 2048..][..2048];
    let block = |path: &str| iso.extent(path).unwrap().block();
    assert_eq!((word(catalog, 40), catalog[38]), (block("boot/grub/cd.img"), 4));
    assert_eq!((word(catalog, 104), catalog[102]), (block("efi.img"), 8));
    assert_eq!(image[0x9001..0x9006], *b"CD001");
}

#[test]
fn the_gpt_crate_finds_the_efi_image_last() {
    let mut iso = with(|_, _| {}).unwrap();
    iso.set_boot_code(&[0xfa; 440]).unwrap();
    let image = written(&iso);
    assert_eq!((&image[..440], &image[510..512]), (&[0xfa; 440][..], &[0x55, 0xaa][..]));
    let lba = gpt::disk::LogicalBlockSize::Lb512;
    let disk =
        gpt::GptConfig::new().logical_block_size(lba).open_from_device(Cursor::new(image.clone())).unwrap();
    let efi = iso.extent("efi.img").unwrap();
    assert!(efi.offset > iso.extent("zz").unwrap().offset);
    let partition = &disk.partitions()[&2];
    assert_eq!(partition.part_type_guid, gpt::partition_types::EFI);
    assert_eq!(partition.bytes_start(lba).unwrap(), efi.offset.0);
    assert_eq!(partition.bytes_len(lba).unwrap(), 4096);
    assert_eq!(disk.partitions()[&1].last_lba + 1, partition.first_lba);
    // The second copy alone will do.
    let mut damaged = image.clone();
    damaged[512] = 0;
    let copy = gpt::GptConfig::new().logical_block_size(lba).open_from_device(Cursor::new(damaged)).unwrap();
    assert_eq!(copy.partitions(), disk.partitions());
}

#[test]
fn contents_of_the_same_length_can_be_replaced() {
    let mut iso = with(|_, _| {}).unwrap();
    iso.replace("boot/linux", Content::bytes("Kernel")).unwrap();
    let at = iso.extent("boot/vmlinuz").unwrap().offset.0 as usize;
    assert_eq!(&written(&iso)[at..at + 6], b"Kernel");
    assert_eq!(
        iso.replace("boot/linux", Content::bytes("Kernels")).unwrap_err().to_string(),
        "`boot/linux` was planned with 6 B, and cannot become 7 B"
    );
    let error = iso.replace("boot", Content::bytes("")).unwrap_err();
    assert_eq!(error.to_string(), "file `boot` is missing, not a file with contents");
    let error = iso.set_boot_code(&[0; 441]).unwrap_err();
    assert_eq!(error.to_string(), "the boot code is 441 B, but 440 B are in front of the partition table");
}

#[test]
fn the_path_tables_number_parents_in_both_byte_orders() {
    let image = written(&with(|tree, _| put(tree, "a/b/c", file(""))).unwrap());
    let [little, big] =
        [word(&image, 0x8000 + 140), u32::from_be_bytes(image[0x8094..0x8098].try_into().unwrap())];
    let mut table = Vec::new();
    let mut at = little as usize * 2048;
    let mut other = big as usize * 2048;
    for _ in 0..5 {
        let len = usize::from(image[at]);
        let parent = u16::from_le_bytes([image[at + 6], image[at + 7]]);
        assert_eq!(word(&image, at + 2), u32::from_be_bytes(image[other + 2..other + 6].try_into().unwrap()));
        assert_eq!(parent, u16::from_be_bytes([image[other + 6], image[other + 7]]));
        table.push((image[at + 8..at + 8 + len].to_vec(), parent));
        at += (8 + len).next_multiple_of(2);
        other += (8 + len).next_multiple_of(2);
    }
    let expected = [(&b"\0"[..], 1), (b"A", 1), (b"BOOT", 1), (b"B", 2), (b"GRUB", 3)];
    assert_eq!(table, expected.map(|(name, parent)| (name.to_vec(), parent)));
}
