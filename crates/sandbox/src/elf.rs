//! The one thing an ELF file has to tell here: its dynamic linker.

/// `PT_INTERP` of a program header (System V ABI, chapter 5).
const PT_INTERP: u32 = 3;

/// What starts a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Starter {
    /// The kernel alone: a static program.
    Kernel,
    /// The dynamic linker at this path.
    Loader(String),
    /// The interpreter of a script, with at most one argument.
    Script(String, Option<String>),
}

/// What starts the file that begins with `head`, or what is wrong with it.
///
/// `head` has to reach behind the program headers and the name they point to; linkers put both
/// into the first page.
pub(crate) fn starter(head: &[u8]) -> Result<Starter, &'static str> {
    if let Some(line) = head.strip_prefix(b"#!") {
        return script(line);
    }
    if !head.starts_with(b"\x7fELF") {
        return Err("it is neither an ELF file nor a script");
    }
    interp(head).ok_or("its ELF header is damaged")
}

/// As Linux splits the line: the interpreter, then everything else as one argument.
fn script(line: &[u8]) -> Result<Starter, &'static str> {
    let end = line.iter().position(|&byte| byte == b'\n').ok_or("its first line is too long")?;
    let line = std::str::from_utf8(&line[..end]).map_err(|_| "its first line is not UTF-8")?.trim();
    match line.split_once([' ', '\t']) {
        None if line.is_empty() => Err("its first line names no interpreter"),
        None => Ok(Starter::Script(line.to_owned(), None)),
        Some((interpreter, argument)) => {
            Ok(Starter::Script(interpreter.to_owned(), Some(argument.trim().to_owned())))
        }
    }
}

/// None if the file contradicts itself.
fn interp(head: &[u8]) -> Option<Starter> {
    // EI_CLASS: 1 is 32 bits, 2 is 64; EI_DATA: 1 is little-endian, 2 is big.
    let wide = match head.get(4)? {
        1 => false,
        2 => true,
        _ => return None,
    };
    let little = match head.get(5)? {
        1 => true,
        2 => false,
        _ => return None,
    };
    let number = |at: usize, len: usize| -> Option<u64> {
        let bytes = head.get(at..at.checked_add(len)?)?;
        let join = |sum, &byte: &u8| sum << 8 | u64::from(byte);
        Some(if little { bytes.iter().rev().fold(0, join) } else { bytes.iter().fold(0, join) })
    };
    // Offsets of e_phoff, e_phentsize and e_phnum in the file's header, and of p_offset and
    // p_filesz in a program's.
    let (start, size, count) = if wide {
        (number(32, 8)?, number(54, 2)?, number(56, 2)?)
    } else {
        (number(28, 4)?, number(42, 2)?, number(44, 2)?)
    };
    for index in 0..count {
        let header = usize::try_from(start.checked_add(index * size)?).ok()?;
        if number(header, 4)? != u64::from(PT_INTERP) {
            continue;
        }
        let (offset, len) = if wide {
            (number(header.checked_add(8)?, 8)?, number(header.checked_add(32)?, 8)?)
        } else {
            (number(header.checked_add(4)?, 4)?, number(header.checked_add(16)?, 4)?)
        };
        let offset = usize::try_from(offset).ok()?;
        let name = head.get(offset..offset.checked_add(usize::try_from(len).ok()?)?)?;
        return Some(Starter::Loader(std::str::from_utf8(name.strip_suffix(&[0])?).ok()?.to_owned()));
    }
    Some(Starter::Kernel)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 64-bit little-endian file with one program header, which names `/lib/ld.so`.
    fn wide() -> Vec<u8> {
        let mut file = vec![0; 64 + 56];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        file[32] = 64;
        file[54] = 56;
        file[56] = 1;
        file[64] = 3;
        file[64 + 8] = 120;
        file[64 + 32] = 11;
        file.extend(b"/lib/ld.so\0");
        file
    }

    /// The same, 32-bit and big-endian.
    fn narrow() -> Vec<u8> {
        let mut file = vec![0; 52 + 32];
        file[..6].copy_from_slice(b"\x7fELF\x01\x02");
        file[31] = 52;
        file[43] = 32;
        file[45] = 1;
        file[52 + 3] = 3;
        file[52 + 7] = 84;
        file[52 + 19] = 11;
        file.extend(b"/lib/ld.so\0");
        file
    }

    #[test]
    fn the_loader_is_found_in_both_classes_and_byte_orders() {
        for file in [wide(), narrow()] {
            assert_eq!(starter(&file), Ok(Starter::Loader("/lib/ld.so".into())));
        }
    }

    #[test]
    fn a_program_without_interp_is_static() {
        let mut file = wide();
        file[64] = 1;
        assert_eq!(starter(&file), Ok(Starter::Kernel));
    }

    #[test]
    fn an_elf_file_cut_short_is_damaged() {
        let file = wide();
        for len in 4..file.len() {
            assert_eq!(starter(&file[..len]), Err("its ELF header is damaged"), "{len}");
        }
    }

    #[test]
    fn one_changed_field_is_noticed() {
        // EI_CLASS, EI_DATA, e_phoff's top byte, p_offset's, p_filesz.
        for (at, byte) in [(4, 3), (5, 0), (39, 0xff), (79, 0xff), (96, 10), (96, 200)] {
            let mut file = wide();
            file[at] = byte;
            assert_eq!(starter(&file), Err("its ELF header is damaged"), "byte {at}");
        }
    }

    #[test]
    fn scripts_name_their_interpreter() {
        let script = |path: &str, argument: Option<&str>| {
            Ok(Starter::Script(path.to_owned(), argument.map(str::to_owned)))
        };
        assert_eq!(starter(b"#!/bin/sh\n"), script("/bin/sh", None));
        assert_eq!(starter(b"#! /usr/bin/perl -w -T \n#"), script("/usr/bin/perl", Some("-w -T")));
        assert_eq!(starter(b"#!\n"), Err("its first line names no interpreter"));
        assert_eq!(starter(b"#!/bin/sh"), Err("its first line is too long"));
        assert_eq!(starter(b"text"), Err("it is neither an ELF file nor a script"));
    }
}
