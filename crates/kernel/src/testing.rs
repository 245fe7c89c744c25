//! Kernel packages made by code, for tests.

use std::num::NonZeroUsize;

use bringup_tree::{Content, Kind, Meta, Tree};
use object::write::{Object, Symbol, SymbolSection};
use object::{Architecture, BinaryFormat, Endianness, SectionKind, SymbolFlags, SymbolKind, SymbolScope};

use crate::{Error, KernelPackage, ModuleIndex};

pub(crate) const VERSION: &str = "6.1-test";

/// A module to be.
pub(crate) struct Fake {
    path: String,
    modinfo: String,
    exports: Vec<String>,
    strings: String,
}

impl Fake {
    pub(crate) fn new(path: &str) -> Self {
        Self { path: path.into(), modinfo: String::new(), exports: vec![], strings: String::new() }
    }

    pub(crate) fn info(mut self, field: &str, value: &str) -> Self {
        self.modinfo += &format!("{field}={value}\0");
        self
    }

    pub(crate) fn export(mut self, symbol: &str) -> Self {
        self.exports.push(symbol.into());
        self
    }

    pub(crate) fn string(mut self, string: &str) -> Self {
        self.strings += &format!("{string}\0");
        self
    }
}

/// The ELF file of a module.
pub(crate) fn elf(fake: &Fake) -> Vec<u8> {
    let mut object = Object::new(BinaryFormat::Elf, Architecture::Aarch64, Endianness::Little);
    let mut section = |name: &str, bytes: &str| {
        let id = object.add_section(vec![], name.into(), SectionKind::ReadOnlyData);
        object.append_section_data(id, bytes.as_bytes(), 1);
        id
    };
    if !fake.modinfo.is_empty() {
        section(".modinfo", &fake.modinfo);
    }
    let strings = section(".rodata.str1.8", &fake.strings);
    for symbol in &fake.exports {
        object.add_symbol(Symbol {
            name: format!("__ksymtab_{symbol}").into(),
            value: 0,
            size: 0,
            kind: SymbolKind::Data,
            scope: SymbolScope::Compilation,
            weak: false,
            section: SymbolSection::Section(strings),
            flags: SymbolFlags::None,
        });
    }
    object.write().unwrap()
}

pub(crate) fn dir() -> Meta {
    Meta::root(0o755, 0)
}

/// A package with these modules, listed in this order in `modules.order`.
pub(crate) fn package(fakes: &[Fake]) -> Tree {
    let mut tree = Tree::new(dir());
    let mut file = |path: String, bytes: Vec<u8>| {
        tree.insert_all(path, dir(), Kind::File(Content::bytes(bytes)), &dir()).unwrap();
    };
    let modules = format!("usr/lib/modules/{VERSION}");
    let mut order = String::new();
    for fake in fakes {
        file(format!("{modules}/{}", fake.path), elf(fake));
        order += &format!("{}\n", fake.path);
    }
    file(format!("{modules}/modules.order"), order.into());
    let builtin = "kernel/mmc/mmc_core.ko\nkernel/mmc/mmc-block.ko\nkernel/tmpfs.ko\n";
    file(format!("{modules}/modules.builtin"), builtin.into());
    let modinfo = "mmc_core.license=GPL\0mmc_block.alias=mmc:block\0tmpfs.alias=fs-tmpfs\0";
    file(format!("{modules}/modules.builtin.modinfo"), modinfo.into());
    file(format!("boot/vmlinuz-{VERSION}"), b"kernel".to_vec());
    file(format!("usr/lib/linux-image-{VERSION}/board.dtb"), b"".to_vec());
    tree
}

pub(crate) fn try_index(fakes: &[Fake]) -> Result<ModuleIndex, Error> {
    let tree = package(fakes);
    ModuleIndex::scan(&tree, &KernelPackage::find(&tree)?, NonZeroUsize::MIN)
}

pub(crate) fn index(fakes: &[Fake]) -> ModuleIndex {
    try_index(fakes).unwrap()
}

/// A flattened device tree to be: nodes are opened and closed, properties go to the open one.
pub(crate) struct Dt {
    structure: Vec<u8>,
    strings: Vec<u8>,
}

impl Dt {
    pub(crate) fn new() -> Self {
        Self { structure: vec![], strings: vec![] }
    }

    fn word(&mut self, word: usize) {
        self.structure.extend((word as u32).to_be_bytes());
    }

    fn pad(&mut self) {
        self.structure.resize(self.structure.len().next_multiple_of(4), 0);
    }

    pub(crate) fn open(&mut self, name: &str) -> &mut Self {
        self.word(1);
        self.structure.extend(name.bytes().chain([0]));
        self.pad();
        self
    }

    pub(crate) fn close(&mut self) -> &mut Self {
        self.word(2);
        self
    }

    fn property(&mut self, name: &str, value: Vec<u8>) -> &mut Self {
        self.word(3);
        self.word(value.len());
        self.word(self.strings.len());
        self.structure.extend(value);
        self.pad();
        self.strings.extend(name.bytes().chain([0]));
        self
    }

    pub(crate) fn text(&mut self, name: &str, texts: &[&str]) -> &mut Self {
        self.property(name, texts.iter().flat_map(|text| text.bytes().chain([0])).collect())
    }

    pub(crate) fn cells(&mut self, name: &str, cells: &[u32]) -> &mut Self {
        self.property(name, cells.iter().flat_map(|cell| cell.to_be_bytes()).collect())
    }

    /// Closes the root and gives the blob.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.word(2);
        self.word(9);
        let structure = 56;
        let strings = structure + self.structure.len();
        let total = strings + self.strings.len();
        let header =
            [0xd00d_feed, total, structure, strings, 40, 17, 16, 0, self.strings.len(), self.structure.len()];
        let mut blob: Vec<u8> = header.iter().flat_map(|&word| (word as u32).to_be_bytes()).collect();
        blob.extend([0; 16]);
        blob.extend(self.structure);
        blob.extend(self.strings);
        blob
    }
}
