//! What code runs on.

use target_lexicon::Triple;

/// Everything that follows from an instruction set and a kernel, and nothing about a board.
#[derive(Clone, Debug)]
pub struct Platform {
    /// This project's name for it, `<cpu>-<kernel>`: `aarch64-linux`, `i586-gnu`.
    pub name: &'static str,
    /// The target triple.
    pub triple: Triple,
    /// The GNU triplet that prefixes cross tools: `aarch64-linux-gnu`, `i686-linux-gnu`.
    pub gnu_triplet: &'static str,
    /// Debian's name of library folders, `usr/lib/<multiarch>`. It differs from the GNU triplet
    /// on 32-bit x86, where it keeps `i386` whatever the baseline is: `i386-linux-gnu`.
    pub multiarch: &'static str,
    /// Debian's architecture: `arm64`.
    pub debian_arch: &'static str,
    /// The kernel that the platform's programs call.
    pub kernel: Kernel,
    /// `ARCH=` of a Linux build: `arm64`. None where Linux is not the kernel.
    pub linux_arch: Option<&'static str>,
    /// rustc's `--target`.
    pub rust_target: &'static str,
    /// The absolute path of the dynamic linker, as programs name it in `PT_INTERP`.
    pub dynamic_linker: &'static str,
    /// What the first bytes of its ELF files say.
    pub elf: ElfIdentity,
    /// UEFI's machine type short name: `AA64`, as in `EFI/BOOT/BOOTAA64.EFI`.
    pub efi_suffix: Option<&'static str>,
    /// The QEMU program that emulates a whole machine.
    pub qemu_system: &'static str,
    /// The Debian package that holds `qemu_system`.
    pub qemu_system_package: &'static str,
    /// The QEMU program that runs one foreign process; none where QEMU emulates no such kernel.
    pub qemu_user: Option<&'static str>,
}

/// A kernel that programs are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Linux.
    Linux,
    /// GNU Mach with the Hurd's servers.
    Hurd,
}

/// The fields of an ELF header that name a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElfIdentity {
    /// `e_machine`: 183 is AArch64.
    pub machine: u16,
    /// `EI_CLASS`.
    pub class: Class,
    /// `EI_DATA`.
    pub endian: Endian,
}

/// The width of addresses in an ELF file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `ELFCLASS32`.
    Elf32,
    /// `ELFCLASS64`.
    Elf64,
}

/// Byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endian {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}
