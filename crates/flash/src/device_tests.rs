use tempfile::TempDir;

use super::*;
use crate::testing::host;

const STICK: (u32, u32) = (8, 16);

/// A host and the folder that its sysfs is in; `change` makes it another one.
fn look(number: (u32, u32), change: impl FnOnce(&mut Host)) -> (TempDir, Result<Device, Error>) {
    let sys = tempfile::tempdir().unwrap();
    let mut host = host(sys.path());
    change(&mut host);
    let device = Device::numbered(&host, Path::new("/dev/x"), number);
    (sys, device)
}

fn judged(number: (u32, u32), change: impl FnOnce(&mut Host)) -> String {
    let (_sys, device) = look(number, change);
    let judged = device.and_then(|device| device.judge(Path::new("/dev/x"), None, Some(1 << 20)));
    judged.map_or_else(|error| error.to_string(), |()| "fine".to_owned())
}

#[test]
fn a_stick_that_nobody_uses_may_be_written() {
    let (_sys, device) = look(STICK, |_| ());
    let device = device.unwrap();
    assert_eq!(device.model, "SanDisk Ultra");
    assert_eq!(device.serial.as_deref(), Some("4C530001"));
    assert_eq!((device.size, device.sector), (Bytes(62_333_952 * 512), 512));
    assert_eq!(judged(STICK, |_| ()), "fine");
}

#[test]
fn a_card_says_sd_and_a_soldered_one_does_not() {
    let (_sys, device) = look((179, 0), |_| ());
    let device = device.unwrap();
    assert_eq!((device.kind, device.model.as_str()), (Kind::Removable, "SC32G"));
    assert_eq!(device.serial.as_deref(), Some("0x1234"));
    let soldered = judged((179, 0), |host| {
        fs::write(host.sys.join("devices/platform/mmc0/mmc0:0001/block/mmcblk0/device/type"), "MMC").unwrap();
    });
    assert_eq!(
        soldered,
        "`/dev/x` is a disk inside this machine, not a removable device\n\
         help: if it is meant, name it twice: `--to /dev/x --i-mean /dev/x`"
    );
}

#[test]
fn a_usb_disk_is_removable_whatever_it_says() {
    let says_not = |host: &mut Host| {
        fs::write(host.sys.join("dev/block/8:16/removable"), "0").unwrap();
    };
    assert_eq!(judged(STICK, says_not), "fine");
}

#[test]
fn a_mounted_partition_is_in_use() {
    let mounted = judged(STICK, |host| {
        host.mountinfo += "40 21 8:18 / /media/my\\040card rw - vfat /dev/sdb2 rw\n";
    });
    assert_eq!(
        mounted,
        "`/dev/x` is in use: `sdb2` is mounted at `/media/my card`\n\
         help: unmount it, or end what uses it"
    );
}

#[test]
fn a_mount_is_known_by_its_source_where_its_number_is_not_a_devices() {
    let mounted = judged(STICK, |host| {
        host.mountinfo += "40 21 0:44 /sub /mnt rw - btrfs /dev/sdb1 rw,subvol=/sub\n";
    });
    assert!(mounted.contains("`sdb1` is mounted at `/mnt`"), "{mounted}");
}

#[test]
fn a_disk_that_root_runs_from_through_lvm_is_the_systems() {
    assert_eq!(
        judged((8, 0), |_| ()),
        "this system runs from `/dev/x`: `dm-0 (vg-root)` is mounted at `/`, \
         `sda1` is part of `dm-0 (vg-root)`"
    );
}

#[test]
fn a_holder_alone_is_use() {
    let held = judged((8, 0), |host| host.mountinfo.clear());
    assert!(held.contains("in use: `sda1` is part of `dm-0 (vg-root)`"), "{held}");
}

#[test]
fn swap_is_the_systems() {
    let swapped = judged(STICK, |host| host.swaps += "/dev/sdb1 partition 1000 0 -2\n");
    assert_eq!(swapped, "this system runs from `/dev/x`: `sdb1` is swapped to");
    let mapped = judged((8, 0), |host| {
        host.mountinfo.clear();
        host.swaps += "/dev/mapper/vg-root partition 1000 0 -2\n";
    });
    assert!(mapped.contains("`dm-0 (vg-root)` is swapped to"), "{mapped}");
}

#[test]
fn a_partition_is_no_disk() {
    assert_eq!(
        judged((8, 17), |_| ()),
        "`/dev/x` is a partition\nhelp: an image is a whole disk; write it to `/dev/sdb`"
    );
}

#[test]
fn what_does_not_take_the_image_is_refused_even_if_named_twice() {
    let twice = |file: &'static str, text: &'static str| {
        let (_sys, device) =
            look(STICK, |host| fs::write(host.sys.join("dev/block/8:16").join(file), text).unwrap());
        let path = Path::new("/dev/x");
        device.unwrap().judge(path, Some(path), Some(1 << 20)).unwrap_err().to_string()
    };
    assert!(twice("ro", "1\n").starts_with("`/dev/x` is read-only\n"));
    assert_eq!(twice("size", "2047\n"), "`/dev/x` has 1023.5 KiB, but the image needs 1 MiB");
    assert_eq!(twice("size", "0\n"), "`/dev/x` has no medium");
}

#[test]
fn a_file_is_written_if_named_twice_by_one_name() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(1 << 20).unwrap();
    let path = file.path();
    let sys = tempfile::tempdir().unwrap();
    let device = Device::find(&host(sys.path()), path).unwrap();
    assert!(matches!(device.judge(path, None, None), Err(Error::NotRemovable { what: "a file", .. })));
    assert!(matches!(device.judge(path, Some(Path::new("/dev/y")), None), Err(Error::NamedOther { .. })));
    device.judge(path, Some(path), Some(1 << 20)).unwrap();
}

#[test]
fn a_folder_or_a_terminal_is_no_device() {
    let sys = tempfile::tempdir().unwrap();
    let host = host(sys.path());
    for path in [sys.path(), Path::new("/dev/null")] {
        let found = Device::find(&host, path);
        assert!(matches!(found, Err(Error::NotADevice { .. })), "{found:?}");
    }
}
