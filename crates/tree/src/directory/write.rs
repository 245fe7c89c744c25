//! A tree unpacked into a directory, by an ordinary user.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, File, FileTimes, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::num::NonZero;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps};

use crate::{Content, Error, Kind, Meta, NodeId, Tree};

/// What [`write_directory`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Directories, files, hard links and symbolic links made.
    pub made: u64,
    /// Bytes in files.
    pub bytes: u64,
    /// Paths of devices, pipes and sockets, which were left out.
    pub skipped: Vec<Vec<u8>>,
}

/// How much of a file is copied at a time. (`copy_file_range` costs as much: contents in an
/// archive do not start at a block, so that no file system can share them.)
const BUFFER: usize = 1 << 20;

/// Unpacks `tree` into the directory `to`, which must be empty or not exist.
///
/// Permissions (with read and write, for directories also search, for the owner, so that the
/// result can be read and deleted), times, hard links and symbolic links are kept; owners,
/// set-id and sticky bits and extended attributes are dropped; devices, pipes and sockets are
/// left out and reported. Nothing is ever written through a symbolic link: directories are made
/// first, then files, each as a new one, and links last.
///
/// # Errors
/// `to` is not empty, contents cannot be read, or something cannot be written. What had been
/// written by then is left there: give a directory that is not yet in use.
pub fn write_directory(tree: &Tree, to: &Path) -> Result<Written, Error> {
    start(to)?;
    let mut written = Written::default();
    let mut folders = Vec::new();
    let mut files: Vec<(PathBuf, &Meta, &Content)> = Vec::new();
    let mut hard_links: Vec<(PathBuf, NodeId)> = Vec::new();
    let mut links: Vec<(PathBuf, &Meta, &[u8])> = Vec::new();
    let mut first: HashMap<NodeId, PathBuf> = HashMap::new();
    for (path, id, node) in tree.iter() {
        let full = if path.is_empty() { to.to_owned() } else { to.join(OsStr::from_bytes(path)) };
        match &node.kind {
            Kind::Directory => {
                if !path.is_empty() {
                    fs::DirBuilder::new().mode(0o700).create(&full).map_err(Error::io("make", &full))?;
                }
                folders.push((full, &node.meta));
            }
            Kind::File(_) | Kind::Symlink(_) if first.contains_key(&id) => hard_links.push((full, id)),
            Kind::File(content) => {
                first.insert(id, full.clone());
                written.bytes += content.len();
                files.push((full, &node.meta, content));
            }
            Kind::Symlink(target) => {
                first.insert(id, full.clone());
                links.push((full, &node.meta, target));
            }
            Kind::CharDevice(_) | Kind::BlockDevice(_) | Kind::Fifo | Kind::Socket => {
                written.skipped.push(path.to_vec());
                continue;
            }
        }
        written.made += 1;
    }
    write_files(&files)?;
    for (path, meta, target) in links {
        symlink(OsStr::from_bytes(target), &path).map_err(Error::io("make", &path))?;
        set_link_time(&path, meta).map_err(Error::io("set the time of", &path))?;
    }
    for (path, id) in hard_links {
        // link(2) does not follow a symbolic link at its first path.
        fs::hard_link(&first[&id], &path).map_err(Error::io("make", &path))?;
    }
    // Deepest first, as adding a name changes the time of a directory.
    for (path, meta) in folders.into_iter().rev() {
        finish_folder(&path, meta).map_err(Error::io("finish", &path))?;
    }
    Ok(written)
}

fn start(to: &Path) -> Result<(), Error> {
    match fs::DirBuilder::new().mode(0o700).create(to) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            match fs::read_dir(to).map_err(Error::io("list", to))?.next() {
                None => Ok(()),
                Some(_) => Err(Error::NotEmpty { path: to.to_owned() }),
            }
        }
        made => made.map_err(Error::io("make", to)),
    }
}

/// Writes files on every processor, at most eight: more only wait for the disk.
fn write_files(files: &[(PathBuf, &Meta, &Content)]) -> Result<(), Error> {
    let threads = thread::available_parallelism().map_or(2, NonZero::get).clamp(2, 8).min(files.len());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut buffer = vec![0; BUFFER];
        while let Some((path, meta, content)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = write_file(path, meta, content, &mut buffer) {
                // The others stop at their next file.
                next.store(files.len(), Ordering::Relaxed);
                return Err(error);
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

fn write_file(path: &Path, meta: &Meta, content: &Content, buffer: &mut [u8]) -> Result<(), Error> {
    // A new file (O_EXCL), so never one behind a link.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(Error::io("make", path))?;
    let mut reader = content.reader();
    let mut left = content.len();
    while left > 0 {
        let part = &mut buffer[..left.min(BUFFER as u64) as usize];
        reader.read_exact(part).map_err(Error::io("read", content.path()))?;
        file.write_all(part).map_err(Error::io("write", path))?;
        left -= part.len() as u64;
    }
    finish(&file, meta, 0o600).map_err(Error::io("finish", path))
}

fn finish_folder(path: &Path, meta: &Meta) -> io::Result<()> {
    finish(&File::open(path)?, meta, 0o700)
}

/// Sets permissions and time.
fn finish(file: &File, meta: &Meta, at_least: u32) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(meta.mode & 0o777 | at_least))?;
    file.set_times(FileTimes::new().set_modified(time(meta.mtime)))
}

fn time(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let time = if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}

fn set_link_time(path: &Path, meta: &Meta) -> io::Result<()> {
    let time = Timespec { tv_sec: meta.mtime, tv_nsec: 0 };
    let times = Timestamps { last_access: time, last_modification: time };
    Ok(rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}
