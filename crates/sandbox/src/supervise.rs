//! Answers the calls of programs that believe to be root, and records what they ask for.
//!
//! With one id of the host only, the kernel refuses every other owner (EINVAL), device nodes and
//! attributes of the system. So those calls are answered here: they succeed, their effect is recorded, and
//! calls that look at files are told it. Where a call cannot be followed (`/proc`, a file that is gone),
//! the kernel answers; the answer is right then, but for what was recorded.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{AtFlags, Mode, OFlags, Statx};
use rustix::io::Errno;

use crate::acl;
use crate::identity::Identities;
use crate::records::{Device, Key, Record, Records};
use crate::seccomp::{self, Answer, Question};
use crate::traced::Traced;

/// How long the kernel is waited for before looking again whether anybody is left.
const PATIENCE: Duration = Duration::from_millis(500);
/// The file type's bits of a mode, and those of devices and plain files (inode(7)).
const TYPE: u32 = 0o170_000;
const CHARACTER: u32 = 0o020_000;
const BLOCK: u32 = 0o060_000;
/// Set-user-ID, set-group-ID and the group's execute bit.
const SET_UID: u32 = 0o4000;
const SET_GID: u32 = 0o2000;
const GROUP_EXECUTE: u32 = 0o010;
/// "No change", as an id.
const SAME: u32 = u32::MAX;
/// Most bytes of an attribute (`XATTR_SIZE_MAX`, include/uapi/linux/limits.h).
const MAX_XATTR: u64 = 65536;
/// The attribute that is a file's access list (acl(5)).
const ACCESS: &[u8] = b"system.posix_acl_access";

/// Every call that is asked about.
pub(crate) fn calls() -> Vec<i64> {
    let mut calls = vec![
        libc::SYS_fchown,
        libc::SYS_fchownat,
        libc::SYS_mknodat,
        libc::SYS_fstat,
        libc::SYS_newfstatat,
        libc::SYS_statx,
        libc::SYS_setxattr,
        libc::SYS_lsetxattr,
        libc::SYS_fsetxattr,
        libc::SYS_getxattr,
        libc::SYS_lgetxattr,
        libc::SYS_fgetxattr,
    ];
    #[cfg(target_arch = "x86_64")]
    calls.extend([libc::SYS_chown, libc::SYS_lchown, libc::SYS_mknod, libc::SYS_stat, libc::SYS_lstat]);
    calls.extend(crate::identity::CALLS);
    calls
}

/// Answers until nobody is left who could ask.
pub(crate) fn supervise(listener: &OwnedFd, records: &Records) {
    let mut identities = Identities::default();
    let patience = Timespec { tv_sec: 0, tv_nsec: i64::from(PATIENCE.subsec_nanos()) };
    loop {
        let mut wait = [PollFd::new(listener, PollFlags::IN)];
        match rustix::event::poll(&mut wait, Some(&patience)) {
            Ok(0) | Err(Errno::INTR) => continue,
            Ok(_) => {}
            Err(_) => return,
        }
        // Whoever had the filter is gone.
        if !wait[0].revents().contains(PollFlags::IN) {
            return;
        }
        match seccomp::receive(listener.as_fd()) {
            Ok(question) => {
                let answer = answer(listener.as_fd(), &question, records, &mut identities);
                seccomp::answer(listener.as_fd(), question.id, answer);
            }
            // Killed before we looked.
            Err(Errno::NOENT | Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

fn answer(
    listener: BorrowedFd<'_>,
    question: &Question,
    records: &Records,
    identities: &mut Identities,
) -> Answer {
    if let Some(answer) = identities.answer(question) {
        return answer;
    }
    let Ok(traced) = Traced::open(question.pid) else { return Answer::Continue };
    // Or the number is another process's by now.
    if !seccomp::waits(listener, question.id) {
        return Answer::Continue;
    }
    let asked = Asked { traced, question, records };
    asked.answer().unwrap_or(Answer::Continue)
}

/// A call, and who asks.
struct Asked<'a> {
    traced: Traced,
    question: &'a Question,
    records: &'a Records,
}

/// How a call names its file.
#[derive(Clone, Copy)]
struct Named {
    /// A descriptor of the program, for relative paths.
    folder: i32,
    /// Where the path is in the program's memory; none for the descriptor itself.
    path: Option<u64>,
    /// Whether a link at its end is followed.
    follow: bool,
}

impl Named {
    fn path(path: u64, follow: bool) -> Self {
        Self { folder: libc::AT_FDCWD, path: Some(path), follow }
    }

    fn descriptor(folder: u64) -> Self {
        Self { folder: folder as i32, path: None, follow: true }
    }

    fn at(folder: u64, path: u64, flags: u64) -> Self {
        Self {
            folder: folder as i32,
            path: Some(path),
            follow: flags & libc::AT_SYMLINK_NOFOLLOW as u64 == 0,
        }
    }
}

impl Asked<'_> {
    /// None, or an error, lets the kernel answer.
    fn answer(&self) -> Result<Answer, Errno> {
        let args = self.question.args;
        match self.question.call {
            libc::SYS_fchown => self.chown(Named::descriptor(args[0]), args[1], args[2]),
            libc::SYS_fchownat => self.chown(Named::at(args[0], args[1], args[4]), args[2], args[3]),
            libc::SYS_mknodat => self.make_node(args[0] as i32, args[1], args[2], args[3]),
            libc::SYS_fstat => self.stat(Named::descriptor(args[0]), args[1]),
            libc::SYS_newfstatat => self.stat(Named::at(args[0], args[1], args[3]), args[2]),
            libc::SYS_statx => self.statx(Named::at(args[0], args[1], args[2]), args[3], args[4]),
            libc::SYS_setxattr => self.set_xattr(Named::path(args[0], true)),
            libc::SYS_lsetxattr => self.set_xattr(Named::path(args[0], false)),
            libc::SYS_fsetxattr => self.set_xattr(Named::descriptor(args[0])),
            libc::SYS_getxattr => self.get_xattr(Named::path(args[0], true)),
            libc::SYS_lgetxattr => self.get_xattr(Named::path(args[0], false)),
            libc::SYS_fgetxattr => self.get_xattr(Named::descriptor(args[0])),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_chown => self.chown(Named::path(args[0], true), args[1], args[2]),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_lchown => self.chown(Named::path(args[0], false), args[1], args[2]),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_mknod => self.make_node(libc::AT_FDCWD, args[0], args[1], args[2]),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_stat => self.stat(Named::path(args[0], true), args[1]),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_lstat => self.stat(Named::path(args[0], false), args[1]),
            _ => Ok(Answer::Continue),
        }
    }

    /// The file that a call names.
    fn file(&self, named: Named) -> Result<OwnedFd, Errno> {
        match named.path {
            None => self.traced.descriptor(named.folder),
            Some(at) => match self.traced.text(at)? {
                // Whether AT_EMPTY_PATH allows it or not is the kernel's to say where nothing is recorded.
                path if path.is_empty() => self.traced.descriptor(named.folder),
                path => self.traced.find(named.folder, &path, named.follow),
            },
        }
    }

    fn look(&self, file: &OwnedFd) -> Result<Statx, Errno> {
        rustix::fs::statx(file, c"", AtFlags::EMPTY_PATH, Key::wanted())
    }

    fn chown(&self, named: Named, uid: u64, gid: u64) -> Result<Answer, Errno> {
        let file = self.file(named)?;
        let found = self.look(&file)?;
        let mut records = self.records.lock();
        let record = records.entry(Key::of(&found)).or_default();
        for (field, id) in [(&mut record.uid, uid as u32), (&mut record.gid, gid as u32)] {
            if id != SAME {
                *field = id;
            }
        }
        drop(records);
        // As the kernel does, whoever asks (inode(7), chown(2)).
        let mode = u32::from(found.stx_mode);
        let mut kept = mode & !SET_UID;
        if mode & GROUP_EXECUTE != 0 {
            kept &= !SET_GID;
        }
        if kept != mode && mode & TYPE == 0o100_000 {
            Traced::change_mode(&file, kept & 0o7777)?;
        }
        Ok(Answer::Value(0))
    }

    /// A device becomes an empty file with a record; everything else the kernel can make.
    fn make_node(&self, folder: i32, path: u64, mode: u64, device: u64) -> Result<Answer, Errno> {
        let mode = mode as u32;
        let block = mode & TYPE == BLOCK;
        if !block && mode & TYPE != CHARACTER {
            return Ok(Answer::Continue);
        }
        let path = self.traced.text(path)?;
        let cut = path.iter().rposition(|byte| *byte == b'/');
        let (up, name) = match cut {
            None => (&b"."[..], &path[..]),
            Some(0) => (&b"/"[..], &path[1..]),
            Some(cut) => (&path[..cut], &path[cut + 1..]),
        };
        let up = match self.traced.find(folder, up, true) {
            Ok(up) => up,
            Err(error) => return Ok(Answer::Error(error)),
        };
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::WRONLY;
        let mode = Mode::from(mode & 0o7777 & !self.traced.umask()?);
        let file = match rustix::fs::openat(&up, name, flags, mode) {
            Ok(file) => file,
            Err(error) => return Ok(Answer::Error(error)),
        };
        // The library's and the kernel's form of a device number agree below 2^32.
        let device = Device { block, major: rustix::fs::major(device), minor: rustix::fs::minor(device) };
        let record = Record { device: Some(device), ..Record::default() };
        self.records.lock().insert(Key::of(&self.look(&file)?), record);
        Ok(Answer::Value(0))
    }

    fn record(&self, found: &Statx) -> Option<Record> {
        self.records.lock().get(&Key::of(found)).cloned()
    }

    fn stat(&self, named: Named, to: u64) -> Result<Answer, Errno> {
        if self.records.lock().is_empty() {
            return Ok(Answer::Continue);
        }
        let file = self.file(named)?;
        let Some(record) = self.record(&self.look(&file)?) else { return Ok(Answer::Continue) };
        let mut found = seccomp::stat(file.as_fd())?;
        (found.st_uid, found.st_gid) = (record.uid, record.gid);
        if let Some(device) = record.device {
            found.st_mode = found.st_mode & !TYPE | device.kind();
            found.st_rdev = rustix::fs::makedev(device.major, device.minor);
        }
        self.traced.write(to, &seccomp::stat_bytes(&found))?;
        Ok(Answer::Value(0))
    }

    fn statx(&self, named: Named, mask: u64, to: u64) -> Result<Answer, Errno> {
        if self.records.lock().is_empty() {
            return Ok(Answer::Continue);
        }
        let file = self.file(named)?;
        let found = self.look(&file)?;
        let Some(record) = self.record(&found) else { return Ok(Answer::Continue) };
        let wanted = rustix::fs::StatxFlags::from_bits_retain(mask as u32);
        let mut found = rustix::fs::statx(&file, c"", AtFlags::EMPTY_PATH, wanted)?;
        (found.stx_uid, found.stx_gid) = (record.uid, record.gid);
        if let Some(device) = record.device {
            found.stx_mode = found.stx_mode & !(TYPE as u16) | device.kind() as u16;
            (found.stx_rdev_major, found.stx_rdev_minor) = (device.major, device.minor);
        }
        self.traced.write(to, &seccomp::statx_bytes(&found))?;
        Ok(Answer::Value(0))
    }

    /// The name of an attribute, if it is one that only root may set.
    fn attribute(&self) -> Result<Option<Vec<u8>>, Errno> {
        let name = self.traced.text(self.question.args[1])?;
        Ok(Some(name).filter(|name| !name.starts_with(b"user.")))
    }

    fn set_xattr(&self, named: Named) -> Result<Answer, Errno> {
        let Some(name) = self.attribute()? else { return Ok(Answer::Continue) };
        let [_, _, at, len, ..] = self.question.args;
        if len > MAX_XATTR {
            return Ok(Answer::Error(Errno::TOOBIG));
        }
        let value = self.traced.bytes(at, len as usize)?;
        let file = self.file(named)?;
        let found = self.look(&file)?;
        if name == ACCESS {
            match acl::mode(&value) {
                // Whoever owns a file may say this in so many words, too: it is its mode.
                Some(mode) if mode.whole => {
                    if let Some(record) = self.records.lock().get_mut(&Key::of(&found)) {
                        record.xattrs.remove(&name);
                    }
                    Traced::change_mode(&file, u32::from(found.stx_mode) & 0o7000 | mode.bits)?;
                    return Ok(Answer::Value(0));
                }
                Some(mode) => Traced::change_mode(&file, u32::from(found.stx_mode) & 0o7000 | mode.bits)?,
                None => return Ok(Answer::Error(Errno::INVAL)),
            }
        }
        self.records.lock().entry(Key::of(&found)).or_default().xattrs.insert(name, value);
        Ok(Answer::Value(0))
    }

    fn get_xattr(&self, named: Named) -> Result<Answer, Errno> {
        let Some(name) = self.attribute()? else { return Ok(Answer::Continue) };
        let [_, _, at, len, ..] = self.question.args;
        let record = self.record(&self.look(&self.file(named)?)?);
        let Some(value) = record.as_ref().and_then(|record| record.xattrs.get(&name)) else {
            return Ok(Answer::Continue);
        };
        // Without room, only the length is asked for (getxattr(2)).
        if len != 0 {
            if (len as usize) < value.len() {
                return Ok(Answer::Error(Errno::RANGE));
            }
            self.traced.write(at, value)?;
        }
        Ok(Answer::Value(value.len() as i64))
    }
}

impl Device {
    /// The file type's bits.
    fn kind(self) -> u32 {
        if self.block { BLOCK } else { CHARACTER }
    }
}
