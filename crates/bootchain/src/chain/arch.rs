//! Which processor the files of an image are for.

use bringup_inspect::Blob;
use bringup_inspect::elf::Elf;
use bringup_spec::{Class, ElfIdentity, Endian, Platform};

/// What programs must be made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arch {
    pub(crate) elf: ElfIdentity,
}

const fn little(machine: u16, class: Class) -> Arch {
    Arch { elf: ElfIdentity { machine, class, endian: Endian::Little } }
}

// `e_machine`: the registry of the ELF gABI.
const X86: Arch = little(3, Class::Elf32);
const ARM: Arch = little(40, Class::Elf32);
const X86_64: Arch = little(62, Class::Elf64);
const AARCH64: Arch = little(183, Class::Elf64);
const RISCV64: Arch = little(243, Class::Elf64);

impl Arch {
    pub(crate) fn of(platform: &Platform) -> Self {
        Self { elf: platform.elf }
    }

    /// What a kernel runs.
    pub(crate) fn of_kernel(kernel: &Blob) -> Option<Self> {
        Some(match kernel {
            Blob::Arm64Image(_) => AARCH64,
            Blob::ZImage(_) => ARM,
            Blob::RiscvImage(_) => RISCV64,
            Blob::BzImage(image) if image.is_64_bit => X86_64,
            Blob::BzImage(_) => X86,
            Blob::Pe(pe) => return pe.machine.efi_suffix().and_then(Self::of_suffix),
            Blob::Zboot(zboot) => return zboot.machine.efi_suffix().and_then(Self::of_suffix),
            _ => return None,
        })
    }

    /// What UEFI's short name of a processor means.
    pub(crate) fn of_suffix(suffix: &str) -> Option<Self> {
        Some(match suffix {
            "IA32" => X86,
            "ARM" => ARM,
            "X64" => X86_64,
            "AA64" => AARCH64,
            "RISCV64" => RISCV64,
            _ => return None,
        })
    }

    /// Whether its kernels run a program of that identity: its own, and the 32-bit ones that its
    /// processors run beside them.
    pub(crate) fn runs(self, found: ElfIdentity) -> bool {
        found == self.elf || self == X86_64 && found == X86.elf || self == AARCH64 && found == ARM.elf
    }

    /// Debian's folder names for libraries of that identity.
    pub(crate) fn multiarch(identity: ElfIdentity) -> &'static [&'static str] {
        match identity.machine {
            3 => &["i386-linux-gnu", "i386-gnu"],
            40 => &["arm-linux-gnueabihf", "arm-linux-gnueabi"],
            62 => &["x86_64-linux-gnu"],
            183 => &["aarch64-linux-gnu"],
            243 => &["riscv64-linux-gnu"],
            _ => &[],
        }
    }
}

/// "AArch64 (machine 183)".
pub(crate) fn processor(identity: ElfIdentity) -> String {
    let name = match identity.machine {
        3 => "x86",
        40 => "ARM",
        62 => "x86-64",
        183 => "AArch64",
        243 if identity.class == Class::Elf64 => "RISC-V 64",
        _ => return format!("machine {}", identity.machine),
    };
    format!("{name} (machine {})", identity.machine)
}

/// What is wrong with an ELF file's identity, both named.
pub(crate) fn mismatch(arch: Option<Arch>, elf: &Elf) -> Option<String> {
    let arch = arch?;
    let wrong = !arch.runs(elf.identity);
    wrong.then(|| format!("is for {}, not {}", processor(elf.identity), processor(arch.elf)))
}
