//! The system calls that a seccomp supervisor lives on: the second module with `unsafe` code.
//!
//! The filter is a classic BPF program over `struct seccomp_data` (Linux,
//! Documentation/userspace-api/seccomp_filter.rst; include/uapi/linux/seccomp.h): calls that are listed stop
//! their thread until the supervisor has answered; everything else goes to the kernel.

use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use rustix::io::Errno;

/// Offsets in `struct seccomp_data`, of 32-bit words.
const NUMBER: u32 = 0;
const ARCH: u32 = 4;

/// `AUDIT_ARCH_*` of the machine's own calls (include/uapi/linux/audit.h).
#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: Option<u32> = Some(0xc000_003e);
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: Option<u32> = Some(0xc000_00b7);
#[cfg(target_arch = "riscv64")]
const ARCHITECTURE: Option<u32> = Some(0xc000_00f3);
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")))]
const ARCHITECTURE: Option<u32> = None;

/// A filter, ready to be installed without allocating.
#[derive(Debug)]
pub(crate) struct Filter(Vec<libc::sock_filter>);

impl Filter {
    /// A filter that asks about `calls`; none where the machine's numbers are not known here.
    pub(crate) fn asking(calls: &[i64]) -> Option<Self> {
        const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
        const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
        const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
        let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
        let architecture = ARCHITECTURE?;
        let mut program = vec![
            step(LOAD, 0, 0, ARCH),
            step(EQUAL, 1, 0, architecture),
            // Another ABI's calls (32-bit programs of the same machine) have other numbers: nothing of
            // them can be recorded, so that they are told that there is no such call.
            step(RETURN, 0, 0, libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32),
            step(LOAD, 0, 0, NUMBER),
        ];
        for &call in calls {
            program.push(step(EQUAL, 0, 1, u32::try_from(call).ok()?));
            program.push(step(RETURN, 0, 0, libc::SECCOMP_RET_USER_NOTIF));
        }
        program.push(step(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW));
        Some(Self(program))
    }

    /// Installs it on the calling thread; gives where its questions arrive. Only system calls.
    #[allow(unsafe_code)]
    pub(crate) fn install(&self) -> Result<OwnedFd, Errno> {
        let program = libc::sock_fprog { len: self.0.len() as u16, filter: self.0.as_ptr().cast_mut() };
        // Linux 5.19: without it a signal would interrupt a call that is being answered.
        let patient = libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
        for flags in
            [libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | patient, libc::SECCOMP_FILTER_FLAG_NEW_LISTENER]
        {
            // SAFETY: `program` and what it points to outlive the call, which only reads them.
            let result = unsafe {
                libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program)
            };
            if result >= 0 {
                // SAFETY: the kernel has just made this descriptor for us.
                return Ok(unsafe { OwnedFd::from_raw_fd(result as i32) });
            }
            let error = Errno::from_raw_os_error(last_errno());
            if error != Errno::INVAL {
                return Err(error);
            }
        }
        Err(Errno::INVAL)
    }
}

/// A system call that waits for its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    /// The kernel's name of it.
    pub(crate) id: u64,
    /// The thread, as this process sees it.
    pub(crate) pid: u32,
    /// Its number.
    pub(crate) call: i64,
    /// Its arguments.
    pub(crate) args: [u64; 6],
}

/// What a system call comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The kernel does as it would without us.
    Continue,
    /// It returns this.
    Value(i64),
    /// It fails.
    Error(Errno),
}

/// The next question; waits for it.
#[allow(unsafe_code)]
pub(crate) fn receive(listener: BorrowedFd<'_>) -> Result<Question, Errno> {
    // SAFETY: plain numbers; the kernel insists on zeros.
    let mut question: libc::seccomp_notif = unsafe { mem::zeroed() };
    // SAFETY: the request reads and writes exactly this structure.
    let result =
        unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV as _, &raw mut question) };
    if result < 0 {
        return Err(Errno::from_raw_os_error(last_errno()));
    }
    Ok(Question {
        id: question.id,
        pid: question.pid,
        call: question.data.nr.into(),
        args: question.data.args,
    })
}

/// Whether the question still waits; its thread may have been killed.
#[allow(unsafe_code)]
pub(crate) fn waits(listener: BorrowedFd<'_>, id: u64) -> bool {
    // SAFETY: the request reads one number.
    unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ID_VALID as _, &raw const id) == 0 }
}

/// Answers. A thread that is gone needs none.
#[allow(unsafe_code)]
pub(crate) fn answer(listener: BorrowedFd<'_>, id: u64, answer: Answer) {
    let (val, error, flags) = match answer {
        Answer::Continue => (0, 0, libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32),
        Answer::Value(value) => (value, 0, 0),
        Answer::Error(error) => (0, -error.raw_os_error(), 0),
    };
    let mut response = libc::seccomp_notif_resp { id, val, error, flags };
    // SAFETY: the request reads exactly this structure.
    unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND as _, &raw mut response) };
}

/// `struct stat` of what is behind a descriptor, as the kernel lays it out here.
#[allow(unsafe_code)]
pub(crate) fn stat(file: BorrowedFd<'_>) -> Result<libc::stat, Errno> {
    // SAFETY: plain numbers.
    let mut found: libc::stat = unsafe { mem::zeroed() };
    // SAFETY: the call writes one such structure; the path is a constant.
    let result =
        unsafe { libc::fstatat(file.as_raw_fd(), c"".as_ptr(), &raw mut found, libc::AT_EMPTY_PATH) };
    if result < 0 { Err(Errno::from_raw_os_error(last_errno())) } else { Ok(found) }
}

/// The bytes of a structure of the kernel, as they are in memory.
#[allow(unsafe_code)]
pub(crate) fn stat_bytes(found: &libc::stat) -> Vec<u8> {
    let start = (&raw const *found).cast::<u8>();
    // SAFETY: it was zeroed before the kernel filled it, padding included.
    unsafe { std::slice::from_raw_parts(start, mem::size_of::<libc::stat>()) }.to_vec()
}

/// As [`stat_bytes`].
#[allow(unsafe_code)]
pub(crate) fn statx_bytes(found: &rustix::fs::Statx) -> Vec<u8> {
    let start = (&raw const *found).cast::<u8>();
    // SAFETY: the kernel's structure is 256 bytes, all of which it writes.
    unsafe { std::slice::from_raw_parts(start, mem::size_of::<rustix::fs::Statx>()) }.to_vec()
}

fn last_errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_asks_about_what_is_listed_only() {
        let Some(filter) = Filter::asking(&[libc::SYS_fchownat]) else { return };
        // The simplest machine that runs it: loads, equality, returns.
        let verdict = |arch: u32, call: i64| {
            let (mut at, mut loaded) = (0, 0);
            loop {
                let step = filter.0[at];
                at += 1;
                match u32::from(step.code) & 7 {
                    libc::BPF_LD => loaded = if step.k == ARCH { arch } else { call as u32 },
                    libc::BPF_JMP => at += usize::from(if loaded == step.k { step.jt } else { step.jf }),
                    _ => return step.k,
                }
            }
        };
        let own = ARCHITECTURE.unwrap();
        assert_eq!(verdict(own, libc::SYS_fchownat), libc::SECCOMP_RET_USER_NOTIF);
        assert_eq!(verdict(own, libc::SYS_read), libc::SECCOMP_RET_ALLOW);
        assert_eq!(verdict(0x4000_0003, libc::SYS_read), libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32);
    }
}
