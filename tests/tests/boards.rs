//! Every board of the catalog: its image has its boot programs, byte for byte as the packages have
//! them, where board, manifest and the machine's own rules say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use bringup_catalog::BOARDS;
use bringup_spec::{Board, BootRom, FileContents, PartitionContents, PartitionType};
use bringup_store::{Digest, Store};
use bringup_tests::every::{every_image, folder};
use bringup_tests::files::names;
use bringup_tests::others::{Partition, fat_file, package_files};
use bringup_tests::{Image, bringup, expect_code};
use serde_json::Value;

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

/// GRUB's programs are made from its package's files, not copied.
const GRUB: &str = "grub-pc-bin";

/// Every board of the catalog with its image.
fn every() -> impl Iterator<Item = (&'static Board, &'static Image)> {
    let images = every_image(BRINGUP);
    BOARDS.iter().map(|board| (*board, &images[board.name]))
}

fn list<'a>(image: &'a Image, key: &str) -> &'a [Value] {
    image.manifest[key].as_array().unwrap()
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_else(|| panic!("no number `{key}` in {value}"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no text `{key}` in {value}"))
}

fn bytes_at(image: &Image, offset: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    File::open(&image.path).unwrap().read_exact_at(&mut bytes, offset).unwrap();
    bytes
}

/// The file of a package as other people's readers find it in the package that the image's manifest
/// names by its hash.
fn packaged(image: &Image, package: &str, path: &str) -> &'static [u8] {
    static FILES: OnceLock<BTreeMap<(String, String), Vec<u8>>> = OnceLock::new();
    let files = FILES.get_or_init(|| {
        let (store, _) = expect_code(bringup(BRINGUP).args(["store", "path"]), 0);
        let store = Store::open(Path::new(store.trim_end())).unwrap();
        let mut wanted: BTreeMap<(String, u64), BTreeSet<String>> = BTreeMap::new();
        for (_, image) in every() {
            for program in list(image, "firmware") {
                let (hash, len) = package_of(image, text(program, "package"));
                let paths = wanted.entry((hash.to_owned(), len)).or_default();
                paths.insert(text(program, "path").to_owned());
                if program["package"] == GRUB {
                    paths.insert("usr/lib/grub/i386-pc/diskboot.img".to_owned());
                }
            }
        }
        let mut files = BTreeMap::new();
        for ((hash, len), paths) in &wanted {
            let deb = store.get(&hash.parse().unwrap(), *len).unwrap().expect("it was just used");
            let found = package_files(&deb, paths).into_iter();
            files.extend(found.map(|(path, bytes)| ((hash.clone(), path), bytes)));
        }
        files
    });
    let (hash, _) = package_of(image, package);
    files.get(&(hash.to_owned(), path.to_owned())).unwrap_or_else(|| panic!("`{package}` has no `{path}`"))
}

/// A package's hash and length, from the manifest.
fn package_of<'a>(image: &'a Image, name: &str) -> (&'a str, u64) {
    let package = list(image, "packages").iter().find(|package| package["name"] == name);
    let package = package.unwrap_or_else(|| panic!("no `{name}` in `{}`", image.path.display()));
    (text(package, "sha256"), number(package, "size_bytes"))
}

#[test]
fn every_board_builds() {
    for (board, image) in every() {
        assert_eq!(text(&image.manifest, "board"), board.name);
        assert_eq!(text(&image.manifest, "platform"), board.platform.name);
        let len = fs::metadata(&image.path).unwrap().len();
        assert_eq!(number(&image.manifest["disk"], "size_bytes"), len, "{}", board.name);
    }
    // And nothing else is in that folder: no partial file, no other board.
    let wanted = BOARDS.iter().flat_map(|board| ["img", "json"].map(|kind| format!("{}.{kind}", board.name)));
    let mut wanted: Vec<String> = wanted.chain(["bringup.lock".to_owned()]).collect();
    wanted.sort();
    assert_eq!(names(&folder()), wanted);
}

#[test]
fn boot_programs_are_the_packages_own_where_the_board_says() {
    let mut copied = 0;
    for (board, image) in every() {
        let programs = list(image, "firmware");
        for placement in board.firmware.installer.placements() {
            let listed = programs.iter().find(|program| program["name"] == placement.name);
            let listed = listed.unwrap_or_else(|| panic!("{}: no `{}`", board.name, placement.name));
            assert_eq!(number(listed, "offset_bytes"), placement.offset.0, "{}", board.name);
            assert_eq!(text(listed, "package"), placement.artifact.package, "{}", board.name);
            assert_eq!(text(listed, "path"), placement.artifact.path(), "{}", board.name);
        }
        for program in programs.iter().filter(|program| !program["offset_bytes"].is_null()) {
            let offset = number(program, "offset_bytes");
            let there = bytes_at(image, offset, number(program, "len_bytes") as usize);
            assert_eq!(Digest::of(&there).to_string(), text(program, "sha256"), "{}", board.name);
            let package = text(program, "package");
            if package != GRUB {
                let path = text(program, "path");
                assert!(there == packaged(image, package, path), "{}: {program}", board.name);
                copied += 1;
            }
        }
    }
    // At least one for each board that is neither a PC, a Raspberry Pi nor QEMU's own.
    assert!(copied >= 25, "{copied}");
}

/// GNU GRUB, grub-core/boot/i386/pc/boot.S and diskboot.S, include/grub/i386/pc/boot.h.
#[test]
fn grubs_first_programs_are_the_packages_but_for_their_numbers() {
    let folder = "usr/lib/grub/i386-pc";
    let mut seen = 0;
    for (board, image) in every().filter(|(board, _)| board.soc.boot_rom == BootRom::Bios) {
        let programs = list(image, "firmware");
        let core = programs.iter().find(|program| program["name"] == "core.img").unwrap();
        let core_sector = number(core, "offset_bytes") / 512;
        // The sector of the next program at 0x5C; the check of the drive's number, a jump at 0x66,
        // becomes two `nop`s. Behind 440 bytes of code the table is the disk's own.
        let mut boot = packaged(image, GRUB, &format!("{folder}/boot.img"))[..440].to_vec();
        boot[0x5C..0x64].copy_from_slice(&core_sector.to_le_bytes());
        boot[0x66..0x68].copy_from_slice(&[0x90, 0x90]);
        assert!(bytes_at(image, 0, 440) == boot, "{}", board.name);
        assert_eq!(bytes_at(image, 510, 2), [0x55, 0xAA], "{}", board.name);
        // One block list at the sector's end: first sector, number of sectors, segment 0x820.
        let rest = number(core, "len_bytes").div_ceil(512) - 1;
        let mut disk_boot = packaged(image, GRUB, &format!("{folder}/diskboot.img")).to_vec();
        disk_boot[500..508].copy_from_slice(&(core_sector + 1).to_le_bytes());
        disk_boot[508..510].copy_from_slice(&(rest as u16).to_le_bytes());
        disk_boot[510..].copy_from_slice(&0x820_u16.to_le_bytes());
        assert!(bytes_at(image, core_sector * 512, 512) == disk_boot, "{}", board.name);
        seen += 1;
    }
    assert!(seen >= 2, "{seen}");
}

#[test]
fn files_of_fat_partitions_have_the_boards_bytes() {
    let mut checked = 0;
    for (board, image) in every() {
        for (index, partition) in board.partitions.iter().enumerate() {
            let PartitionContents::Fat { label, files } = partition.contents else { continue };
            let fat = Partition::of(image, index).fat();
            assert_eq!(fat.volume_label().trim_end(), label, "{}", board.name);
            for file in files {
                let there = fat_file(&fat, file.path);
                let wanted = match file.contents {
                    FileContents::Artifact(artifact) => {
                        packaged(image, artifact.package, &artifact.path()).to_vec()
                    }
                    FileContents::Text(text) => text.as_bytes().to_vec(),
                    // The kernel package's own is in the root file system.
                    FileContents::DeviceTree(path) => {
                        let release = text(&image.manifest, "kernel_release");
                        let path = format!("/usr/lib/linux-image-{release}/{path}");
                        Partition::of(image, board.partitions.len()).ext4().read(path.as_str()).unwrap()
                    }
                };
                assert!(there == wanted, "{}: `{}`", board.name, file.path);
                checked += 1;
            }
        }
    }
    assert!(checked >= 10, "{checked}");
}

/// UEFI 2.10, 3.5.1.1, and the Boot Loader Specification, "Type #1".
#[test]
fn uefi_finds_its_program_and_systemd_boot_the_kernel() {
    let mut entries = 0;
    for (board, image) in every() {
        let BootRom::Uefi { suffix } = board.soc.boot_rom else { continue };
        let esp = board.partitions.iter().position(|partition| partition.kind == PartitionType::Esp).unwrap();
        let fat = Partition::of(image, esp).fat();
        let path = format!("EFI/BOOT/BOOT{suffix}.EFI");
        let listed = list(image, "firmware").iter().find(|program| program["name"] == path.as_str()).unwrap();
        let program = packaged(image, text(listed, "package"), text(listed, "path"));
        assert!(fat_file(&fat, &path) == program, "{}", board.name);
        // What the menu names is there: the same kernel that the root file system has.
        let system = text(&image.manifest, "system");
        let Ok(mut entry) = fat.root_dir().open_file(&format!("loader/entries/{system}.conf")) else {
            continue;
        };
        let mut menu = String::new();
        std::io::Read::read_to_string(&mut entry, &mut menu).unwrap();
        let named = |key: &str| {
            let line = menu.lines().find_map(|line| line.strip_prefix(key)).unwrap();
            fat_file(&fat, line.trim().trim_start_matches('/'))
        };
        let release = text(&image.manifest, "kernel_release");
        let kernel = format!("/boot/vmlinuz-{release}");
        let in_root = list(image, "files").iter().find(|file| file["path"] == kernel.as_str()).unwrap();
        assert_eq!(Digest::of(&named("linux ")).to_string(), text(in_root, "sha256"), "{}", board.name);
        // cpio's new ASCII format (cpio(5)).
        assert!(named("initrd ").starts_with(b"070701"), "{}", board.name);
        entries += 1;
    }
    assert!(entries >= 1);
}

/// `image` for one board into an empty folder, from the lock of the others.
fn one(board: &str, output: &Path, arguments: &[&str]) -> Command {
    let lock = output.parent().unwrap().join("bringup.lock");
    every_image(BRINGUP);
    fs::copy(folder().join("bringup.lock"), &lock).unwrap();
    let mut command = bringup(BRINGUP);
    command
        .args(["--quiet", "image", "--system", "tiny", "--board", board, "--output"])
        .arg(output)
        .arg("--lock")
        .arg(lock);
    command.args(arguments);
    command
}

/// Such a build fails with that code and leaves nothing; gives what it says.
fn refused(code: i32, board: &str, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = one(board, &folder.path().join("own.img"), arguments);
    let (stdout, stderr) = expect_code(&mut command, code);
    assert_eq!((stdout.as_str(), names(folder.path())), ("", vec!["bringup.lock".to_owned()]));
    stderr
}

fn expect_contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

/// The program of PINE64's boards in place of which a porter puts an own one.
const OWN: &str = "u-boot-sunxi-with-spl.bin";

/// That program as packaged for a board.
fn u_boot_of(board: &str) -> Vec<u8> {
    let image = &every_image(BRINGUP)[board];
    let target = board.replace("pine64-plus", "pine64_plus");
    packaged(image, "u-boot-sunxi", &format!("usr/lib/u-boot/{target}/{OWN}")).to_vec()
}

/// A build for pine64-lts with these bytes as that program is refused; gives what it says.
fn own_refused(bytes: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    refused(1, "pine64-lts", &["--firmware", &format!("{OWN}={}", file.path().display())])
}

#[test]
fn a_porters_own_program_takes_the_packaged_ones_place() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own.bin");
    // The header of its second part says where that ends: what is behind is nobody's business.
    let program = [u_boot_of("pine64-lts"), b"made by a porter".to_vec()].concat();
    fs::write(&own, &program).unwrap();
    let output = folder.path().join("own.img");
    expect_code(&mut one("pine64-lts", &output, &["--firmware", &format!("{OWN}={}", own.display())]), 0);
    let image = Image::read(&output);
    let listed = &list(&image, "firmware")[0];
    assert_eq!((text(listed, "name"), &listed["package"]), (OWN, &Value::Null));
    assert_eq!(text(listed, "sha256"), Digest::of(&program).to_string());
    assert!(bytes_at(&image, number(listed, "offset_bytes"), program.len()) == program);
}

#[test]
fn a_porters_own_program_with_a_wrong_header_is_refused() {
    let mut program = u_boot_of("pine64-lts");
    // The magic of U-Boot, include/sunxi_image.h, `eGON.BT0` behind a jump of 4 bytes.
    program[4] ^= 1;
    let stderr = own_refused(&program);
    expect_contains(&stderr, &["the image would not boot, so it is not kept", "`boot-rom`"]);
}

#[test]
fn a_porters_own_program_with_a_changed_byte_is_refused() {
    let mut program = u_boot_of("pine64-lts");
    program[0x1000] ^= 1;
    let stderr = own_refused(&program);
    expect_contains(&stderr, &["the image would not boot, so it is not kept", "`boot-rom`"]);
}

#[test]
fn a_porters_own_program_for_another_board_is_refused() {
    let stderr = own_refused(&u_boot_of("pine64-plus"));
    expect_contains(&stderr, &["the image would not boot", "`device-tree`", "it is for `pine64,pine64-lts`"]);
}

#[test]
fn a_porters_own_program_too_large_for_its_place_is_refused() {
    let own = tempfile::NamedTempFile::new().unwrap();
    let slots = BOARDS.iter().find(|board| board.name == "beaglebone-black").unwrap();
    let place = slots.firmware.installer.placements().iter().find(|place| place.name == "MLO").unwrap();
    own.as_file().set_len(place.room.0 + 1).unwrap();
    let stderr = refused(1, slots.name, &["--firmware", &format!("MLO={}", own.path().display())]);
    let room = place.room.to_string();
    expect_contains(
        &stderr,
        &["board `beaglebone-black`: `MLO` is", &room, "are reserved for it at 128 KiB"],
    );
}

#[test]
fn an_unknown_program_lists_those_that_there_are() {
    let stderr = refused(1, "rock64", &["--firmware", "u-boot.bin=/dev/null"]);
    let known = "help: it has `idbloader.img`, `u-boot.itb`";
    expect_contains(&stderr, &["board `rock64` has no boot program `u-boot.bin`", known]);
}

#[test]
fn a_missing_file_of_a_porters_own_is_named() {
    let stderr = refused(1, "rock64", &["--firmware", "u-boot.itb=/nowhere/u-boot.itb"]);
    expect_contains(&stderr, &["cannot read `/nowhere/u-boot.itb`"]);
}

#[test]
fn a_boot_loader_that_the_board_does_not_have_is_refused() {
    let stderr = refused(1, "pine64-lts", &["--bootloader", "grub-bios"]);
    expect_contains(
        &stderr,
        &["board `pine64-lts` does not boot by `grub-bios`", "help: it knows `extlinux`"],
    );
    let stderr = refused(2, "pine64-lts", &["--bootloader", "lilo"]);
    expect_contains(&stderr, &["lilo", "`extlinux`", "`systemd-boot`"]);
}
