//! What firmware finds, and what is patched after planning.

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
