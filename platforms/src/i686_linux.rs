use bringup_spec::{Class, ElfIdentity, Endian, Kernel, Platform};
use target_lexicon::{
    Architecture, BinaryFormat, Environment, OperatingSystem, Triple, Vendor, X86_32Architecture,
};

/// 32-bit x86 from the Pentium Pro on, with Linux; Debian `i386`.
pub static I686_LINUX: Platform = Platform {
    name: "i686-linux",
    triple: Triple {
        architecture: Architecture::X86_32(X86_32Architecture::I686),
        vendor: Vendor::Unknown,
        operating_system: OperatingSystem::Linux,
        environment: Environment::Gnu,
        binary_format: BinaryFormat::Elf,
    },
    gnu_triplet: "i686-linux-gnu",
    multiarch: "i386-linux-gnu",
    debian_arch: "i386",
    kernel: Kernel::Linux,
    // Linux, top-level Makefile: an ARCH that means arch/x86/ with 64BIT=n.
    linux_arch: Some("i386"),
    rust_target: "i686-unknown-linux-gnu",
    // glibc, sysdeps/unix/sysv/linux/i386/shlib-versions.
    dynamic_linker: "/lib/ld-linux.so.2",
    elf: ElfIdentity {
        // EM_386.
        machine: 3,
        class: Class::Elf32,
        endian: Endian::Little,
    },
    efi_suffix: Some("IA32"),
    qemu_system: "qemu-system-i386",
    qemu_system_package: "qemu-system-x86",
    qemu_user: Some("qemu-i386"),
};
