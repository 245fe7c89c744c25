use bringup_spec::{Class, ElfIdentity, Endian, Kernel, Platform};
use target_lexicon::{
    Architecture, ArmArchitecture, BinaryFormat, Environment, OperatingSystem, Triple, Vendor,
};

/// 32-bit ARM (Armv7-A with VFPv3-D16, hard-float calls) with Linux; Debian `armhf`.
pub static ARMV7_LINUX: Platform = Platform {
    name: "armv7-linux",
    triple: Triple {
        architecture: Architecture::Arm(ArmArchitecture::Armv7),
        vendor: Vendor::Unknown,
        operating_system: OperatingSystem::Linux,
        environment: Environment::Gnueabihf,
        binary_format: BinaryFormat::Elf,
    },
    gnu_triplet: "arm-linux-gnueabihf",
    multiarch: "arm-linux-gnueabihf",
    debian_arch: "armhf",
    kernel: Kernel::Linux,
    // Linux, arch/arm/.
    linux_arch: Some("arm"),
    rust_target: "armv7-unknown-linux-gnueabihf",
    // glibc, sysdeps/unix/sysv/linux/arm/shlib-versions, hard-float ABI.
    dynamic_linker: "/lib/ld-linux-armhf.so.3",
    elf: ElfIdentity {
        // EM_ARM.
        machine: 40,
        class: Class::Elf32,
        endian: Endian::Little,
    },
    efi_suffix: Some("ARM"),
    qemu_system: "qemu-system-arm",
    qemu_system_package: "qemu-system-arm",
    qemu_user: Some("qemu-arm"),
};
