use crate::testing::{read, run, run_with, world};
use bringup_shell::World;

const PASSWD: &str =
    "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
const GROUP: &str = "root:x:0:\nadm:x:4:\nnogroup:x:65534:\n";
const SHADOW: &str = "root:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n";
const GSHADOW: &str = "root:*::\nadm:*::\nnogroup:*::\n";

fn base(conf: &str) -> World {
    world(&[
        ("etc/passwd", PASSWD),
        ("etc/group", GROUP),
        ("etc/shadow", SHADOW),
        ("etc/gshadow", GSHADOW),
        ("usr/lib/sysusers.d/x.conf", conf),
    ])
}

/// What the program adds to passwd and group.
fn added(conf: &str) -> (String, String) {
    let mut world = base(conf);
    run(&mut world, "systemd-sysusers x.conf").unwrap();
    let rest = |path, old| read(&world, path).strip_prefix(old).unwrap().to_owned();
    (rest("/etc/passwd", PASSWD), rest("/etc/group", GROUP))
}

#[test]
fn a_new_user_is_in_all_four_files() {
    let mut world = base("u messagebus - \"System Message Bus\" /nonexistent\n");
    let (status, output, errors) = run(&mut world, "systemd-sysusers x.conf").unwrap();
    assert_eq!((status, output.as_str()), (0, ""));
    assert_eq!(
        errors,
        "Creating group 'messagebus' with GID 999.\n\
         Creating user 'messagebus' (System Message Bus) with UID 999 and GID 999.\n"
    );
    let entry = "messagebus:x:999:999:System Message Bus:/nonexistent:/usr/sbin/nologin\n";
    assert_eq!(read(&world, "/etc/passwd"), format!("{PASSWD}{entry}"));
    assert_eq!(read(&world, "/etc/group"), format!("{GROUP}messagebus:x:999:\n"));
    // 1,700,000,000 s are 19,675 days.
    assert_eq!(read(&world, "/etc/shadow"), format!("{SHADOW}messagebus:!*:19675::::::\n"));
    assert_eq!(read(&world, "/etc/gshadow"), format!("{GSHADOW}messagebus:!*::\n"));
    for (path, text) in [("/etc/passwd-", PASSWD), ("/etc/shadow-", SHADOW), ("/etc/gshadow-", GSHADOW)] {
        assert_eq!(read(&world, path), text);
        assert_eq!(world.stat(path).unwrap().meta.mtime, 0);
    }
    assert_eq!(world.stat("/etc/.pwd.lock").unwrap().meta.mode, 0o600);
    assert_eq!(world.stat("/etc/passwd").unwrap().meta.mtime, 1_700_000_000);
}

#[test]
fn only_what_changes_is_written() {
    let mut world = base("g adm 4\nu root 0 - /root\nm root root\n");
    assert_eq!(run(&mut world, "systemd-sysusers x.conf").unwrap().0, 0);
    assert_eq!(read(&world, "/etc/group"), GROUP.replace("root:x:0:\n", "root:x:0:root\n"));
    assert!(world.stat("/etc/passwd-").is_none());
    assert!(world.stat("/etc/group-").is_some());
}

#[test]
fn groups_come_first_and_ids_go_down() {
    let (passwd, group) = added("u a -\ng b -\nu! c - \"C\"\ng d 50\n");
    assert_eq!(group, "b:x:999:\nd:x:50:\na:x:998:\nc:x:997:\n");
    assert_eq!(passwd, "a:x:998:998::/:/usr/sbin/nologin\nc:x:997:997:C:/:/usr/sbin/nologin\n");
}

#[test]
fn a_locked_user_is_expired() {
    let mut world = base("u! c - \"C\"\n");
    run(&mut world, "systemd-sysusers x.conf").unwrap();
    assert_eq!(read(&world, "/etc/shadow"), format!("{SHADOW}c:!*:19675:::::1:\n"));
}

#[test]
fn a_user_takes_a_group_that_is_there() {
    let (passwd, group) =
        added("u sshd -:nogroup \"sshd user\" /run/sshd\nu sync 4:65534 - /bin /bin/sync\n");
    assert_eq!(group, "");
    // 65534 is taken by nobody, and 999 is the highest free one.
    assert_eq!(
        passwd,
        "sshd:x:999:65534:sshd user:/run/sshd:/usr/sbin/nologin\nsync:x:4:65534::/bin:/bin/sync\n"
    );
}

#[test]
fn a_missing_group_leaves_the_user_out() {
    let mut world = base("u a -:gone\nu b -\n");
    let (status, _, errors) = run(&mut world, "systemd-sysusers x.conf").unwrap();
    assert_eq!((status, errors.lines().next().unwrap()), (0, "Group gone not found."));
    assert!(read(&world, "/etc/passwd").ends_with("b:x:999:999::/:/usr/sbin/nologin\n"));
}

#[test]
fn ids_come_from_paths_and_ranges() {
    let mut world = base("r - 500-600\nu a /srv\ng b /srv\nu c -\n");
    world.make_directory("/srv").unwrap();
    let meta = &mut world.tree.get_mut("srv").unwrap().meta;
    (meta.uid, meta.gid) = (510, 520);
    run(&mut world, "systemd-sysusers x.conf").unwrap();
    assert_eq!(read(&world, "/etc/group"), format!("{GROUP}b:x:520:\na:x:600:\nc:x:599:\n"));
    let users = "a:x:510:600::/:/usr/sbin/nologin\nc:x:599:599::/:/usr/sbin/nologin\n";
    assert_eq!(read(&world, "/etc/passwd"), format!("{PASSWD}{users}"));
}

#[test]
fn members_are_sorted_and_made() {
    let (passwd, group) = added("g z 70\nm zoe z\nm ann z\n");
    assert_eq!(group, "z:x:70:ann,zoe\nzoe:x:999:\nann:x:998:\n");
    assert!(passwd.starts_with("zoe:x:999:999::/:"));
}

#[test]
fn one_wrong_line_of_an_argument_writes_nothing() {
    for (conf, what) in [
        ("u 1a -\n", "'1a' is not a valid user or group name."),
        ("x a -\n", "Unknown command type 'x'."),
        ("u a - 'b:c'\n", "'b:c' is not a valid GECOS field."),
        ("u a 4294967295\n", "Failed to parse UID: '4294967295'"),
        ("u a - b /h /s more\n", "Trailing garbage."),
    ] {
        let mut world = base(&format!("u good -\n{conf}"));
        let (status, _, errors) = run(&mut world, "systemd-sysusers x.conf").unwrap();
        assert_eq!((status, errors), (1, format!("/usr/lib/sysusers.d/x.conf:2: {what}\n")));
        assert_eq!(read(&world, "/etc/passwd"), PASSWD);
    }
}

#[test]
fn lines_come_from_input_and_arguments() {
    let mut world = base("u x -\n");
    run_with(&mut world, "systemd-sysusers -", "g a -\n").unwrap();
    assert_eq!(read(&world, "/etc/group"), format!("{GROUP}a:x:999:\n"));
    run_with(&mut world, "systemd-sysusers --replace=/usr/lib/sysusers.d/w.conf -", "g w -\n").unwrap();
    assert_eq!(read(&world, "/etc/group"), format!("{GROUP}a:x:999:\nw:x:998:\nx:x:997:\n"));
}

#[test]
fn a_file_that_glibc_would_repair_stops() {
    let mut world = base("u a -\n");
    world.write("/etc/passwd", "root:x:0\n").unwrap();
    let stop = run(&mut world, "systemd-sysusers x.conf").unwrap_err();
    assert_eq!(
        stop.to_string(),
        "`systemd-sysusers`: the line `root:x:0` of `/etc/passwd` is not reproduced"
    );
}
