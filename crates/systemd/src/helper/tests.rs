use crate::testing::{link, read, run, world};
use bringup_shell::{Status, World};

const STATE: &str = "/var/lib/systemd/deb-systemd-helper-enabled";
const SSH: &str = "[Install]\nWantedBy=multi-user.target\nAlias=sshd.service\nAlso=ssh.socket\n";
const SOCKET: &str = "[Install]\nWantedBy=sockets.target\nAlso=ssh.service\n";

fn base(systemctl: bool) -> World {
    let mut files = vec![
        ("usr/lib/systemd/system/ssh.service", SSH),
        ("usr/lib/systemd/system/ssh.socket", SOCKET),
        ("usr/lib/systemd/system/off.service", "[Install]\nWantedBy=multi-user.target\n"),
        ("usr/lib/systemd/system-preset/50-x.preset", "disable off.*\n"),
        ("usr/lib/systemd/user/u.service", "[Install]\nWantedBy=default.target\n"),
    ];
    if systemctl {
        files.push(("usr/bin/systemctl", ""));
    }
    let mut world = world(&files);
    world.make_symlink("usr/lib", "/lib").unwrap();
    world.make_directory("/etc").unwrap();
    world.environment.insert("DPKG_MAINTSCRIPT_PACKAGE".to_owned(), "x".to_owned());
    world
}

fn status(world: &mut World, line: &str) -> Status {
    run(world, &format!("deb-systemd-helper {line}")).unwrap().0
}

#[test]
fn enabling_presets_and_notes_every_link() {
    let mut world = base(true);
    assert_eq!(status(&mut world, "enable ssh.service"), 0);
    // The socket names the service, so that its links are listed again.
    let lines = "/etc/systemd/system/sshd.service\n\
                 /etc/systemd/system/multi-user.target.wants/ssh.service\n\
                 /etc/systemd/system/sockets.target.wants/ssh.socket\n";
    let state = format!("{STATE}/ssh.service.dsh-also");
    let mut expected: Vec<&str> = lines.lines().collect();
    let text = read(&world, &state);
    let mut got: Vec<&str> = text.lines().collect();
    expected.sort_unstable();
    got.sort_unstable();
    assert_eq!(got, expected);
    assert_eq!(world.stat(&state).unwrap().meta.mode, 0o644);
    assert_eq!(read(&world, &format!("{STATE}/multi-user.target.wants/ssh.service")), "");
    assert_eq!(
        link(&world, "/etc/systemd/system/sshd.service").unwrap(),
        "/usr/lib/systemd/system/ssh.service"
    );
    assert_eq!(status(&mut world, "--quiet was-enabled ssh.service"), 0);
    assert_eq!(status(&mut world, "debian-installed ssh.service"), 0);
    status(&mut world, "update-state ssh.service");
    assert_eq!(read(&world, &state).lines().count(), 5);
}

#[test]
fn without_systemctl_links_go_through_lib() {
    let mut world = base(false);
    status(&mut world, "enable off.service");
    let path = "/etc/systemd/system/multi-user.target.wants/off.service";
    assert_eq!(link(&world, path).unwrap(), "/lib/systemd/system/off.service");
}

#[test]
fn a_preset_can_say_no() {
    let mut world = base(true);
    assert_eq!(status(&mut world, "enable off.service"), 0);
    assert!(link(&world, "/etc/systemd/system/multi-user.target.wants/off.service").is_none());
    assert_eq!(status(&mut world, "was-enabled off.service"), 1);
    assert_eq!(status(&mut world, "enable off.service"), 0);
    assert!(link(&world, "/etc/systemd/system/multi-user.target.wants/off.service").is_none());
}

#[test]
fn purging_leaves_nothing() {
    let mut world = base(true);
    status(&mut world, "enable off.service");
    status(&mut world, "purge off.service");
    assert!(world.stat(STATE).is_none());
    let mut world = base(true);
    status(&mut world, "enable ssh.service");
    status(&mut world, "disable ssh.service");
    assert!(world.stat("/etc/systemd/system/multi-user.target.wants").is_none());
    assert!(world.stat(&format!("{STATE}/ssh.service.dsh-also")).is_some());
}

#[test]
fn a_mask_goes_only_if_the_helper_made_it() {
    let mut world = base(true);
    let path = "/etc/systemd/system/ssh.service";
    status(&mut world, "mask ssh.service");
    assert_eq!(link(&world, path).unwrap(), "/dev/null");
    status(&mut world, "unmask ssh.service");
    assert!(link(&world, path).is_none());
    assert!(world.stat("/var/lib/systemd/deb-systemd-helper-masked").is_none());
    world.make_symlink("/dev/null", path).unwrap();
    status(&mut world, "unmask ssh.service");
    assert!(link(&world, path).is_some());
}

#[test]
fn units_of_users_have_their_own_state() {
    let mut world = base(true);
    status(&mut world, "--user enable u.service");
    let state = "/var/lib/systemd/deb-systemd-user-helper-enabled/u.service.dsh-also";
    assert_eq!(read(&world, state), "/etc/systemd/user/default.target.wants/u.service\n");
    assert!(link(&world, "/etc/systemd/user/default.target.wants/u.service").is_some());
}

#[test]
fn a_missing_unit_and_a_missing_package_fail() {
    let mut world = base(true);
    let (status, _, errors) = run(&mut world, "deb-systemd-helper update-state gone.service").unwrap();
    assert_eq!((status, errors.as_str()), (1, "deb-systemd-helper: error: unable to read gone.service\n"));
    world.environment.clear();
    assert_eq!(run(&mut world, "deb-systemd-helper enable ssh.service").unwrap().0, 1);
}

#[test]
fn starting_does_nothing_where_systemd_does_not_run() {
    let mut world = base(true);
    let (status, output, errors) =
        run(&mut world, "deb-systemd-invoke start ssh.service off.service").unwrap();
    assert_eq!((status, output.as_str()), (0, ""));
    assert_eq!(errors.lines().count(), 2, "{errors}");
    run(&mut world, "systemctl enable ssh").unwrap();
    let (status, _, errors) = run(&mut world, "deb-systemd-invoke start ssh.service").unwrap();
    assert_eq!((status, errors.as_str()), (0, "Running in chroot, ignoring command 'start'\n"));
}
