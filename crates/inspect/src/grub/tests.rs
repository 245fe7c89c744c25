use super::*;

/// A boot sector for a core image at sector 1.
pub(crate) fn boot_fixture() -> Vec<u8> {
    let mut bytes = vec![0; 512];
    bytes[..2].copy_from_slice(&[0xEB, 0x63]);
    bytes[0x5A..0x5C].copy_from_slice(&KERNEL_ADDRESS.to_le_bytes());
    bytes[0x5C] = 1;
    bytes[0x64] = 0xFF;
    bytes[0x180..0x180 + NAME.len()].copy_from_slice(NAME);
    bytes[510..].copy_from_slice(&[0x55, 0xAA]);
    bytes
}

/// A core image in two pieces of 8 and 1 sectors.
pub(crate) fn core_fixture() -> Vec<u8> {
    let mut bytes = vec![0; 10 * 512];
    put_block(&mut bytes, 0, 2, 8, 0x820);
    put_block(&mut bytes, 1, 100, 1, 0x920);
    bytes[512] = 0xEA;
    bytes[520..524].copy_from_slice(&0x400_u32.to_le_bytes());
    bytes[524..528].copy_from_slice(&0x900_u32.to_le_bytes());
    bytes[528..532].copy_from_slice(&0x100_u32.to_le_bytes());
    bytes[532..536].copy_from_slice(&0x768_u32.to_le_bytes());
    bytes
}

fn put_block(bytes: &mut [u8], index: usize, start: u64, sectors: u16, segment: u16) {
    let at = 500 - 12 * index;
    bytes[at..at + 8].copy_from_slice(&start.to_le_bytes());
    bytes[at + 8..at + 10].copy_from_slice(&sectors.to_le_bytes());
    bytes[at + 10..at + 12].copy_from_slice(&segment.to_le_bytes());
}

#[test]
fn the_boot_sector_is_read() {
    assert_eq!(boot_sector(&boot_fixture()), Ok(BootSector { core_lba: 1, boot_drive: 0xFF }));
}

#[test]
fn the_boot_sector_has_rules() {
    for (at, value, message) in [
        (511, 0, "bytes at 0x1fe are 55 00, not 55 aa"),
        (0x180, b'L', "it has no text `GRUB`"),
        (0, 0xFA, "first byte is 0xfa, but it must be a jump"),
        (0x5B, 0, "kernel_address is 0x0, but it must be 0x8000"),
        (0x5C, 0, "kernel_sector is 0x0, but it must lie behind the boot sector"),
    ] {
        let mut bytes = boot_fixture();
        bytes[at] = value;
        assert_eq!(boot_sector(&bytes).unwrap_err().to_string(), format!("GRUB boot sector: {message}"));
    }
}

#[test]
fn the_block_list_grows_downwards() {
    let blocks = [
        Block { start_lba: 2, sectors: 8, segment: 0x820 },
        Block { start_lba: 100, sectors: 1, segment: 0x920 },
    ];
    assert_eq!(block_list(&core_fixture()).unwrap(), blocks);
}

#[test]
fn the_block_list_has_rules() {
    for (change, message) in [
        ((|bytes| put_block(bytes, 0, 2, 0, 0x820)) as fn(&mut Vec<u8>), "it has no block list"),
        (
            |bytes| put_block(bytes, 1, 0, 1, 0x920),
            "start of a block is 0x0, but it must lie behind the boot sector",
        ),
        (
            |bytes| put_block(bytes, 1, 100, 1, 0x940),
            "segment of a block is 0x940, but it must follow the block before, the first being 0x820",
        ),
        (
            |bytes| put_block(bytes, 1, 100, 0x4B8, 0x920),
            "end in memory is 0xa0200, but it must not be above 0xa0000",
        ),
        (
            |bytes| (0..15).for_each(|index| put_block(bytes, index, 2, 1, 0x820 + 0x20 * index as u16)),
            "it has more than 14 entries in its block list",
        ),
        (|bytes| bytes.truncate(511), "512 B at 0x0 needed, but it ends at 0x1ff"),
    ] {
        let mut bytes = core_fixture();
        change(&mut bytes);
        assert_eq!(block_list(&bytes).unwrap_err().to_string(), format!("GRUB core image: {message}"));
    }
}

#[test]
fn the_core_image_holds_its_compressed_part() {
    let core = Core { compressed: Bytes(0x400), uncompressed: Bytes(0x900), redundancy: Bytes(0x100) };
    assert_eq!(super::core(&core_fixture()), Ok(core));
    for (at, value, message) in [
        (512, 0, "bytes at 0x200 are 00, not ea"),
        (521, 0, "compressed_size is 0x0, but it must be less than uncompressed_size, and not nothing"),
        (521, 10, "compressed_size is 0xa00, but it must be less than uncompressed_size, and not nothing"),
        (533, 15, "no_reed_solomon_length is 0xf68, but it must lie in the unpacking program"),
        (529, 0x80, "34.9 KiB (35688 B) at 0x200 needed, but it ends at 0x1400"),
    ] {
        let mut bytes = core_fixture();
        bytes[at] = value;
        assert_eq!(super::core(&bytes).unwrap_err().to_string(), format!("GRUB core image: {message}"));
    }
}
