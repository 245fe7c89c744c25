//! ISO 9660 images as others read them: xorriso, sgdisk.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::Path;

use bringup_fsimage::{FileSystem, RegionSink};
use bringup_iso9660::{BootEntry, BootPlatform, Hybrid, Iso, Options};
use bringup_spec::Guid;
use bringup_tests::every::tool;
use bringup_tree::{Content, Device, Kind, Meta, Tree};

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

/// 2024-05-17, 09:30 UTC.
const TIME: i64 = 1_715_938_200;

struct Disk(File);

impl RegionSink for Disk {
    fn data(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn zeros(&mut self, _: u64, _: u64) -> io::Result<()> {
        Ok(())
    }
}

fn write(iso: &Iso, path: &Path) {
    let file = File::create(path).unwrap();
    file.set_len(iso.size().0).unwrap();
    iso.write(&mut Disk(file)).unwrap();
}

/// A bit of everything: depth, length, links, a device, and what is booted.
fn tree() -> Tree {
    let folder = Meta::root(0o755, TIME);
    let mut tree = Tree::new(folder.clone());
    let mut put = |path: &str, mode: u32, kind: Kind| {
        let meta = Meta { uid: 1000, gid: 100, ..Meta::root(mode, TIME) };
        tree.insert_all(path, meta, kind, &folder).unwrap();
    };
    let file = |bytes: &[u8]| Kind::File(Content::bytes(bytes));
    put("boot/grub/cd.img", 0o644, file(&[1; 40_000]));
    put("efi.img", 0o644, file(&[2; 1 << 20]));
    put("1/2/3/4/5/6/7/8/9/10/deep", 0o640, file(b"deep"));
    put(&format!("long/{}", "n".repeat(200)), 0o644, file(b"long"));
    put("long/same-name.text", 0o644, file(b"-"));
    put("long/same+name.text", 0o644, file(b"+"));
    put("link", 0o777, Kind::Symlink(format!("/{}../x", "target/".repeat(100)).into()));
    put("empty", 0o4755, file(b""));
    put("null", 0o666, Kind::CharDevice(Device { major: 1, minor: 3 }));
    tree.link("long/deep", "1/2/3/4/5/6/7/8/9/10/deep").unwrap();
    tree
}

fn options() -> Options {
    let entry = |platform, path: &str, load_sectors| BootEntry { platform, path: path.into(), load_sectors };
    Options {
        volume_id: "BRINGUP".into(),
        epoch: TIME,
        modified_hundredths: TIME * 100 + 42,
        boot: vec![
            entry(BootPlatform::Bios, "boot/grub/cd.img", Some(4)),
            entry(BootPlatform::Uefi, "efi.img", None),
        ],
        hybrid: Some(Hybrid {
            efi_image: Some("efi.img".into()),
            disk_guid: Guid::from_u128(0x11),
            partition_guids: [Guid::from_u128(0x22), Guid::from_u128(0x33)],
        }),
    }
}

#[test]
fn xorriso_takes_out_what_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let (image, out) = (folder.path().join("test.iso"), folder.path().join("out"));
    let tree = tree();
    write(&Iso::plan(&tree, &options()).unwrap(), &image);
    let name = image.display().to_string();
    let osirrox = ["-osirrox", "on:auto_chmod_off", "-hardlinks", "on", "-indev", &name];
    let extract = ["-extract", "/", &out.display().to_string()];
    // Device nodes are left out, as it runs without root.
    tool(BRINGUP, "xorriso", &[&osirrox[..], &extract[..]].concat());
    for (path, _, node) in tree.iter().skip(1) {
        let at = out.join(std::str::from_utf8(path).unwrap());
        match &node.kind {
            Kind::File(content) => {
                assert!(fs::read(&at).unwrap() == content.read().unwrap(), "{}", at.display());
                let mode = fs::metadata(&at).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, node.meta.mode & 0o777, "{}", at.display());
            }
            Kind::Symlink(target) => {
                assert_eq!(fs::read_link(&at).unwrap().as_os_str().as_encoded_bytes(), target);
            }
            _ => {}
        }
    }
    assert_eq!(fs::metadata(out.join("long/deep")).unwrap().nlink(), 2);
    let listed = tool(BRINGUP, "xorriso", &["-indev", &name, "-find", "/", "-exec", "lsdl"]);
    let line = |name: &str| {
        let quoted = format!("'{name}'");
        let found = listed.lines().find(|line| line.contains(&quoted));
        found.unwrap_or_else(|| panic!("no {name}:\n{listed}")).to_owned()
    };
    assert!(line("/null").starts_with("crw-rw-rw-"), "{}", line("/null"));
    assert!(line("/empty").starts_with("-rwsr-xr-x"), "{}", line("/empty"));
    let words: Vec<String> = line("/long/deep").split_whitespace().map(str::to_owned).collect();
    assert_eq!(words[2..4], ["1000", "100"]);
}

#[test]
fn xorriso_and_sgdisk_find_what_firmware_starts() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("test.iso");
    let iso = Iso::plan(&tree(), &options()).unwrap();
    write(&iso, &image);
    let name = image.display().to_string();
    let report = ["-report_el_torito", "plain", "-report_system_area", "plain"];
    let report = tool(BRINGUP, "xorriso", &[&["-indev", &name][..], &report[..]].concat());
    for wanted in ["El Torito img path :   1  /boot/grub/cd.img", "El Torito img path :   2  /efi.img"] {
        assert!(report.contains(wanted), "{report}");
    }
    for (platform, path) in [("BIOS", "boot/grub/cd.img"), ("UEFI", "efi.img")] {
        let block = iso.extent(path).unwrap().block().to_string();
        let is_image = |line: &&str| line.starts_with("El Torito boot img :") && line.contains(platform);
        let line = report.lines().find(is_image).unwrap_or_else(|| panic!("no {platform}:\n{report}"));
        assert_eq!(line.split_whitespace().last(), Some(&block[..]), "{line}");
    }
    assert!(report.contains("GPT partition path :   2  /efi.img"), "{report}");
    let checked = tool(BRINGUP, "sgdisk", &["-v", &name]);
    assert!(checked.contains("No problems found"), "{checked}");
    assert!(!checked.contains("Warning"), "{checked}");
}
