use bringup_spec::{Class, ElfIdentity, Endian, Kernel, Platform};
use target_lexicon::{Architecture, BinaryFormat, Environment, OperatingSystem, Triple, Vendor};

/// 64-bit x86 with Linux; Debian `amd64`.
pub static X86_64_LINUX: Platform = Platform {
    name: "x86_64-linux",
    triple: Triple {
        architecture: Architecture::X86_64,
        vendor: Vendor::Unknown,
        operating_system: OperatingSystem::Linux,
        environment: Environment::Gnu,
        binary_format: BinaryFormat::Elf,
    },
    gnu_triplet: "x86_64-linux-gnu",
    multiarch: "x86_64-linux-gnu",
    debian_arch: "amd64",
    kernel: Kernel::Linux,
    // Linux, top-level Makefile: an ARCH that means arch/x86/ with 64BIT=y.
    linux_arch: Some("x86_64"),
    rust_target: "x86_64-unknown-linux-gnu",
    // glibc, sysdeps/unix/sysv/linux/x86_64/64/shlib-versions; the folder is of the psABI.
    dynamic_linker: "/lib64/ld-linux-x86-64.so.2",
    elf: ElfIdentity {
        // EM_X86_64.
        machine: 62,
        class: Class::Elf64,
        endian: Endian::Little,
    },
    efi_suffix: Some("X64"),
    qemu_system: "qemu-system-x86_64",
    qemu_system_package: "qemu-system-x86",
    qemu_user: Some("qemu-x86_64"),
};
