//! What a kernel module says of itself.
//!
//! Linux, include/linux/module.h, `MODULE_INFO`: texts in the section `.modinfo`, each with a NUL.
//! Sections: System V ABI (gABI 4.1), chapter 4.

/// The names in a module's `depends=`, `-` as `_`; none if it has no such text, or is no little-endian
/// ELF file with sections. Linux, scripts/mod/modpost.c, `add_depends`: separated by commas.
pub(crate) fn depends(bytes: &[u8]) -> Option<Vec<String>> {
    let texts = section(bytes, b".modinfo")?;
    let mut texts = texts.split(|&byte| byte == 0);
    let names = texts.find_map(|text| text.strip_prefix(b"depends="))?;
    let names = String::from_utf8_lossy(names).replace('-', "_");
    Some(names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

/// The contents of the section of that name.
fn section<'a>(bytes: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    let wide = match bytes.get(..6)? {
        [0x7F, b'E', b'L', b'F', 1, 1] => false,
        [0x7F, b'E', b'L', b'F', 2, 1] => true,
        _ => return None,
    };
    let number = |at: usize, len: usize| {
        let field = bytes.get(at..at.checked_add(len)?)?;
        let number = field.iter().rev().fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
        usize::try_from(number).ok()
    };
    // e_shoff, e_shentsize, e_shnum and e_shstrndx.
    let (table, fields) = if wide { (number(40, 8)?, 58) } else { (number(32, 4)?, 46) };
    let (len, count, names) = (number(fields, 2)?, number(fields + 2, 2)?, number(fields + 4, 2)?);
    let header = |index: usize| table.checked_add(index.checked_mul(len)?);
    // sh_offset and sh_size.
    let contents = |index: usize| {
        let header = header(index)?;
        let (at, size) = match wide {
            true => (number(header.checked_add(24)?, 8)?, number(header.checked_add(32)?, 8)?),
            false => (number(header.checked_add(16)?, 4)?, number(header.checked_add(20)?, 4)?),
        };
        bytes.get(at..at.checked_add(size)?)
    };
    let names = contents(names)?;
    let named = |index: &usize| {
        let name = header(*index).and_then(|at| number(at, 4)).and_then(|at| names.get(at..));
        name.and_then(|name| name.strip_prefix(wanted)).is_some_and(|rest| rest.first() == Some(&0))
    };
    contents((0..count).find(named)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{elf_header, module};

    #[test]
    fn a_module_says_what_it_depends_on() {
        let names = |text: &str| depends(&module(183, text)).unwrap();
        assert_eq!(names("mmc-core,cqhci"), ["mmc_core", "cqhci"]);
        assert!(names("").is_empty());
        assert_eq!(depends(&elf_header(183, 1)), None);
        assert_eq!(depends(b"no ELF"), None);
    }

    #[test]
    fn no_truncation_or_flip_panics() {
        let bytes = module(183, "one");
        for at in 0..bytes.len() {
            let _ = depends(&bytes[..at]);
            for value in [0, 0x80, 0xFF] {
                let mut flipped = bytes.clone();
                flipped[at] ^= value;
                let _ = depends(&flipped);
            }
        }
    }
}
