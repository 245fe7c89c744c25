//! Fixtures, made by code.

/// A cpio archive of names, modes and contents, with its trailer.
pub(crate) fn cpio(files: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let end: (&str, u32, &[u8]) = ("TRAILER!!!", 0, b"");
    for (inode, (name, mode, contents)) in (1_u32..).zip(files.iter().chain([&end])) {
        let fields = [inode, *mode, 0, 0, 1, 0, contents.len() as u32, 0, 0, 0, 0, name.len() as u32 + 1, 0];
        bytes.extend(b"070701");
        for field in fields {
            bytes.extend(format!("{field:08X}").into_bytes());
        }
        bytes.extend(name.as_bytes());
        bytes.push(0);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(*contents);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

/// A 64-bit little-endian program (`ET_EXEC`) with an interpreter and a dynamic section.
pub(crate) fn elf_program(machine: u16, interpreter: Option<&str>, needed: &[&str]) -> Vec<u8> {
    let mut bytes = elf_header(machine, 2);
    let mut strings = vec![0];
    let mut dynamic: Vec<u64> = Vec::new();
    for name in needed {
        dynamic.extend([1, strings.len() as u64]);
        strings.extend(name.as_bytes());
        strings.push(0);
    }
    let interp_at = 64 + 3 * 56;
    let interp = interpreter.map(|path| [path.as_bytes(), b"\0"].concat()).unwrap_or_default();
    let strings_at = interp_at + interp.len();
    let dynamic_at = (strings_at + strings.len()).next_multiple_of(8);
    // DT_STRTAB, DT_STRSZ, DT_NULL; addresses are offsets.
    dynamic.extend([5, strings_at as u64, 10, strings.len() as u64, 0, 0]);
    let end = dynamic_at + dynamic.len() * 8;
    let mut segment = |kind: u32, at: usize, len: usize| {
        bytes.extend(kind.to_le_bytes());
        bytes.extend([0; 4]);
        for value in [at, at, at, len, len, 1] {
            bytes.extend((value as u64).to_le_bytes());
        }
    };
    segment(1, 0, end);
    segment(if interpreter.is_some() { 3 } else { 0 }, interp_at, interp.len());
    segment(if needed.is_empty() { 0 } else { 2 }, dynamic_at, dynamic.len() * 8);
    bytes.extend(interp);
    bytes.extend(strings);
    bytes.resize(dynamic_at, 0);
    bytes.extend(dynamic.iter().flat_map(|word| word.to_le_bytes()));
    bytes[56] = 3;
    bytes
}

/// The header of an ELF file of a type, with its program headers right behind it.
pub(crate) fn elf_header(machine: u16, kind: u16) -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    bytes[16..18].copy_from_slice(&kind.to_le_bytes());
    bytes[18..20].copy_from_slice(&machine.to_le_bytes());
    bytes[20] = 1;
    bytes[32] = 64;
    bytes[52] = 64;
    bytes[54] = 56;
    bytes
}
