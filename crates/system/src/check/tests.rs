use std::collections::BTreeMap;

use crate::System;

const RECORD: &str = "summary = 's'\nhostname = 'h'\ninit = 'systemd'\npackages.install = []\n\
    root = { file-system = 'ext4', label = 'root', free = '1 MiB' }\n";

fn parse(text: &str) -> Result<System, crate::Error> {
    System::parse("test", text, BTreeMap::from([("key.asc".to_owned(), Vec::new())]))
}

/// What a record with these lines, which begin at its line 6, is refused with; without file and line.
fn refused(lines: &str) -> String {
    let text = parse(&format!("{RECORD}{lines}")).map(drop).unwrap_err().to_string();
    let (place, what) = text.split_once(": ").unwrap();
    let line: usize = place.trim_start_matches("`test.toml`, line ").parse().unwrap();
    assert!(line >= 6, "{text}");
    what.to_owned()
}

#[test]
fn the_plain_record_is_good() {
    parse(RECORD).unwrap();
}

#[test]
fn values_out_of_their_limits_are_refused() {
    for (lines, expected) in [
        ("timezone = '../x'", "`timezone` is `../x`, but must be a name as `Europe/Berlin` or `UTC`"),
        (
            "keymap = 'de\"'",
            "`keymap` is `de\"`, but must be a layout as `de`, or with a variant as `us:dvorak`",
        ),
        (
            "[[user]]\nname = 'Me'\n",
            "`user[0].name` is `Me`, but must be 1 to 32 lower-case letters, digits, `-` and `_`, with a letter \
             or `_` first",
        ),
        (
            "[[user]]\nname = 'me'\nshell = 'bash'\n",
            "`user[0].shell` is `bash`, but must be an absolute path without `..` and colons",
        ),
        (
            "[[user]]\nname = 'me'\nssh-keys = ['ssh-ed25519 AAAA']\n",
            "`user[0].ssh-keys[0]` is `ssh-ed25519 AAAA`, but must be a key whose parts fill it exactly: this one \
             is cut or too long",
        ),
        (
            "[[file]]\npath = '/x'\ntext = ''\nmode = 0o17777\n",
            "`file[0].mode` is `0o17777`, but must be at most 0o7777, and begin with `0o`",
        ),
        (
            "[[file]]\npath = '/x'\ntext = ''\nmode = 644\n",
            "`file[0].mode` is `644`, but must be octal, and begin with `0o`",
        ),
        (
            "[[file]]\npath = 'x'\ntext = ''\n",
            "`file[0].path` is `x`, but must be an absolute path without `..`",
        ),
        (
            "[[file]]\npath = '/a/../x'\ntext = ''\n",
            "`file[0].path` is `/a/../x`, but must be an absolute path without `..`",
        ),
        ("[[file]]\npath = '/x'\n", "file `/x` must have exactly one of `source`, `text`, `secret`"),
        ("[[unit]]\nname = 'x.service'\n", "unit `x.service` must have exactly one of `text`, `source`"),
        (
            "[[unit]]\nname = 'x.servise'\ntext = ''\n",
            "`unit[0].name` is `x.servise`, but must be a unit's name with its kind, as `demo.service` or \
             `demo.service.d/own.conf`",
        ),
        ("services.enable = ['a b']", "`services.enable[0]` is `a b`, but must be the name of a unit"),
        (
            "network.manager = 'networkd'\n[[network.interface]]\nname = 'x'\nmatch = {}\n",
            "`network.interface[0].match` is `{}`, but must be at least one of `name`, `driver`, `mac` and `kind`",
        ),
        (
            "network.manager = 'networkd'\n[[network.interface]]\nname = 'x'\nmatch = { name = 'a' }\n\
             address = ['192.0.2.1']\n",
            "`network.interface[0].address[0]` is `192.0.2.1`, but must be an address with the length of its \
             prefix, as `192.0.2.7/24`",
        ),
        (
            "[[network.interface]]\nname = 'x'\nmatch = { name = 'a' }\n",
            "`network.manager` is `none`, but must be `networkd`, for there are interfaces",
        ),
        (
            "network.manager = 'networkd'\n[[network.interface]]\nname = 'x'\nmatch = { name = 'w*' }\n\
             wifi = { secret = 's' }\n",
            "`network.interface[0].match.name` is `w*`, but must be there, and one interface's whole name, as \
             `wlan0`: Wi-Fi is set up by name",
        ),
        (
            "[[partition]]\nname = 'home'\ncreate = 'first-boot'\nfile-system = 'ext4'\nsize-min = '2 GiB'\n\
             size-max = '1 GiB'\n",
            "`partition[0].size-max` is `1 GiB`, but must be at least `size-min`",
        ),
        (
            "[[repository]]\nname = 'debian'\nuri = 'http://x.example'\nsuite = 's'\nsigned-by = 'key.asc'\n",
            "`repository[0].name` is `debian`, but must be another name: `debian` is the archive's",
        ),
        (
            "[[repository]]\nname = 'own'\nuri = 'http://x.example'\nsuite = 's'\nsigned-by = 'no.asc'\n",
            "no file `no.asc` in the system's folder, which has `init`, `key.asc`",
        ),
        (
            "kernel.arguments = ['a b']",
            "`kernel.arguments[0]` is `a b`, but must be one argument, without white space",
        ),
        (
            "[[component]]\nname = 'c'\nsource = 's'\nbuild = 'make'\ninstall = { '../x' = '/x' }\n",
            "`component[0].install` is `../x`, but must be a path of the build folder, relative and without \
             `..`, and where it goes",
        ),
        ("[first-boot]\ncommands = ['']", "`first-boot.commands[0]` is ``, but must be one line"),
        (
            "debconf.x = 'y'",
            "`debconf.x` is `y`, but must be a question as `package/name` and an answer of one line",
        ),
    ] {
        assert_eq!(refused(lines), expected, "{lines}");
    }
}

#[test]
fn nothing_may_be_there_twice() {
    for (lines, expected) in [
        ("[[user]]\nname = 'a'\n[[user]]\nname = 'a'\n", "user `a` is there already, at `test.toml`, line 6"),
        (
            "[[user]]\nname = 'a'\nuid = 7\n[[user]]\nname = 'b'\nuid = 7\n",
            "user id `7` is there already, at `test.toml`, line 8",
        ),
        (
            "services = { enable = ['a'], mask = ['a.service'] }",
            "service `a` is there already, at `test.toml`, line 6",
        ),
        (
            "[[file]]\npath = '/x'\ntext = ''\n[[link]]\npath = '/x'\ntarget = 'y'\n",
            "path `/x` is there already, at `test.toml`, line 6",
        ),
    ] {
        assert_eq!(refused(lines), expected, "{lines}");
    }
}

#[test]
fn what_needs_systemd_is_refused_of_others() {
    let text = RECORD.replace("'systemd'", "'busybox'");
    for (lines, expected) in [
        ("timezone = 'UTC'", "`test.toml`, line 6: `timezone` needs `init = \"systemd\"`"),
        (
            "[[user]]\nname = 'a'\nuid = 1\ngroups = ['b']\n",
            "`test.toml`, line 9: `groups` needs `init = \"systemd\"`",
        ),
        ("[[user]]\nname = 'a'\n", "`test.toml`, line 6: `user[0].uid` is missing"),
    ] {
        assert_eq!(parse(&format!("{text}{lines}")).unwrap_err().to_string(), expected);
    }
}

#[test]
fn names_of_hosts_and_labels_have_their_limits() {
    for (from, to, expected) in [
        (
            "'h'",
            "'a b'",
            "`test.toml`, line 2: `hostname` is `a b`, but must be 1 to 63 letters, digits and hyphens, with no \
             hyphen at either end",
        ),
        (
            "'root'",
            "'seventeen-letters'",
            "`test.toml`, line 5: `root.label` is `seventeen-letters`, but must be at most 16 bytes",
        ),
        (
            "free",
            "compression = 'zstd', free",
            "`test.toml`, line 5: `root.compression` is `zstd`, but must be missing: this file system is not \
             compressed",
        ),
        (
            "file-system = 'ext4'",
            "file-system = 'squashfs', compression-level = 23",
            "`test.toml`, line 5: `root.compression-level` is `23`, but must be 1 to 22, as zstd has them",
        ),
    ] {
        assert_eq!(parse(&RECORD.replacen(from, to, 1)).unwrap_err().to_string(), expected);
    }
}

#[test]
fn the_example_of_the_documentation_is_a_record() {
    let text = include_str!("../../../../docs/system.md");
    let example = text.split_once("```toml\n").unwrap().1.split_once("```").unwrap().0;
    // What a reader fills in.
    let key = crate::check::ssh_key_for_tests();
    let example = example.replace("ssh-ed25519 AAAA...", &key);
    let example = example.replace("$y$j9T$...", &format!("$y$j9T$salt${}", "a".repeat(43)));
    let sources = BTreeMap::from([("nftables.conf".to_owned(), Vec::new())]);
    let system = System::parse("gate", &example, sources).unwrap();
    let interfaces: Vec<&str> = system.network.interfaces.iter().map(|found| found.name.as_str()).collect();
    assert_eq!(interfaces, ["lan"]);
    let root = system.users.iter().find(|user| user.name == "root").unwrap();
    assert_eq!(root.password, crate::Password::Locked);
}
