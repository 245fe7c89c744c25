//! File systems and archives, read back by other people's crates.

use std::fs;
use std::io::{Cursor, Read};
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::common::{Shop, pattern};
use bringup_genimage::Owners;

/// What a tar archive has: path, owner, mode, size or target.
fn listing(bytes: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(bytes);
    let line = |entry: tar::Entry<'_, &[u8]>| {
        let header = entry.header();
        let (uid, gid) = (header.uid().unwrap(), header.gid().unwrap());
        let link =
            entry.link_name().unwrap().map(|target| format!(" -> {}", target.display())).unwrap_or_default();
        let kind = header.entry_type().as_byte() as char;
        let path = entry.path().unwrap().display().to_string();
        format!("{kind} {path}{link} {uid}:{gid} {:o} {}", header.mode().unwrap(), header.size().unwrap())
    };
    archive.entries().unwrap().map(|entry| line(entry.unwrap())).collect()
}

fn shop() -> Shop {
    let shop = Shop::new();
    shop.file("root/boot/vmlinuz", b"kernel");
    shop.file("root/etc/shadow", b"root");
    shop.file("root/usr/bin/su", b"su");
    shop.file("root/var/log/old", b"log");
    symlink("vmlinuz", shop.path("root/boot/linux")).unwrap();
    for path in ["", "/boot", "/etc", "/usr", "/usr/bin", "/var", "/var/log"] {
        fs::set_permissions(shop.path(&format!("root{path}")), fs::Permissions::from_mode(0o755)).unwrap();
    }
    for (path, mode) in
        [("boot/vmlinuz", 0o644), ("etc/shadow", 0o600), ("usr/bin/su", 0o755), ("var/log/old", 0o640)]
    {
        fs::set_permissions(shop.path(&format!("root/{path}")), fs::Permissions::from_mode(mode)).unwrap();
    }
    shop
}

#[test]
fn a_folder_with_an_image_of_its_own_is_empty_in_others() {
    let shop = shop();
    let configuration = "
        image root.tar { tar { } }
        image boot.tar { tar { } mountpoint = \"/boot\" }
        image var.tar { tar { } mountpoint = var temporary = true }";
    assert_eq!(shop.assemble(configuration).unwrap(), ["root.tar", "boot.tar"]);
    assert_eq!(
        listing(&shop.image("root.tar")),
        [
            "5 ./ 0:0 755 0",
            "5 ./boot/ 0:0 755 0",
            "5 ./etc/ 0:0 755 0",
            "0 ./etc/shadow 0:0 600 4",
            "5 ./usr/ 0:0 755 0",
            "5 ./usr/bin/ 0:0 755 0",
            "0 ./usr/bin/su 0:0 755 2",
            "5 ./var/ 0:0 755 0",
        ]
    );
    let boot = ["5 ./ 0:0 755 0", "2 ./linux -> vmlinuz 0:0 777 0", "0 ./vmlinuz 0:0 644 6"];
    assert_eq!(listing(&shop.image("boot.tar")), boot);
}

#[test]
fn a_table_gives_owners_modes_and_devices() {
    let shop = shop();
    let table = "# path type mode uid gid major minor start step count\n\
        /etc/shadow\tf\t640\t0\t42\t-\t-\t-\t-\t-\n\
        /usr/bin/su f 4755 0 0 - - - - -\n\
        /dev d 755 0 0 - - - - -\n\
        /dev/null c 666 0 0 1 3 0 0 -\n\
        /dev/mtdblock b 640 0 6 31 0 0 1 2\n\
        /var r -1 33 34 - - - - -\n\
        /no/such F 644 0 0 - - - - -\n";
    shop.file("owners", table.as_bytes());
    let configuration = "
        image root.tar { tar { } }
        image var.tar { tar { } mountpoint = var/log }";
    shop.assemble_as(configuration, Owners::Table(&shop.path("owners")), 1).unwrap();
    let found = listing(&shop.image("root.tar"));
    for line in [
        "0 ./etc/shadow 0:42 640 4",
        "0 ./usr/bin/su 0:0 4755 2",
        "3 ./dev/null 0:0 666 0",
        "4 ./dev/mtdblock0 0:6 640 0",
        "4 ./dev/mtdblock1 0:6 640 0",
        "5 ./var/log/ 33:34 755 0",
    ] {
        assert!(found.iter().any(|found| found == line), "{line} in {found:#?}");
    }
    assert_eq!(listing(&shop.image("var.tar")), ["5 ./ 33:34 755 0", "0 ./old 33:34 640 3"]);
}

#[test]
fn fat_takes_files_folders_and_images() {
    let shop = shop();
    shop.file("input/sub/deep/file.txt", b"deep");
    let configuration = "
        image boot.vfat {
            vfat {
                label = boot
                file EFI/BOOT/BOOTX64.EFI { image = spl.bin }
                file overlays { image = sub }
                files = { root.bin, sub/deep/file.txt }
                files += { kernel.cpio }
            }
            size = 8M
        }
        image kernel.cpio { cpio { } mountpoint = boot temporary = true }";
    assert_eq!(shop.assemble(configuration).unwrap(), ["boot.vfat"]);
    let disk = Cursor::new(shop.image("boot.vfat"));
    let volume = fatfs::FileSystem::new(disk, fatfs::FsOptions::new()).unwrap();
    let read = |path: &str| {
        let mut bytes = Vec::new();
        volume.root_dir().open_file(path).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    assert_eq!(volume.volume_label(), "BOOT");
    assert_eq!(read("EFI/BOOT/BOOTX64.EFI"), pattern(20_000, 3));
    assert_eq!(read("overlays/deep/file.txt"), b"deep");
    assert_eq!(read("file.txt"), b"deep");
    assert_eq!(read("root.bin"), pattern((1 << 20) + 3, 5));
    assert!(read("kernel.cpio").starts_with(b"070701"));
}

#[test]
fn images_do_not_depend_on_the_number_of_threads() {
    let shop = shop();
    let configuration = "
        image root.tar.gz { tar { } }
        image root.cpio { cpio { compress = \"gzip -9\" } }
        image root.squashfs { squashfs { compression = zstd } size = 64k }
        image root.ext2 { ext2 { extraargs = \"-m 0\" } size = 200% }
        image disk.img { hdimage { } partition a { partition-type = 0x83 image = root.ext2 } partition b { image = root.squashfs } }";
    let names = shop.assemble_as(configuration, Owners::Root, 1).unwrap();
    assert_eq!(names.len(), 5);
    let first: Vec<Vec<u8>> = names.iter().map(|name| shop.image(name)).collect();
    shop.assemble_as(configuration, Owners::Root, 3).unwrap();
    for (name, bytes) in names.iter().zip(first) {
        assert!(shop.image(name) == bytes, "{name}");
    }
    // 8 folders and 5 files of a block each, twice.
    assert_eq!(shop.image("root.ext2").len(), 2 * 11 * 4096);
    assert_eq!(shop.image("root.squashfs").len() % 4096, 0);
}

#[test]
fn one_image_may_be_made_with_what_it_is_made_of() {
    let shop = shop().only(&["disk.img"]);
    let configuration = "
        flash nor { pebsize = 4K }
        image flash.bin { flash { } flashtype = nor partition a { image = none } }
        image boot.vfat { vfat { files = { kernel.cpio } } size = 1M }
        image kernel.cpio { cpio { } mountpoint = boot }
        image disk.img { hdimage { } partition a { partition-type = 0xc image = boot.vfat } }";
    assert_eq!(shop.assemble(configuration).unwrap(), ["boot.vfat", "kernel.cpio", "disk.img"]);
    let other = shop.only(&["disk"]);
    let error = other.assemble(configuration).unwrap_err().to_string();
    let known = "`flash.bin`, `boot.vfat`, `kernel.cpio`, `disk.img`";
    assert_eq!(error, format!("there is no image `disk`\nhelp: there are {known}"));
}
