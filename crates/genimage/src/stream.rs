//! Images whose size is known only once they are written: archives, squashfs, qcow2.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::Path;

use bringup_compress::Format;
use bringup_disk::FileWriter;
use bringup_fsimage::{FileSystem, write_cpio};
use bringup_qcow2::Compression;
use bringup_spec::Bytes;
use bringup_tree::Tree;

use crate::config::{Cpio, Image, Qemu, Squashfs};
use crate::{Error, Place};

/// How much is written at a time.
const BUFFER: usize = 1 << 20;

/// What is common to all of them.
pub(crate) struct Streams<'a> {
    pub(crate) image: &'a Image,
    pub(crate) target: &'a Path,
    pub(crate) threads: NonZeroUsize,
}

/// The formats by the ends of an archive's name, as genimage goes by them.
const ENDS: [(&str, Format); 5] = [
    (".tar.gz", Format::Gzip { level: 6 }),
    (".tgz", Format::Gzip { level: 6 }),
    (".tar.xz", Format::Xz { level: 6 }),
    (".txz", Format::Xz { level: 6 }),
    (".tar.zst", Format::Zstd { level: 3 }),
];

impl Streams<'_> {
    fn writer(&self) -> Result<FileWriter, Error> {
        Ok(FileWriter::create(self.target, Bytes(0))?)
    }

    fn flush(writer: &FileWriter, mut out: BufWriter<&File>) -> Result<(), Error> {
        out.flush().map_err(|error| Error::Disk(writer.failed("write", error)))
    }

    /// Writes what `write` gives, in the format if there is one.
    fn archive(
        &self,
        format: Option<Format>,
        write: impl FnOnce(&mut BufWriter<&File>) -> Result<(), Error>,
    ) -> Result<FileWriter, Error> {
        let plain = self.writer()?;
        let mut out = BufWriter::with_capacity(BUFFER, plain.file());
        write(&mut out)?;
        Self::flush(&plain, out)?;
        let Some(format) = format else { return Ok(plain) };
        let packed = self.writer()?;
        let mut out = BufWriter::with_capacity(BUFFER, packed.file());
        let options = bringup_compress::Options { format, threads: self.threads };
        let compressed = bringup_compress::compress(plain.file(), &mut out, &options);
        compressed.map_err(|source| Error::Compress { image: self.image.file.clone(), source })?;
        Self::flush(&packed, out)?;
        Ok(packed)
    }

    /// An archive that Linux unpacks as an initramfs.
    pub(crate) fn cpio(&self, cpio: &Cpio, tree: &Tree) -> Result<FileWriter, Error> {
        let failed =
            |source| Error::FileSystem { at: self.image.at.clone(), image: self.image.file.clone(), source };
        let format = cpio.gzip.then_some(Format::Gzip { level: 6 });
        self.archive(format, |out| write_cpio(tree, out).map_err(failed))
    }

    /// An archive, compressed as its name says.
    pub(crate) fn tar(&self, tree: &Tree) -> Result<FileWriter, Error> {
        let name = &self.image.file;
        if name.ends_with(".tar.bz2") || name.ends_with(".tbz2") {
            return Err(Error::Unsupported {
                at: self.image.at.clone(),
                key: "tar".to_owned(),
                reason: "no bzip2 is written here",
                help: "give the image a name in `.tar.gz`, `.tar.xz` or `.tar.zst`",
            });
        }
        let format = ENDS.iter().find(|(end, _)| name.ends_with(end)).map(|(_, format)| *format);
        self.archive(format, |out| Ok(tree.to_tar(out)?))
    }

    /// A compressed file system.
    pub(crate) fn squashfs(&self, squashfs: &Squashfs, tree: &Tree, epoch: i64) -> Result<FileWriter, Error> {
        use bringup_squashfs::{Acls, Compression, Options};
        let failed =
            |source| Error::Squashfs { at: squashfs.at.clone(), image: self.image.file.clone(), source };
        // The levels of mksquashfs (squashfs-tools, its compressors' defaults).
        let compression = match squashfs.compression.as_str() {
            "gzip" => Compression::Gzip { level: 9 },
            "xz" => Compression::Xz { level: 6 },
            "zstd" => Compression::Zstd { level: 15 },
            "lz4" => Compression::Lz4,
            other => {
                return Err(Error::BadValue {
                    at: squashfs.at.clone(),
                    key: "compression".to_owned(),
                    value: other.to_owned(),
                    expected: "`gzip`, `xz`, `zstd` or `lz4`",
                });
            }
        };
        let (block_size, acls) = (Bytes(squashfs.block_size), Acls::LeaveOut);
        let options = Options { block_size, acls, ..Options::new(compression, epoch.max(0), self.threads) };
        let planned = bringup_squashfs::Squashfs::plan(tree, &options).map_err(failed)?;
        let writer = self.writer()?;
        let mut out = BufWriter::with_capacity(BUFFER, writer.file());
        planned.write(&mut out).map_err(failed)?;
        Self::flush(&writer, out)?;
        Ok(writer)
    }

    /// A disk for QEMU.
    pub(crate) fn qemu(&self, qemu: &Qemu, disk: &dyn FileSystem) -> Result<FileWriter, Error> {
        let raw = FileWriter::create(self.target, disk.size())?;
        disk.write(&mut raw.sink()).map_err(|error| raw.failed("write", error))?;
        if qemu.format == "raw" {
            return Ok(raw);
        }
        let compression = if qemu.compressed { Compression::Zlib { level: 6 } } else { Compression::None };
        let options = bringup_qcow2::Options { compression, threads: self.threads };
        let writer = self.writer()?;
        let mut out = BufWriter::with_capacity(BUFFER, writer.file());
        let written = bringup_qcow2::write(raw.file(), &mut out, &options);
        written.map_err(|source| Error::Qcow2 {
            at: self.image.at.clone(),
            image: self.image.file.clone(),
            source,
        })?;
        Self::flush(&writer, out)?;
        Ok(writer)
    }
}

/// That a stream is no larger than the image may be.
pub(crate) fn fits(at: &Place, image: &Image, len: u64, most: u64) -> Result<(), Error> {
    if len <= most {
        return Ok(());
    }
    Err(Error::Larger { at: at.clone(), image: image.file.clone(), size: len, most })
}

/// The length of what was written.
pub(crate) fn len(writer: &FileWriter) -> Result<u64, Error> {
    let meta: io::Result<_> = writer.file().metadata();
    Ok(meta.map_err(|error| writer.failed("look at", error))?.len())
}
