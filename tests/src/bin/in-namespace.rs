//! Runs a command in a user and mount namespace of its own, so that tests can give it a full disk, no
//! privileges or another `/etc/apt` without being root and without a program of the host.
//!
//! `in-namespace [--id N] [--tmpfs MIB DIR] [--bind FROM TO] [--list DIR] -- PROGRAM [ARGUMENT]...`
//!
//! `--id` is who the command believes to be (0 if missing); whoever is not 0 has no capability. `--list`
//! prints what is in a folder after the command has ended, as `left: NAME`, for the mounts are gone with it.

use std::process::{Command, ExitCode};

use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags};
use rustix::thread::UnshareFlags;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("an option lacks its value");
    let (mut id, mut tmpfs, mut binds, mut lists) = (0, Vec::new(), Vec::new(), Vec::new());
    loop {
        match next().as_str() {
            "--id" => id = next().parse().expect("an id is a number"),
            "--tmpfs" => tmpfs.push((next(), next())),
            "--bind" => binds.push((next(), next())),
            "--list" => lists.push(next()),
            "--" => break,
            other => panic!("no option `{other}`"),
        }
    }
    enter(id).expect("this kernel lets users make namespaces");
    for (mib, folder) in tmpfs {
        let options = std::ffi::CString::new(format!("size={mib}m,mode=0755")).expect("it has no zero byte");
        rustix::mount::mount("tmpfs", folder.as_str(), "tmpfs", MountFlags::empty(), options.as_c_str())
            .expect("a user namespace may mount a tmpfs");
    }
    for (from, to) in binds {
        rustix::mount::mount_bind_recursive(from.as_str(), to.as_str()).expect("both folders are there");
    }
    let mut command = Command::new(next());
    let status = command.args(arguments).status().expect("the program starts");
    for folder in lists {
        for entry in std::fs::read_dir(folder).expect("the folder is there") {
            println!("left: {}", entry.expect("it can be read").file_name().to_string_lossy());
        }
    }
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX))
}

/// Takes this process, which has one thread, into its namespaces, where it is `id`.
fn enter(id: u32) -> Result<(), Errno> {
    let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    // What makes this call unsafe is another flag, that for the table of file descriptors.
    #[expect(deprecated)]
    rustix::thread::unshare(UnshareFlags::NEWUSER | UnshareFlags::NEWNS)?;
    let write = |name: &str, text: String| std::fs::write(format!("/proc/self/{name}"), text);
    // A group may be mapped only where none can be dropped (user_namespaces(7)).
    write("setgroups", "deny".into())
        .and_then(|()| write("uid_map", format!("{id} {user} 1")))
        .and_then(|()| write("gid_map", format!("{id} {group} 1")))
        .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    rustix::mount::mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
}
