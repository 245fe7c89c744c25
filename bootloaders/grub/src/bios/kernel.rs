//! `kernel.img`: an ELF program, whose bytes are taken as they lie in memory.
//!
//! ELF: System V ABI, chapters 4 and 5, with 32-bit offsets.

use super::number;
use crate::Error;

/// Where the kernel is linked. GRUB, include/grub/offsets.h, `GRUB_KERNEL_I386_PC_LINK_ADDR`.
pub(super) const LINK_ADDRESS: u64 = 0x9000;

/// Where it must have ended, its zeroed data included. GRUB, util/mkimage.c, "kernel image is too big".
const END_OF_MEMORY: u64 = 0x68000;

const ELF_HEADER_LEN: usize = 52;
const PROGRAM_HEADER_LEN: usize = 32;
const PT_LOAD: u64 = 1;

/// The kernel's bytes from [`LINK_ADDRESS`] up to its zeroed data: modules follow where it ends.
///
/// GRUB, grub-core/kern/i386/pc/init.c looks for them at `_edata - _start`.
pub(super) fn memory(kernel_img: &[u8]) -> Result<Vec<u8>, Error> {
    let bad = |reason| Error::BadKernel { reason };
    if kernel_img.len() < ELF_HEADER_LEN {
        return Err(bad("is too short for an ELF header"));
    }
    // Magic, 32 bits, little endian, version 1.
    if kernel_img[..7] != *b"\x7fELF\x01\x01\x01" {
        return Err(bad("is no 32-bit little-endian ELF file"));
    }
    // e_type EXEC, e_machine 386.
    if number(kernel_img, 16, 2) != 2 || number(kernel_img, 18, 2) != 3 {
        return Err(bad("is no i386 program"));
    }
    if number(kernel_img, 24, 4) != LINK_ADDRESS {
        return Err(bad("does not start at 0x9000"));
    }
    let headers = number(kernel_img, 28, 4) as usize;
    let len = number(kernel_img, 42, 2) as usize;
    let count = number(kernel_img, 44, 2) as usize;
    if len != PROGRAM_HEADER_LEN {
        return Err(bad("has program headers of an unknown length"));
    }
    let headers = part(kernel_img, headers, len * count).ok_or(bad("ends within its program headers"))?;
    let mut memory = Vec::new();
    for header in headers.chunks_exact(PROGRAM_HEADER_LEN) {
        let [kind, offset, address, _, file_len, memory_len] =
            [0, 4, 8, 12, 16, 20].map(|field| number(header, field, 4));
        if kind != PT_LOAD {
            continue;
        }
        let in_file =
            part(kernel_img, offset as usize, file_len as usize).ok_or(bad("ends within a segment"))?;
        if address < LINK_ADDRESS || address + memory_len.max(file_len) > END_OF_MEMORY {
            return Err(bad("has a segment outside of 0x9000 to 0x68000"));
        }
        let start = (address - LINK_ADDRESS) as usize;
        let end = start + in_file.len();
        memory.resize(memory.len().max(end), 0);
        memory[start..end].copy_from_slice(in_file);
    }
    if memory.is_empty() { Err(bad("has nothing to load")) } else { Ok(memory) }
}

fn part(bytes: &[u8], start: usize, len: usize) -> Option<&[u8]> {
    bytes.get(start..start.checked_add(len)?)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A program of one segment: `code` at 0x9000 with 16 zero bytes behind it in memory.
    pub(in crate::bios) fn valid(code: &[u8]) -> Vec<u8> {
        let mut image = b"\x7fELF\x01\x01\x01".to_vec();
        image.resize(16, 0);
        let len = code.len() as u32;
        for half in [2u16, 3] {
            image.extend(half.to_le_bytes());
        }
        // Version, entry, program headers, section headers, flags.
        for word in [1u32, 0x9000, 52, 0, 0] {
            image.extend(word.to_le_bytes());
        }
        for half in [52u16, 32, 1, 0, 0, 0] {
            image.extend(half.to_le_bytes());
        }
        for word in [1u32, 84, 0x9000, 0x9000, len, len + 16, 7, 32] {
            image.extend(word.to_le_bytes());
        }
        image.extend(code);
        image
    }

    /// The reason for refusing the valid program with one change.
    fn refused(change: fn(&mut Vec<u8>)) -> &'static str {
        let mut image = valid(b"code");
        change(&mut image);
        let Error::BadKernel { reason } = memory(&image).unwrap_err() else { panic!("another error") };
        reason
    }

    #[test]
    fn the_file_part_is_taken_without_the_zeroed_data() {
        assert_eq!(memory(&valid(b"code")).unwrap(), b"code");
    }

    #[test]
    fn a_segment_goes_where_its_address_says() {
        let mut image = valid(b"code");
        image[60..64].copy_from_slice(&0x9003u32.to_le_bytes());
        assert_eq!(memory(&image).unwrap(), b"\0\0\0code");
    }

    #[test]
    fn another_program_is_refused() {
        assert_eq!(refused(|image| image.truncate(51)), "is too short for an ELF header");
        assert_eq!(refused(|image| image[4] = 2), "is no 32-bit little-endian ELF file");
        assert_eq!(refused(|image| image[16] = 1), "is no i386 program");
        assert_eq!(refused(|image| image[18] = 62), "is no i386 program");
        assert_eq!(refused(|image| image[25] = 0x82), "does not start at 0x9000");
        assert_eq!(refused(|image| image[42] = 56), "has program headers of an unknown length");
    }

    #[test]
    fn nothing_is_read_past_the_end() {
        assert_eq!(refused(|image| image[44] = 200), "ends within its program headers");
        assert_eq!(refused(|image| image[28..32].fill(0xff)), "ends within its program headers");
        assert_eq!(refused(|image| image.truncate(87)), "ends within a segment");
        assert_eq!(refused(|image| image[56..60].fill(0xff)), "ends within a segment");
    }

    #[test]
    fn the_kernel_stays_in_its_memory() {
        let outside = "has a segment outside of 0x9000 to 0x68000";
        assert_eq!(refused(|image| image[60..64].copy_from_slice(&0x8fffu32.to_le_bytes())), outside);
        assert_eq!(refused(|image| image[72..76].fill(0xff)), outside);
    }

    #[test]
    fn a_program_without_segments_is_refused() {
        assert_eq!(refused(|image| image[52] = 4), "has nothing to load");
    }
}
