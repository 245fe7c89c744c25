//! A disk with GRUB for BIOS.

use liblzma::stream::{Action, Filters, LzmaOptions, Stream};

use super::{RootFiles, cpio, elf_program, put_mbr};

/// Where the LZMA stream is in the core image.
const STREAM_AT: usize = 512 + 0x770;

/// What a disk with GRUB is made of.
pub(crate) struct Grub {
    pub(crate) prefix: String,
    pub(crate) config: String,
    pub(crate) modules: Vec<&'static str>,
    pub(crate) menu: String,
    pub(crate) files: RootFiles,
}

impl Default for Grub {
    fn default() -> Self {
        let entry = format!("linux /boot/vmlinuz root=UUID={}\n initrd /boot/initrd", super::ROOT_UUID);
        let initramfs = [
            ("init", 0o100_755, &elf_program(62, None, &[])[..]),
            ("modules/ext4.ko", 0o100_644, &super::elf_header(62, 1)[..]),
        ];
        let files = [
            ("boot/vmlinuz", bz_image()),
            ("boot/initrd", cpio(&initramfs)),
            ("sbin/init", elf_program(62, None, &[])),
            ("lib/modules/6.1-test/modules.builtin", b"kernel/fs/fat/vfat.ko\n".to_vec()),
        ];
        Self {
            prefix: "(,msdos1)/boot/grub".to_owned(),
            config: "serial\n".to_owned(),
            modules: vec!["biosdisk", "part_msdos", "ext2", "normal", "linux"],
            menu: format!("menuentry 'test' {{\n {entry}\n}}\n"),
            files: files.into_iter().map(|(path, bytes)| (path.to_owned(), (0o755, bytes))).collect(),
        }
    }
}

impl Grub {
    /// The whole disk: boot sector, core image from sector 1 on, and an ext4 at 1 MiB; and the bytes of
    /// its compressed stream.
    pub(crate) fn image(&self) -> (Vec<u8>, std::ops::Range<usize>) {
        let mut disk = vec![0; super::ROOT_AT];
        disk[..2].copy_from_slice(&[0xEB, 0x63]);
        disk[0x5A..0x5D].copy_from_slice(&[0, 0x80, 1]);
        disk[0x64] = 0xFF;
        let name = b"GRUB \0Geom\0Hard Disk\0Read\0 Error";
        disk[0x180..0x180 + name.len()].copy_from_slice(name);
        let plain = self.plain();
        let stream = compress(&plain);
        let mut core = vec![0; STREAM_AT];
        core[512] = 0xEA;
        core[520..524].copy_from_slice(&(stream.len() as u32).to_le_bytes());
        core[524..528].copy_from_slice(&(plain.len() as u32).to_le_bytes());
        core[532..534].copy_from_slice(&[0x68, 7]);
        core.extend(&stream);
        core.resize(core.len().next_multiple_of(512), 0);
        // The block list: sector 2, to segment 0x820.
        core[500] = 2;
        let sectors = (core.len() / 512 - 1) as u16;
        core[508..510].copy_from_slice(&sectors.to_le_bytes());
        core[510..512].copy_from_slice(&0x820_u16.to_le_bytes());
        disk[512..][..core.len()].copy_from_slice(&core);
        let mut files = self.files.clone();
        files.insert("boot/grub/grub.cfg".to_owned(), (0o644, self.menu.clone().into_bytes()));
        disk.extend(super::ext4(&files));
        put_mbr(&mut disk, &[(0x80, 0x83, super::ROOT_AT as u64, 16 << 20)]);
        (disk, 512 + STREAM_AT..512 + STREAM_AT + stream.len())
    }

    /// Code, and behind it modules, first commands and prefix.
    fn plain(&self) -> Vec<u8> {
        let mut plain = b"code and more code ".repeat(8);
        plain.resize(plain.len().next_multiple_of(4), 0);
        let info = plain.len();
        plain.extend(b"mimg\x0c\0\0\0\0\0\0\0");
        let modules = self.modules.iter().map(|name| (0, module(name)));
        let texts = [(2, &self.config), (3, &self.prefix)];
        let texts = texts.into_iter().map(|(kind, text)| (kind, [text.as_bytes(), b"\0"].concat()));
        for (kind, data) in modules.chain(texts) {
            plain.extend(u32::to_le_bytes(kind));
            plain.extend((data.len() as u32 + 8).to_le_bytes());
            plain.extend(data);
            plain.resize(plain.len().next_multiple_of(4), 0);
        }
        let len = (plain.len() - info) as u32;
        plain[info + 8..info + 12].copy_from_slice(&len.to_le_bytes());
        plain
    }
}

/// A bare LZMA stream with GRUB's parameters.
fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut options = LzmaOptions::new_preset(6).unwrap();
    options.literal_context_bits(3).literal_position_bits(0).position_bits(2);
    let mut filters = Filters::new();
    filters.lzma1(&options);
    let mut stream = Stream::new_raw_encoder(&filters).unwrap();
    let mut out = Vec::with_capacity(bytes.len() * 2 + 1024);
    stream.process_vec(bytes, &mut out, Action::Finish).unwrap();
    out
}

/// A 32-bit ELF file with nothing but the section that names a module.
fn module(name: &str) -> Vec<u8> {
    let names = b"\0.modname\0.shstrtab\0";
    let name = [name.as_bytes(), b"\0"].concat();
    let name_at = 52 + names.len();
    let table = (name_at + name.len()).next_multiple_of(4);
    let mut bytes = b"\x7fELF\x01\x01\x01".to_vec();
    bytes.resize(52, 0);
    bytes[16..21].copy_from_slice(&[1, 0, 3, 0, 1]);
    bytes[32] = table as u8;
    bytes[40..52].copy_from_slice(&[52, 0, 0, 0, 0, 0, 40, 0, 3, 0, 2, 0]);
    bytes.extend(names);
    bytes.extend(&name);
    bytes.resize(table + 40, 0);
    for (text, kind, at, len) in [(1, 1, name_at, name.len()), (10, 3, 52, names.len())] {
        let fields = [text, kind, 0, 0, at as u32, len as u32, 0, 0, 0, 0_u32];
        bytes.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
    }
    bytes
}

/// A 64-bit kernel of one set-up sector and 32 bytes.
pub(crate) fn bz_image() -> Vec<u8> {
    let mut bytes = vec![0; 1024 + 32];
    bytes[0x1F1] = 1;
    bytes[0x1F4] = 2;
    bytes[0x1FE..0x206].copy_from_slice(b"\x55\xAA\0\0HdrS");
    bytes[0x206..0x208].copy_from_slice(&[0x0F, 2]);
    bytes[0x236] = 1;
    bytes
}
