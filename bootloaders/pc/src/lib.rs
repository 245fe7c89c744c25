//! PCs: what their firmware looks for, by BIOS and by UEFI.
//!
//! A PC is not one board but all that agree on where a boot loader begins: sector 0, or a file of
//! the EFI system partition. The boot loader itself is the boot method's matter.

use bringup_spec::{
    BootRom, Bytes, FirmwarePartition, PartitionContents, PartitionType, RootStorage, Soc, Twin, TwinDisk,
    TwinFile, TwinFirmware,
};

/// UEFI on x86-64.
pub const UEFI_X64: Soc = Soc {
    name: "PC with UEFI",
    boot_rom: BootRom::Uefi { suffix: "X64" },
    source: "UEFI 2.10, 3.5.1.1, removable media boot behaviour, and table 3.1",
};

/// UEFI of 32 bits, on a CPU of either kind.
pub const UEFI_IA32: Soc = Soc {
    name: "PC with 32-bit UEFI",
    boot_rom: BootRom::Uefi { suffix: "IA32" },
    source: "UEFI 2.10, 3.5.1.1, removable media boot behaviour, and table 3.1",
};

/// BIOS.
pub const BIOS: Soc = Soc {
    name: "PC with BIOS",
    boot_rom: BootRom::Bios,
    source: "BIOS Boot Specification 1.01, 6.5.1: sector 0, if it ends in 0x55 0xAA",
};

/// Where the first partition starts.
///
/// What fdisk and parted choose: a multiple of all common physical sector and erase-block sizes,
/// which leaves GRUB for BIOS 1 MiB less a sector.
pub const FIRST_PARTITION: Bytes = Bytes::mib(1);

/// The size of an EFI system partition that kernels go to: 512 MiB.
///
/// systemd-boot reads kernel and initramfs from it, of 12 MiB (linux-image-amd64 6.12) and up to
/// 60 MiB (an initramfs with all modules): two generations take 144 MiB, and an update needs room
/// for a third.
pub const ESP_SIZE: Bytes = Bytes::mib(512);

/// The EFI system partition, the first of the disk; the boot method adds its files.
pub const fn esp() -> FirmwarePartition {
    FirmwarePartition {
        name: "esp",
        kind: PartitionType::Esp,
        offset: None,
        size: ESP_SIZE,
        bootable: false,
        contents: PartitionContents::Fat { label: "ESP", files: &[] },
        source: "UEFI 2.10, 13.3, file system format: FAT in a partition of this type",
    }
}

/// The disks a PC may start from: NVMe, SATA by AHCI or of older kinds, USB, SD and eMMC, virtio.
///
/// Linux names them so in drivers/{nvme,ata,scsi,usb/storage,mmc,block}; `sd_mod` and `mmc_block` are
/// the disks behind the buses, which no bus driver pulls in.
pub const ROOT_STORAGE: &[RootStorage] = &[RootStorage::Modules(&[
    "nvme",
    "ahci",
    "ata_piix",
    "ata_generic",
    "sd_mod",
    "xhci_pci",
    "ehci_pci",
    "usb_storage",
    "uas",
    "sdhci_pci",
    "sdhci_acpi",
    "mmc_block",
    "virtio_pci",
    "virtio_blk",
    "virtio_scsi",
])];

/// A PC with BIOS under QEMU.
pub const fn twin_bios() -> Twin {
    Twin {
        machine: "pc",
        cpu: None,
        ram: Bytes::mib(1024),
        // QEMU's default is SeaBIOS.
        firmware: TwinFirmware::Machine,
        disk: TwinDisk::Virtio,
        modules: &["virtio_blk", "virtio_pci"],
        arguments: &[],
        suite: None,
        source: "QEMU, docs/system/i386/pc.rst",
    }
}

/// A PC with UEFI under QEMU.
pub const fn twin_efi64() -> Twin {
    Twin {
        machine: "q35",
        // Code and variables in one file, which QEMU's -bios takes.
        firmware: TwinFirmware::Bios(TwinFile { package: "ovmf", path: "usr/share/ovmf/OVMF.fd" }),
        source: "EDK II, OvmfPkg/README; QEMU, docs/system/i386/pc.rst",
        ..twin_bios()
    }
}

/// A PC with UEFI of 32 bits under QEMU.
pub const fn twin_efi32() -> Twin {
    Twin {
        // Code only: its variables are forgotten, which a start by the fallback path does not mind.
        firmware: TwinFirmware::Flash(TwinFile {
            package: "ovmf-ia32",
            path: "usr/share/OVMF/OVMF32_CODE_4M.fd",
        }),
        ..twin_efi64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_esp_is_found_by_its_type_and_large_enough_for_fat32() {
        let esp = esp();
        assert_eq!(esp.kind, PartitionType::Esp);
        // Microsoft, FAT specification 1.03: FAT32 from 65,525 clusters on; of 4 KiB here.
        assert!(esp.size.0 / 4096 >= 65_525);
    }
}
