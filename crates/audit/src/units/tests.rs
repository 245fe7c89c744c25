use bringup_tree::{Kind, Meta, Tree};

use crate::Level;
use crate::finding::Findings;
use crate::testing::{link, put, put_mode, tree};

const UNITS: &str = "usr/lib/systemd/system";

const SERVICE: &str = "# x\n[Unit]\nRequires=own.socket -.mount\n After=nowhere.target\n[Service]\n\
    User=daemon\nGroup=0\nSupplementaryGroups=daemon\nEnvironmentFile=-/etc/default/own\n\
    ExecStartPre=-/usr/bin/nothing\nExecStart=!@/bin/own \\\n  ; no\n  --option $X\n\
    ExecStop=own %i\nExecReload=/proc/%i/exe\n";

/// A root with a service that starts, its socket, a template, a mask.
fn good() -> Tree {
    let mut root = tree(&[
        ("etc/passwd", "root:x:0:0:::\ndaemon:x:1:1:::\n"),
        ("etc/group", "root:x:0:\ndaemon:x:1:\n"),
        ("usr/lib/systemd/system/multi-user.target", "[Unit]\nRequires=masked.service\n"),
        ("usr/lib/systemd/system/own.service", SERVICE),
        ("usr/lib/systemd/system/own.socket", "[Socket]\nListenStream=1\n"),
        ("usr/lib/systemd/system/getty@.service", "[Service]\nExecStart=own\nUser=%i\n"),
        ("usr/lib/systemd/system/masked.service", "[Service]\nExecStart=/none\n"),
    ]);
    put_mode(&mut root, "usr/bin/own", "", 0o755);
    put_mode(&mut root, "usr/lib/systemd/systemd", "", 0o755);
    link(&mut root, "bin", "usr/bin");
    link(&mut root, "usr/lib/systemd/system/default.target", "multi-user.target");
    link(&mut root, "etc/systemd/system/masked.service", "/dev/null");
    for name in ["own.service", "getty@tty1.service", "masked.service"] {
        link(
            &mut root,
            &format!("etc/systemd/system/multi-user.target.wants/{name}"),
            &format!("/{UNITS}/{name}"),
        );
    }
    root
}

fn shown(root: &Tree) -> Vec<String> {
    let mut found = Findings::default();
    super::check(root, &mut found).unwrap();
    let findings = found.into_report().findings.into_iter();
    findings
        .map(|finding| {
            let note = if finding.level == Level::Note { "note: " } else { "" };
            format!("{note}{} {}: {}", finding.rule.name(), finding.path, finding.what)
        })
        .collect()
}

#[test]
fn good_units_start() {
    assert_eq!(shown(&good()), [""; 0]);
    assert_eq!(shown(&tree(&[])), [""; 0]);
}

#[test]
fn each_fault_of_a_service_is_found() {
    let path = "/usr/lib/systemd/system/own.service";
    for (from, to, expected) in [
        (
            "@/bin/own",
            "/bin/owm",
            format!("unit-program {path}: `own.service` starts `/bin/owm` (ExecStart), which there is not"),
        ),
        (
            "@/bin/own",
            "\"/etc/passwd\"",
            format!(
                "unit-program {path}: `own.service` starts `/etc/passwd` (ExecStart), which is no program"
            ),
        ),
        (
            "ExecStop=own",
            "ExecStop=owm",
            format!("unit-program {path}: `own.service` starts `owm` (ExecStop), which there is not"),
        ),
        (
            "File=-",
            "File=",
            format!(
                "unit-program {path}: `own.service` reads `/etc/default/own` (EnvironmentFile), which there is not"
            ),
        ),
        (
            "User=daemon",
            "User=demon",
            format!("unit-user {path}: `own.service` runs as the user `demon`, which there is not"),
        ),
        (
            "Group=0",
            "Group=demon",
            format!("unit-user {path}: `own.service` runs as the group `demon`, which there is not"),
        ),
        (
            "Groups=daemon",
            "Groups=daemon x",
            format!("unit-user {path}: `own.service` runs as the group `x`, which there is not"),
        ),
        (
            "own.socket",
            "other.socket",
            format!(
                "unit-dependency {path}: `own.service` cannot start without `other.socket` (Requires), which there is not"
            ),
        ),
        (
            "User=daemon",
            "nonsense",
            format!("unit {path}: has the line `nonsense`, which systemd does not read"),
        ),
        ("# x", "A=b", format!("unit {path}: has the line `A=b`, which systemd does not read")),
    ] {
        let mut root = good();
        assert!(SERVICE.contains(from), "{from}");
        put(&mut root, path, &SERVICE.replacen(from, to, 1));
        assert_eq!(shown(&root), [expected]);
    }
}

#[test]
fn a_user_made_at_the_start_needs_no_account() {
    let mut root = good();
    put(
        &mut root,
        "usr/lib/systemd/system/own.service",
        &SERVICE.replace("User=daemon", "User=x\nDynamicUser=yes"),
    );
    assert_eq!(shown(&root), [""; 0]);
}

#[test]
fn what_a_condition_keeps_from_starting_needs_nothing() {
    for (condition, count) in
        [("/usr/bin/other", 0), ("/usr/bin/own", 1), ("!/usr/bin/other", 1), ("/etc/other", 1)]
    {
        let mut root = good();
        let text = SERVICE
            .replace("@/bin/own", "/bin/none")
            .replace("[Unit]", &format!("[Unit]\nConditionPathExists={condition}"));
        put(&mut root, "usr/lib/systemd/system/own.service", &text);
        assert_eq!(shown(&root).len(), count, "{condition}");
    }
}

#[test]
fn a_drop_in_changes_a_unit() {
    let mut root = good();
    put(&mut root, "etc/systemd/system/service.d/a.conf", "[Service]\nExecStop=\n");
    put(&mut root, "etc/systemd/system/own.service.d/b.conf", "[Service]\nExecStart=\nExecStart=/none\n");
    assert_eq!(
        shown(&root),
        [
            "unit-program /usr/lib/systemd/system/own.service: `own.service` starts `/none` (ExecStart), which \
          there is not"
        ]
    );
}

#[test]
fn what_is_enabled_must_be_there() {
    type Change = fn(&mut Tree);
    let cases: [(Change, &str); 4] = [
        (
            |root| link(root, "etc/systemd/system/multi-user.target.wants/no.service", "/none"),
            "unit /etc/systemd/system/multi-user.target.wants/no.service: starts `no.service`, which there is not",
        ),
        (
            |root| {
                root.remove("usr/lib/systemd/system/default.target");
            },
            "unit /usr/lib/systemd/system: starts `default.target`, which there is not",
        ),
        (
            |root| put(root, "usr/lib/systemd/system/timers.target.wants/x.timer", "[Timer]\n"),
            "unit /usr/lib/systemd/system/timers.target.wants/x.timer: starts `x.timer`, which there is not",
        ),
        (
            |root| put(root, "usr/lib/systemd/system/own.service", "[Service]\nType=simple\n"),
            "unit /usr/lib/systemd/system/own.service: `own.service` starts no program",
        ),
    ];
    for (change, expected) in cases {
        let mut root = good();
        change(&mut root);
        assert_eq!(shown(&root), [expected]);
    }
}

#[test]
fn what_a_timer_or_socket_is_for_is_looked_at() {
    let mut root = good();
    put(&mut root, "usr/lib/systemd/system/own.socket", "[Socket]\nAccept=yes\n");
    assert_eq!(
        shown(&root),
        ["unit /usr/lib/systemd/system/own.socket: starts `own@.service`, which there is not"]
    );
}

#[test]
fn names_in_a_unit_of_the_records_own_are_looked_at() {
    let mut root = good();
    put(
        &mut root,
        "etc/systemd/system/mine.service",
        "[Unit]\nAfter=network.targte\n[Service]\nExecStart=own\n",
    );
    root.insert_all("etc/systemd/system/x.wants", Meta::root(0o755, 0), Kind::Directory, &Meta::default())
        .unwrap();
    link(&mut root, "etc/systemd/system/x.wants/mine.service", "../mine.service");
    assert_eq!(
        shown(&root),
        [
            "note: unit-dependency /etc/systemd/system/mine.service: `mine.service` names `network.targte` (After), \
          which there is not"
        ]
    );
}
