use bringup_shell::World;
use bringup_tree::Kind;

use crate::testing::{link, read, run, run_with, world};

fn base() -> World {
    let mut world = world(&[
        ("etc/passwd", "root:x:0:0::/root:/bin/sh\nman:x:6:12::/:/bin/sh\n"),
        ("etc/group", "root:x:0:\nadm:x:4:\nman:x:12:\nsystemd-journal:x:999:\n"),
        ("var/old", "old text"),
        ("usr/share/factory/etc/issue", "hello\n"),
    ]);
    world.umask = 0o077;
    world
}

/// A world in which these lines were done.
fn done(lines: &str) -> World {
    let mut world = base();
    let (status, _, errors) = run_with(&mut world, "systemd-tmpfiles --create -", lines).unwrap();
    assert_eq!((status, errors.as_str()), (0, ""));
    world
}

/// Mode, user and group.
fn meta(world: &World, path: &str) -> (u32, u32, u32) {
    let meta = &world.lstat(path).unwrap().meta;
    (meta.mode, meta.uid, meta.gid)
}

#[test]
fn folders_and_files_get_their_owner_and_mode() {
    let world = done(
        "d /var/cache/man 2755 man man a:1w\nf /run/x/y 0640 root man - a\\x20b\\n\nD /srv\nq /var - - -\n",
    );
    assert_eq!(meta(&world, "/var/cache/man"), (0o2755, 6, 12));
    assert_eq!(meta(&world, "/var/cache"), (0o755, 0, 0));
    assert_eq!(meta(&world, "/srv"), (0o755, 0, 0));
    assert_eq!(meta(&world, "/run/x/y"), (0o640, 0, 12));
    assert_eq!(read(&world, "/run/x/y"), "a b\n");
}

#[test]
fn what_is_there_keeps_its_text_but_not_its_mode() {
    let world = done("f /var/old 0600 - - - new\n");
    assert_eq!((read(&world, "/var/old"), meta(&world, "/var/old").0), ("old text".to_owned(), 0o600));
    let world = done("f+ /var/old - - - - new\n");
    assert_eq!((read(&world, "/var/old"), meta(&world, "/var/old").0), ("new".to_owned(), 0o644));
    let world = done("w /var/old - - - - new\n");
    assert_eq!(read(&world, "/var/old"), "new text");
    let world = done("w+ /var/old - - - - !\nw+ /var/old - - - - ?\n");
    assert_eq!(read(&world, "/var/old"), "old text!?");
    let world = done("f /var/old :0600 :man - -\nd /new :0700 :man - -\n");
    assert_eq!((meta(&world, "/var/old"), meta(&world, "/new")), ((0o644, 0, 0), (0o700, 6, 0)));
}

#[test]
fn links_are_made_forced_or_left() {
    let world = done(
        "L /var/run - - - - ../run\nL /var/old - - - - x\nL+ /etc/group - - - - y\nL? /a - - - - /gone\nL /etc/issue\n",
    );
    assert_eq!(link(&world, "/var/run").unwrap(), "../run");
    assert_eq!(read(&world, "/var/old"), "old text");
    assert_eq!(link(&world, "/etc/group").unwrap(), "y");
    assert_eq!(link(&world, "/a"), None);
    assert_eq!(link(&world, "/etc/issue").unwrap(), "/usr/share/factory/etc/issue");
}

#[test]
fn copies_come_from_the_factory_and_do_not_overwrite() {
    let world = done("C /etc/issue 0600\nC /gone\nC /var/old - - - - /usr/share/factory/etc/issue\n");
    assert_eq!((read(&world, "/etc/issue"), meta(&world, "/etc/issue").0), ("hello\n".to_owned(), 0o600));
    assert_eq!(read(&world, "/var/old"), "old text");
    assert!(world.stat("/gone").is_none());
    let world = done("C /etc2 - man - - /usr/share/factory/etc\n");
    assert_eq!((read(&world, "/etc2/issue"), meta(&world, "/etc2/issue").1), ("hello\n".to_owned(), 6));
}

#[test]
fn a_parent_comes_before_its_children_whatever_the_order() {
    let world = done("d /a/b 0700\nz /a - man\nd /a 0711\n");
    assert_eq!((meta(&world, "/a"), meta(&world, "/a/b")), ((0o711, 6, 0), (0o700, 0, 0)));
}

#[test]
fn patterns_change_what_fits() {
    let world = done("z /var/o* 0600\nZ /usr/sh* ~0755 man\nz /nothing* 0600\nt /var/old - - - - user.a=b\n");
    assert_eq!(meta(&world, "/var/old").0, 0o600);
    // Nobody could execute the file, so nobody can now.
    assert_eq!(meta(&world, "/usr/share/factory/etc/issue"), (0o644, 6, 0));
    assert_eq!(meta(&world, "/usr/share"), (0o755, 6, 0));
    assert_eq!(world.stat("/var/old").unwrap().meta.xattrs[b"user.a".as_slice()], b"b");
}

#[test]
fn access_lists_are_kept_as_linux_does() {
    let mut world = base();
    world.make_directory("/journal").unwrap();
    world.tree.get_mut("journal").unwrap().meta.mode = 0o755;
    let lines = "z /journal 2755 root systemd-journal - -\n\
                 a+ /journal - - - - d:group::r-x,d:group:adm:r-x,group::r-x,group:adm:r-x\n";
    let both = |world: &World| {
        let xattrs = &world.stat("/journal").unwrap().meta.xattrs;
        ["access", "default"].map(|kind| xattrs[format!("system.posix_acl_{kind}").as_bytes()].clone())
    };
    run_with(&mut world, "systemd-tmpfiles --create -", lines).unwrap();
    let entry = |tag: u8, bits: u8, id: u32| [[tag, 0, bits, 0], id.to_le_bytes()].concat();
    let none = u32::MAX;
    let list = [
        vec![2, 0, 0, 0],
        entry(1, 7, none),
        entry(4, 5, none),
        entry(8, 5, 4),
        entry(16, 5, none),
        entry(32, 5, none),
    ]
    .concat();
    assert_eq!(both(&world), [list.clone(), list]);
    assert_eq!(meta(&world, "/journal"), (0o2755, 0, 999));
    // chmod changes the mask.
    run_with(&mut world, "systemd-tmpfiles --create -", "z /journal 2770\n").unwrap();
    let [access, default] = both(&world);
    assert_eq!((access[4 + 3 * 8 + 2], access[4 + 4 * 8 + 2]), (7, 0));
    assert_eq!(default[4 + 3 * 8 + 2], 5);
}

#[test]
fn an_executable_bit_in_capitals_is_for_folders() {
    let world = done("a+ /var - - - - group:adm:r-X\na+ /var/old - - - - group:adm:r-X\n");
    let bits = |path: &str| {
        world.stat(path).unwrap().meta.xattrs[b"system.posix_acl_access".as_slice()][4 + 2 * 8 + 2]
    };
    assert_eq!((bits("/var"), bits("/var/old")), (5, 4));
}

#[test]
fn some_lines_wait_for_the_boot_or_the_machine() {
    let world = done("f! /a\nd /b/%m\nf^ /c - - - - cred\nx /d\nr! /var/old\n");
    for path in ["/a", "/b", "/c", "/d"] {
        assert!(world.lstat(path).is_none(), "{path}");
    }
    let mut world = base();
    run_with(&mut world, "systemd-tmpfiles --create --remove --boot -", "f! /a\nr! /var/old\n").unwrap();
    assert!(world.stat("/a").is_some() && world.stat("/var/old").is_none());
}

#[test]
fn prefixes_choose_lines() {
    let lines = "d /dev/x\nd /devil\nd /srv\n";
    let mut world = base();
    run_with(&mut world, "systemd-tmpfiles --create --exclude-prefix=/dev -", lines).unwrap();
    assert!(world.stat("/dev/x").is_none() && world.stat("/devil").is_some());
    let mut world = base();
    run_with(&mut world, "systemd-tmpfiles --create --prefix=/dev -", lines).unwrap();
    assert!(world.stat("/dev/x").is_some() && world.stat("/devil").is_none());
}

#[test]
fn a_wrong_line_does_not_keep_the_others() {
    for (line, what, status) in [
        ("d /x 0755 nobody-here", "<stdin>:1: Failed to resolve user 'nobody-here': No such process\n", 65),
        ("d x", "<stdin>:1: Path 'x' not absolute.\n", 65),
        ("y /x", "<stdin>:1: Unknown command type 'y'.\n", 65),
        ("d /x 9", "<stdin>:1: Invalid mode '9'.\n", 65),
        ("f /etc", "/etc exists and is not a regular file.\n", 73),
        ("f- /etc", "/etc exists and is not a regular file.\n", 0),
        ("d /good 0700", "<stdin>:2: Duplicate line for path \"/good\", ignoring.\n", 0),
    ] {
        let mut world = base();
        let lines = format!("{line}\nd /good\n");
        let got = run_with(&mut world, "systemd-tmpfiles --create -", &lines).unwrap();
        assert_eq!((got.0, got.2.as_str()), (status, what), "{line}");
        assert!(world.stat("/good").is_some());
    }
    let mut world = base();
    assert_eq!(run(&mut world, "systemd-tmpfiles --create gone.conf").unwrap().0, 1);
}

#[test]
fn devices_and_pipes_are_nodes() {
    let world = done("c /dev/null 0666 - - - 1:3\np /run/pipe 0600\n");
    assert!(matches!(world.stat("/dev/null").unwrap().kind, Kind::CharDevice(device) if device.minor == 3));
    assert!(matches!(world.stat("/run/pipe").unwrap().kind, Kind::Fifo));
}

#[test]
fn somebody_elses_folder_is_not_trusted() {
    let mut world = base();
    run_with(&mut world, "systemd-tmpfiles --create -", "d /home/man 0755 man\nd /home/man/in 0755 root\n")
        .unwrap();
    let (status, _, errors) =
        run_with(&mut world, "systemd-tmpfiles --create -", "d /home/man/in/deep\n").unwrap();
    assert_eq!((status, errors.as_str()), (73, "Unsafe path transition to /home/man/in/deep\n"));
    // Writing opens the folder, adjusting the file itself.
    world.write("/home/man/file", "old").unwrap();
    let lines = "w /home/man/file - - - - new\nz /home/man/file 0640\n";
    let (status, _, errors) = run_with(&mut world, "systemd-tmpfiles --create -", lines).unwrap();
    assert_eq!((status, errors.as_str()), (73, "Unsafe path transition to /home/man/file\n"));
    assert_eq!((read(&world, "/home/man/file"), meta(&world, "/home/man/file").0), ("new".to_owned(), 0o600));
}
