//! An initramfs, read as the kernel unpacks it.
//!
//! Any number of cpio archives, plain or compressed, one after the other, with
//! zeros between them (Linux, Documentation/driver-api/early-userspace/buffer-format.rst).
//! Only what later links ask about is kept in memory.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read};

use bringup_inspect::compression;
use bringup_spec::Bytes;

use crate::{Error, elf, modinfo, unpack};

/// How many names an initramfs may have; Debian's largest have some 4,000.
const ENTRIES_MAX: usize = 1 << 18;

/// The most bytes that are unpacked: more than the memory of any board that would unpack it.
const UNPACKED_MAX: u64 = 4 << 30;

/// How much of a file is kept: the headers of a program, or all of a short text.
const HEAD: u64 = 4096;

/// How much of a kernel's list of modules is kept.
const LIST: u64 = 4 << 20;

/// The longest module, program or library that is looked into; Debian's largest modules have some 10 MiB.
const CODE_MAX: u64 = 32 << 20;

/// A file of an initramfs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) mode: u32,
    pub(crate) len: u64,
    /// What it begins with; all of a link's target.
    pub(crate) head: Vec<u8>,
    /// What a kernel module depends on, if it says so.
    pub(crate) depends: Option<Vec<String>>,
    /// The libraries that a program or a library needs.
    pub(crate) needed: Vec<String>,
}

impl Packed {
    pub(crate) fn is_link(&self) -> bool {
        self.mode & 0o170_000 == 0o120_000
    }

    pub(crate) fn is_file(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }
}

/// What an initramfs holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Archive {
    /// By path, without a leading slash.
    pub(crate) files: BTreeMap<Vec<u8>, Packed>,
    /// How each part is packed: `cpio`, `zstd`.
    pub(crate) parts: Vec<String>,
    /// All bytes of it, unpacked.
    pub(crate) unpacked: u64,
}

impl Archive {
    /// Reads all of an initramfs.
    ///
    /// # Errors
    /// It is neither a cpio archive nor compressed in a way that is read here, or it is broken.
    pub(crate) fn read(from: impl Read) -> Result<Self, Error> {
        let mut from = BufReader::with_capacity(1 << 17, from);
        let mut archive = Self::default();
        let mut at = 0;
        loop {
            at += skip_zeros(&mut from, at)?;
            let head = peek(&mut from, at)?;
            if head.is_empty() {
                break;
            }
            match compression::detect(head) {
                None => {
                    let mut counted = Counted { from: &mut from, at };
                    archive.cpio(&mut counted)?;
                    at = counted.at;
                    archive.parts.push("cpio".to_owned());
                }
                Some(compression) => {
                    let broken =
                        |what, error: std::io::Error| Error::Archive { what, at, problem: error.to_string() };
                    let decoder = unpack::decoder(compression, &mut from)
                        .map_err(|error| broken("compressed initramfs", error))?;
                    let Some(decoder) = decoder else {
                        let (what, feature) = ("initramfs", "compression with magic number");
                        return Err(Error::Unsupported { what, feature, value: magic(compression) });
                    };
                    archive.unpacked_part(decoder)?;
                    archive.parts.push(compression.to_string());
                }
            }
        }
        if archive.parts.is_empty() {
            return Err(Error::Archive { what: "initramfs", at: 0, problem: "it is empty".to_owned() });
        }
        Ok(archive)
    }

    fn unpacked_part(&mut self, decoder: Box<dyn Read + '_>) -> Result<(), Error> {
        let mut plain = BufReader::with_capacity(1 << 16, decoder);
        let mut at = 0;
        loop {
            at += skip_zeros(&mut plain, at)?;
            if peek(&mut plain, at)?.is_empty() {
                return Ok(());
            }
            let mut counted = Counted { from: &mut plain, at };
            self.cpio(&mut counted)?;
            at = counted.at;
        }
    }

    /// One archive, up to its trailer.
    fn cpio(&mut self, from: &mut Counted<'_>) -> Result<(), Error> {
        let start = from.at;
        let mut links: HashMap<u32, Vec<Vec<u8>>> = HashMap::new();
        loop {
            let at = from.at;
            let broken =
                |problem: &str| Error::Archive { what: "cpio archive", at, problem: problem.to_owned() };
            let header = from.take(110)?;
            if &header[..6] != b"070701" && &header[..6] != b"070702" {
                return Err(broken("a header begins with neither `070701` nor `070702`"));
            }
            let field = |index: usize| {
                hex(&header[6 + index * 8..][..8]).ok_or_else(|| broken("a field of a header is no number"))
            };
            let (inode, mode, link_count, len, name_len) =
                (field(0)?, field(1)?, field(4)?, u64::from(field(6)?), field(11)?);
            if !(1..=4096).contains(&name_len) {
                return Err(broken("a name is not 1 to 4096 bytes long"));
            }
            let mut name = from.take(name_len.into())?;
            if name.pop() != Some(0) {
                return Err(broken("a name does not end in a NUL"));
            }
            from.pad(start)?;
            if name == b"TRAILER!!!" {
                break;
            }
            let path = clean(&name);
            let keep =
                if path.rsplit(|&byte| byte == b'/').next().is_some_and(|name| name.starts_with(b"modules."))
                    || path == b"modules/order"
                {
                    LIST
                } else {
                    HEAD
                };
            let is_code = len <= CODE_MAX && is_code(&path, mode);
            let mut head = from.take(if is_code { len } else { len.min(keep) })?;
            from.skip(len - head.len() as u64)?;
            let depends = if path.ends_with(b".ko") { modinfo::depends(&head) } else { None };
            let elf = if is_code { elf::read(&head[..]).ok().flatten() } else { None };
            let needed = elf.map(|elf| elf.needed).unwrap_or_default();
            head.truncate(keep as usize);
            head.shrink_to_fit();
            from.pad(start)?;
            self.unpacked += len;
            if self.unpacked > UNPACKED_MAX {
                let (len, limit) = (Bytes(self.unpacked), Bytes(UNPACKED_MAX));
                return Err(Error::TooLarge { what: "the unpacked initramfs".to_owned(), len, limit });
            }
            if link_count > 1 && mode & 0o170_000 == 0o100_000 {
                links.entry(inode).or_default().push(path.clone());
            }
            if self.files.len() >= ENTRIES_MAX {
                return Err(Error::TooMany { what: "initramfs", parts: "names", limit: ENTRIES_MAX as u64 });
            }
            self.files.insert(path, Packed { mode, len, head, depends, needed });
        }
        self.join(links);
        Ok(())
    }

    /// Of several names of one file, one only has the contents.
    fn join(&mut self, links: HashMap<u32, Vec<Vec<u8>>>) {
        for paths in links.into_values() {
            let whole = paths.iter().filter_map(|path| self.files.get(path)).find(|file| file.len > 0);
            let Some(whole) = whole.cloned() else { continue };
            for path in paths {
                self.files.insert(path, whole.clone());
            }
        }
    }

    /// The file that `path` leads to, through links, and its own path.
    pub(crate) fn find(&self, path: &str) -> Option<(String, &Packed)> {
        let follow =
            |path: &[u8]| self.files.get(path).filter(|file| file.is_link()).map(|file| file.head.clone());
        let real = crate::files::resolve(path.as_bytes(), &follow)?;
        let file = self.files.get(&real)?;
        Some((String::from_utf8_lossy(&real).into_owned(), file))
    }
}

fn magic(compression: compression::Compression) -> u64 {
    match compression {
        compression::Compression::Lz4Legacy => 0x184C_2102,
        _ => 0x68_5A42,
    }
}

fn hex(digits: &[u8]) -> Option<u32> {
    // from_str_radix would also take a sign.
    let text =
        std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(text, 16).ok()
}

/// Whether a file may be a module, a program or a library, which is more than its first bytes say.
fn is_code(path: &[u8], mode: u32) -> bool {
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let is_library = name.windows(3).any(|part| part == b".so");
    mode & 0o170_000 == 0o100_000 && (mode & 0o111 != 0 || is_library || name.ends_with(b".ko"))
}

fn clean(name: &[u8]) -> Vec<u8> {
    let parts: Vec<&[u8]> =
        name.split(|&byte| byte == b'/').filter(|part| !part.is_empty() && *part != b".").collect();
    parts.join(&b'/')
}

fn failed(at: u64, error: std::io::Error) -> Error {
    Error::Archive { what: "initramfs", at, problem: error.to_string() }
}

fn peek(from: &mut dyn BufRead, at: u64) -> Result<&[u8], Error> {
    from.fill_buf().map_err(|error| failed(at, error))
}

fn skip_zeros(from: &mut dyn BufRead, at: u64) -> Result<u64, Error> {
    let mut skipped = 0;
    loop {
        let buffer = from.fill_buf().map_err(|error| failed(at + skipped, error))?;
        let zeros = buffer.iter().take_while(|&&byte| byte == 0).count();
        let all = zeros == buffer.len();
        from.consume(zeros);
        skipped += zeros as u64;
        if !all || zeros == 0 {
            return Ok(skipped);
        }
    }
}

struct Counted<'a> {
    from: &'a mut dyn BufRead,
    at: u64,
}

impl Counted<'_> {
    fn take(&mut self, len: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; len as usize];
        self.from.read_exact(&mut bytes).map_err(|error| failed(self.at, error))?;
        self.at += len;
        Ok(bytes)
    }

    fn skip(&mut self, len: u64) -> Result<(), Error> {
        let mut left = len;
        while left > 0 {
            let there = self.from.fill_buf().map_err(|error| failed(self.at, error))?.len() as u64;
            if there == 0 {
                return Err(Error::Archive {
                    what: "initramfs",
                    at: self.at,
                    problem: format!("it ends {left} bytes too early"),
                });
            }
            self.from.consume(there.min(left) as usize);
            left -= there.min(left);
        }
        self.at += len;
        Ok(())
    }

    /// Headers and contents begin at multiples of 4 from the archive's start.
    fn pad(&mut self, start: u64) -> Result<(), Error> {
        let odd = (self.at - start) % 4;
        if odd == 0 { Ok(()) } else { self.skip(4 - odd) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::testing::cpio;

    fn read(bytes: &[u8]) -> Result<Archive, Error> {
        Archive::read(bytes)
    }

    #[test]
    fn plain_and_compressed_parts_are_one_archive() {
        let mut bytes = cpio(&[("kernel/microcode", 0o100_644, b"x")]);
        bytes.extend([0; 512]);
        bytes.extend(zstd::encode_all(&cpio(&[("init", 0o100_755, b"#!/bin/sh\n")])[..], 1).unwrap());
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&cpio(&[("bin", 0o120_777, b"usr/bin"), ("usr/bin/sh", 0o100_755, b"\x7fELF")]))
            .unwrap();
        bytes.extend(gz.finish().unwrap());
        let archive = read(&bytes).unwrap();
        assert_eq!(
            archive.parts,
            ["cpio", "Zstandard", "gzip"].map(|part| if part == "Zstandard" { "zstd" } else { part })
        );
        assert_eq!(archive.find("/init").unwrap().1.head, b"#!/bin/sh\n");
        assert_eq!(archive.find("/bin/sh").unwrap().0, "usr/bin/sh");
        assert_eq!(archive.files.len(), 4);
    }

    #[test]
    fn a_cut_archive_is_refused() {
        let bytes = cpio(&[("init", 0o100_755, b"#!/bin/sh\n")]);
        let trailer = bytes.len() - 124;
        assert!(matches!(read(&bytes[..trailer]), Err(Error::Archive { .. })));
        let packed = zstd::encode_all(&bytes[..], 1).unwrap();
        assert!(matches!(read(&packed[..packed.len() - 5]), Err(Error::Archive { .. })));
        assert!(matches!(read(&[]), Err(Error::Archive { .. })));
    }

    #[test]
    fn a_header_of_something_else_is_refused() {
        let mut bytes = cpio(&[("init", 0o100_755, b"#!/bin/sh\n")]);
        bytes[5] = b'7';
        assert_eq!(
            read(&bytes).unwrap_err().to_string(),
            "cpio archive at byte 0: a header begins with neither `070701` nor `070702`"
        );
    }
}
