use bringup_spec::{Class, ElfIdentity, Endian, Kernel, Platform};
use target_lexicon::{
    Aarch64Architecture, Architecture, BinaryFormat, Environment, OperatingSystem, Triple, Vendor,
};

/// 64-bit ARM (Armv8-A and later) with Linux; Debian `arm64`.
pub static AARCH64_LINUX: Platform = Platform {
    name: "aarch64-linux",
    triple: Triple {
        architecture: Architecture::Aarch64(Aarch64Architecture::Aarch64),
        vendor: Vendor::Unknown,
        operating_system: OperatingSystem::Linux,
        environment: Environment::Gnu,
        binary_format: BinaryFormat::Elf,
    },
    gnu_triplet: "aarch64-linux-gnu",
    multiarch: "aarch64-linux-gnu",
    debian_arch: "arm64",
    kernel: Kernel::Linux,
    // Linux, arch/arm64/.
    linux_arch: Some("arm64"),
    rust_target: "aarch64-unknown-linux-gnu",
    // glibc, sysdeps/unix/sysv/linux/aarch64/shlib-versions.
    dynamic_linker: "/lib/ld-linux-aarch64.so.1",
    elf: ElfIdentity {
        // EM_AARCH64.
        machine: 183,
        class: Class::Elf64,
        endian: Endian::Little,
    },
    efi_suffix: Some("AA64"),
    qemu_system: "qemu-system-aarch64",
    qemu_system_package: "qemu-system-arm",
    qemu_user: Some("qemu-aarch64"),
};
