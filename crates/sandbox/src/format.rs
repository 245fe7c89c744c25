//! Which files an interpreter runs, as binfmt_misc has it.

use std::path::PathBuf;

use crate::way::Refusal;
use crate::{Error, chroot_plan, enter};

/// Programs of another machine, and what runs them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// A name that says it in `/proc/sys/fs/binfmt_misc`.
    pub name: String,
    /// The first bytes of such a program.
    pub magic: Vec<u8>,
    /// Which bits of them count; as long as `magic`.
    pub mask: Vec<u8>,
    /// What runs them; it must need nothing else of its own root, so a static program.
    pub interpreter: PathBuf,
}

impl Format {
    /// ELF programs of one machine.
    ///
    /// `wide` and `big` are `EI_CLASS` 2 and `EI_DATA` 2; `machine` is `e_machine` (System V ABI, chapter 4).
    pub fn elf(name: &str, wide: bool, big: bool, machine: u16, interpreter: PathBuf) -> Self {
        // Identification (16 bytes), e_type, e_machine. Any ABI and its version; e_type is 2 for
        // programs at fixed places, 3 for others, and programs differ in their lowest bit alone.
        let mut magic = vec![0x7f, b'E', b'L', b'F', 1 + u8::from(wide), 1 + u8::from(big), 1];
        let mut mask = vec![0xff; 7];
        magic.resize(16, 0);
        mask.resize(16, 0);
        let two = |value: u16| if big { value.to_be_bytes() } else { value.to_le_bytes() };
        magic.extend(two(2));
        mask.extend(two(0xfffe));
        magic.extend(two(machine));
        mask.extend([0xff, 0xff]);
        Self { name: name.to_owned(), magic, mask, interpreter }
    }

    /// Whether interpreters can be registered for a namespace alone (Linux 6.7, with binfmt_misc).
    ///
    /// # Errors
    /// What the kernel refuses.
    pub fn probe() -> Result<(), Error> {
        enter::dry_run(chroot_plan::probe_formats()).map_err(Refusal::into_error)
    }

    /// What to write to `register` (Linux, Documentation/admin-guide/binfmt-misc.rst). The interpreter is
    /// opened at once (F), gets the program's own name (P) and the program itself, open (O), with its
    /// credentials (C).
    pub(crate) fn registration(&self, interpreter: &str) -> Vec<u8> {
        let bytes = |bytes: &[u8]| bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect::<String>();
        format!(":{}:M::{}:{}:{interpreter}:FPOC", self.name, bytes(&self.magic), bytes(&self.mask)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aarch64_program_is_told_from_its_first_bytes() {
        // EM_AARCH64 is 183.
        let format = Format::elf("qemu-aarch64", true, false, 183, "/q".into());
        assert_eq!(
            String::from_utf8(format.registration("/tmp/0")).unwrap(),
            ":qemu-aarch64:M::\\x7f\\x45\\x4c\\x46\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\
             \\x02\\x00\\xb7\\x00:\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\
             \\xfe\\xff\\xff\\xff:/tmp/0:FPOC"
        );
    }
}
