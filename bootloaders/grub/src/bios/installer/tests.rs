use std::collections::BTreeMap;

use super::*;
use crate::bios::{boot, core, kernel};

const GRUB: Bios =
    Bios { modules: &["linux"], config: None, ..Bios::in_front_of(Bytes::mib(1), "(,msdos1)/boot/grub") };

pub(in crate::bios) struct Package(BTreeMap<String, Vec<u8>>);

impl Package {
    /// Adds or replaces a file of GRUB's folder.
    pub(in crate::bios) fn put(&mut self, name: &str, bytes: &[u8]) {
        self.0.insert(path(name), bytes.to_vec());
    }
}

impl Artifacts for Package {
    fn get(&self, package: &str, path: &str) -> Option<Cow<'_, [u8]>> {
        assert_eq!(package, PACKAGE);
        self.0.get(path).map(|bytes| Cow::Borrowed(bytes.as_slice()))
    }
}

pub(in crate::bios) fn package() -> Package {
    let files = [
        ("boot.img", boot::tests::valid()),
        ("diskboot.img", core::tests::diskboot()),
        ("lzma_decompress.img", core::tests::decompressor()),
        ("kernel.img", kernel::tests::valid(b"kernel")),
        ("moddep.lst", b"linux: boot\nboot:\n".to_vec()),
        ("linux.mod", b"the linux module".to_vec()),
        ("boot.mod", b"the boot module".to_vec()),
    ];
    Package(files.into_iter().map(|(name, bytes)| (path(name), bytes)).collect())
}

/// The error for `core.img` when one file of the package is changed.
fn refused(name: &str, bytes: Option<&[u8]>) -> String {
    let mut package = package();
    match bytes {
        Some(bytes) => package.0.insert(path(name), bytes.to_vec()),
        None => package.0.remove(&path(name)),
    };
    GRUB.bytes(&GRUB.placements[1], &package).unwrap_err().to_string()
}

#[test]
fn it_says_its_places_in_a_constant() {
    let [boot, core] = GRUB.placements;
    assert_eq!((boot.name, boot.offset, boot.room), ("boot.img", Bytes(0), Bytes(440)));
    assert_eq!((core.name, core.offset, core.room), ("core.img", Bytes(512), Bytes((1 << 20) - 512)));
    assert_eq!(GRUB.packages(), ["grub-pc-bin"]);
}

#[test]
fn boot_img_starts_the_core_image_where_it_is() {
    let at_64_kib = Bios { modules: &["linux"], ..Bios::at(Lba(128), Bytes::mib(1), "(,gpt2)/boot/grub") };
    let package = package();
    let boot = at_64_kib.bytes(&at_64_kib.placements[0], &package).unwrap();
    assert_eq!(*boot, boot_image(&boot::tests::valid(), Lba(128)).unwrap());
    let core = at_64_kib.bytes(&at_64_kib.placements[1], &package).unwrap();
    assert_eq!(core[0x1f4], 129);
    assert_eq!(at_64_kib.placements[1].offset, Bytes::kib(64));
}

#[test]
fn the_core_image_holds_modules_with_what_they_need() {
    let package = package();
    let parts = CoreParts {
        diskboot: &core::tests::diskboot(),
        decompressor: &core::tests::decompressor(),
        kernel: &kernel::tests::valid(b"kernel"),
        modules: &[Cow::Borrowed(b"the boot module"), Cow::Borrowed(b"the linux module")],
        config: None,
        prefix: "(,msdos1)/boot/grub",
    };
    let core = GRUB.bytes(&GRUB.placements[1], &package).unwrap();
    assert_eq!(*core, core_image(&parts, Lba(1)).unwrap());
}

#[test]
fn a_missing_file_is_named() {
    assert_eq!(
        refused("boot.mod", None),
        "package `grub-pc-bin` has no file `usr/lib/grub/i386-pc/boot.mod`"
    );
    assert_eq!(
        refused("kernel.img", None),
        "package `grub-pc-bin` has no file `usr/lib/grub/i386-pc/kernel.img`"
    );
}

#[test]
fn an_unusable_file_is_named() {
    assert_eq!(
        refused("moddep.lst", Some(b"linux: boot\n")),
        "`usr/lib/grub/i386-pc/moddep.lst`: `moddep.lst` has no module `boot`, which `linux` needs"
    );
    assert_eq!(
        refused("kernel.img", Some(b"\x7fELF")),
        "`usr/lib/grub/i386-pc/kernel.img`: `kernel.img` is too short for an ELF header"
    );
}
