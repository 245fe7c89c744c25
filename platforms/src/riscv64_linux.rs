use bringup_spec::{Class, ElfIdentity, Endian, Kernel, Platform};
use target_lexicon::{
    Architecture, BinaryFormat, Environment, OperatingSystem, Riscv64Architecture, Triple, Vendor,
};

/// 64-bit RISC-V (RV64GC, lp64d calls) with Linux; Debian `riscv64`.
pub static RISCV64_LINUX: Platform = Platform {
    name: "riscv64-linux",
    triple: Triple {
        architecture: Architecture::Riscv64(Riscv64Architecture::Riscv64gc),
        vendor: Vendor::Unknown,
        operating_system: OperatingSystem::Linux,
        environment: Environment::Gnu,
        binary_format: BinaryFormat::Elf,
    },
    gnu_triplet: "riscv64-linux-gnu",
    multiarch: "riscv64-linux-gnu",
    debian_arch: "riscv64",
    kernel: Kernel::Linux,
    // Linux, arch/riscv/, for 32 and 64 bits.
    linux_arch: Some("riscv"),
    rust_target: "riscv64gc-unknown-linux-gnu",
    // glibc, sysdeps/unix/sysv/linux/riscv/shlib-versions, double-float ABI.
    dynamic_linker: "/lib/ld-linux-riscv64-lp64d.so.1",
    elf: ElfIdentity {
        // EM_RISCV.
        machine: 243,
        class: Class::Elf64,
        endian: Endian::Little,
    },
    efi_suffix: Some("RISCV64"),
    qemu_system: "qemu-system-riscv64",
    // A package of its own since trixie; part of qemu-system-misc before.
    qemu_system_package: "qemu-system-riscv",
    qemu_user: Some("qemu-riscv64"),
};
