use super::*;
use crate::testing::{link, read, run, world};

const SSH: &str = "[Unit]\n[Install]\nWantedBy=multi-user.target\nAlias=sshd.service\nAlso=ssh.socket\n";

fn base() -> World {
    world(&[
        ("usr/lib/systemd/system/ssh.service", SSH),
        ("usr/lib/systemd/system/ssh.socket", "[Install]\nWantedBy=sockets.target\n"),
        ("usr/lib/systemd/system/getty@.service", "[Install]\nWantedBy=getty.target\nDefaultInstance=tty1\n"),
        ("usr/lib/systemd/system/serial@.service", "[Install]\nWantedBy=getty.target\n"),
        ("usr/lib/systemd/system/static.service", "[Service]\n"),
        ("usr/lib/systemd/system/multi-user.target", "[Unit]\n"),
        ("usr/lib/systemd/system-preset/90-x.preset", "# no\nenable getty@.service\ndisable s?h.service\n"),
        ("usr/lib/systemd/user/u.service", "[Install]\nWantedBy=default.target\n"),
    ])
}

fn config(world: &World) -> Vec<String> {
    let at = world.tree.below(b"etc").filter(|(_, node)| matches!(node.kind, Kind::Symlink(_)));
    at.map(|(path, _)| String::from_utf8(path.to_vec()).unwrap()).collect()
}

#[test]
fn enabling_links_the_unit_its_aliases_and_what_it_names() {
    let mut world = base();
    let changes = enable(&mut world, "ssh.service").unwrap();
    assert_eq!(changes.len(), 3);
    assert_eq!(
        config(&world),
        [
            "etc/systemd/system/multi-user.target.wants/ssh.service",
            "etc/systemd/system/sockets.target.wants/ssh.socket",
            "etc/systemd/system/sshd.service",
        ]
    );
    assert_eq!(
        link(&world, "/etc/systemd/system/sshd.service").unwrap(),
        "/usr/lib/systemd/system/ssh.service"
    );
    assert_eq!(enable(&mut world, "ssh.service").unwrap(), []);
    assert_eq!(disable(&mut world, "ssh.service").unwrap().len(), 3);
    assert_eq!(config(&world), [""; 0]);
    assert!(world.stat("/etc/systemd/system/sockets.target.wants").is_none());
}

#[test]
fn a_template_is_enabled_as_its_default_or_a_named_instance() {
    let mut world = base();
    enable(&mut world, "getty@.service").unwrap();
    enable(&mut world, "serial@ttyS0.service").unwrap();
    let folder = "/etc/systemd/system/getty.target.wants";
    assert_eq!(world.names(folder), ["getty@tty1.service", "serial@ttyS0.service"]);
    let target = link(&world, &format!("{folder}/serial@ttyS0.service")).unwrap();
    assert_eq!(target, "/usr/lib/systemd/system/serial@.service");
    let error = enable(&mut world, "serial@.service").unwrap_err().to_string();
    assert_eq!(error, "unit `serial@.service` is a template\nhelp: name an instance, `serial@NAME.service`");
}

#[test]
fn what_cannot_be_enabled_says_why() {
    let mut world = base();
    let error = enable(&mut world, "sshh.service").unwrap_err().to_string();
    assert_eq!(error, "no unit `sshh.service`\nhelp: did you mean `ssh.service` or `ssh.socket`?");
    let error = enable(&mut world, "static.service").unwrap_err();
    assert!(matches!(error, Error::NotInstallable { unit } if unit == "static.service"));
    mask(&mut world, "ssh.service").unwrap();
    let error = enable(&mut world, "ssh.service").unwrap_err().to_string();
    assert_eq!(
        error,
        "unit `ssh.service` is masked by `/etc/systemd/system/ssh.service`\nhelp: unmask it first"
    );
    assert!(is_masked(&world, "ssh.service"));
    unmask(&mut world, "ssh.service").unwrap();
    assert!(enable(&mut world, "ssh.service").is_ok());
    assert!(matches!(enable(&mut world, "ssh").unwrap_err(), Error::BadName { name } if name == "ssh"));
}

#[test]
fn the_default_target_is_a_link() {
    let mut world = base();
    assert!(matches!(default_target(&world), Err(Error::Unknown { .. })));
    set_default(&mut world, "multi-user.target").unwrap();
    assert_eq!(default_target(&world).unwrap(), "multi-user.target");
    assert!(matches!(set_default(&mut world, "ssh.service"), Err(Error::NotTarget { .. })));
}

#[test]
fn presets_decide_and_what_has_no_rule_is_enabled() {
    let mut world = base();
    for name in ["ssh.service", "ssh.socket", "getty@.service", "serial@.service"] {
        let line = format!("systemctl --root=/ --system --preset-mode=enable-only preset {name}");
        assert_eq!(run(&mut world, &line).unwrap().0, 0, "{name}");
    }
    assert_eq!(
        config(&world),
        [
            "etc/systemd/system/getty.target.wants/getty@tty1.service",
            "etc/systemd/system/sockets.target.wants/ssh.socket",
        ]
    );
    run(&mut world, "systemctl --global preset u").unwrap();
    assert!(link(&world, "/etc/systemd/user/default.target.wants/u.service").is_some());
}

#[test]
fn states_are_told_as_systemctl_does() {
    let mut world = base();
    enable(&mut world, "ssh.service").unwrap();
    world.make_symlink("static.service", "/usr/lib/systemd/system/other.service").unwrap();
    for (unit, state, status) in [
        ("ssh", "enabled\n", 0),
        ("ssh.socket", "enabled\n", 0),
        ("sshd", "alias\n", 0),
        ("other", "alias\n", 0),
        ("static", "static\n", 0),
        ("getty@.service", "disabled\n", 1),
        ("gone", "not-found\n", 4),
    ] {
        let (got, output, _) = run(&mut world, &format!("systemctl is-enabled {unit}")).unwrap();
        assert_eq!((output.as_str(), got), (state, status), "{unit}");
    }
}

#[test]
fn what_needs_a_running_systemd_does_nothing() {
    let mut world = base();
    let (status, output, errors) = run(&mut world, "systemctl --system daemon-reload").unwrap();
    assert_eq!((status, output.as_str()), (0, ""));
    assert_eq!(errors, "Running in chroot, ignoring command 'daemon-reload'\n");
    assert_eq!(run(&mut world, "systemctl is-system-running").unwrap(), (1, "offline\n".into(), "".into()));
}

#[test]
fn an_init_script_needs_somebody_to_link_it() {
    let mut world = base();
    world.make_directory("/etc").unwrap();
    world.make_directory("/etc/init.d").unwrap();
    world.write("/etc/init.d/ssh", "").unwrap();
    let stop = run(&mut world, "systemctl enable ssh").unwrap_err();
    assert_eq!(stop.to_string(), "`update-rc.d` is a program of the target");
    assert!(world.environment.is_empty());
    assert_eq!(read(&world, "/etc/init.d/ssh"), "");
}
