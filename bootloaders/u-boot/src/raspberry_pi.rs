//! Raspberry Pi 3 and 4: the VideoCore's firmware in a FAT partition, which starts U-Boot as its kernel.
//!
//! ```text
//! boot ROM -> bootcode.bin (Pi 3; on the Pi 4 an EEPROM holds it) -> start*.elf, fixup*.dat
//!          -> config.txt -> device tree, u-boot.bin
//! ```
//!
//! The firmware completes the device tree (memory, MAC address, serial number) and hands it to U-Boot,
//! which keeps its address in `fdt_addr`.

use bringup_spec::{
    Artifact, BootRom, Bytes, FileContents, FirmwareFile, FirmwarePartition, LoadAddresses,
    PartitionContents, PartitionType, Soc,
};

/// Broadcom BCM2837 of the Raspberry Pi 3.
pub const BCM2837: Soc = Soc {
    name: "Broadcom BCM2837",
    boot_rom: BootRom::RaspberryPi {
        files: &["bootcode.bin", "start.elf", "fixup.dat", "config.txt", "u-boot.bin"],
    },
    source: "Raspberry Pi documentation, computers/configuration/boot_folder",
};

/// Broadcom BCM2711 of the Raspberry Pi 4: `bootcode.bin` is in an EEPROM.
pub const BCM2711: Soc = Soc {
    name: "Broadcom BCM2711",
    boot_rom: BootRom::RaspberryPi { files: &["start4.elf", "fixup4.dat", "config.txt", "u-boot.bin"] },
    source: "Raspberry Pi documentation, computers/configuration/boot_folder",
};

/// Where U-Boot loads to.
///
/// Linux asks for a place at a multiple of 2 MiB, so U-Boot moves an `Image` from `kernel` up to
/// 0x20_0000 (arch/arm/lib/image.c, `booti_setup`). Debian's 6.12 then ends at 0x26F_0000: over
/// `device_tree`, 64 KiB below `initramfs`. A menu must not name a device tree here; U-Boot then
/// passes on the firmware's own, which lies elsewhere.
pub const LOAD: LoadAddresses = LoadAddresses {
    ram_start: 0,
    kernel: 0x0008_0000,
    device_tree: 0x0260_0000,
    initramfs: 0x0270_0000,
    compressed_kernel: None,
    source: "U-Boot, board/raspberrypi/rpi/rpi.env; the same in Debian's u-boot-rpi 2025.01",
};

/// `config.txt`.
///
/// Raspberry Pi documentation, computers/config_txt. `enable_uart` keeps the mini-UART's clock and so
/// its speed; `upstream_kernel` makes the firmware look for the device tree of its model under
/// Linux's own name (`bcm2837-rpi-3-b-plus.dtb`), as Debian's raspi-firmware has it
/// (etc/kernel/postinst.d/z50-raspi-firmware).
pub const CONFIG: &str = "\
arm_64bit=1
enable_uart=1
upstream_kernel=1
kernel=u-boot.bin
";

/// A file of Debian's `raspi-firmware`, of the component non-free-firmware.
pub const fn firmware(file: &'static str) -> FirmwareFile {
    let artifact = Artifact { package: "raspi-firmware", folder: "usr/lib/raspi-firmware", file };
    FirmwareFile { path: file, contents: FileContents::Artifact(artifact) }
}

/// U-Boot of Debian's `u-boot-rpi`; `folder` is its folder in the package (`usr/lib/u-boot/rpi_3`).
pub const fn u_boot(folder: &'static str) -> FirmwareFile {
    let artifact = Artifact { package: "u-boot-rpi", folder, file: "u-boot.bin" };
    FirmwareFile { path: "u-boot.bin", contents: FileContents::Artifact(artifact) }
}

/// A device tree of the kernel, under the name by which the firmware looks for its model's.
pub const fn device_tree(path: &'static str, in_kernel: &'static str) -> FirmwareFile {
    FirmwareFile { path, contents: FileContents::DeviceTree(in_kernel) }
}

/// The file [`CONFIG`].
pub const fn config() -> FirmwareFile {
    FirmwareFile { path: "config.txt", contents: FileContents::Text(CONFIG) }
}

/// The FAT partition with `files`, the first of the disk.
///
/// 256 MiB: firmware, U-Boot and device trees take 4; the rest is for updates, and makes it a FAT32,
/// as its type says, with clusters of 2 KiB too: one has at least 65,525 (Microsoft, FAT
/// specification 1.03).
pub const fn partition(files: &'static [FirmwareFile]) -> FirmwarePartition {
    FirmwarePartition {
        name: "firmware",
        kind: PartitionType::Fat32,
        offset: None,
        size: Bytes::mib(256),
        bootable: false,
        contents: PartitionContents::Fat { label: "FIRMWARE", files },
        source: "Raspberry Pi documentation, computers/configuration/boot_folder: FAT, first partition",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_that_config_names_is_u_boots_file() {
        let kernel = CONFIG.lines().find_map(|line| line.strip_prefix("kernel="));
        assert_eq!(kernel, Some(u_boot("usr/lib/u-boot/rpi_3").path));
    }

    #[test]
    fn debians_kernel_moved_to_2_mib_ends_below_the_initramfs_but_over_the_device_tree() {
        // `image_size` of vmlinuz-6.12.107+deb13-arm64, at 16 in its header.
        let end = LOAD.kernel.next_multiple_of(0x20_0000) + 0x24F_0000;
        assert!(end > LOAD.device_tree && end <= LOAD.initramfs, "{end:#x}");
    }
}
