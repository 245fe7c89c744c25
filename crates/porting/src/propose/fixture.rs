//! Boards for tests.

use bringup_platforms::AARCH64_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Firmware, GptEntries, PartitionTable, RootStorage, Tier, Verbatim,
};
use bringup_u_boot::{allwinner, qemu, rockchip};

/// One with an Allwinner A64.
pub(crate) const BOARD: Board = Board {
    name: "pine",
    title: "Pine",
    platform: &AARCH64_LINUX,
    soc: &allwinner::A64,
    tier: Tier::Twin,
    firmware: Firmware {
        name: "u-boot",
        installer: &Verbatim { placements: &[allwinner::spl_at_8k("usr/lib/u-boot/pine", Bytes::mib(1))] },
        next_stage: Some(allwinner::FIT_BEHIND_SPL),
    },
    boot: &[BootMethod::Extlinux],
    load: Some(allwinner::LOAD_64),
    kernel_package: "linux-image-arm64",
    device_tree: Some("allwinner/sun50i-a64-pine.dtb"),
    console: Console { tty: "ttyS0", baud: 115_200 },
    table: PartitionTable::Mbr,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[],
    first_partition: Bytes::mib(1),
    ram: Bytes::gib(2),
    root_storage: &[RootStorage::DeviceTreeNode("/soc/mmc@1c0f000")],
    twin: qemu::TWIN_ARM64,
    disagreements: &[],
};

/// One with a Rockchip RK3399.
pub(crate) const ROCK: Board = Board {
    name: "rock",
    soc: &rockchip::RK3399,
    firmware: Firmware {
        name: "u-boot",
        installer: &Verbatim {
            placements: &rockchip::placements("usr/lib/u-boot/rock-rk3399", rockchip::U_BOOT_AT_8M),
        },
        next_stage: Some(rockchip::fit_at(rockchip::U_BOOT_AT_8M)),
    },
    device_tree: Some("rockchip/rk3399-rock.dtb"),
    console: Console { tty: "ttyS2", baud: 1_500_000 },
    first_partition: rockchip::FIRST_PARTITION,
    ..BOARD
};
