//! What the real programs of trixie leave behind, as seen in a root of it.

use crate::testing::{ok, run, text, world};
use bringup_shell::World;

const LOGIN_DEFS: &str = "PASS_MAX_DAYS\t99999\nPASS_MIN_DAYS\t0\nPASS_WARN_AGE\t7\nHOME_MODE 0700\nUSERGROUPS_ENAB yes\n# SYS_UID_MIN 1\n";

fn root() -> World {
    let mut world = world(&[
        ("etc/passwd", "root:x:0:0:root:/root:/bin/bash\ngames:x:5:60:games:/usr/games:/usr/sbin/nologin\n"),
        ("etc/group", "root:x:0:\naudio:x:29:\ngames:x:60:\nusers:x:100:\nnogroup:x:65534:\n"),
        ("etc/shadow", "root:*:20778:0:99999:7:::\ngames:*:20778:0:99999:7:::\n"),
        ("etc/gshadow", "root:*::\naudio:*::\ngames:*::\nusers:*::\nnogroup:*::\n"),
        ("etc/login.defs", LOGIN_DEFS),
        ("etc/default/useradd", "# x\nSHELL=/bin/sh\n"),
        ("etc/subuid", ""),
        ("etc/subgid", ""),
        ("etc/skel/.profile", "umask 022\n"),
        ("etc/skel/.profile.dpkg-old", ""),
    ]);
    for name in ["shadow", "gshadow"] {
        let meta = &mut world.tree.get_mut(format!("etc/{name}")).unwrap().meta;
        (meta.mode, meta.gid) = (0o640, 42);
    }
    world
}

#[test]
fn a_system_user_with_a_group_gets_the_first_free_numbers() {
    let mut world = root();
    ok(&mut world, "addgroup --quiet --system netdev");
    ok(
        &mut world,
        "adduser --system --group --quiet --home /var/spool/x --gecos X --no-create-home Debian-x",
    );
    assert!(text(&world, "/etc/group").ends_with("nogroup:x:65534:\nnetdev:x:101:\nDebian-x:x:102:\n"));
    assert!(text(&world, "/etc/gshadow").ends_with("nogroup:*::\nnetdev:!::\nDebian-x:!::\n"));
    let user = "Debian-x:x:100:102:X:/var/spool/x:/usr/sbin/nologin\n";
    assert!(text(&world, "/etc/passwd").ends_with(user));
    assert!(text(&world, "/etc/shadow").ends_with("\nDebian-x:!:20778::::::\n"));
    // Of shadow's two writers only useradd changed it; of passwd's, usermod was the last.
    assert!(text(&world, "/etc/shadow-").ends_with("games:*:20778:0:99999:7:::\n"));
    assert!(text(&world, "/etc/passwd-").ends_with("Debian-x:x:100:102::/var/spool/x:/usr/sbin/nologin\n"));
    let backup = &world.stat("/etc/shadow-").unwrap().meta;
    assert_eq!((backup.mode, backup.gid), (0o640, 42));
    assert_eq!(world.stat("/etc/.pwd.lock").unwrap().meta.mode, 0o600);
    assert!(world.stat("/run/adduser").is_some());
    assert!(world.stat("/var/spool").is_none());
}

#[test]
fn a_person_gets_a_home_a_group_and_subordinate_ids() {
    let mut world = root();
    ok(&mut world, "adduser --disabled-password --comment _ alice");
    ok(&mut world, "useradd -m -G audio bob");
    let passwd = text(&world, "/etc/passwd");
    assert!(
        passwd.ends_with("alice:x:1000:1000::/home/alice:/bin/bash\nbob:x:1001:1001::/home/bob:/bin/sh\n")
    );
    assert!(text(&world, "/etc/group").contains("\naudio:x:29:bob\n"));
    assert!(text(&world, "/etc/gshadow").contains("\nusers:*::alice\n"));
    assert!(text(&world, "/etc/shadow").contains("\nalice:!:20778:0:99999:7:::\n"));
    assert_eq!(text(&world, "/etc/subuid"), "alice:100000:65536\nbob:165536:65536\n");
    let profile = &world.stat("/home/alice/.profile").unwrap().meta;
    assert_eq!((profile.uid, profile.gid, profile.mode), (1000, 1000, 0o644));
    assert_eq!(world.stat("/home/alice").unwrap().meta.mode, 0o700);
    assert!(world.stat("/home/alice/.profile.dpkg-old").is_none());
}

#[test]
fn useradd_counts_down_for_the_system() {
    let mut world = root();
    ok(&mut world, "groupadd -g 990 old");
    ok(&mut world, "useradd --system --user-group new");
    assert!(text(&world, "/etc/passwd").ends_with("new:x:999:999::/home/new:/bin/sh\n"));
    ok(&mut world, "groupadd --system below");
    assert!(text(&world, "/etc/group").ends_with("old:x:990:\nnew:x:999:\nbelow:x:989:\n"));
}

#[test]
fn failures_have_the_statuses_of_the_real_programs() {
    for (line, status, message) in [
        (
            "adduser --system games",
            13,
            "fatal: The user `games' already exists, but is not a system user. Exiting.\n",
        ),
        (
            "addgroup --system audio",
            13,
            "err: The group `audio' already exists and is not a system group. Exiting.\n",
        ),
        ("addgroup audio", 11, "fatal: The group `audio' already exists.\n"),
        ("adduser games nope", 12, "fatal: The group `nope' does not exist.\n"),
        ("deluser games audio", 42, "fatal: The user `games' is not a member of group `audio'.\n"),
        ("groupadd audio", 9, "groupadd: group 'audio' already exists\n"),
        ("groupadd -g 29 new", 4, "groupadd: GID '29' already exists\n"),
        ("groupdel games", 8, "groupdel: cannot remove the primary group of user 'games'\n"),
        ("useradd root", 9, "useradd: user 'root' already exists\n"),
        ("useradd -g nope new", 6, "useradd: group 'nope' does not exist\n"),
        ("usermod -d /x nope", 6, "usermod: user 'nope' does not exist\n"),
        ("userdel nope", 6, "userdel: user 'nope' does not exist\n"),
        ("getent passwd nope", 2, ""),
    ] {
        let mut world = root();
        let before = text(&world, "/etc/passwd") + &text(&world, "/etc/group");
        let (got, _, errors) = run(&mut world, line, "").unwrap();
        assert_eq!((got, errors.as_str()), (status, message), "{line}");
        assert_eq!(text(&world, "/etc/passwd") + &text(&world, "/etc/group"), before);
        assert!(world.stat("/etc/passwd-").is_none());
    }
}

#[test]
fn asking_stops() {
    for (line, what) in [
        ("adduser alice", "asking for a password"),
        ("adduser --disabled-password alice", "asking for a comment"),
        ("adduser --conf /x alice", "option `--conf`"),
        ("passwd games", "asking for a password"),
        ("chpasswd", "encrypting a password"),
    ] {
        let error = run(&mut root(), line, "").unwrap_err().to_string();
        let command = line.split(' ').next().unwrap();
        assert_eq!(error, format!("`{command}`: {what} is not reproduced"));
    }
}

#[test]
fn a_renamed_group_moves_to_the_end() {
    let mut world = root();
    ok(&mut world, "groupmod -n sound audio");
    assert!(text(&world, "/etc/group").ends_with("nogroup:x:65534:\nsound:x:29:\n"));
    assert!(text(&world, "/etc/gshadow").ends_with("nogroup:*::\nsound:*::\n"));
}

#[test]
fn passwords_move_to_the_shadow_files() {
    let mut world = world(&[
        ("etc/passwd", "root:*:0:0:root:/root:/bin/bash\nd:x:9:9:::\n"),
        ("etc/group", "root:*:0:\nd:x:9:\n"),
        ("etc/shadow", "d:!*:20778:::::1:\ngone:*:1::::::\n"),
        ("etc/login.defs", LOGIN_DEFS),
    ]);
    let (status, output, _) = run(&mut world, "pwck -q -r", "").unwrap();
    assert_eq!(status, 2);
    assert!(output.starts_with("no matching password file entry in /etc/shadow\nadd user 'root'"));
    assert!(output.ends_with("delete line 'gone:*:1::::::'? No\npwck: no changes\n"));
    assert_eq!(ok(&mut world, "grpck -r"), "");
    ok(&mut world, "pwconv");
    ok(&mut world, "grpconv");
    assert_eq!(text(&world, "/etc/passwd"), "root:x:0:0:root:/root:/bin/bash\nd:x:9:9:::\n");
    assert_eq!(text(&world, "/etc/shadow"), "d:!*:20778:::::1:\nroot:*:20778:0:99999:7:::\n");
    assert_eq!(text(&world, "/etc/gshadow"), "root:*::\nd:x::\n");
    assert_eq!(world.stat("/etc/passwd-").unwrap().meta.mode, 0o600);
    assert_eq!(world.stat("/etc/gshadow").unwrap().meta.mode, 0o440);
}

#[test]
fn getent_finds_names_and_numbers() {
    let mut world = root();
    assert_eq!(ok(&mut world, "getent group 29 users"), "audio:x:29:\nusers:x:100:\n");
    assert_eq!(ok(&mut world, "getent shadow games"), "games:*:20778:0:99999:7:::\n");
}
