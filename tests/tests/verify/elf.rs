//! Programs that nobody needs: an ELF file with what its dynamic linker reads, and nothing else.

/// An ELF64 file (System V gABI, chapters 4 and 5) for a machine, with an interpreter and libraries.
pub(crate) fn program(machine: u16, interpreter: &str, needed: &[&str]) -> Vec<u8> {
    let headers = 64 + 3 * 56;
    let mut strings = vec![0];
    let mut dynamic: Vec<u64> = Vec::new();
    for name in needed {
        // DT_NEEDED
        dynamic.extend([1, strings.len() as u64]);
        strings.extend([name.as_bytes(), b"\0"].concat());
    }
    let interp = [interpreter.as_bytes(), b"\0"].concat();
    let strings_at = headers + interp.len();
    let dynamic_at = (strings_at + strings.len()).next_multiple_of(8);
    // DT_STRTAB and DT_STRSZ; an address is an offset here.
    dynamic.extend([5, strings_at as u64, 10, strings.len() as u64, 0, 0]);
    let end = dynamic_at + dynamic.len() * 8;

    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    // ET_EXEC
    file.extend(2_u16.to_le_bytes());
    file.extend(machine.to_le_bytes());
    file.extend(1_u32.to_le_bytes());
    for word in [headers as u64, 64, 0] {
        file.extend(word.to_le_bytes());
    }
    file.extend([0; 4]);
    for half in [64_u16, 56, 3, 0, 0, 0] {
        file.extend(half.to_le_bytes());
    }
    // PT_LOAD, PT_INTERP and PT_DYNAMIC
    for (kind, at, len) in [(1, 0, end), (3, headers, interp.len()), (2, dynamic_at, dynamic.len() * 8)] {
        file.extend([kind, 4_u32].iter().flat_map(|word| word.to_le_bytes()));
        let words = [at, at, at, len, len, 8].map(|word| (word as u64).to_le_bytes());
        file.extend(words.concat());
    }
    file.extend(interp);
    file.extend(strings);
    file.resize(dynamic_at, 0);
    file.extend(dynamic.iter().flat_map(|word| word.to_le_bytes()));
    file
}

/// The same without anything that it needs.
pub(crate) fn library(machine: u16) -> Vec<u8> {
    let mut file = program(machine, "", &[]);
    // The second and the third of the program headers are none: PT_NULL.
    for at in [64 + 56, 64 + 2 * 56] {
        file[at] = 0;
    }
    file
}
