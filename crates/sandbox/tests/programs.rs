//! Programs in a small root: the host's `sh` with its libraries, copied.

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};

use bringup_sandbox::{Access, Command, Error, Ids, Root, Way};

/// Tells the test binary, started again by a test, that it is the child.
const CHILD: &str = "BRINGUP_SANDBOX_TEST_CHILD";

/// A root whose only real program is the host's `sh`.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let sh = Path::new("/bin/sh").canonicalize().unwrap();
    for folder in ["usr/bin", "usr/lib", "usr/lib64", "etc", "var/lib"] {
        fs::create_dir_all(dir.path().join(folder)).unwrap();
    }
    fs::copy(&sh, dir.path().join("usr/bin/sh")).unwrap();
    common::copy_libraries(&sh, dir.path());
    fs::write(dir.path().join("usr/bin/script"), "#!/bin/sh -e\necho \"$1\"\nfalse\necho no\n").unwrap();
    fs::write(dir.path().join("usr/bin/bad"), "text").unwrap();
    for program in ["script", "bad"] {
        let path = dir.path().join("usr/bin").join(program);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::write(dir.path().join("etc/hosts"), "of the root\n").unwrap();
    dir
}

/// The root in the ways that this host allows; namespaces may be forbidden to whoever tests.
fn in_each_way(test: impl Fn(Root, &Path)) {
    let dir = folder();
    for way in [Way::Namespace, Way::Loader] {
        match Root::open(dir.path(), way) {
            Ok(root) => test(root, dir.path()),
            Err(error @ Error::NoNamespace { .. }) => eprintln!("skipped in namespaces: {error}"),
            Err(error) => panic!("{error}"),
        }
    }
}

fn in_namespaces(test: impl Fn(Root)) {
    in_each_way(|root, _| {
        if root.way() == Way::Namespace {
            test(root)
        }
    });
}

fn sh(root: &Root, script: &str) -> Command {
    let mut command = Command::new(root, "sh").unwrap();
    command.args(["-c", script, "sh"]);
    command
}

fn text(command: &mut Command) -> String {
    command.run().unwrap().text()
}

#[test]
fn a_program_runs_in_both_ways() {
    in_each_way(|root, _| {
        assert_eq!(text(sh(&root, "echo $0 $1; pwd").arg("two words")), "sh two words\n/\n");
    });
}

#[test]
fn the_environment_is_a_fixed_one() {
    in_each_way(|root, _| {
        let script = "echo \"$HOME $LC_ALL $PATH $TERM $TZ $EXTRA ${USER-}${CARGO_MANIFEST_DIR-}\"";
        assert_eq!(
            text(sh(&root, script).env("EXTRA", "more")),
            "/tmp C.UTF-8 /usr/sbin:/usr/bin dumb UTC more \n"
        );
    });
}

#[test]
fn a_script_is_started_by_its_interpreter() {
    in_each_way(|root, _| {
        let output = Command::new(&root, "script").unwrap().arg("said").output().unwrap();
        assert_eq!((output.text().as_str(), output.status.code()), ("said\n", Some(1)));
    });
}

#[test]
fn a_program_is_told_where_its_data_is() {
    in_each_way(|root, _| {
        let mut command = sh(&root, "read line < $1; echo $line");
        let hosts = command.path_in_root("etc/hosts");
        assert_eq!(text(command.arg(hosts)), "of the root\n");
    });
}

#[test]
fn the_library_folder_is_the_loaders() {
    in_each_way(|root, dir| {
        let folder = root.library_folder("sh").unwrap().unwrap();
        let loader = fs::read_dir(dir.join(&folder)).unwrap();
        assert!(
            loader.into_iter().any(|entry| entry.unwrap().file_name().to_string_lossy().starts_with("ld"))
        );
    });
}

#[test]
fn a_failure_says_status_and_last_words() {
    in_each_way(|root, _| {
        let error = sh(&root, "echo first >&2; echo oh no >&2; exit 3").run().unwrap_err();
        assert_eq!(error.to_string(), "`sh` ended with status 3:\nfirst\noh no");
        let error = sh(&root, "kill -SEGV $$").run().unwrap_err();
        assert_eq!(error.to_string(), "`sh` was killed by signal 11 (SIGSEGV)");
    });
}

#[test]
fn a_file_that_is_no_program_is_refused() {
    in_each_way(|root, _| {
        let error = Command::new(&root, "bad").unwrap().run().unwrap_err();
        assert!(matches!(error, Error::NotAProgram { .. }), "{error}");
    });
}

#[test]
fn a_missing_program_is_an_error_before_anything_starts() {
    in_each_way(|root, _| {
        let error = Command::new(&root, "qemu-system-aarch64").unwrap_err();
        assert!(matches!(error, Error::NoProgram { .. }), "{error}");
    });
}

#[test]
fn input_goes_in_and_output_comes_out() {
    in_each_way(|root, _| {
        let mut command = sh(&root, "while read line; do echo got $line; done");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut child.take_stdin().unwrap(), b"a\nb\n").unwrap();
        assert_eq!(child.output().unwrap().text(), "got a\ngot b\n");
    });
}

#[test]
fn a_dropped_child_is_gone() {
    in_each_way(|root, _| {
        let mut command = sh(&root, "echo ready; read forever");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (_stdin, mut stdout) = (child.take_stdin(), child.take_stdout().unwrap());
        let process = PathBuf::from(format!("/proc/{}", child.id()));
        assert!(process.exists());
        drop(child);
        assert!(!process.exists());
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut stdout, &mut rest).unwrap();
    });
}

#[test]
fn nothing_outlives_whoever_started_it() {
    // Busy for some seconds, if nobody kills it.
    const SCRIPT: &str = "echo started; i=0; while [ $i -lt 3000000 ]; do i=$((i+1)); done; echo survived";
    if let Some(dir) = std::env::var_os(CHILD) {
        for way in [Way::Loader, Way::Namespace] {
            let Ok(root) = Root::open(Path::new(&dir), way) else { continue };
            std::mem::forget(sh(&root, SCRIPT).spawn().unwrap());
        }
        // Nothing is dropped.
        process::abort();
    }
    let dir = folder();
    // The output ends when whoever inherited it is gone.
    let output = process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "nothing_outlives_whoever_started_it", "--nocapture"])
        .env(CHILD, dir.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), None);
    assert!(!String::from_utf8(output.stdout).unwrap().contains("survived"));
}

/// The tests once more where the kernel allows no more user namespaces.
#[test]
fn without_namespaces_the_loader_is_used() {
    if std::env::var_os(CHILD).is_some() {
        let dir = folder();
        let root = Root::open(dir.path(), Way::Auto).unwrap();
        assert_eq!(root.way(), Way::Loader);
        assert_eq!(text(&mut sh(&root, "echo $0")), "sh\n");
        let error = Root::open(dir.path(), Way::Namespace).unwrap_err();
        assert_eq!(
            error.to_string(),
            "user namespaces cannot be used here: making namespaces failed\n\
             help: as root: sysctl -w user.max_user_namespaces=15000"
        );
        for file in fs::read_dir(dir.path().join("usr/lib64")).unwrap() {
            fs::remove_file(file.unwrap().path()).unwrap();
        }
        let error = sh(&root, "").run().unwrap_err().to_string();
        assert!(error.contains("cannot be started by its dynamic linker: the root has no `/"), "{error}");
        assert!(
            error.contains("user namespaces cannot be used either: making namespaces failed: "),
            "{error}"
        );
        assert!(error.contains("\nhelp: as root: sysctl -w user.max_user_namespaces=15000"), "{error}");
        return;
    }
    // The setting is one of each user namespace, and counts for those made inside it.
    let script = "echo 0 > /proc/sys/user/max_user_namespaces && \
                  exec \"$1\" --exact without_namespaces_the_loader_is_used";
    let this = std::env::current_exe().unwrap();
    let dir = folder();
    common::copy_libraries(&this, dir.path());
    let Ok(root) = Root::open(dir.path(), Way::Namespace) else {
        eprintln!("skipped: namespaces are forbidden already");
        return;
    };
    let mut command = sh(&root, script);
    command.arg(&this).bind(&this, Access::ReadOnly).ids(Ids::Root).env(CHILD, "1");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", output.text());
}

#[test]
fn in_namespaces_the_root_is_all_there_is() {
    in_namespaces(|root| {
        assert_eq!(
            text(&mut sh(&root, "echo /*")),
            "/bin /dev /etc /home /lib /lib64 /proc /root /run /tmp /usr /var\n"
        );
        assert_eq!(text(&mut sh(&root, "echo /home/* /tmp/*")), "/home/* /tmp/*\n");
        let devices = text(&mut sh(&root, "echo /dev/*; echo x > /dev/null; read x < /dev/null || echo end"));
        assert!(devices.contains("/dev/null") && devices.contains("/dev/pts"), "{devices}");
        assert_eq!(text(&mut sh(&root, "read name < /proc/sys/kernel/hostname; echo $name")), "bringup\n");
    });
}

#[test]
fn in_namespaces_packages_are_read_only() {
    in_namespaces(|root| {
        for path in ["/usr/new", "/etc/hosts", "/var/lib/new"] {
            let error = sh(&root, &format!("echo x > {path}")).run().unwrap_err();
            assert!(error.to_string().contains("Read-only"), "{error}");
        }
        for path in ["/tmp/x", "/var/tmp/x", "/dev/shm/x", "/run/x"] {
            let script = "echo x > $1; read y < $1; echo $y";
            assert_eq!(text(sh(&root, script).arg(path)), "x\n", "{path}");
        }
    });
}

#[test]
fn in_namespaces_only_bound_paths_can_be_written() {
    let work = tempfile::tempdir().unwrap();
    let (read, write) = (work.path().join("read"), work.path().join("deep/write"));
    fs::write(&read, "before\n").unwrap();
    fs::create_dir_all(&write).unwrap();
    symlink(&write, work.path().join("link")).unwrap();
    in_namespaces(|root| {
        let mut command =
            sh(&root, "read line < $1; echo $line > $2/seen; echo $line > $3/linked; echo x > $1");
        command.bind(&read, Access::ReadOnly).bind(&write, Access::ReadWrite);
        command.bind(work.path().join("link"), Access::ReadWrite);
        let error = command.arg(&read).arg(&write).arg(work.path().join("link")).run().unwrap_err();
        assert!(error.to_string().contains("Read-only"), "{error}");
        assert_eq!(fs::read_to_string(&read).unwrap(), "before\n");
        assert_eq!(fs::read_to_string(write.join("seen")).unwrap(), "before\n");
        assert_eq!(fs::read_to_string(write.join("linked")).unwrap(), "before\n");
    });
}

#[test]
fn in_namespaces_a_program_may_believe_to_be_root() {
    let map = "read inside outside count < /proc/self/uid_map; echo $inside $count; while read a b; do \
               case $a in CapEff:) echo $b;; esac; done < /proc/self/status";
    in_namespaces(|root| {
        let seen = text(sh(&root, map).ids(Ids::Root));
        assert!(seen.starts_with("0 1\n") && !seen.ends_with("0000000000000000\n"), "{seen}");
        let uid = fs::read_to_string("/proc/self/status").unwrap();
        let uid = uid.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap();
        let uid = uid.split_whitespace().nth(1).unwrap();
        let seen = text(&mut sh(&root, map));
        assert!(seen.starts_with(&format!("{uid} 1\n")), "{seen}");
        assert!(uid == "0" || seen.ends_with("0000000000000000\n"), "{seen}");
    });
}

#[test]
fn in_namespaces_there_is_no_network_unless_asked_for() {
    let count = "while read line; do case $line in *:*) echo ${line%%:*};; esac; done < /proc/net/dev";
    in_namespaces(|root| {
        assert_eq!(text(&mut sh(&root, count)), "lo\n");
        let host = fs::read_to_string("/proc/net/dev").unwrap().matches(':').count();
        assert_eq!(text(sh(&root, count).network(true)).lines().count(), host);
    });
}

#[test]
fn in_namespaces_a_folder_that_is_missing_is_named() {
    in_namespaces(|root| {
        let error = sh(&root, "").cwd("/nowhere").run().unwrap_err();
        assert_eq!(error.to_string(), "`sh` could not be started: entering `/nowhere` failed");
    });
}
