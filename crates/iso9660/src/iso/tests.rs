use std::io::{Seek, SeekFrom, Write};

use bringup_spec::Guid;
use bringup_tree::{Device, Meta, Source};

use super::*;
use crate::options::{BootPlatform, Hybrid};

mod boot;

/// A sink in memory.
struct Memory(Vec<u8>);

impl RegionSink for Memory {
    fn data(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0[offset as usize..][..bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn zeros(&mut self, offset: u64, len: u64) -> io::Result<()> {
        self.0[offset as usize..][..len as usize].fill(0);
        Ok(())
    }
}

/// The image; every byte of it is written, whatever was there.
fn written(iso: &Iso) -> Vec<u8> {
    let over = |byte| {
        let mut memory = Memory(vec![byte; iso.size().0 as usize]);
        iso.write(&mut memory).unwrap();
        memory.0
    };
    let image = over(0);
    assert!(image == over(0xff), "a byte is not written");
    image
}

fn folder() -> Meta {
    Meta::root(0o755, 951_827_696)
}

fn put(tree: &mut Tree, path: &str, kind: Kind) {
    tree.insert_all(path, Meta::root(0o644, 951_827_696), kind, &folder()).unwrap();
}

fn file(bytes: impl Into<Vec<u8>>) -> Kind {
    Kind::File(Content::bytes(bytes))
}

fn tree() -> Tree {
    let mut tree = Tree::new(folder());
    put(&mut tree, "boot/grub/cd.img", file(vec![1; 5000]));
    put(&mut tree, "boot/vmlinuz", file("kernel"));
    put(&mut tree, "efi.img", file(vec![2; 4096]));
    put(&mut tree, "empty", file(""));
    put(&mut tree, "zz", file("behind efi.img"));
    tree.link("boot/linux", "boot/vmlinuz").unwrap();
    tree
}

fn options() -> Options {
    Options {
        volume_id: "Bringup".into(),
        epoch: 951_827_696,
        modified_hundredths: 95_182_769_678,
        boot: vec![
            BootEntry {
                platform: BootPlatform::Bios,
                path: b"boot/grub/cd.img".to_vec(),
                load_sectors: Some(4),
            },
            BootEntry { platform: BootPlatform::Uefi, path: b"efi.img".to_vec(), load_sectors: None },
        ],
        hybrid: Some(Hybrid {
            efi_image: Some(b"efi.img".to_vec()),
            disk_guid: Guid::from_u128(0x11),
            partition_guids: [Guid::from_u128(0x22), Guid::from_u128(0x33)],
        }),
    }
}

fn with(change: fn(&mut Tree, &mut Options)) -> Result<Iso, Error> {
    let (mut tree, mut options) = (tree(), options());
    change(&mut tree, &mut options);
    Iso::plan(&tree, &options)
}

fn refused(change: fn(&mut Tree, &mut Options)) -> String {
    with(change).unwrap_err().to_string()
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// A directory record: identifier, block, length, flags, System Use fields.
type Record = (Vec<u8>, u32, u32, u8, Vec<u8>);

/// The records of the directory at `block`, read as ECMA-119 has them.
fn records(image: &[u8], block: u32, len: u32) -> Vec<Record> {
    let bytes = &image[block as usize * 2048..][..len as usize];
    let mut records = Vec::new();
    for block in bytes.chunks(2048) {
        let mut rest = block;
        while rest[0] != 0 {
            let (record, behind) = rest.split_at(rest[0].into());
            let name = usize::from(record[32]);
            let head = 33 + name + usize::from(name % 2 == 0);
            let identifier = record[33..33 + name].to_vec();
            records.push((
                identifier,
                word(record, 2),
                word(record, 10),
                record[25],
                record[head..].to_vec(),
            ));
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
    }
    records
}

fn root(image: &[u8]) -> Vec<Record> {
    records(image, word(image, 0x8000 + 158), word(image, 0x8000 + 166))
}

#[test]
fn files_are_where_the_plan_says() {
    let iso = with(|_, _| {}).unwrap();
    let image = written(&iso);
    assert_eq!(word(&image, 0x8000 + 80) as usize * 2048, image.len());
    for (path, bytes) in
        [("boot/grub/cd.img", &[1; 5000][..]), ("zz", b"behind efi.img"), ("/boot/linux", b"kernel")]
    {
        let extent = iso.extent(path).unwrap();
        assert_eq!(&image[extent.offset.0 as usize..][..extent.len.0 as usize], bytes);
        assert_eq!(u64::from(extent.block()) * 2048, extent.offset.0);
    }
    assert_eq!(iso.extent("boot/linux"), iso.extent("boot/vmlinuz"));
    assert_eq!((iso.extent("empty"), iso.extent("boot"), iso.extent("none")), (None, None, None));
    assert_eq!(iso.uuid(), "2000-02-29-12-34-56-78");
}

#[test]
fn a_directory_names_its_files_in_order() {
    let iso = with(|_, _| {}).unwrap();
    let image = written(&iso);
    let root = root(&image);
    let names: Vec<&[u8]> = root.iter().map(|record| &record.0[..]).collect();
    assert_eq!(names, [b"\0", &b"\x01"[..], b"BOOT", b"EFI.IMG;1", b"EMPTY.;1", b"ZZ.;1"]);
    let boot = records(&image, root[2].1, root[2].2);
    assert_eq!(boot[1].1, root[0].1, "the parent");
    assert_eq!((&boot[3].0[..], &boot[4].0[..]), (&b"LINUX.;1"[..], &b"VMLINUZ.;1"[..]));
    assert_eq!((boot[3].1, boot[3].2), (iso.extent("boot/vmlinuz").unwrap().block(), 6));
    // Both have two names and one serial number.
    let attributes = |record: &Record| {
        let at = record.4.windows(2).position(|field| field == b"PX").unwrap();
        (word(&record.4, at + 12), word(&record.4, at + 36))
    };
    assert_eq!(attributes(&boot[3]), attributes(&boot[4]));
    assert_eq!(attributes(&boot[3]).0, 2);
    // Each directory has its own entry, its parent's, and those of its directories.
    assert_eq!((attributes(&root[0]).0, attributes(&boot[0]).0), (3, 3));
}

#[test]
fn long_fields_continue_in_the_directorys_own_blocks() {
    let iso = with(|tree, _| {
        for number in 0..60 {
            let target = vec![b'a' + number % 26; 100 + 60 * usize::from(number)];
            put(tree, &format!("links/{number:02}{}", "n".repeat(200)), Kind::Symlink(target));
        }
    });
    let image = written(&iso.unwrap());
    let links = root(&image).into_iter().find(|record| record.0 == b"LINKS").unwrap();
    let directory = records(&image, links.1, links.2);
    for (number, record) in directory[2..].iter().enumerate() {
        let mut fields = record.4.clone();
        let (mut name, mut target) = (Vec::<u8>::new(), 0);
        let mut next = None;
        loop {
            let mut rest = &fields[..];
            while rest.len() > 4 {
                let (field, behind) = rest.split_at(rest[2].into());
                match &field[..2] {
                    b"NM" => name.extend(&field[5..]),
                    // No target here has a slash: each component has two bytes in front of its text.
                    b"SL" => target += components(&field[5..]),
                    b"CE" => next = Some([4, 12, 20].map(|at| word(field, at) as usize)),
                    _ => {}
                }
                rest = behind;
            }
            let Some([block, offset, len]) = next.take() else { break };
            assert!(offset + len <= 2048, "it crosses a block");
            fields = image[block * 2048 + offset..][..len].to_vec();
        }
        assert_eq!(name, format!("{number:02}{}", "n".repeat(200)).into_bytes());
        assert_eq!(target, 100 + 60 * number);
    }
}

fn components(mut rest: &[u8]) -> usize {
    let mut len = 0;
    while let [_, text, ..] = *rest {
        len += usize::from(text);
        rest = &rest[2 + usize::from(text)..];
    }
    len
}

#[test]
fn a_file_beyond_4_gib_has_two_sections() {
    let mut file = tempfile::tempfile().unwrap();
    file.seek(SeekFrom::Start(5 << 30)).unwrap();
    file.write_all(b"end").unwrap();
    let source = std::sync::Arc::new(Source { path: "large".into(), file });
    let mut tree = Tree::new(folder());
    let content = Content::Range { source, offset: 0, len: (5 << 30) + 3 };
    tree.insert("large", folder(), Kind::File(content)).unwrap();
    tree.insert("next", folder(), super::tests::file("next")).unwrap();
    let iso = Iso::plan(&tree, &Options { boot: vec![], hybrid: None, ..options() }).unwrap();
    let (block, metadata) = (iso.layout.root.block, &iso.layout.metadata);
    // Two descriptors and the path tables are in front.
    let directory = records(metadata, block - 18, iso.layout.root.len);
    let [first, second] = [&directory[2], &directory[3]];
    assert_eq!((first.2, first.3, second.3), (0xffff_f800, 0x80, 0));
    assert_eq!(u64::from(first.2) + u64::from(second.2), (5 << 30) + 3);
    assert_eq!(second.1, first.1 + 0xffff_f800 / 2048);
    assert_eq!(directory[4].1, first.1 + (5u32 << 19) + 1);
}

#[test]
fn what_cannot_be_held_is_refused() {
    assert_eq!(
        refused(|_, options| options.volume_id = "x".repeat(33)),
        format!("volume identifier `{}` has 33 bytes, but ISO 9660 holds 32", "x".repeat(33))
    );
    assert_eq!(
        refused(|_, options| options.volume_id = "a\u{e4}".into()),
        "volume identifier `a\u{e4}`: ISO 9660 cannot hold `\u{e4}`, only printable ASCII"
    );
    assert_eq!(
        refused(|tree, _| tree.get_mut("boot").unwrap().meta.mtime = 1 << 40),
        "`boot`: its time is 1099511627776, but ISO 9660 holds -2208988800 to 5869583999"
    );
    assert_eq!(
        refused(|_, options| options.boot[0].path = b"empty".to_vec()),
        "boot image `empty` is an empty file, not a file with contents"
    );
    assert_eq!(
        refused(|_, options| options.hybrid.as_mut().unwrap().efi_image = Some(b"boot".to_vec())),
        "EFI image `boot` is a directory, not a file with contents"
    );
    assert_eq!(
        refused(|_, options| options.boot = vec![options.boot[0].clone(); 33]),
        "33 boot entries, but the boot catalog has room for 32"
    );
    assert_eq!(
        refused(|tree, _| put(tree, "dev", Kind::CharDevice(Device { major: 0, minor: 256 }))),
        "`dev`: its minor number, the major one being 0, is 256, but ISO 9660 holds 0 to 255"
    );
    assert!(
        refused(|tree, _| put(tree, &"n".repeat(254), file(""))).contains("the length of its name is 254")
    );
    assert!(refused(|_, options| options.epoch = -1).contains("a time of the volume is -1"));
}

#[test]
fn a_file_that_shrank_is_named() {
    let folder_of_file = tempfile::tempdir().unwrap();
    let path = folder_of_file.path().join("short");
    std::fs::write(&path, b"short").unwrap();
    let mut tree = Tree::new(folder());
    let content = Content::Path { path: path.clone().into(), len: 6 };
    tree.insert("file", folder(), Kind::File(content)).unwrap();
    let iso = Iso::plan(&tree, &Options { boot: vec![], hybrid: None, ..options() }).unwrap();
    let error = iso.write(&mut Memory(vec![0; iso.size().0 as usize])).unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot read `{}`", path.display())), "{error}");
}
