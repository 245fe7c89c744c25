//! Who programs believe to be: the ids that they set, and are told.
//!
//! A program that gives up root (`runuser`, a daemon's tool) has to find that it worked. What it then makes
//! still belongs to root: nothing here follows who makes a file.

use std::collections::HashMap;
use std::fs;

use rustix::io::Errno;

use crate::seccomp::{Answer, Question};
use crate::traced::Traced;

/// The calls that set and tell ids. `setgroups` always succeeds.
pub(crate) const CALLS: [i64; 15] = [
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setfsuid,
    libc::SYS_setfsgid,
    libc::SYS_setgroups,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getresuid,
    libc::SYS_getresgid,
];

/// "No change", as an id.
const SAME: u32 = u32::MAX;
/// Parents looked at before a process counts as root.
const MAX_PARENTS: usize = 64;

/// Real, effective and saved.
type Three = [u32; 3];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Identity {
    user: Three,
    group: Three,
}

/// A process, told from later ones of its number by when it started.
type Process = (u32, u64);

/// Who is not root. A process has the identity of its nearest parent that set one.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    set: HashMap<Process, Identity>,
}

impl Identities {
    /// The answer to a call about ids; none for other calls.
    pub(crate) fn answer(&mut self, question: &Question) -> Option<Answer> {
        if !CALLS.contains(&question.call) {
            return None;
        }
        Some(self.decide(question).unwrap_or_else(Answer::Error))
    }

    fn decide(&mut self, question: &Question) -> Result<Answer, Errno> {
        let args = question.args.map(|argument| argument as u32);
        let told = |identity: Identity| match question.call {
            libc::SYS_getuid => Some(identity.user[0]),
            libc::SYS_geteuid => Some(identity.user[1]),
            libc::SYS_getgid => Some(identity.group[0]),
            libc::SYS_getegid => Some(identity.group[1]),
            _ => None,
        };
        let all = matches!(question.call, libc::SYS_getresuid | libc::SYS_getresgid);
        if self.set.is_empty() && (all || told(Identity::default()).is_some()) {
            return Ok(Answer::Continue);
        }
        let Some((process, current)) = self.find(question.pid) else { return Err(Errno::SRCH) };
        if let Some(id) = told(current) {
            return Ok(Answer::Value(id.into()));
        }
        if all {
            let three = if question.call == libc::SYS_getresuid { current.user } else { current.group };
            let traced = Traced::open(question.pid).map_err(|_| Errno::SRCH)?;
            for (id, at) in three.into_iter().zip(question.args) {
                traced.write(at, &id.to_ne_bytes())?;
            }
            return Ok(Answer::Value(0));
        }
        // Groups are always granted: a program may have kept the capability for them (`setpriv`).
        let root = current.user[1] == 0;
        let mut next = current;
        let mut value = 0;
        match question.call {
            libc::SYS_setgroups => {}
            libc::SYS_setuid => next.user = set_one(current.user, args[0], root)?,
            libc::SYS_setgid => next.group = set_one(current.group, args[0], true)?,
            libc::SYS_setreuid => next.user = set_two(current.user, args[0], args[1], root)?,
            libc::SYS_setregid => next.group = set_two(current.group, args[0], args[1], true)?,
            libc::SYS_setresuid => next.user = set_three(current.user, [args[0], args[1], args[2]], root)?,
            libc::SYS_setresgid => next.group = set_three(current.group, [args[0], args[1], args[2]], true)?,
            // These tell the id before; that of files is nobody's business here.
            libc::SYS_setfsuid => value = current.user[1].into(),
            _ => value = current.group[1].into(),
        }
        if next != current {
            self.set.insert(process, next);
        }
        Ok(Answer::Value(value))
    }

    /// The process of a thread, and who it is.
    fn find(&self, thread: u32) -> Option<(Process, Identity)> {
        let own = status(thread)?;
        let process = (own.process, started(own.process)?);
        let mut at = Some((process, own.parent));
        for _ in 0..MAX_PARENTS {
            let Some((candidate, parent)) = at else { break };
            if let Some(identity) = self.set.get(&candidate) {
                return Some((process, *identity));
            }
            at = status(parent).and_then(|found| Some(((parent, started(parent)?), found.parent)));
        }
        Some((process, Identity::default()))
    }
}

/// setuid(2).
fn set_one(current: Three, id: u32, root: bool) -> Result<Three, Errno> {
    match root {
        true => Ok([id; 3]),
        false => set_three(current, [SAME, id, SAME], false),
    }
}

/// setreuid(2): the saved id follows the effective one if the real one is set, or the effective one to
/// something else than the real one was.
fn set_two(current: Three, real: u32, effective: u32, root: bool) -> Result<Three, Errno> {
    let follows = real != SAME || (effective != SAME && effective != current[0]);
    let next = set_three(current, [real, effective, SAME], root)?;
    Ok(if follows { [next[0], next[1], next[1]] } else { next })
}

/// setresuid(2).
fn set_three(current: Three, wanted: Three, root: bool) -> Result<Three, Errno> {
    let mut next = current;
    for (field, id) in next.iter_mut().zip(wanted).filter(|(_, id)| *id != SAME) {
        if !root && !current.contains(&id) {
            return Err(Errno::PERM);
        }
        *field = id;
    }
    Ok(next)
}

struct Status {
    process: u32,
    parent: u32,
}

/// Of a thread or process.
fn status(id: u32) -> Option<Status> {
    let text = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    Some(Status { process: field("Tgid:")?, parent: field("PPid:")? })
}

/// When a process started, in ticks since boot (field 22 of `stat`, proc_pid_stat(5)).
fn started(process: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // Behind the name, which may hold anything; field 3 is the first there.
    text.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_gives_up_for_good() {
        let user = set_one([0; 3], 6, true).unwrap();
        assert_eq!(user, [6; 3]);
        assert_eq!(set_one(user, 0, false), Err(Errno::PERM));
        assert_eq!(set_three(user, [SAME, 0, SAME], false), Err(Errno::PERM));
        assert_eq!(set_one(user, 6, false), Ok(user));
    }

    #[test]
    fn a_saved_id_lets_one_come_back() {
        let user = set_three([0; 3], [SAME, 6, SAME], true).unwrap();
        assert_eq!(user, [0, 6, 0]);
        assert_eq!(set_one(user, 0, false), Ok([0; 3]));
        assert_eq!(set_two([0; 3], 6, 6, true), Ok([6; 3]));
        assert_eq!(set_two([0; 3], SAME, 6, true), Ok([0, 6, 6]));
    }
}
