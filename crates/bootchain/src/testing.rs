//! Fixtures, made by code.

pub(crate) mod grub;
pub(crate) mod uki;

use std::collections::BTreeMap;

use bringup_fsimage::{FileSystem, RegionSink};
use bringup_spec::{Bytes, Guid};
use bringup_tree::{Content, Kind, Meta, Tree};

/// A cpio archive of names, modes and contents, with its trailer.
pub(crate) fn cpio(files: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let end: (&str, u32, &[u8]) = ("TRAILER!!!", 0, b"");
    for (inode, (name, mode, contents)) in (1_u32..).zip(files.iter().chain([&end])) {
        let fields = [inode, *mode, 0, 0, 1, 0, contents.len() as u32, 0, 0, 0, 0, name.len() as u32 + 1, 0];
        bytes.extend(b"070701");
        for field in fields {
            bytes.extend(format!("{field:08X}").into_bytes());
        }
        bytes.extend(name.as_bytes());
        bytes.push(0);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(*contents);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

/// A 64-bit little-endian program (`ET_EXEC`) with an interpreter and a dynamic section.
pub(crate) fn elf_program(machine: u16, interpreter: Option<&str>, needed: &[&str]) -> Vec<u8> {
    let mut bytes = elf_header(machine, 2);
    let mut strings = vec![0];
    let mut dynamic: Vec<u64> = Vec::new();
    for name in needed {
        dynamic.extend([1, strings.len() as u64]);
        strings.extend(name.as_bytes());
        strings.push(0);
    }
    let interp_at = 64 + 3 * 56;
    let interp = interpreter.map(|path| [path.as_bytes(), b"\0"].concat()).unwrap_or_default();
    let strings_at = interp_at + interp.len();
    let dynamic_at = (strings_at + strings.len()).next_multiple_of(8);
    // DT_STRTAB, DT_STRSZ, DT_NULL; addresses are offsets.
    dynamic.extend([5, strings_at as u64, 10, strings.len() as u64, 0, 0]);
    let end = dynamic_at + dynamic.len() * 8;
    let mut segment = |kind: u32, at: usize, len: usize| {
        bytes.extend(kind.to_le_bytes());
        bytes.extend([0; 4]);
        for value in [at, at, at, len, len, 1] {
            bytes.extend((value as u64).to_le_bytes());
        }
    };
    segment(1, 0, end);
    segment(if interpreter.is_some() { 3 } else { 0 }, interp_at, interp.len());
    segment(if needed.is_empty() { 0 } else { 2 }, dynamic_at, dynamic.len() * 8);
    bytes.extend(interp);
    bytes.extend(strings);
    bytes.resize(dynamic_at, 0);
    bytes.extend(dynamic.iter().flat_map(|word| word.to_le_bytes()));
    bytes[56] = 3;
    bytes
}

/// The header of an ELF file of a type, with its program headers right behind it.
pub(crate) fn elf_header(machine: u16, kind: u16) -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    bytes[16..18].copy_from_slice(&kind.to_le_bytes());
    bytes[18..20].copy_from_slice(&machine.to_le_bytes());
    bytes[20] = 1;
    bytes[32] = 64;
    bytes[52] = 64;
    bytes[54] = 56;
    bytes
}

/// A 64-bit kernel module with this in its `depends=`.
pub(crate) fn module(machine: u16, depends: &str) -> Vec<u8> {
    let info = format!("license=GPL\0depends={depends}\0name=test\0").into_bytes();
    let names = b"\0.modinfo\0.shstrtab\0";
    let mut bytes = elf_header(machine, 1);
    let table = (64 + info.len() + names.len()).next_multiple_of(8);
    bytes[40..42].copy_from_slice(&(table as u16).to_le_bytes());
    bytes[58..64].copy_from_slice(&[64, 0, 3, 0, 2, 0]);
    bytes.extend(&info);
    bytes.extend(names);
    bytes.resize(table + 64, 0);
    for (name, at, len) in [(1_u64, 64, info.len()), (10, 64 + info.len(), names.len())] {
        // sh_name and sh_type as one word, sh_flags, sh_addr, sh_offset, sh_size, and no more.
        let words = [name, 0, 0, at as u64, len as u64, 0, 0, 0];
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    }
    bytes
}

/// Writes flattened device trees.
#[derive(Default)]
pub(crate) struct Fdt {
    structure: Vec<u8>,
    strings: Vec<u8>,
}

impl Fdt {
    pub(crate) fn begin(mut self, name: &str) -> Self {
        self.word(1);
        self.structure.extend(name.as_bytes());
        self.structure.push(0);
        self.pad();
        self
    }

    pub(crate) fn property(mut self, name: &str, value: &[u8]) -> Self {
        let at = self.strings.len() as u32;
        self.strings.extend(name.as_bytes());
        self.strings.push(0);
        self.word(3);
        self.word(value.len() as u32);
        self.word(at);
        self.structure.extend(value);
        self.pad();
        self
    }

    pub(crate) fn end(mut self) -> Self {
        self.word(2);
        self
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.word(9);
        // Header of 40 bytes, an empty reservation block of 16, structure, strings.
        let (structure, strings) = (self.structure.len() as u32, self.strings.len() as u32);
        let words =
            [0xd00d_feed, 56 + structure + strings, 56, 56 + structure, 40, 17, 16, 0, strings, structure];
        let mut bytes: Vec<u8> = words.iter().flat_map(|word: &u32| word.to_be_bytes()).collect();
        bytes.extend([0; 16]);
        bytes.extend(self.structure);
        bytes.extend(self.strings);
        bytes
    }

    fn word(&mut self, word: u32) {
        self.structure.extend(word.to_be_bytes());
    }

    fn pad(&mut self) {
        let len = self.structure.len().next_multiple_of(4);
        self.structure.resize(len, 0);
    }
}

/// A board's device tree with storage controllers, at the places where the A64's are.
pub(crate) fn board_tree(compatible: &str) -> Vec<u8> {
    board_tree_with(compatible, "unused")
}

/// As [`board_tree`], with a property of the first controller that names a regulator of a chip's.
pub(crate) fn board_tree_with(compatible: &str, property: &str) -> Vec<u8> {
    let text = |text: &str| [text.as_bytes(), b"\0"].concat();
    Fdt::default()
        .begin("")
        .property("compatible", &[text(compatible), text("allwinner,sun50i-a64")].concat())
        .property("model", &text("Test Board"))
        .begin("soc")
        .begin("mmc@1c0f000")
        .property("compatible", &text("test,mmc"))
        .property(property, &[0, 0, 0, 1])
        .end()
        .begin("mmc@1c11000")
        .property("compatible", &text("test,mmc"))
        .end()
        .begin("pmic@3")
        .property("compatible", &text("test,pmic"))
        .begin("regulators")
        .begin("dcdc1")
        .property("phandle", &[0, 0, 0, 1])
        .end()
        .end()
        .end()
        .end()
        .end()
        .finish()
}

/// An SPL that an Allwinner boot ROM takes: 32 KiB with a sound checksum.
pub(crate) fn egon() -> Vec<u8> {
    let mut bytes = vec![0; 32 << 10];
    bytes[4..12].copy_from_slice(b"eGON.BT0");
    bytes[16..20].copy_from_slice(&(32_u32 << 10).to_le_bytes());
    bytes[600] = 7;
    bytes[12..16].copy_from_slice(&0x5F0A_6C39_u32.to_le_bytes());
    let words = bytes.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    let sum = words.fold(0, u32::wrapping_add);
    bytes[12..16].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// A FIT of U-Boot with a checksum, and a device tree of this board.
pub(crate) fn fit(compatible: &str) -> Vec<u8> {
    let u_boot = b"this is U-Boot";
    Fdt::default()
        .begin("")
        .property("description", b"test\0")
        .begin("images")
        .begin("uboot")
        .property("type", b"standalone\0")
        .property("arch", b"arm64\0")
        .property("compression", b"none\0")
        .property("data", u_boot)
        .begin("hash-1")
        .property("algo", b"crc32\0")
        .property("value", &crc32fast::hash(u_boot).to_be_bytes())
        .end()
        .end()
        .begin("fdt-1")
        .property("type", b"flat_dt\0")
        .property("compression", b"none\0")
        .property("data", &board_tree(compatible))
        .end()
        .end()
        .begin("configurations")
        .property("default", b"config-1\0")
        .begin("config-1")
        .property("description", b"sun50i-a64-pine64-lts\0")
        .property("firmware", b"uboot\0")
        .property("fdt", b"fdt-1\0")
        .end()
        .end()
        .end()
        .finish()
}

/// An arm64 kernel that takes this much memory.
pub(crate) fn arm64_image(image_size: u64) -> Vec<u8> {
    let mut bytes = vec![0; 4096];
    bytes[16..24].copy_from_slice(&image_size.to_le_bytes());
    bytes[24] = 0b1010;
    bytes[56..60].copy_from_slice(b"ARM\x64");
    bytes
}

/// Files of a root file system: path, mode and contents.
pub(crate) type RootFiles = BTreeMap<String, (u32, Vec<u8>)>;

/// What an image for an Allwinner A64 is made of.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) files: RootFiles,
    pub(crate) initramfs: BTreeMap<String, (u32, Vec<u8>)>,
    pub(crate) arguments: String,
}

pub(crate) const ROOT_UUID: &str = "00112233-4455-6677-8899-aabbccddeeff";
pub(crate) const COMPATIBLE: &str = "pine64,pine64-lts";
pub(crate) const TREE_PATH: &str = "dtbs/allwinner/sun50i-a64-pine64-lts.dtb";

impl Default for Parts {
    fn default() -> Self {
        let file = |bytes: &[u8]| (0o644, bytes.to_vec());
        let program = |bytes: Vec<u8>| (0o755, bytes);
        let init = elf_program(183, Some("/lib/ld.so"), &["libc.so.6"]);
        let files = [
            ("boot/vmlinuz-6.1-test", file(&arm64_image(16 << 20))),
            (TREE_PATH, file(&board_tree(COMPATIBLE))),
            ("sbin/init", program(init)),
            ("lib/ld.so", program(elf_program(183, None, &[]))),
            ("lib/libc.so.6", file(&elf_program(183, None, &["ld.so"]))),
            ("lib/modules/6.1-test/modules.builtin", file(b"kernel/fs/fat/vfat.ko\n")),
            ("lib/modules/6.1-test/modules.alias", file(b"alias of:N*T*Ctest,mmcC* test_mmc\n")),
        ];
        let initramfs = [
            ("init", (0o100_755, elf_program(183, None, &[]))),
            ("modules/order", (0o100_644, b"test-mmc.ko\next4.ko\n".to_vec())),
            ("modules/test-mmc.ko", (0o100_644, module(183, ""))),
            ("modules/ext4.ko", (0o100_644, module(183, "test_mmc"))),
        ];
        Self {
            files: files.into_iter().map(|(path, file)| (path.to_owned(), file)).collect(),
            initramfs: initramfs.into_iter().map(|(path, file)| (path.to_owned(), file)).collect(),
            arguments: format!("root=UUID={ROOT_UUID} rw"),
        }
    }
}

/// Where the root file system begins.
pub(crate) const ROOT_AT: usize = 1 << 20;

impl Parts {
    /// The whole disk: an MBR, SPL and FIT at 8 KiB, and an ext4 of 16 MiB.
    pub(crate) fn image(&self) -> Vec<u8> {
        let packed: Vec<(&str, u32, &[u8])> = self
            .initramfs
            .iter()
            .map(|(path, (mode, bytes))| (path.as_str(), *mode, bytes.as_slice()))
            .collect();
        let menu = format!(
            "default linux\nlabel linux\n\tkernel /boot/vmlinuz-6.1-test\n\tinitrd /boot/initrd\n\tfdtdir /dtbs/\n\tappend {}\n",
            self.arguments
        );
        let mut files = self.files.clone();
        files.entry("boot/initrd".to_owned()).or_insert((0o644, cpio(&packed)));
        files.entry("boot/extlinux/extlinux.conf".to_owned()).or_insert((0o644, menu.into_bytes()));
        let mut disk = vec![0; ROOT_AT];
        disk[8 << 10..40 << 10].copy_from_slice(&egon());
        let fit = fit(COMPATIBLE);
        disk[40 << 10..][..fit.len()].copy_from_slice(&fit);
        disk.extend(ext4(&files));
        put_mbr(&mut disk, &[(0x80, 0x83, ROOT_AT as u64, 16 << 20)]);
        disk
    }
}

/// Writes a DOS table: status, type, first byte and length of each partition.
pub(crate) fn put_mbr(disk: &mut [u8], partitions: &[(u8, u8, u64, u64)]) {
    disk[440..444].copy_from_slice(&0x1234_5678_u32.to_le_bytes());
    disk[446..510].fill(0);
    for (index, (status, kind, start, len)) in partitions.iter().enumerate() {
        let entry = &mut disk[446 + index * 16..][..16];
        entry[0] = *status;
        entry[4] = *kind;
        entry[8..12].copy_from_slice(&((start / 512) as u32).to_le_bytes());
        entry[12..16].copy_from_slice(&((len / 512) as u32).to_le_bytes());
    }
    disk[510..512].copy_from_slice(&[0x55, 0xAA]);
}

/// A GPT's protective MBR, both headers and both arrays of 128 entries: type, first byte and length.
pub(crate) fn put_gpt(disk: &mut [u8], partitions: &[(Guid, u64, u64)]) {
    let last = (disk.len() / 512 - 1) as u64;
    put_mbr(disk, &[(0, 0xEE, 512, last * 512)]);
    let mut entries = vec![0; 128 * 128];
    for (index, (kind, start, len)) in partitions.iter().enumerate() {
        let entry = &mut entries[index * 128..][..128];
        entry[..16].copy_from_slice(&kind.to_gpt_bytes());
        entry[16] = index as u8 + 1;
        entry[32..40].copy_from_slice(&(start / 512).to_le_bytes());
        entry[40..48].copy_from_slice(&((start + len) / 512 - 1).to_le_bytes());
    }
    for (own, other, array) in [(1, last, 2), (last, 1, last - 32)] {
        let mut header = vec![0; 92];
        header[..8].copy_from_slice(b"EFI PART");
        header[8..16].copy_from_slice(&[0, 0, 1, 0, 92, 0, 0, 0]);
        for (at, value) in [(24, own), (32, other), (40, 34), (48, last - 33), (72, array)] {
            header[at..at + 8].copy_from_slice(&u64::to_le_bytes(value));
        }
        header[56] = 0xD1;
        header[80..84].copy_from_slice(&128_u32.to_le_bytes());
        header[84..88].copy_from_slice(&128_u32.to_le_bytes());
        header[88..92].copy_from_slice(&crc32fast::hash(&entries).to_le_bytes());
        let crc = crc32fast::hash(&header);
        header[16..20].copy_from_slice(&crc.to_le_bytes());
        disk[own as usize * 512..][..92].copy_from_slice(&header);
        disk[array as usize * 512..][..entries.len()].copy_from_slice(&entries);
    }
}

/// A tree of files below directories that only root may write.
pub(crate) fn tree(files: &RootFiles) -> Tree {
    let folder = Meta::root(0o755, 0);
    let mut tree = Tree::new(folder.clone());
    for (path, (mode, bytes)) in files {
        let kind = Kind::File(Content::bytes(bytes.clone()));
        tree.insert_all(path, Meta::root(*mode, 0), kind, &folder).unwrap();
    }
    tree
}

/// An ext4 of 16 MiB.
pub(crate) fn ext4(files: &RootFiles) -> Vec<u8> {
    let uuid = std::array::from_fn(|index| 0x11 * index as u8);
    let options = bringup_fsimage::ext4::Options {
        uuid,
        hash_seed: uuid,
        label: "root".to_owned(),
        epoch: 0,
        size: bringup_fsimage::ext4::Size::Exact(Bytes::mib(16)),
        free_inodes: 8,
        reserved_percent: 0,
        journal: None,
    };
    written(&bringup_fsimage::Ext4::plan(&tree(files), &options).unwrap())
}

/// A FAT of 4 MiB.
pub(crate) fn fat(files: &RootFiles) -> Vec<u8> {
    let options = bringup_fsimage::fat::Options {
        size: Bytes::mib(4),
        kind: None,
        label: "ESP".to_owned(),
        volume_id: 0x1234_ABCD,
        epoch: 0,
        first_sector: 2048,
    };
    written(&bringup_fsimage::Fat::plan(&tree(files), &options).unwrap())
}

fn written(file_system: &dyn FileSystem) -> Vec<u8> {
    let mut sink = Memory(vec![0; file_system.size().0 as usize]);
    file_system.write(&mut sink).unwrap();
    sink.0
}

struct Memory(Vec<u8>);

impl RegionSink for Memory {
    fn data(&mut self, offset: u64, bytes: &[u8]) -> std::io::Result<()> {
        self.0[offset as usize..][..bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn zeros(&mut self, _: u64, _: u64) -> std::io::Result<()> {
        Ok(())
    }
}

/// A PE image of a UEFI application, with one section.
pub(crate) fn pe(machine: u16) -> Vec<u8> {
    let mut bytes = vec![0; 0x300];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[0x3C] = 0x40;
    bytes[0x40..0x44].copy_from_slice(b"PE\0\0");
    bytes[0x44..0x46].copy_from_slice(&machine.to_le_bytes());
    bytes[0x46] = 1;
    bytes[0x54] = 0x70;
    // IMAGE_SUBSYSTEM_EFI_APPLICATION.
    bytes[0x58 + 68] = 10;
    let section = 0x58 + 0x70;
    bytes[section..section + 5].copy_from_slice(b".text");
    bytes[section + 17] = 1;
    bytes[section + 21] = 2;
    bytes
}
