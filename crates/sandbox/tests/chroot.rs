//! A folder of the host's `sh` and some of its programs, entered as root.

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use bringup_sandbox::{Chroot, Device, Error, Format, Record};

/// A folder with programs; none, with a word why, where they or namespaces are missing.
fn folder() -> Option<tempfile::TempDir> {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["usr/bin", "usr/lib", "usr/lib64", "etc"] {
        fs::create_dir_all(dir.path().join(folder)).unwrap();
    }
    for name in ["bin", "lib", "lib64"] {
        std::os::unix::fs::symlink(format!("usr/{name}"), dir.path().join(name)).unwrap();
    }
    for program in [
        "sh", "cat", "chmod", "chown", "id", "ln", "mkdir", "mknod", "mv", "rm", "setpriv", "sleep", "stat",
        "touch",
    ] {
        let Ok(path) = Path::new("/bin").join(program).canonicalize() else {
            eprintln!("skipped: no program `{program}`");
            return None;
        };
        fs::copy(&path, dir.path().join("usr/bin").join(program)).unwrap();
        common::copy_libraries(&path, dir.path());
    }
    match Chroot::probe() {
        Ok(()) => Some(dir),
        Err(error) => {
            eprintln!("skipped: {error}");
            None
        }
    }
}

fn said(chroot: &Chroot, script: &str) -> String {
    chroot.run("/usr/bin/sh", &["-ec", script]).unwrap().success().unwrap().text()
}

#[test]
fn an_owner_that_was_set_is_seen_and_recorded() {
    let Some(dir) = folder() else { return };
    let chroot = Chroot::new(dir.path()).unwrap();
    let script = "touch /etc/shadow; chown 0:42 /etc/shadow; stat -c %u:%g /etc/shadow
        cd /etc; mkdir a; chown 7 a; chown :8 ./a; ln -s a b; stat -c %u:%g a b; stat -Lc %u:%g b
        chown -h 9:9 b; stat -c %u:%g b /etc/../etc/a; mv a c; stat -c %u:%g c";
    assert_eq!(said(&chroot, script), "0:42\n7:8\n0:0\n7:8\n9:9\n7:8\n7:8\n");
    let owner = |path: &str| {
        let record = chroot.records().get(&dir.path().join(path)).unwrap().unwrap();
        (record.uid, record.gid)
    };
    assert_eq!((owner("etc/shadow"), owner("etc/c"), owner("etc/b")), ((0, 42), (7, 8), (9, 9)));
    // On the host nothing belongs to anybody else.
    let own = fs::metadata(dir.path()).unwrap().uid();
    assert_eq!(fs::metadata(dir.path().join("etc/c")).unwrap().uid(), own);
}

#[test]
fn a_file_may_be_named_by_what_is_open() {
    let Some(dir) = folder() else { return };
    let chroot = Chroot::new(dir.path()).unwrap();
    let script = "touch /etc/a; chown 7 /proc/self/fd/0 </etc/a; stat -c %u /etc/a";
    assert_eq!(said(&chroot, script), "7\n");
}

#[test]
fn an_owner_known_before_is_seen() {
    let Some(dir) = folder() else { return };
    let file = dir.path().join("etc/sudoers");
    fs::write(&file, "").unwrap();
    let chroot = Chroot::new(dir.path()).unwrap();
    chroot.records().set(&file, Record { uid: 1, gid: 2, ..Record::default() }).unwrap();
    assert_eq!(
        said(
            &chroot,
            "stat -c %u:%g /etc/sudoers; rm /etc/sudoers; touch /etc/sudoers; stat -c %u:%g /etc/sudoers"
        ),
        "1:2\n0:0\n"
    );
}

#[test]
fn a_new_owner_takes_set_id_bits_away() {
    let Some(dir) = folder() else { return };
    let chroot = Chroot::new(dir.path()).unwrap();
    let script =
        "touch a; chmod 6755 a; stat -c %a a; chown 5 a; stat -c %a a; chmod 4754 a; stat -c %a:%u a";
    assert_eq!(said(&chroot, script), "6755\n755\n4754:5\n");
    assert_eq!(fs::metadata(dir.path().join("a")).unwrap().permissions().mode() & 0o7777, 0o4754);
}

#[test]
fn a_device_is_recorded_as_one() {
    let Some(dir) = folder() else { return };
    let chroot = Chroot::new(dir.path()).unwrap();
    let script =
        "umask 022; mknod /etc/sda b 8 1; stat -c '%F %t %T %a' /etc/sda; mknod pipe p; stat -c %F pipe";
    assert_eq!(said(&chroot, script), "block special file 8 1 644\nfifo\n");
    let record = chroot.records().get(&dir.path().join("etc/sda")).unwrap().unwrap();
    assert_eq!(record.device, Some(Device { block: true, major: 8, minor: 1 }));
}

#[test]
fn the_host_is_out_of_reach() {
    let Some(dir) = folder() else { return };
    let beside = tempfile::tempdir().unwrap();
    let secret = beside.path().join("secret");
    fs::write(&secret, "kept").unwrap();
    let chroot = Chroot::new(dir.path()).unwrap();
    // Not by its path, nor upwards, nor through another process's root.
    let script = format!(
        "for path in {secret} ../../../../../../..{secret} /proc/1/root{secret} /proc/1/cwd{secret}; do
             cat $path 2> /dev/null && echo reached $path; echo gone 2> /dev/null > $path && echo wrote $path
         done; echo 1 2> /dev/null > /proc/sys/vm/overcommit_memory && echo sysctl
         echo h 2> /dev/null > /proc/sysrq-trigger && echo sysrq
         cat /dev/tty 2> /dev/null && echo terminal; echo /sys/* /dev/sd*",
        secret = secret.display()
    );
    assert_eq!(said(&chroot, &script), "/sys/* /dev/sd*\n");
    assert_eq!(fs::read_to_string(&secret).unwrap(), "kept");
}

#[test]
fn the_hosts_processes_and_network_are_out_of_reach() {
    let Some(dir) = folder() else { return };
    let chroot = Chroot::new(dir.path()).unwrap();
    let own = std::process::id();
    let script = format!(
        "kill -0 {own} 2> /dev/null && echo alive; kill -9 -1 2> /dev/null || echo nobody; cd /proc; echo [1-9]*"
    );
    // The first process of the namespace, and the shell.
    assert_eq!(said(&chroot, &script), "nobody\n1 2\n");
    assert_eq!(
        said(&chroot, "while read a b; do case $a in *:) echo $a;; esac; done < /proc/net/dev"),
        "lo:\n"
    );
    assert_eq!(said(&chroot, "read name < /proc/sys/kernel/hostname; echo $name"), "bringup\n");
}

#[test]
fn who_gives_up_root_finds_that_it_worked() {
    let Some(dir) = folder() else { return };
    let chroot = Chroot::new(dir.path()).unwrap();
    let script =
        "id -u; setpriv --reuid 6 --regid 12 --clear-groups sh -c 'id -u; id -g; sh -c \"id -ru\"'; id -g";
    assert_eq!(said(&chroot, script), "0\n6\n12\n6\n0\n");
}

#[test]
fn a_status_comes_out_and_nothing_is_left_running() {
    let Some(dir) = folder() else { return };
    let mut chroot = Chroot::new(dir.path()).unwrap();
    let output = chroot.run("/usr/bin/sh", &["-c", "sleep 60 & echo out; echo err >&2; exit 3"]).unwrap();
    assert_eq!(
        (output.status.code(), &*output.stdout, &*output.stderr),
        (Some(3), &b"out\n"[..], &b"err\n"[..])
    );
    let output = chroot.run("/usr/bin/sh", &["-c", "kill -9 $$"]).unwrap();
    assert_eq!(output.status.code(), Some(128 + 9));
    chroot.time(Duration::from_millis(100));
    let error = chroot.run("/usr/bin/sleep", &["60"]).unwrap_err();
    assert!(matches!(error, Error::TooLong { .. }), "{error}");
    let error = chroot.run("/usr/bin/missing", &[""; 0]).unwrap_err();
    assert_eq!(error.to_string(), "`/usr/bin/missing` could not be started");
}

#[test]
fn an_interpreter_is_registered_for_the_folder_alone() {
    let Some(dir) = folder() else { return };
    if let Err(error) = Format::probe() {
        eprintln!("skipped: {error}");
        return;
    }
    fs::write(dir.path().join("program"), "STRANGE program\n").unwrap();
    fs::set_permissions(dir.path().join("program"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut chroot = Chroot::new(dir.path()).unwrap();
    // A script to whoever starts it, as yet.
    assert_eq!(chroot.run("/program", &[""; 0]).unwrap().status.code(), Some(127));
    chroot.format(Format {
        name: "strange".into(),
        magic: b"STRANGE".to_vec(),
        mask: vec![0xff; 7],
        interpreter: dir.path().join("usr/bin/cat"),
    });
    // The interpreter is given the program's path, and whatever name it was called by.
    assert!(said(&chroot, "/program; echo /tmp/*").contains("STRANGE program\n/tmp/*\n"));
    assert!(!Path::new("/proc/sys/fs/binfmt_misc/strange").exists());
}
