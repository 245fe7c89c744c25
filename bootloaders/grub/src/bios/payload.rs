//! What is compressed: the kernel, and behind it the objects it finds in memory.
//!
//! GRUB, include/grub/kernel.h: `grub_module_info32`, then objects, each a `grub_module_header`
//! with its contents, in steps of 4 bytes. All numbers are little endian.

use std::borrow::Cow;

use bringup_spec::Bytes;

use super::kernel;
use crate::Error;

/// The most that is decompressed: from 1 MiB (GRUB, include/grub/i386/pc/memory.h,
/// `GRUB_MEMORY_MACHINE_DECOMPRESSION_ADDR`) to the hole that a PC's memory can have at 15 MiB.
const MAX: Bytes = Bytes::mib(14);

/// `GRUB_MODULE_MAGIC`: "mimg" as it lies in memory.
const MAGIC: u32 = 0x676d_696d;

/// Bytes in `grub_module_info32`: magic, offset of the first object, length of it all.
const INFO_LEN: u32 = 12;

/// Bytes in `grub_module_header`: type, length with this header.
const HEADER_LEN: usize = 8;

/// The types of objects used here, from the enumeration in that header.
const OBJ_TYPE_ELF: u32 = 0;
const OBJ_TYPE_CONFIG: u32 = 2;
const OBJ_TYPE_PREFIX: u32 = 3;

/// The kernel of `kernel_img` with `modules`, `config` and `prefix` behind it.
pub(super) fn payload(
    kernel_img: &[u8],
    modules: &[Cow<'_, [u8]>],
    config: Option<&str>,
    prefix: &str,
) -> Result<Vec<u8>, Error> {
    let mut objects = Vec::new();
    for module in modules {
        object(&mut objects, OBJ_TYPE_ELF, module);
    }
    if let Some(config) = config {
        object(&mut objects, OBJ_TYPE_CONFIG, &c_string("the embedded configuration", config)?);
    }
    object(&mut objects, OBJ_TYPE_PREFIX, &c_string("the prefix", prefix)?);

    let mut payload = kernel::memory(kernel_img)?;
    let len = Bytes((payload.len() + INFO_LEN as usize + objects.len()) as u64);
    if len > MAX {
        return Err(Error::TooLarge { what: "GRUB's kernel with its modules", len, max: MAX });
    }
    let len = INFO_LEN + objects.len() as u32;
    for word in [MAGIC, INFO_LEN, len] {
        payload.extend(word.to_le_bytes());
    }
    payload.extend(objects);
    Ok(payload)
}

fn object(objects: &mut Vec<u8>, kind: u32, contents: &[u8]) {
    let len = contents.len().next_multiple_of(4);
    objects.extend(kind.to_le_bytes());
    objects.extend(((HEADER_LEN + len) as u32).to_le_bytes());
    objects.extend(contents);
    objects.resize(objects.len() + len - contents.len(), 0);
}

fn c_string(what: &'static str, text: &str) -> Result<Vec<u8>, Error> {
    if text.contains('\0') {
        return Err(Error::Nul { what, text: text.to_owned() });
    }
    Ok([text.as_bytes(), b"\0"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn objects_follow_the_kernel_in_steps_of_four_bytes() {
        let kernel = kernel::tests::valid(b"kernel");
        let modules = [Cow::Borrowed(&b"first"[..]), Cow::Borrowed(b"next")];
        let expected = [
            b"kernel".to_vec(),
            words(&[0x676d_696d, 12, 12 + 16 + 12 + 12 + 12]),
            words(&[0, 16]),
            b"first\0\0\0".to_vec(),
            words(&[0, 12]),
            b"next".to_vec(),
            words(&[2, 12]),
            b"ls\n\0".to_vec(),
            words(&[3, 12]),
            b"/g\0\0".to_vec(),
        ];
        assert_eq!(payload(&kernel, &modules, Some("ls\n"), "/g").unwrap(), expected.concat());
    }

    #[test]
    fn without_a_configuration_there_is_no_such_object() {
        let kernel = kernel::tests::valid(b"kernel");
        let expected = [b"kernel".to_vec(), words(&[0x676d_696d, 12, 24, 3, 12]), b"/g\0\0".to_vec()];
        assert_eq!(payload(&kernel, &[], None, "/g").unwrap(), expected.concat());
    }

    #[test]
    fn it_fits_below_the_memory_hole() {
        let kernel = kernel::tests::valid(b"kern");
        // 4 bytes of kernel, 12 of information, 8 of the module's header, 12 of the prefix.
        let module = vec![0; (14 << 20) - 36];
        let of = |module| payload(&kernel, &[Cow::Owned(module)], None, "/g");
        assert_eq!(of(module.clone()).unwrap().len(), 14 << 20);
        assert_eq!(
            of([module, vec![0]].concat()).unwrap_err().to_string(),
            "GRUB's kernel with its modules is 14.0 MiB (14680068 B), but GRUB has 14 MiB for it\n\
             help: ask for fewer modules"
        );
    }

    #[test]
    fn texts_hold_no_nul() {
        let kernel = kernel::tests::valid(b"kernel");
        let refused = |config, prefix| payload(&kernel, &[], Some(config), prefix).unwrap_err().to_string();
        assert_eq!(refused("a\0", "/g"), r"the embedded configuration `a\0` holds a NUL");
        assert_eq!(refused("a", "/g\0"), r"the prefix `/g\0` holds a NUL");
    }
}
