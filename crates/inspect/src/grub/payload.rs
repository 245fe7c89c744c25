//! What is compressed in a core image: GRUB's kernel, and behind it its modules, its first
//! configuration and its prefix.
//!
//! Layout: GRUB 2.12, include/grub/kernel.h (`struct grub_module_info32`, `struct
//! grub_module_header`) and util/mkimage.c. All numbers are little-endian.

use object::{Object, ObjectSection};

use super::{CORE, MAX_DECOMPRESSOR, SECTOR, core, lzma};
use crate::Error;
use crate::bytes::Reader;

/// The most that is unpacked: GRUB's own core images for BIOS have a third of a MiB, all its modules 4.
const MAX_UNPACKED: u64 = 8 << 20;

/// `GRUB_MODULE_MAGIC`, 0x676d696d.
const MAGIC: &[u8] = b"mimg";

/// Magic, offset and size.
const INFO_LEN: u64 = 12;

/// `OBJ_TYPE_ELF`, `OBJ_TYPE_CONFIG` and `OBJ_TYPE_PREFIX`.
const ELF: u32 = 0;
const CONFIG: u32 = 2;
const PREFIX: u32 = 3;

/// What a core image unpacks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Where GRUB looks for its modules and for `grub.cfg`: `(,msdos1)/boot/grub`.
    pub prefix: Option<String>,
    /// The commands it runs first, in place of that `grub.cfg` if they say so.
    pub config: Option<String>,
    /// The names of the modules that are built in, in order.
    pub modules: Vec<String>,
}

/// Unpacks and reads a whole core image; `bytes` is as for [`core()`].
///
/// # Errors
/// As for [`core()`]; no LZMA stream of the said length behind the unpacking program that has modules in
/// it; objects that leave it, or are not what they should be.
pub fn payload(bytes: &[u8]) -> Result<Payload, Error> {
    let found = core(bytes)?;
    if found.uncompressed.0 > MAX_UNPACKED {
        let limit = bringup_spec::Bytes(MAX_UNPACKED);
        return Err(Error::TooLong { what: CORE, len: found.uncompressed, limit });
    }
    let plain_end = u64::from(Reader::new(CORE, bytes).u16_le(SECTOR + 0x14)?);
    // No field says where the stream begins: at a multiple of 16 behind the unpacking program.
    let mut budget = 2 * MAX_UNPACKED;
    for start in (plain_end.next_multiple_of(16)..=MAX_DECOMPRESSOR).step_by(16) {
        let stream = Reader::new(CORE, bytes).get(SECTOR + start, found.compressed.0);
        let (Ok(stream), true) = (stream, budget >= found.uncompressed.0) else { break };
        // Every stream begins with a zero.
        if stream.first() != Some(&0) {
            continue;
        }
        budget -= found.uncompressed.0;
        let unpacked = lzma::decode(stream, found.uncompressed.0 as usize);
        if let Some((unpacked, at)) = unpacked.and_then(|unpacked| info(&unpacked).map(|at| (unpacked, at))) {
            return objects(Reader::new(CORE, &unpacked), at);
        }
    }
    Err(Error::Missing { what: CORE, part: "LZMA stream with GRUB's modules in it".to_owned() })
}

/// Where the modules' information is: behind the kernel, at a multiple of 4, with all of its size there.
fn info(unpacked: &[u8]) -> Option<u64> {
    let reader = Reader::new(CORE, unpacked);
    let is_info = |&at: &u64| {
        let size = || reader.u32_le(at + 8).ok();
        reader.get(at, 4) == Ok(MAGIC)
            && reader.u32_le(at + 4) == Ok(INFO_LEN as u32)
            && size().is_some_and(|size| u64::from(size) >= INFO_LEN && reader.get(at, size.into()).is_ok())
    };
    // The kernel knows the magic number as well, so the last one counts.
    (0..unpacked.len() as u64 / 4).map(|word| word * 4).rev().find(is_info)
}

fn objects(reader: Reader<'_>, info: u64) -> Result<Payload, Error> {
    let end = info + u64::from(reader.u32_le(info + 8)?);
    let mut payload = Payload { prefix: None, config: None, modules: Vec::new() };
    let mut at = info + INFO_LEN;
    while at < end {
        let (kind, size) = (reader.u32_le(at)?, u64::from(reader.u32_le(at + 4)?));
        if size < 8 || at + size > end {
            let rule = "count its header and lie within the others";
            return Err(Error::BadField { what: CORE, field: "size of an object", value: size, rule });
        }
        let data = reader.get(at + 8, size - 8)?;
        match kind {
            ELF => payload.modules.push(module_name(data)?),
            CONFIG => payload.config = Some(text("the configuration", at + 8, data)?),
            PREFIX => payload.prefix = Some(text("the prefix", at + 8, data)?),
            // A memory disk, a key.
            _ => {}
        }
        at += size.next_multiple_of(4);
    }
    Ok(payload)
}

/// The text up to its NUL, and whatever pads it.
fn text(field: &'static str, offset: u64, data: &[u8]) -> Result<String, Error> {
    let text = data.split(|&byte| byte == 0).next().unwrap_or_default();
    let text = std::str::from_utf8(text).map_err(|_| Error::NotText { what: CORE, field, offset })?;
    Ok(text.to_owned())
}

fn module_name(data: &[u8]) -> Result<String, Error> {
    let failed = |source| Error::Elf { table: "GRUB module", source };
    let module = object::File::parse(data).map_err(failed)?;
    let section = module.section_by_name(".modname");
    let section = section.ok_or(Error::Missing { what: CORE, part: "name of a module".to_owned() })?;
    text("a module's name", 0, section.data().map_err(failed)?)
}

#[cfg(test)]
pub(crate) mod tests;
