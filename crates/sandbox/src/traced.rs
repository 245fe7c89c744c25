//! A program as seen through `/proc`: its memory, its descriptors, its idea of paths.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

/// Longest path, with its NUL (`PATH_MAX`, include/uapi/linux/limits.h).
const MAX_PATH: usize = 4096;
/// Text is read up to a page's end at most, as the next page may not be there; every page size is a
/// multiple of this.
const PAGE: u64 = 4096;

/// A thread that waits for an answer.
#[derive(Debug)]
pub(crate) struct Traced {
    folder: PathBuf,
    memory: File,
}

impl Traced {
    pub(crate) fn open(pid: u32) -> io::Result<Self> {
        let folder = PathBuf::from(format!("/proc/{pid}"));
        let memory = File::options().read(true).write(true).open(folder.join("mem"))?;
        Ok(Self { folder, memory })
    }

    /// The text at an address, up to its NUL.
    pub(crate) fn text(&self, mut at: u64) -> Result<Vec<u8>, Errno> {
        let mut text = Vec::new();
        while text.len() < MAX_PATH {
            let mut part = vec![0; (PAGE - at % PAGE) as usize];
            self.read(&mut part, at)?;
            if let Some(end) = part.iter().position(|byte| *byte == 0) {
                text.extend_from_slice(&part[..end]);
                return Ok(text);
            }
            at += part.len() as u64;
            text.extend(part);
        }
        Err(Errno::NAMETOOLONG)
    }

    /// So many bytes at an address.
    pub(crate) fn bytes(&self, at: u64, len: usize) -> Result<Vec<u8>, Errno> {
        let mut bytes = vec![0; len];
        self.read(&mut bytes, at)?;
        Ok(bytes)
    }

    fn read(&self, to: &mut [u8], at: u64) -> Result<(), Errno> {
        self.memory.read_exact_at(to, at).map_err(|_| Errno::FAULT)
    }

    pub(crate) fn write(&self, at: u64, bytes: &[u8]) -> Result<(), Errno> {
        self.memory.write_all_at(bytes, at).map_err(|_| Errno::FAULT)
    }

    /// What its descriptor is open on; `AT_FDCWD` is its working folder.
    pub(crate) fn descriptor(&self, descriptor: i32) -> Result<OwnedFd, Errno> {
        rustix::fs::open(self.place(descriptor), OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
    }

    fn place(&self, descriptor: i32) -> PathBuf {
        match descriptor {
            libc::AT_FDCWD => self.folder.join("cwd"),
            other => self.folder.join("fd").join(other.to_string()),
        }
    }

    /// What `path` leads to in its own root; relative paths count from a descriptor.
    pub(crate) fn find(&self, folder: i32, path: &[u8], follow: bool) -> Result<OwnedFd, Errno> {
        let root = fs::read_link(self.folder.join("root")).map_err(|_| Errno::SRCH)?;
        let mut full = Vec::new();
        if !path.starts_with(b"/") {
            // As the program's mount namespace has it, so from that namespace's root.
            let base = fs::read_link(self.place(folder)).map_err(|_| Errno::BADF)?;
            let base = base.strip_prefix(&root).map_err(|_| Errno::XDEV)?;
            full.extend_from_slice(base.as_os_str().as_bytes());
            full.push(b'/');
        }
        full.extend_from_slice(path);
        let below = full.iter().position(|byte| *byte != b'/').map_or(&[][..], |start| &full[start..]);
        // How a library names what it has open, where a call takes no descriptor.
        let own = below.strip_prefix(b"proc/self/fd/").filter(|_| follow);
        if let Some(number) = own.and_then(|name| std::str::from_utf8(name).ok()?.parse().ok()) {
            return self.descriptor(number);
        }
        // There `self` would be this process.
        if below.starts_with(b"proc/") {
            return Err(Errno::XDEV);
        }
        let open = OFlags::PATH | OFlags::CLOEXEC;
        let root = rustix::fs::open(self.folder.join("root"), open | OFlags::DIRECTORY, Mode::empty())?;
        let flags = if follow { open } else { open | OFlags::NOFOLLOW };
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        rustix::fs::openat2(root.as_fd(), full, flags, Mode::empty(), resolve)
    }

    /// Its file mode creation mask.
    pub(crate) fn umask(&self) -> Result<u32, Errno> {
        let status = fs::read_to_string(self.folder.join("status")).map_err(|_| Errno::SRCH)?;
        let mask = status.lines().find_map(|line| line.strip_prefix("Umask:")).ok_or(Errno::SRCH)?;
        u32::from_str_radix(mask.trim(), 8).map_err(|_| Errno::SRCH)
    }

    /// chmod(2) of a file that was opened for its path only.
    pub(crate) fn change_mode(file: &OwnedFd, mode: u32) -> Result<(), Errno> {
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        rustix::fs::chmodat(CWD, path, Mode::from(mode), rustix::fs::AtFlags::empty())
    }
}
