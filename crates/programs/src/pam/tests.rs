//! The files as libpam-runtime of trixie writes them.

use crate::testing::{ok, run, text, world};
use bringup_shell::World;

const UNIX: &str = "Name: Unix authentication\nDefault: yes\nPriority: 256\nAuth-Type: Primary\nAuth:\n\t[success=end default=ignore]\tpam_unix.so nullok try_first_pass\nAuth-Initial:\n\t[success=end default=ignore]\tpam_unix.so nullok\nSession-Type: Additional\nSession:\n\trequired\tpam_unix.so\nSession-Initial:\n\trequired\tpam_unix.so\n";
const SYSTEMD: &str = "Name: Register\nDefault: yes\nPriority: 0\nSession-Interactive-Only: yes\nSession-Type: Additional\nSession:\n\toptional\tpam_systemd.so\n";
const HOME: &str = "Name: Home\nDefault: no\nPriority: 0\nSession-Type: Additional\nSession:\n\toptional\t\t\tpam_mkhomedir.so\n";
const EXTRA: &str = "Name: Extra\nDefault: yes\nPriority: 128\nAuth-Type: Primary\nAuth:\n\t[success=end default=ignore]\tpam_extra.so a\n";

fn template(kind: &str) -> String {
    format!(
        "# head\n# here are the per-package modules (the \"Primary\" block)\n$x\n# here's the fallback if no module succeeds\n{kind}\trequisite\t\t\tpam_deny.so\n# and here are more per-package modules (the \"Additional\" block)\n$y\n# end of pam-auth-update config\n"
    )
}

fn root() -> World {
    let files: Vec<(String, String)> = super::TYPES
        .iter()
        .map(|kind| {
            (format!("usr/share/pam/common-{kind}"), template(kind.trim_end_matches("-noninteractive")))
        })
        .chain(
            [("unix", UNIX), ("systemd", SYSTEMD), ("mkhomedir", HOME)]
                .map(|(name, text)| (format!("usr/share/pam-configs/{name}"), text.to_owned())),
        )
        .chain([("etc/pam.d/other".to_owned(), String::new())])
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    world(&files)
}

fn blocks(world: &World, kind: &str) -> Vec<String> {
    let all = text(world, &format!("/etc/pam.d/common-{kind}"));
    all.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

#[test]
fn a_first_run_enables_the_defaults() {
    let mut world = root();
    ok(&mut world, "pam-auth-update --root _ --package --force");
    assert_eq!(
        blocks(&world, "auth"),
        ["auth\t[success=1 default=ignore]\tpam_unix.so nullok", "auth\trequisite\t\t\tpam_deny.so",]
    );
    assert_eq!(
        blocks(&world, "session"),
        [
            "session\t[default=1]\t\t\tpam_permit.so",
            "session\trequisite\t\t\tpam_deny.so",
            "session\trequired\tpam_unix.so ",
            "session\toptional\tpam_systemd.so ",
        ]
    );
    assert_eq!(blocks(&world, "session-noninteractive").len(), 3);
    assert_eq!(text(&world, "/var/lib/pam/seen"), "unix\nsystemd\nmkhomedir\n");
    assert_eq!(
        text(&world, "/var/lib/pam/session-noninteractive"),
        "Module: null\n[default=1]\t\t\tpam_permit.so\nModule: unix\nrequired\tpam_unix.so\n"
    );
    assert!(world.stat("/etc/pam.d/common-auth.pam-old").is_none());
}

#[test]
fn a_new_profile_joins_and_an_administrators_option_stays() {
    let mut world = root();
    ok(&mut world, "pam-auth-update --package --force");
    let changed = text(&world, "/etc/pam.d/common-auth").replace("pam_unix.so nullok", "pam_unix.so debug");
    world.write("/etc/pam.d/common-auth", changed).unwrap();
    world.write("/usr/share/pam-configs/extra", EXTRA).unwrap();
    ok(&mut world, "pam-auth-update --package");
    assert_eq!(
        blocks(&world, "auth")[..2],
        [
            "auth\t[success=2 default=ignore]\tpam_unix.so debug",
            "auth\t[success=1 default=ignore]\tpam_extra.so a",
        ]
    );
    ok(&mut world, "pam-auth-update --remove extra");
    assert_eq!(blocks(&world, "auth")[0], "auth\t[success=1 default=ignore]\tpam_unix.so debug");
    ok(&mut world, "pam-auth-update --enable mkhomedir");
    assert_eq!(blocks(&world, "session").last().unwrap(), "session\toptional\t\t\tpam_mkhomedir.so ");
    ok(&mut world, "pam-auth-update --disable mkhomedir");
    assert_eq!(blocks(&world, "session").len(), 4);
}

#[test]
fn what_cannot_be_merged_is_left_alone() {
    let mut world = root();
    ok(&mut world, "pam-auth-update --package --force");
    let changed = text(&world, "/etc/pam.d/common-auth").replace("pam_unix.so", "pam_other.so");
    world.write("/etc/pam.d/common-auth", changed.clone()).unwrap();
    let (status, _, errors) = run(&mut world, "pam-auth-update --package", "").unwrap();
    assert_eq!(status, 0);
    assert!(errors.contains("Local modifications to /etc/pam.d/common-*, not updating."));
    assert_eq!(text(&world, "/etc/pam.d/common-auth"), changed);
}
