//! Unified kernel images: systemd's stub with a kernel, its initramfs and its command line as
//! sections (UAPI group, Unified Kernel Image specification; systemd-stub(7)).
//!
//! ```text
//! | headers, section table | the stub's sections | .osrel | .cmdline | .dtb | .uname | .linux | .initrd |
//! ```
//!
//! Each section begins at the next multiple of the stub's alignments, in the file and in memory.
//! What `systemd-boot` finds in `EFI/Linux` of the ESP it shows by `.osrel`.

use bringup_spec::Bytes;

use crate::pe::{self, Pe, SECTION};
use crate::{Error, value};

/// `IMAGE_SCN_CNT_CODE`: old kernels run where they were loaded to.
const CODE: u32 = 0x20;
/// `IMAGE_SCN_CNT_INITIALIZED_DATA`.
const DATA: u32 = 0x40;
/// `IMAGE_SCN_MEM_READ`.
const READ: u32 = 0x4000_0000;
/// `IMAGE_DLLCHARACTERISTICS_NX_COMPAT`.
const NX_COMPAT: u16 = 0x100;
/// First word of a device tree (Devicetree Specification 0.4, section 5.2), big-endian.
const DEVICE_TREE: u32 = 0xd00d_feed;
/// Offsets and addresses have 32 bits.
const MOST: u64 = u32::MAX as u64;

/// What goes into a kernel image.
#[derive(Clone, Copy, Debug)]
pub struct Sections<'a> {
    /// The kernel, a UEFI program itself.
    pub linux: &'a [u8],
    /// The initramfs.
    pub initrd: Option<&'a [u8]>,
    /// The kernel's command line.
    pub cmdline: Option<&'a str>,
    /// The system's `os-release`; systemd-boot needs its `PRETTY_NAME` and a version.
    pub osrel: Option<&'a str>,
    /// The kernel's release, as `uname -r` says.
    pub uname: Option<&'a str>,
    /// A device tree, for firmware that brings none or a wrong one.
    pub devicetree: Option<&'a [u8]>,
}

impl<'a> Sections<'a> {
    /// Names and contents, in the order of the file: that of systemd's `ukify`.
    fn list(&self) -> Vec<(&'static str, &'a [u8])> {
        [
            (".osrel", self.osrel.map(str::as_bytes)),
            (".cmdline", self.cmdline.map(str::as_bytes)),
            (".dtb", self.devicetree),
            (".uname", self.uname.map(str::as_bytes)),
            (".linux", Some(self.linux)),
            (".initrd", self.initrd),
        ]
        .into_iter()
        .filter_map(|(name, content)| content.map(|content| (name, content)))
        .collect()
    }

    fn check(&self) -> Result<(), Error> {
        if let Some(cmdline) = self.cmdline {
            value::text("the command line", cmdline)?;
        }
        if let Some(uname) = self.uname {
            value::word("the kernel's release", uname)?;
        }
        if let Some(osrel) = self.osrel {
            value::lines("os-release", osrel)?;
        }
        if self.initrd.is_some_and(<[u8]>::is_empty) {
            return Err(Error::Empty { field: "the initramfs" });
        }
        let first = |bytes: &[u8]| bytes.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
        match self.devicetree.map(first) {
            Some(magic) if magic != DEVICE_TREE => Err(Error::NotDeviceTree { magic }),
            _ => Ok(()),
        }
    }
}

/// The kernel image of these sections. Equal inputs give equal bytes.
///
/// The stub's own sections stay as they are; its checksum becomes 0, and it no longer promises
/// to run with pages that cannot be executed if the kernel does not.
///
/// # Errors
/// A stub or a kernel that is no UEFI program, or one for another machine than the other; a stub
/// that is signed, a kernel image already, or without room in its headers; an empty section; a
/// control character in a text; no device tree where one should be; more than 4 GiB.
pub fn build(stub: &[u8], sections: &Sections<'_>) -> Result<Vec<u8>, Error> {
    sections.check()?;
    let pe = Pe::parse("stub", stub)?;
    let kernel = Pe::parse("kernel", sections.linux)?;
    if pe.machine != kernel.machine {
        return Err(Error::Machine { stub: pe.machine, kernel: kernel.machine });
    }
    if pe.is_signed() {
        return Err(Error::Signed);
    }
    let list = sections.list();
    for (section, _) in &list {
        if pe.sections().any(|found| found.name == section.as_bytes()) {
            return Err(Error::SectionExists { section });
        }
    }
    let room = pe.room()?;
    if list.len() > room {
        return Err(Error::HeaderRoom { sections: list.len(), room });
    }
    let (rows, end) = place(&pe, stub.len() as u64, &list)?;

    let mut image = Vec::with_capacity(end.file as usize);
    image.extend_from_slice(stub);
    for ((_, content), row) in list.iter().zip(&rows) {
        image.resize(row.pointer as usize, 0);
        image.extend_from_slice(content);
    }
    image.resize(end.file as usize, 0);

    let mut put = |at: usize, bytes: &[u8]| image[at..at + bytes.len()].copy_from_slice(bytes);
    for (index, row) in rows.iter().enumerate() {
        put(pe.next_row() + index * SECTION, &row.encode());
    }
    put(pe.section_count_at(), &((pe.section_count() + rows.len()) as u16).to_le_bytes());
    let data: u32 = rows.iter().map(|row| row.len).sum();
    let before = pe::u32_at(stub, pe.initialized_at()).unwrap_or(0);
    put(pe.initialized_at(), &before.wrapping_add(data).to_le_bytes());
    put(pe.image_size_at(), &(end.memory as u32).to_le_bytes());
    put(pe.checksum_at(), &[0; 4]);
    let nx = pe.dll_characteristics() & (kernel.dll_characteristics() | !NX_COMPAT);
    put(pe.dll_characteristics_at(), &nx.to_le_bytes());
    Ok(image)
}

/// A row of the section table.
struct Row {
    name: &'static str,
    /// `VirtualSize`: the content's length.
    len: u32,
    /// `VirtualAddress`.
    address: u32,
    /// `SizeOfRawData`.
    raw_len: u32,
    /// `PointerToRawData`.
    pointer: u32,
}

impl Row {
    fn encode(&self) -> [u8; SECTION] {
        let kind = if self.name == ".linux" { CODE } else { DATA };
        let mut bytes = [0; SECTION];
        bytes[..self.name.len()].copy_from_slice(self.name.as_bytes());
        let words =
            [(8, self.len), (12, self.address), (16, self.raw_len), (20, self.pointer), (36, READ | kind)];
        for (at, word) in words {
            bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }
}

/// Where something ends or begins.
#[derive(Clone, Copy)]
struct Place {
    memory: u64,
    file: u64,
}

/// Gives each section its places; says where the whole image ends.
fn place(pe: &Pe<'_>, len: u64, list: &[(&'static str, &[u8])]) -> Result<(Vec<Row>, Place), Error> {
    let ends = pe.sections().map(|each| u64::from(each.virtual_address) + u64::from(each.virtual_size));
    let align = |place: Place| Place {
        memory: place.memory.next_multiple_of(pe.section_alignment.into()),
        file: place.file.next_multiple_of(pe.file_alignment.into()),
    };
    let mut next = align(Place { memory: ends.max().unwrap_or(0), file: len });
    let mut rows = Vec::with_capacity(list.len());
    for (name, content) in list {
        let len = content.len() as u64;
        let end = align(Place { memory: next.memory + len, file: next.file + len });
        let size = end.memory.max(end.file);
        if size > MOST {
            return Err(Error::TooLarge { size: Bytes(size), most: Bytes(MOST) });
        }
        rows.push(Row {
            name,
            len: len as u32,
            address: next.memory as u32,
            raw_len: (end.file - next.file) as u32,
            pointer: next.file as u32,
        });
        next = end;
    }
    Ok((rows, next))
}

#[cfg(test)]
mod tests;
