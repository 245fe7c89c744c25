//! The file systems of an image, laid out and written.

use std::fs::File;
use std::io::{self, BufWriter};
use std::num::NonZeroUsize;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use bringup_disk::{FileWriter, ImageWriter};
use bringup_fsimage::ext2::{self, Ext2};
use bringup_fsimage::ext4::{self, Ext4};
use bringup_fsimage::{FileSystem, RegionSink};
use bringup_spec::{Board, Bytes, Kernel};
use bringup_store::Digest;
use bringup_system::{Compression, RootFileSystem};
use bringup_tree::{Content, Source, Tree};

use crate::volumes::{self, Role};
use crate::{Error, Request, Uuid};

/// Inodes left for what is written later.
const FREE_INODES: u32 = 1024;

/// Blocks that only root may use: the system runs as root and is small, so the 5 % that `mke2fs`
/// keeps for it would only be missing.
const RESERVED_PERCENT: u8 = 0;

/// What the file systems are made of.
pub(crate) struct VolumeParts<'a> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) roles: &'a [Role],
    /// The whole root tree.
    pub(crate) tree: &'a Tree,
    /// The kernel's folder of device trees in it.
    pub(crate) device_trees: Option<&'a str>,
    /// How large the last one is, where it is not as large as it needs to be.
    pub(crate) last: Option<Bytes>,
    pub(crate) seed: &'a Digest,
    pub(crate) epoch: i64,
    pub(crate) jobs: usize,
}

/// A file system behind the firmware's partitions.
pub(crate) struct Volume {
    role: Role,
    /// The kernel's name for its kind.
    pub(crate) kind: &'static str,
    pub(crate) label: String,
    /// None where its kind has none.
    pub(crate) uuid: Option<Uuid>,
    contents: Box<dyn FileSystem>,
}

impl Volume {
    pub(crate) fn size(&self) -> Bytes {
        self.contents.size()
    }

    pub(crate) fn is_root(&self) -> bool {
        self.role == Role::Root
    }
}

/// All of them, in the order of their partitions.
pub(crate) struct Volumes(Vec<Volume>);

impl Volumes {
    /// Lays them out; nothing of them is on the disk yet.
    pub(crate) fn lay_out(parts: &VolumeParts<'_>) -> Result<Self, Error> {
        parts.roles.iter().map(|role| lay_out(parts, *role)).collect::<Result<_, _>>().map(Self)
    }

    /// Names and sizes, for the disk's plan.
    pub(crate) fn sizes(&self) -> Vec<(&str, Bytes)> {
        self.0.iter().map(|volume| (volume.role.name(), volume.size())).collect()
    }

    /// The volume of the partition of that number.
    pub(crate) fn of_partition(&self, board: &Board, number: u32) -> Option<&Volume> {
        self.0.get((number as usize).checked_sub(board.partitions.len() + 1)?)
    }

    pub(crate) fn root(&self) -> &Volume {
        self.0.iter().find(|volume| volume.is_root()).expect("every system has a root")
    }

    /// Writes each into its partition.
    pub(crate) fn write(&self, board: &Board, writer: &ImageWriter<'_>) -> Result<(), Error> {
        for (number, volume) in (board.partitions.len() as u32 + 1..).zip(&self.0) {
            let mut region = writer.partition(number)?;
            let written = volume.contents.write(&mut region);
            written.map_err(|source| writer.failed("write a file system into", source))?;
        }
        Ok(())
    }
}

/// How many threads that is.
pub(crate) fn threads(jobs: usize) -> NonZeroUsize {
    NonZeroUsize::new(jobs).unwrap_or(NonZeroUsize::MIN)
}

/// A file system whose size is not known before it is written: in a file without a name until then.
pub(crate) struct Spooled {
    file: FileWriter,
    size: Bytes,
}

impl Spooled {
    /// Writes it in the folder of the image at `output`.
    fn write(
        output: &Path,
        write: impl FnOnce(&mut BufWriter<&File>) -> Result<Bytes, Error>,
    ) -> Result<Self, Error> {
        let file = FileWriter::create(&output.with_extension("root"), Bytes(0))?;
        let size = write(&mut BufWriter::with_capacity(BUFFER, file.file()))?;
        Ok(Self { file, size })
    }
}

impl Spooled {
    /// Its bytes, as the content of a file.
    pub(crate) fn content(&self) -> Result<Content, Error> {
        let path = self.file.target().to_owned();
        let file = self.file.file().try_clone();
        let file = file.map_err(|source| Error::Io { operation: "open", path: path.clone(), source })?;
        Ok(Content::Range { source: Arc::new(Source { path, file }), offset: 0, len: self.size.0 })
    }
}

impl FileSystem for Spooled {
    fn size(&self) -> Bytes {
        self.size
    }

    fn write(&self, sink: &mut dyn RegionSink) -> io::Result<()> {
        let mut buffer = vec![0; BUFFER];
        let mut at = 0;
        while at < self.size.0 {
            let piece = &mut buffer[..BUFFER.min((self.size.0 - at) as usize)];
            self.file.file().read_exact_at(piece, at)?;
            sink.data(at, piece)?;
            at += piece.len() as u64;
        }
        Ok(())
    }
}

/// How much of a spooled file system is copied at a time.
const BUFFER: usize = 1 << 20;

fn lay_out(parts: &VolumeParts<'_>, role: Role) -> Result<Volume, Error> {
    let VolumeParts { request, roles, tree, device_trees, .. } = *parts;
    let root = &request.system.root;
    let kind = if role == Role::Root { root.file_system } else { RootFileSystem::Ext4 };
    let label = if role == Role::Root { root.label.clone() } else { role.name().to_owned() };
    let own;
    let tree = if roles.len() == 1 {
        tree
    } else {
        own = volumes::part(tree, roles, role, device_trees)?;
        &own
    };
    // What is never written needs no room for it.
    let grows = roles.last() == Some(&role) && !(role == Role::Root && root.is_read_only());
    let free = if grows { root.free } else { Bytes(0) };
    let exact = parts.last.filter(|_| grows);
    let contents: Box<dyn FileSystem> = match kind {
        RootFileSystem::Ext4 => Box::new(ext4(
            parts,
            role,
            tree,
            &label,
            exact.map_or(ext4::Size::ContentPlus(free), ext4::Size::Exact),
        )?),
        RootFileSystem::Ext2 => Box::new(ext2(
            parts,
            role,
            tree,
            &label,
            exact.map_or(ext2::Size::ContentPlus(free), ext2::Size::Exact),
        )?),
        RootFileSystem::Squashfs => Box::new(squashfs(parts, tree)?),
        RootFileSystem::Erofs => Box::new(erofs(parts, tree, &label)?),
    };
    let uuid = kind.is_writable().then(|| role.uuid(parts.seed));
    Ok(Volume { role, kind: kind.name(), label, uuid, contents })
}

fn ext4(
    parts: &VolumeParts<'_>,
    role: Role,
    tree: &Tree,
    label: &str,
    size: ext4::Size,
) -> Result<Ext4, Error> {
    let options = ext4::Options {
        uuid: role.uuid(parts.seed).0,
        hash_seed: Uuid::derive(parts.seed, &format!("{} directory hashes", role.name())).0,
        label: label.to_owned(),
        epoch: parts.epoch,
        size,
        free_inodes: FREE_INODES,
        reserved_percent: RESERVED_PERCENT,
        journal: None,
    };
    Ok(Ext4::plan(tree, &options)?)
}

/// How hard zstd and gzip are asked to try if the record does not say: what mksquashfs asks of them.
const ZSTD_LEVEL: u32 = 15;
const GZIP_LEVEL: u32 = 9;
const XZ_LEVEL: u32 = 6;

/// Most bytes of a compressed piece of an erofs, and zstd's level there: larger ones hardly make it smaller,
/// and every read of a page unpacks one.
const EROFS_CLUSTER: u32 = 64 << 10;
const EROFS_LEVEL: u32 = 15;

fn erofs(parts: &VolumeParts<'_>, tree: &Tree, label: &str) -> Result<Spooled, Error> {
    let root = &parts.request.system.root;
    let algorithm = match root.compression {
        Some(Compression::Lz4) => Some(bringup_erofs::Algorithm::Lz4),
        Some(Compression::Zstd) => Some(bringup_erofs::Algorithm::Zstd {
            level: root.compression_level.unwrap_or(EROFS_LEVEL) as i32,
        }),
        _ => None,
    };
    let compression = algorithm.map(|algorithm| bringup_erofs::Compression {
        algorithm,
        cluster_bytes: EROFS_CLUSTER,
        pack_tails: true,
    });
    let options = bringup_erofs::Options {
        compression,
        uuid: Role::Root.uuid(parts.seed).0,
        label: label.to_owned(),
        time: parts.epoch,
        threads: threads(parts.jobs),
    };
    Spooled::write(&parts.request.output, |to| Ok(Bytes(bringup_erofs::write(tree, &options, to)?.bytes)))
}

/// A squashfs of `tree`, compressed as the record says.
pub(crate) fn squashfs(parts: &VolumeParts<'_>, tree: &Tree) -> Result<Spooled, Error> {
    let root = &parts.request.system.root;
    let level = |usual| root.compression_level.unwrap_or(usual);
    let compression = match root.compression {
        Some(Compression::Gzip) => bringup_squashfs::Compression::Gzip { level: level(GZIP_LEVEL) },
        Some(Compression::Xz) => bringup_squashfs::Compression::Xz { level: level(XZ_LEVEL) },
        Some(Compression::Lz4) => bringup_squashfs::Compression::Lz4,
        _ => bringup_squashfs::Compression::Zstd { level: level(ZSTD_LEVEL) },
    };
    let threads = threads(parts.jobs);
    // It has no access control lists: what a list would have let somebody read (systemd's journal), the
    // owner and the group alone do.
    let acls = bringup_squashfs::Acls::LeaveOut;
    let options = bringup_squashfs::Options {
        acls,
        ..bringup_squashfs::Options::new(compression, parts.epoch, threads)
    };
    let file_system = bringup_squashfs::Squashfs::plan(tree, &options)?;
    Spooled::write(&parts.request.output, |to| Ok(file_system.write(to)?.size))
}

fn ext2(
    parts: &VolumeParts<'_>,
    role: Role,
    tree: &Tree,
    label: &str,
    size: ext2::Size,
) -> Result<Ext2, Error> {
    let options = ext2::Options {
        uuid: role.uuid(parts.seed).0,
        label: label.to_owned(),
        epoch: parts.epoch,
        size,
        free_inodes: FREE_INODES,
        reserved_percent: RESERVED_PERCENT,
        creator: match parts.request.board.platform.kernel {
            Kernel::Linux => ext2::Creator::Linux,
            Kernel::Hurd => ext2::Creator::Hurd,
        },
    };
    Ok(Ext2::plan(tree, &options)?)
}
