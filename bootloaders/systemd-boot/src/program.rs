//! The EFI programs of Debian's `systemd-boot-efi`.

use bringup_spec::Artifact;

/// The package of all programs; each architecture's has its own.
const PACKAGE: &str = "systemd-boot-efi";
/// Their folder (Debian, systemd-boot-efi 257, file list).
const FOLDER: &str = "usr/lib/systemd/boot/efi";

/// The programs for one machine type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Programs {
    /// UEFI's short name of the machine type, as in `EFI/BOOT/BOOTX64.EFI` (UEFI Specification
    /// 2.10, section 3.5.1.1).
    pub efi_suffix: &'static str,
    /// The name in `architecture` of a boot entry (Boot Loader Specification, "Type #1").
    pub architecture: &'static str,
    /// The boot loader.
    pub boot: Artifact,
    /// The stub that [`uki::build`](crate::uki::build) makes a kernel image from.
    pub stub: Artifact,
    /// Where firmware looks for a boot loader that nobody told it about, from the ESP's root.
    pub fallback: &'static str,
}

impl Programs {
    /// 64-bit x86.
    pub const X64: Self = Self {
        efi_suffix: "X64",
        architecture: "x64",
        boot: artifact("systemd-bootx64.efi"),
        stub: artifact("linuxx64.efi.stub"),
        fallback: "EFI/BOOT/BOOTX64.EFI",
    };

    /// 32-bit x86.
    pub const IA32: Self = Self {
        efi_suffix: "IA32",
        architecture: "ia32",
        boot: artifact("systemd-bootia32.efi"),
        stub: artifact("linuxia32.efi.stub"),
        fallback: "EFI/BOOT/BOOTIA32.EFI",
    };

    /// 64-bit Arm.
    pub const AA64: Self = Self {
        efi_suffix: "AA64",
        architecture: "aa64",
        boot: artifact("systemd-bootaa64.efi"),
        stub: artifact("linuxaa64.efi.stub"),
        fallback: "EFI/BOOT/BOOTAA64.EFI",
    };

    /// 64-bit RISC-V.
    pub const RISCV64: Self = Self {
        efi_suffix: "RISCV64",
        architecture: "riscv64",
        boot: artifact("systemd-bootriscv64.efi"),
        stub: artifact("linuxriscv64.efi.stub"),
        fallback: "EFI/BOOT/BOOTRISCV64.EFI",
    };

    /// Every machine type that Debian has the programs for.
    pub const ALL: [Self; 4] = [Self::X64, Self::IA32, Self::AA64, Self::RISCV64];

    /// The programs of a platform's `efi_suffix`.
    pub fn for_suffix(efi_suffix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|programs| programs.efi_suffix == efi_suffix)
    }
}

const fn artifact(file: &'static str) -> Artifact {
    Artifact { package: PACKAGE, folder: FOLDER, file }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_follows_from_the_suffix() {
        for programs in Programs::ALL {
            let name = programs.efi_suffix.to_lowercase();
            assert_eq!(Programs::for_suffix(programs.efi_suffix), Some(programs));
            assert_eq!(programs.architecture, name);
            assert_eq!(programs.boot.path(), format!("usr/lib/systemd/boot/efi/systemd-boot{name}.efi"));
            assert_eq!(programs.stub.file, format!("linux{name}.efi.stub"));
            assert_eq!(programs.fallback, format!("EFI/BOOT/BOOT{}.EFI", programs.efi_suffix));
        }
        assert_eq!(Programs::for_suffix("ARM"), None);
    }
}
