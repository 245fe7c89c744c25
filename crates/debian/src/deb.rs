//! Binary packages: what a `.deb` holds, and where.
//!
//! deb(5), format 2.0: an `ar` archive of `debian-binary`, `control.tar.*` and `data.tar.*`, in this
//! order. Members whose names begin with `_`, and whatever follows the data, are skipped, as dpkg
//! does. Nothing but the control member is read here.

mod ar;
mod control;
mod error;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

pub use self::control::{Control, SCRIPTS};
pub use self::error::DebError;
use crate::decompress::{self, Compression, Effort};

/// The most that a control member may hold when it is unpacked, in bytes. The largest of Debian's
/// are the `md5sums` of packages with some 100,000 files: about 10 MiB.
const MAX_CONTROL: u64 = 64 << 20;

/// The most of `debian-binary` that is read; it holds `2.0` and a newline.
const MAX_VERSION: u64 = 64;

/// Where a member is in its package, and how it is compressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// As in `data.tar.xz`.
    pub name: String,
    /// Its first byte in the file.
    pub offset: u64,
    /// Its length there, in bytes.
    pub len: u64,
    /// By its name.
    pub compression: Compression,
}

/// An opened package: its control information is read, its files are not.
#[derive(Debug)]
pub struct Deb {
    /// The file.
    pub path: PathBuf,
    /// What `control.tar.*` holds.
    pub control: Control,
    /// Where the files are.
    pub data: Member,
    file: File,
}

impl Deb {
    /// Opens the package at `path`.
    ///
    /// # Errors
    /// The file cannot be read, is no package of format 2, is truncated, or has other things in it
    /// than a package may have.
    pub fn open(path: &Path) -> Result<Self, DebError> {
        let file = File::open(path).map_err(DebError::io("open", path))?;
        let members = ar::members(&file, path)?;
        let mut members = members.into_iter();
        let first = members.next().filter(|member| member.name == "debian-binary");
        let first = first.ok_or_else(|| DebError::NotADeb {
            path: path.to_owned(),
            problem: "its first member is not `debian-binary`",
        })?;
        check_version(&file, path, &first)?;
        let mut members = members.filter(|member| !member.name.starts_with('_'));
        let control = tar_member(members.next(), "control.tar", path)?;
        let data = tar_member(members.next(), "data.tar", path)?;
        let mut tar = Vec::new();
        let mut reader = member_reader(&file, path, &control)?;
        decompress::copy(&mut reader, control.compression, Effort::ONE_THREAD, MAX_CONTROL, &mut tar)
            .map_err(|error| DebError::in_member(path, &control.name, error, MAX_CONTROL))?;
        let control = Control::from_tar(path, &tar)?;
        Ok(Self { path: path.to_owned(), control, data, file })
    }

    /// Decompresses the files' archive into `out`, at most `limit` bytes; says how many there were.
    ///
    /// # Errors
    /// The member is damaged, larger than `limit`, or `out` cannot be written to.
    pub fn copy_data(&self, effort: Effort, limit: u64, out: &mut dyn io::Write) -> Result<u64, DebError> {
        let mut reader = member_reader(&self.file, &self.path, &self.data)?;
        decompress::copy(&mut reader, self.data.compression, effort, limit, out)
            .map_err(|error| DebError::in_member(&self.path, &self.data.name, error, limit))
    }
}

fn member_reader<'a>(
    mut file: &'a File,
    path: &Path,
    member: &Member,
) -> Result<BufReader<io::Take<&'a File>>, DebError> {
    file.seek(SeekFrom::Start(member.offset)).map_err(DebError::io("seek in", path))?;
    Ok(BufReader::with_capacity(decompress::BUFFER, file.take(member.len)))
}

/// deb(5): the minor number may grow, and lines may be added; the major number may not change.
fn check_version(file: &File, path: &Path, member: &ar::RawMember) -> Result<(), DebError> {
    let mut text = Vec::new();
    let mut from = file;
    from.seek(SeekFrom::Start(member.offset)).map_err(DebError::io("seek in", path))?;
    from.take(member.len.min(MAX_VERSION)).read_to_end(&mut text).map_err(DebError::io("read", path))?;
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    if line.starts_with(b"2.") && text.len() > line.len() {
        return Ok(());
    }
    Err(DebError::Version { path: path.to_owned(), found: String::from_utf8_lossy(line).into_owned() })
}

/// A member that must be `wanted`, with or without a compression's ending.
fn tar_member(member: Option<ar::RawMember>, wanted: &'static str, path: &Path) -> Result<Member, DebError> {
    let Some(ar::RawMember { name, offset, len }) = member else {
        return Err(DebError::NoMember { path: path.to_owned(), wanted });
    };
    let Some(ending) = name.strip_prefix(wanted) else {
        return Err(DebError::WrongMember { path: path.to_owned(), wanted, found: name });
    };
    let Some(compression) = Compression::from_ending(ending) else {
        return Err(DebError::Compression { path: path.to_owned(), member: name });
    };
    Ok(Member { name, offset, len, compression })
}
