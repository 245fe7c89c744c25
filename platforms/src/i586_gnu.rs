use bringup_spec::{Class, ElfIdentity, Endian, Kernel, Platform};
use target_lexicon::{
    Architecture, BinaryFormat, Environment, OperatingSystem, Triple, Vendor, X86_32Architecture,
};

/// 32-bit x86 with GNU Mach and the Hurd; Debian `hurd-i386`.
///
/// `i586-gnu` is the name the GNU system goes by in distributions; compilers
/// have moved on to an i686 baseline, and their triples say so.
pub static I586_GNU: Platform = Platform {
    name: "i586-gnu",
    triple: Triple {
        architecture: Architecture::X86_32(X86_32Architecture::I686),
        vendor: Vendor::Unknown,
        operating_system: OperatingSystem::Hurd,
        environment: Environment::Gnu,
        binary_format: BinaryFormat::Elf,
    },
    gnu_triplet: "i686-gnu",
    multiarch: "i386-gnu",
    debian_arch: "hurd-i386",
    kernel: Kernel::Hurd,
    linux_arch: None,
    // rustc, platform support, tier 3.
    rust_target: "i686-unknown-hurd-gnu",
    // gcc, gcc/config/i386/gnu.h, GNU_USER_DYNAMIC_LINKER32.
    dynamic_linker: "/lib/ld.so",
    elf: ElfIdentity {
        // EM_386; the header does not tell the Hurd from Linux, the dynamic linker does.
        machine: 3,
        class: Class::Elf32,
        endian: Endian::Little,
    },
    efi_suffix: Some("IA32"),
    qemu_system: "qemu-system-i386",
    qemu_system_package: "qemu-system-x86",
    // QEMU's user emulation speaks Linux's and BSD's system calls only.
    qemu_user: None,
};
