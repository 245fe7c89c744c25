use super::*;

/// A 32-bit ELF program for x86 with one segment, and a header without addresses in it.
pub(crate) fn fixture() -> Vec<u8> {
    let mut bytes = vec![0; 0x200];
    bytes[..7].copy_from_slice(b"\x7fELF\x01\x01\x01");
    bytes[16..20].copy_from_slice(&[2, 0, 3, 0]);
    bytes[20] = 1;
    put(&mut bytes, 24, 0xC100_0100); // e_entry
    put(&mut bytes, 28, 52); // e_phoff
    bytes[40..46].copy_from_slice(&[52, 0, 32, 0, 1, 0]);
    for (at, value) in
        [(0, 1), (4, 0), (8, 0xC100_0000), (12, 0x0100_0000), (16, 0x200), (20, 0x1000), (24, 5), (28, 4)]
    {
        put(&mut bytes, 52 + at, value);
    }
    put_header(&mut bytes, 7);
    bytes
}

/// No ELF: the header says that 0x180 bytes from 0x80 on go to 0x10_0000, and begin 0x10 behind that.
pub(crate) fn fixture_with_addresses() -> Vec<u8> {
    let mut bytes = vec![0; 0x200];
    put_header(&mut bytes, 0x1_0003);
    for (at, value) in [(12, 0x10_0080), (16, 0x10_0000), (20, 0x10_0180), (24, 0x10_0400), (28, 0x10_0010)] {
        put(&mut bytes, 0x100 + at, value);
    }
    bytes
}

fn put(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

fn put_header(bytes: &mut [u8], flags: u32) {
    put(bytes, 0x100, MAGIC);
    put(bytes, 0x104, flags);
    put(bytes, 0x108, 0_u32.wrapping_sub(MAGIC).wrapping_sub(flags));
}

#[test]
fn an_elf_kernel_is_read() {
    let memory = 0x0100_0000..0x0100_1000;
    let kernel = Multiboot { offset: 0x100, flags: 7, memory, entry_address: 0x0100_0100 };
    assert_eq!(parse(&fixture()), Ok(kernel));
}

#[test]
fn a_kernel_may_say_its_addresses_itself() {
    let memory = 0x10_0000..0x10_0400;
    let kernel = Multiboot { offset: 0x100, flags: 0x1_0003, memory, entry_address: 0x10_0010 };
    assert_eq!(parse(&fixture_with_addresses()), Ok(kernel));
}

fn refused(mut bytes: Vec<u8>, change: fn(&mut Vec<u8>)) -> String {
    change(&mut bytes);
    parse(&bytes).unwrap_err().to_string()
}

#[test]
fn each_rule_has_its_error() {
    for (change, message) in [
        (
            (|bytes| bytes[0x108] ^= 1) as fn(&mut Vec<u8>),
            "Multiboot kernel: it has no sound header in its first 8 KiB",
        ),
        (|bytes| put_header(bytes, 9), "Multiboot kernel: flags 0x8 is not supported"),
        (|bytes| bytes[18] = 2, "Multiboot kernel: e_machine is 0x2, but it must be 3, for 32-bit x86"),
        (|bytes| bytes[52] = 2, "ELF: it has no loaded segment"),
        (|bytes| bytes[69] = 3, "ELF: 768 B at 0x0 needed, but it ends at 0x200"),
        (|bytes| bytes[73] = 1, "ELF: p_filesz is 0x200, but it must not be above p_memsz"),
        (
            |bytes| bytes[27] = 0xD1,
            "Multiboot kernel: e_entry is 0xd1000100, but it must lie within what is loaded",
        ),
    ] {
        assert_eq!(refused(fixture(), change), message);
    }
}

#[test]
fn each_address_has_its_rule() {
    for (change, message) in [
        (
            (|bytes| put(bytes, 0x110, 0x10_0081)) as fn(&mut Vec<u8>),
            "load_addr is 0x100081, but it must not be above header_addr, nor before the file",
        ),
        (
            |bytes| put(bytes, 0x10C, 0x10_0101),
            "load_addr is 0x100000, but it must not be above header_addr, nor before the file",
        ),
        (
            |bytes| put(bytes, 0x114, 0x0F_0000),
            "load_end_addr is 0xf0000, but it must not be below load_addr",
        ),
        (|bytes| put(bytes, 0x114, 0x10_0181), "385 B at 0x80 needed, but it ends at 0x200"),
        (
            |bytes| put(bytes, 0x11C, 0x10_0400),
            "entry_addr is 0x100400, but it must lie within what is loaded",
        ),
    ] {
        assert_eq!(refused(fixture_with_addresses(), change), format!("Multiboot kernel: {message}"));
    }
}
