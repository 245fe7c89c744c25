use bringup_platforms::{AARCH64_LINUX, ARMV7_LINUX};

use super::*;

/// Where the parts of the fixture lie; addresses are offsets plus `BASE`.
const BASE: u64 = 0x40_0000;
const INTERPRETER: usize = 0x200;
const STRINGS: usize = 0x280;
const DYNAMIC: usize = 0x300;
const LEN: usize = 0x400;

const STRING_TABLE: &[u8] = b"\0libc.so.6\0libm.so.6\0libx.so.1\0/opt/lib:$ORIGIN\0";

fn put(bytes: &mut [u8], offset: usize, value: &[u8]) {
    bytes[offset..offset + value.len()].copy_from_slice(value);
}

/// A 64-bit AArch64 program with an interpreter and a dynamic section.
pub(crate) fn fixture() -> Vec<u8> {
    let mut bytes = vec![0; LEN];
    put(&mut bytes, 0, b"\x7fELF\x02\x01\x01");
    put(&mut bytes, 16, &3_u16.to_le_bytes());
    put(&mut bytes, 18, &183_u16.to_le_bytes());
    put(&mut bytes, 20, &1_u32.to_le_bytes());
    put(&mut bytes, 32, &64_u64.to_le_bytes());
    put(&mut bytes, 52, &64_u16.to_le_bytes());
    put(&mut bytes, 54, &56_u16.to_le_bytes());
    put(&mut bytes, 56, &3_u16.to_le_bytes());
    let interpreter = b"/lib/ld-linux-aarch64.so.1\0";
    let segments = [(1_u32, 0, LEN), (3, INTERPRETER, interpreter.len()), (2, DYNAMIC, 8 * 16)];
    for (index, (kind, offset, len)) in segments.into_iter().enumerate() {
        let at = 64 + index * 56;
        put(&mut bytes, at, &kind.to_le_bytes());
        put(&mut bytes, at + 8, &(offset as u64).to_le_bytes());
        put(&mut bytes, at + 16, &(BASE + offset as u64).to_le_bytes());
        put(&mut bytes, at + 32, &(len as u64).to_le_bytes());
        put(&mut bytes, at + 40, &(len as u64).to_le_bytes());
    }
    put(&mut bytes, INTERPRETER, interpreter);
    put(&mut bytes, STRINGS, STRING_TABLE);
    let entries = [
        (1, 1),
        (1, 11),
        (14, 21),
        (29, 31),
        (5, BASE + STRINGS as u64),
        (10, STRING_TABLE.len() as u64),
        (0, 0),
        // Behind the end: must not be seen.
        (1, 21),
    ];
    for (index, (tag, value)) in entries.into_iter().enumerate() {
        put(&mut bytes, DYNAMIC + index * 16, &u64::to_le_bytes(tag));
        put(&mut bytes, DYNAMIC + index * 16 + 8, &value.to_le_bytes());
    }
    bytes
}

fn refused(change: fn(&mut Vec<u8>)) -> Error {
    let mut bytes = fixture();
    change(&mut bytes);
    parse(&bytes).unwrap_err()
}

#[test]
fn a_program_says_what_it_needs() {
    let elf = parse(&fixture()).unwrap();
    assert_eq!(
        elf,
        Elf {
            identity: AARCH64_LINUX.elf,
            kind: 3,
            interpreter: Some(AARCH64_LINUX.dynamic_linker.to_owned()),
            soname: Some("libx.so.1".to_owned()),
            needed: vec!["libc.so.6".to_owned(), "libm.so.6".to_owned()],
            library_paths: vec!["/opt/lib".to_owned(), "$ORIGIN".to_owned()],
        }
    );
}

#[test]
fn it_may_lie_at_any_address_in_memory() {
    let mut shifted = vec![0];
    shifted.extend(fixture());
    assert_eq!(parse(&shifted[1..]), parse(&fixture()));
}

#[test]
fn a_program_without_segments_is_static() {
    let mut bytes = fixture();
    put(&mut bytes, 56, &0_u16.to_le_bytes());
    let elf = parse(&bytes).unwrap();
    assert_eq!((elf.interpreter, elf.needed), (None, vec![]));
}

#[test]
fn a_run_path_hides_an_rpath() {
    let mut bytes = fixture();
    // DT_SONAME becomes DT_RPATH.
    bytes[DYNAMIC + 2 * 16] = 15;
    assert_eq!(parse(&bytes).unwrap().library_paths, ["/opt/lib", "$ORIGIN"]);
    // And DT_RUNPATH goes (DT_DEBUG means nothing here).
    bytes[DYNAMIC + 3 * 16] = 21;
    assert_eq!(parse(&bytes).unwrap().library_paths, ["libx.so.1"]);
}

#[test]
fn another_processor_is_refused() {
    let elf = parse(&fixture()).unwrap();
    assert_eq!(elf.check(&AARCH64_LINUX), Ok(()));
    assert_eq!(
        elf.check(&ARMV7_LINUX).unwrap_err().to_string(),
        "ELF is for 64-bit little-endian machine 183, but `armv7-linux` needs 32-bit little-endian machine 40"
    );
}

#[test]
fn the_magic_number_is_at_0() {
    assert_eq!(
        refused(|bytes| bytes[3] = b'G').to_string(),
        "ELF: bytes at 0x0 are 7f 45 4c 47, not 7f 45 4c 46"
    );
}

#[test]
fn strings_must_be_loaded() {
    assert_eq!(
        refused(|bytes| put(bytes, DYNAMIC + 4 * 16 + 8, &0x10_u64.to_le_bytes())).to_string(),
        "ELF: DT_STRTAB is 0x10, but it must lie in a loaded segment, with all of DT_STRSZ"
    );
}

#[test]
fn a_name_must_end_inside_the_strings() {
    let error = refused(|bytes| put(bytes, DYNAMIC + 8, &0xFFFF_u64.to_le_bytes()));
    assert_eq!(error.to_string(), "ELF: DT_NEEDED at 0xffff is not a string");
}

#[test]
fn program_headers_must_lie_in_the_file() {
    let error = refused(|bytes| put(bytes, 32, &0x10_0000_u64.to_le_bytes()));
    assert_eq!(error.to_string(), "ELF: its program headers cannot be read");
}

#[test]
fn no_truncation_panics() {
    let bytes = fixture();
    for len in 0..bytes.len() {
        assert!(parse(&bytes[..len]).is_err(), "{len}");
    }
}
