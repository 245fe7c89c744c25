//! What a child does between fork and exec, as data that is made before the fork.
//!
//! The new root is put together in a tmpfs. It is mounted over the packages' own folder, which is
//! sure to exist, and then made the root directory, so that the folder comes to light again below
//! [`OLD`], together with everything else of the host; at the end the host is cut off.

use std::ffi::{CString, OsStr};
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::process::Resource;
use rustix::thread::UnshareFlags;

use crate::command::{Access, Ids};
use crate::root::MERGED;
use crate::seccomp::Filter;
use crate::{Error, Root};

/// Where the host is while the new root is put together.
const OLD: &str = "/.old";
/// Devices every program may expect; those of the host, as none can be made without root.
pub(crate) const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];
/// Links in `/dev`: name and target (Linux, Documentation/admin-guide/devices.rst).
pub(crate) const DEVICE_LINKS: [(&str, &str); 5] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
];
/// Top-level folders that are not, or not as a whole, taken from the packages.
const PRIVATE: [&str; 9] = ["dev", "etc", "home", "proc", "root", "run", "sys", "tmp", "var"];
/// Folders to write to; what is written is gone with the program.
const SCRATCH: [&str; 5] = ["/home", "/root", "/run", "/tmp", "/var/tmp"];

/// One system call, or two that belong together.
#[derive(Debug)]
pub(crate) enum Step {
    /// New namespaces.
    Unshare(UnshareFlags),
    /// Opens an existing file and writes it at once.
    Write {
        path: CString,
        bytes: Vec<u8>,
    },
    /// Nothing that is mounted from now on shows on the host.
    MakePrivate,
    Tmpfs(CString),
    /// A tmpfs that everybody may write to.
    SharedTmpfs(CString),
    /// The processes of the namespace.
    Processes(CString),
    /// Registrations of programs' interpreters, the namespace's own.
    Formats(CString),
    Pivot {
        root: CString,
        old: CString,
    },
    /// Makes the working folder the root directory and cuts the old one off.
    PivotHere,
    HostName,
    /// A directory; it may be there.
    Directory(CString),
    /// A file; it may be there.
    File {
        path: CString,
        bytes: Vec<u8>,
    },
    Link {
        path: CString,
        target: CString,
    },
    Bind {
        from: CString,
        to: CString,
        read_only: bool,
    },
    Terminals(CString),
    CutOff(CString),
    ChangeDirectory(CString),
    /// A child goes on; this process waits for it and ends as it does.
    Fork,
    /// As `Fork`; this process, the first of its namespace, also collects the orphans.
    ForkAsInit,
    /// No terminal.
    Session,
    Limit {
        resource: Resource,
        most: u64,
    },
    NoNewPrivileges,
    /// Installs the filter, though nobody will answer.
    Filter(Filter),
    /// Lets whoever reads from the socket answer the filter's calls.
    Supervise {
        filter: Filter,
        socket: Arc<OwnedFd>,
    },
    /// Killed when the thread that forked ends; it is one of process `parent`.
    DieWithParent {
        parent: i32,
    },
}

impl Step {
    /// For an error message: what failed.
    pub(crate) fn describe(&self) -> String {
        let shown = |path: &CString| path.to_string_lossy().into_owned();
        match self {
            Self::Unshare(_) => "making namespaces".into(),
            Self::Write { path, .. } => format!("writing `{}`", shown(path)),
            Self::MakePrivate => "making `/` private".into(),
            Self::Tmpfs(path) | Self::SharedTmpfs(path) => {
                format!("mounting a tmpfs on `{}`", shown(path))
            }
            Self::Processes(path) => format!("mounting `{}`", shown(path)),
            Self::Formats(_) => "mounting binfmt_misc in a user namespace".into(),
            Self::PivotHere => "leaving the host's root".into(),
            Self::Fork | Self::ForkAsInit => "starting a process".into(),
            Self::Session => "leaving the terminal".into(),
            Self::Limit { .. } => "setting a limit".into(),
            Self::Filter(_) | Self::Supervise { .. } => "asking for a supervisor (seccomp)".into(),
            Self::Pivot { root, .. } => format!("making `{}` the root", shown(root)),
            Self::HostName => "setting the host name".into(),
            Self::Directory(path) => format!("making folder `{}`", shown(path)),
            Self::File { path, .. } => format!("making file `{}`", shown(path)),
            Self::Link { path, .. } => format!("making link `{}`", shown(path)),
            Self::Bind { to, .. } => format!("binding `{}`", shown(to)),
            Self::Terminals(path) => format!("mounting terminals on `{}`", shown(path)),
            Self::CutOff(path) => format!("unmounting `{}`", shown(path)),
            Self::ChangeDirectory(path) => format!("entering `{}`", shown(path)),
            Self::NoNewPrivileges => "giving up new privileges".into(),
            Self::DieWithParent { .. } => "tying it to its parent".into(),
        }
    }
}

/// What is wanted of the host.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) root: &'a Root,
    pub(crate) binds: &'a [(PathBuf, Access)],
    pub(crate) cwd: &'a Path,
    pub(crate) ids: Ids,
    pub(crate) network: bool,
}

/// The steps that tell whether the kernel allows the rest.
pub(crate) fn probe() -> Vec<Step> {
    let mut steps = namespaces(Ids::Same, false);
    // Where the tmpfs goes does not matter: `/proc` is there on every system that can be probed.
    steps.extend(new_root(c"/proc".to_owned(), c"/proc/.old".to_owned()));
    steps
}

/// The steps into namespaces with `wanted` as `/`.
pub(crate) fn namespace(wanted: &Wanted<'_>) -> Result<Vec<Step>, Error> {
    let mut plan = Plan { steps: namespaces(wanted.ids, wanted.network) };
    plan.steps.extend(new_root(text(wanted.root.dir())?, text(wanted.root.dir().join(".old"))?));
    plan.steps.push(Step::HostName);
    plan.packages(wanted.root)?;
    plan.etc(wanted.root)?;
    plan.devices()?;
    plan.bind(Path::new("/proc"), Path::new("/proc"), false)?;
    plan.opened(&wanted.root.dir().join("var"), Path::new("/var"))?;
    for folder in SCRATCH {
        plan.steps.push(Step::Directory(text(folder)?));
    }
    for (path, access) in wanted.binds {
        plan.host_path(path, *access)?;
    }
    plan.steps.push(Step::CutOff(text(OLD)?));
    plan.steps.extend(last(wanted.cwd)?);
    Ok(plan.steps)
}

/// The steps that the loader's way takes, too.
pub(crate) fn last(cwd: &Path) -> Result<Vec<Step>, Error> {
    let parent = rustix::process::getpid().as_raw_nonzero().get();
    let steps = [Step::ChangeDirectory(text(cwd)?), Step::NoNewPrivileges, Step::DieWithParent { parent }];
    Ok(steps.into())
}

fn namespaces(ids: Ids, network: bool) -> Vec<Step> {
    let uid = rustix::process::geteuid().as_raw();
    let gid = rustix::process::getegid().as_raw();
    let map = |outside: u32| match ids {
        Ids::Root => format!("0 {outside} 1\n"),
        Ids::Same => format!("{outside} {outside} 1\n"),
    };
    let write =
        |path: &std::ffi::CStr, text: String| Step::Write { path: path.to_owned(), bytes: text.into() };
    let mut flags = UnshareFlags::NEWUSER | UnshareFlags::NEWNS | UnshareFlags::NEWIPC | UnshareFlags::NEWUTS;
    if !network {
        flags |= UnshareFlags::NEWNET;
    }
    vec![
        Step::Unshare(flags),
        // Before gid_map, or the kernel refuses that (user_namespaces(7)).
        write(c"/proc/self/setgroups", "deny".into()),
        write(c"/proc/self/uid_map", map(uid)),
        write(c"/proc/self/gid_map", map(gid)),
        Step::MakePrivate,
    ]
}

fn new_root(root: CString, old: CString) -> [Step; 4] {
    let at_root = c"/".to_owned();
    [
        Step::Tmpfs(root.clone()),
        Step::Directory(old.clone()),
        Step::Pivot { root, old },
        Step::ChangeDirectory(at_root),
    ]
}

struct Plan {
    steps: Vec<Step>,
}

impl Plan {
    /// Everything the packages hold, read-only, under its own name.
    fn packages(&mut self, root: &Root) -> Result<(), Error> {
        for name in names(root.dir())? {
            let (from, to) = (root.dir().join(&name), Path::new("/").join(&name));
            if PRIVATE.iter().any(|private| name == *private) {
                continue;
            }
            self.entry(&from, &to)?;
        }
        for name in MERGED.iter().map(Path::new).filter(|name| root.merges(name)) {
            let (path, target) = (text(Path::new("/").join(name))?, text(Path::new("usr").join(name))?);
            self.steps.push(Step::Link { path, target });
        }
        Ok(())
    }

    /// The packages' `/etc`, and accounts for who runs the program.
    fn etc(&mut self, root: &Root) -> Result<(), Error> {
        let (from, to) = (root.dir().join("etc"), Path::new("/etc"));
        self.opened(&from, to)?;
        let uid = rustix::process::geteuid().as_raw();
        let gid = rustix::process::getegid().as_raw();
        let mut passwd = "root:x:0:0:root:/root:/bin/sh\n".to_owned();
        let mut group = "root:x:0:\n".to_owned();
        if uid != 0 {
            passwd += &format!("user:x:{uid}:{gid}::/tmp:/bin/sh\n");
        }
        if gid != 0 {
            group += &format!("user:x:{gid}:\n");
        }
        for (name, bytes) in [("passwd", passwd), ("group", group)] {
            if fs::symlink_metadata(from.join(name)).is_err() {
                self.steps.push(Step::File { path: text(to.join(name))?, bytes: bytes.into() });
            }
        }
        Ok(())
    }

    fn devices(&mut self) -> Result<(), Error> {
        let dev = Path::new("/dev");
        for folder in ["/dev", "/dev/pts", "/dev/shm"] {
            self.steps.push(Step::Directory(text(folder)?));
        }
        // A container may lack some: a program that needs it says so itself.
        for path in DEVICES.iter().map(|name| dev.join(name)).filter(|path| path.exists()) {
            self.bind(&path, &path, false)?;
        }
        self.steps.push(Step::Terminals(text("/dev/pts")?));
        for (name, target) in DEVICE_LINKS {
            self.steps.push(Step::Link { path: text(dev.join(name))?, target: text(target)? });
        }
        Ok(())
    }

    /// One path of the host, at the same place.
    fn host_path(&mut self, path: &Path, access: Access) -> Result<(), Error> {
        let bad = |reason| Err(Error::BadBind { path: path.to_owned(), reason });
        if !path.is_absolute() {
            return bad("it is not absolute");
        }
        if path.parent().is_none() {
            return bad("the root directory is the packages'");
        }
        if path.components().any(|part| part == std::path::Component::ParentDir) {
            return bad("it holds `..`");
        }
        // Links are followed now, as they would lead elsewhere from inside.
        let from = path.canonicalize().map_err(Error::io("find", path))?;
        for parent in path.ancestors().skip(1).collect::<Vec<_>>().into_iter().rev().skip(1) {
            self.steps.push(Step::Directory(text(parent)?));
        }
        self.bind(&from, path, access == Access::ReadOnly)
    }

    /// A folder of the packages to which something is to be added: what is in it, one by one.
    fn opened(&mut self, from: &Path, to: &Path) -> Result<(), Error> {
        self.steps.push(Step::Directory(text(to)?));
        if !from.is_dir() {
            return Ok(());
        }
        // Whatever stands where something is going to be written is left out.
        let kept = |to: &Path| !SCRATCH.iter().any(|scratch| to == Path::new(scratch));
        for name in names(from)? {
            let to = to.join(&name);
            if kept(&to) {
                self.entry(&from.join(&name), &to)?;
            }
        }
        Ok(())
    }

    /// A file, folder or link of the packages.
    fn entry(&mut self, from: &Path, to: &Path) -> Result<(), Error> {
        match fs::read_link(from) {
            Ok(target) => {
                self.steps.push(Step::Link { path: text(to)?, target: text(&target)? });
                Ok(())
            }
            Err(_) => self.bind(from, to, true),
        }
    }

    /// `from` is a path of the host without links.
    fn bind(&mut self, from: &Path, to: &Path, read_only: bool) -> Result<(), Error> {
        let place = match fs::metadata(from).map_err(Error::io("look at", from))?.is_dir() {
            true => Step::Directory(text(to)?),
            false => Step::File { path: text(to)?, bytes: Vec::new() },
        };
        let mut old = OLD.to_owned().into_bytes();
        old.extend_from_slice(from.as_os_str().as_bytes());
        self.steps.push(place);
        self.steps.push(Step::Bind { from: text(OsStr::from_bytes(&old))?, to: text(to)?, read_only });
        Ok(())
    }
}

fn names(folder: &Path) -> Result<Vec<std::ffi::OsString>, Error> {
    let entries = fs::read_dir(folder).map_err(Error::io("list", folder))?;
    let names = entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<Vec<_>, _>>();
    let mut names = names.map_err(Error::io("list", folder))?;
    names.sort();
    Ok(names)
}

pub(crate) fn text(text: impl AsRef<OsStr>) -> Result<CString, Error> {
    let text = text.as_ref();
    CString::new(text.as_bytes()).map_err(|_| Error::NulByte { text: text.to_string_lossy().into_owned() })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn plan(root: &Path, binds: &[(PathBuf, Access)]) -> Result<Vec<Step>, Error> {
        let root = &Root::open(root, crate::Way::Loader)?;
        namespace(&Wanted { root, binds, cwd: Path::new("/"), ids: Ids::Root, network: false })
    }

    fn has(steps: &[Step], wanted: &Step) -> bool {
        // Steps hold descriptors, which compare with nothing; their text says everything else.
        steps.iter().any(|step| format!("{step:?}") == format!("{wanted:?}"))
    }

    #[test]
    fn a_root_without_links_gets_them() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("usr/lib64")).unwrap();
        fs::create_dir_all(dir.path().join("usr/bin")).unwrap();
        fs::create_dir_all(dir.path().join("etc/alternatives")).unwrap();
        symlink("usr/bin", dir.path().join("bin")).unwrap();
        let steps = plan(dir.path(), &[]).unwrap();
        for (path, target) in [(c"/bin", c"usr/bin"), (c"/lib64", c"usr/lib64")] {
            assert!(has(&steps, &Step::Link { path: path.into(), target: target.into() }), "{path:?}");
        }
        assert!(has(&steps, &Step::Directory(c"/etc/alternatives".into())));
        let made = |path: &CString| {
            steps.iter().any(|step| matches!(step, Step::File { path: at, .. } if at == path))
        };
        assert!(made(&c"/etc/passwd".into()) && made(&c"/etc/group".into()));
    }

    #[test]
    fn a_bound_path_gets_its_parents_and_its_access() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("usr")).unwrap();
        fs::create_dir(dir.path().join("work")).unwrap();
        let work = dir.path().canonicalize().unwrap().join("work");
        for (access, read_only) in [(Access::ReadOnly, true), (Access::ReadWrite, false)] {
            let steps = plan(dir.path(), &[(work.clone(), access)]).unwrap();
            let from = text(format!("{OLD}{}", work.display())).unwrap();
            assert!(has(&steps, &Step::Bind { from, to: text(&work).unwrap(), read_only }));
            assert!(has(&steps, &Step::Directory(text(work.parent().unwrap()).unwrap())));
        }
    }

    #[test]
    fn a_bound_path_is_absolute_plain_and_there() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("usr")).unwrap();
        for (path, reason) in [
            ("relative", "it is not absolute"),
            ("/", "the root directory is the packages'"),
            ("/usr/../etc", "it holds `..`"),
        ] {
            let error = plan(dir.path(), &[(path.into(), Access::ReadOnly)]).unwrap_err();
            assert_eq!(error.to_string(), format!("`{path}` cannot be bound: {reason}"));
        }
        let missing = dir.path().join("missing");
        let error = plan(dir.path(), &[(missing.clone(), Access::ReadOnly)]).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot find `{}`", missing.display()));
    }
}
