use super::testing::{applied, applied_to, owned, refused, target, text, world};
use crate::check::ssh_key_for_tests as key;

#[test]
fn a_plain_record_gives_a_root_that_asks_nothing_at_first_boot() {
    let world = applied("").unwrap();
    assert_eq!(text(&world, "/etc/hostname"), "h\n");
    assert!(text(&world, "/etc/hosts").contains("127.0.1.1\th\n"));
    assert_eq!(text(&world, "/etc/machine-id"), "uninitialized\n");
    assert_eq!(target(&world, "/etc/localtime"), "/usr/share/zoneinfo/UTC");
    assert_eq!(text(&world, "/etc/locale.conf"), "LANG=C.UTF-8\n");
    assert_eq!(target(&world, "/etc/default/locale"), "../locale.conf");
    assert_eq!(text(&world, "/etc/fstab"), "UUID=some-uuid / ext4 defaults 0 1\n");
    assert!(world.lstat("/etc/ssh/ssh_host_rsa_key").is_none(), "a host key left in the image");
    assert!(world.lstat("/etc/apt/sources.list.d/debian.sources").is_none());
    assert!(world.lstat("/etc/.updated").is_some() && world.lstat("/var/.updated").is_some());
}

#[test]
fn caches_are_made_at_first_boot_if_the_record_adds_to_them() {
    let file = "[[file]]\npath = '/usr/lib/libown.so.1'\ntext = ''\n";
    assert!(applied(file).unwrap().lstat("/etc/.updated").is_none());
    let file = "[[file]]\npath = '/etc/motd'\ntext = ''\n";
    assert!(applied(file).unwrap().lstat("/etc/.updated").is_some());
}

#[test]
fn names_of_time_zones_locales_and_keyboards_are_looked_up() {
    let world = applied("timezone = 'Europe/Berlin'\nkeymap = 'us:dvorak'\n").unwrap();
    assert_eq!(target(&world, "/etc/localtime"), "/usr/share/zoneinfo/Europe/Berlin");
    let keyboard = text(&world, "/etc/default/keyboard");
    assert!(keyboard.contains("XKBLAYOUT=\"us\"\nXKBVARIANT=\"dvorak\"\n"), "{keyboard}");
    assert_eq!(
        refused("timezone = 'Europe/Berlinn'"),
        "`test.toml`, line 6: no package of this system has the time zone `Europe/Berlinn`\n\
         help: did you mean `Europe/Berlin`?"
    );
    assert_eq!(
        refused("locale = 'de_DE.UTF-8'"),
        "`test.toml`, line 6: no package of this system has the locale `de_DE.UTF-8`"
    );
}

#[test]
fn a_user_gets_a_home_groups_and_keys() {
    let key = key();
    let world = applied(&format!(
        "[[user]]\nname = 'me'\ngecos = 'My Name'\ngroups = ['sudo']\nssh-keys = ['{key} at home']\n\
         password = {{ hashed = '$5$salt${}' }}\n",
        "a".repeat(43)
    ))
    .unwrap();
    assert!(text(&world, "/etc/passwd").ends_with("\nme:x:1000:1000:My Name:/home/me:/bin/bash\n"));
    assert!(text(&world, "/etc/group").contains("sudo:x:27:me\n"));
    assert!(text(&world, "/etc/shadow").contains(&format!("\nme:$5$salt${}:20778:", "a".repeat(43))));
    assert_eq!(owned(&world, "/home/me"), (1000, 1000, 0o700));
    assert_eq!(owned(&world, "/home/me/.profile"), (1000, 1000, 0o644));
    assert_eq!(owned(&world, "/home/me/.ssh"), (1000, 1000, 0o700));
    assert_eq!(owned(&world, "/home/me/.ssh/authorized_keys"), (1000, 1000, 0o600));
    assert_eq!(text(&world, "/home/me/.ssh/authorized_keys"), format!("{key} at home\n"));
}

#[test]
fn roots_entry_is_as_the_record_says() {
    let shadow =
        |lines: &str| text(&applied(lines).unwrap(), "/etc/shadow").lines().next().unwrap().to_owned();
    assert!(shadow("").starts_with("root:*:"));
    assert!(shadow("[[user]]\nname = 'root'\npassword = 'none-needed'\n").starts_with("root::"));
    assert!(shadow("[[user]]\nname = 'root'\n").starts_with("root:*:"));
}

#[test]
fn keys_of_the_caller_are_roots() {
    let world = applied_to(world(), "", &[key()]).unwrap();
    assert_eq!(text(&world, "/root/.ssh/authorized_keys"), format!("{}\n", key()));
    assert_eq!(owned(&world, "/root/.ssh"), (0, 0, 0o700));
}

#[test]
fn ids_are_taken_as_given() {
    let world = applied(
        "[[group]]\nname = 'lab'\ngid = 2000\n[[user]]\nname = 'me'\nuid = 1500\ngid = 1600\ngroups = ['lab']\n",
    )
    .unwrap();
    assert!(text(&world, "/etc/passwd").contains("me:x:1500:1600:"));
    assert!(text(&world, "/etc/group").contains("lab:x:2000:me\n"));
    assert!(text(&world, "/etc/group").contains("me:x:1600:\n"));
}

#[test]
fn what_the_root_lacks_is_refused_with_its_line_and_near_names() {
    for (lines, expected) in [
        (
            "[[user]]\nname = 'me'\ngroups = ['sudoo']\n",
            "`test.toml`, line 8: no package of this system has the group `sudoo`\nhelp: did you mean `sudo`?",
        ),
        (
            "[[user]]\nname = 'me'\nshell = '/bin/bassh'\n",
            "`test.toml`, line 8: no package of this system has the shell `/bin/bassh`\n\
             help: did you mean `/bin/bash` or `/usr/bin/bash`?",
        ),
        (
            "[[user]]\nname = 'root'\nuid = 5\n",
            "`test.toml`, line 8: `user[0].uid` is `5`, but must be missing or the same as the id that the \
             packages gave it",
        ),
        (
            "[services]\nenable = [\n'shh',\n]\n",
            "`test.toml`, line 8: no package of this system has the unit `shh.service`\n\
             help: did you mean `ssh.service`?",
        ),
        (
            "getty.autologin = 'nobody'",
            "`test.toml`, line 6: no package of this system has the user `nobody`",
        ),
        (
            "[[file]]\npath = '/x'\nsecret = 'hom'\n",
            "`test.toml`, line 8: the secret `hom` was not given\nhelp: did you mean `home`?",
        ),
        (
            "[[file]]\npath = '/x'\ntext = ''\nowner = 'rot'\n",
            "`test.toml`, line 9: no package of this system has the user `rot`\nhelp: did you mean `root`?",
        ),
    ] {
        assert_eq!(refused(lines), expected);
    }
}

#[test]
fn interfaces_become_files_of_networkd() {
    let world = applied(
        "network.manager = 'networkd'\n\
         [[network.interface]]\nname = 'lan'\nmatch = { driver = 'r8169' }\naddress = ['192.0.2.7/24']\n\
         gateway = ['192.0.2.1']\ndns = ['192.0.2.53']\nrequired = false\n\
         [[network.interface]]\nname = 'any'\nmatch = { kind = 'ethernet' }\ndhcp = 'yes'\n",
    )
    .unwrap();
    assert_eq!(
        text(&world, "/etc/systemd/network/10-lan.network"),
        "[Match]\nDriver=r8169\n\n[Link]\nRequiredForOnline=no\n\n[Network]\nDHCP=no\nAddress=192.0.2.7/24\n\
         Gateway=192.0.2.1\nDNS=192.0.2.53\n"
    );
    assert_eq!(
        text(&world, "/etc/systemd/network/11-any.network"),
        "[Match]\nKind=!*\nType=ether\n\n[Network]\nDHCP=yes\n"
    );
    assert_eq!(target(&world, "/etc/resolv.conf"), "../run/systemd/resolve/stub-resolv.conf");
    assert!(world.lstat("/etc/systemd/system/multi-user.target.wants/systemd-networkd.service").is_some());
}

const WIFI: &str = "network.manager = 'networkd'\n[[network.interface]]\nname = 'wifi'\n\
                    match = { name = 'wlan0' }\nwifi = { secret = 'home' }\n";

#[test]
fn wifi_is_set_up_for_the_supplicant_that_is_there() {
    assert_eq!(
        refused(WIFI),
        "`test.toml`, line 10: `network.interface[0].wifi.secret` needs `/usr/sbin/wpa_supplicant`, which no \
         package of this system has\nhelp: install `wpasupplicant`"
    );
    let mut with_iwd = world();
    with_iwd.make_directory("/usr/libexec").unwrap();
    with_iwd.write("/usr/libexec/iwd", "").unwrap();
    let world = applied_to(with_iwd, WIFI, &[]).unwrap();
    assert_eq!(text(&world, "/var/lib/iwd/my net.psk"), "[Security]\nPassphrase=long enough\n");
    assert_eq!(owned(&world, "/var/lib/iwd/my net.psk"), (0, 0, 0o600));
    assert!(world.lstat("/etc/systemd/system/multi-user.target.wants/iwd.service").is_some());
}

#[test]
fn services_are_enabled_disabled_and_masked() {
    let world = applied(
        "services = { enable = ['ssh'], mask = ['ssh.socket'], default-target = 'rescue.target' }\n\
         [[unit]]\nname = 'own.service'\nenable = true\ntext = \"[Install]\\nWantedBy=multi-user.target\\n\"\n\
         [[unit]]\nname = 'idle.service'\ntext = \"[Install]\\nWantedBy=multi-user.target\\n\"\n",
    )
    .unwrap();
    let wants = "/etc/systemd/system/multi-user.target.wants";
    assert_eq!(world.names(wants), ["own.service", "ssh.service"]);
    assert_eq!(target(&world, "/etc/systemd/system/ssh.socket"), "/dev/null");
    assert!(target(&world, "/etc/systemd/system/default.target").ends_with("/rescue.target"));
    let preset = text(&world, "/etc/systemd/system-preset/00-image.preset");
    assert!(preset.contains("\ndisable idle.service\n"), "{preset}");
    assert!(!preset.contains("own.service") && !preset.contains("disable ssh.service"), "{preset}");
}

#[test]
fn the_serial_console_is_left_to_systemd_unless_named() {
    let plain = applied("").unwrap();
    assert!(plain.lstat("/etc/systemd/system/getty.target.wants").is_none());
    let world =
        applied("getty = { console = 'ttyS2', baud = 9600, term = 'linux', autologin = 'root' }").unwrap();
    assert_eq!(world.names("/etc/systemd/system/getty.target.wants"), ["serial-getty@ttyS2.service"]);
    assert_eq!(
        text(&world, "/etc/systemd/system/serial-getty@ttyS2.service.d/console.conf"),
        "[Service]\nEnvironment=TERM=linux\nExecStart=\n\
         ExecStart=-/sbin/agetty --autologin root --noreset --noclear 9600 - ${TERM}\n"
    );
    let world = applied("getty = { baud = 1500000 }").unwrap();
    assert_eq!(
        text(&world, "/etc/systemd/system/serial-getty@.service.d/console.conf"),
        "[Service]\nExecStart=\nExecStart=-/sbin/agetty -o '-- \\\\u' --noreset --noclear 1500000 - ${TERM}\n"
    );
}

#[test]
fn fstab_has_root_and_what_else_is_mounted() {
    let world = applied(
        "[first-boot]\ngrow = true\n[[file-system]]\ndevice = 'tmpfs'\nmount = '/tmp'\nfile-system = 'tmpfs'\n\
         options = ['nosuid', 'size=10%']\n[[swap]]\ndevice = 'LABEL=swap'\npriority = 5\n\
         [[partition]]\nname = 'home'\ncreate = 'first-boot'\nfile-system = 'ext4'\nmount = '/home'\n\
         [[partition]]\nname = 'data'\ncreate = 'first-boot'\nfile-system = 'ext4'\nmount = '/srv/my data'\n",
    )
    .unwrap();
    assert_eq!(
        text(&world, "/etc/fstab"),
        "UUID=some-uuid / ext4 defaults,x-systemd.growfs 0 1\n\
         tmpfs /tmp tmpfs nosuid,size=10% 0 0\nLABEL=swap none swap sw,pri=5 0 0\n\
         LABEL=home /home ext4 defaults,nofail,x-systemd.device-timeout=10min 0 2\n\
         LABEL=data /srv/my\\040data ext4 defaults,nofail,x-systemd.device-timeout=10min 0 2\n"
    );
    assert!(world.is_directory("/srv/my data") && world.is_directory("/tmp"));
}

#[test]
fn host_keys_are_made_whenever_they_are_missing() {
    let path = "/usr/lib/systemd/system/sshd-keygen.service.d/10-always.conf";
    let unit = text(&applied("").unwrap(), path);
    assert!(unit.starts_with("[Unit]\nConditionFirstBoot=\nCondition"), "{unit}");
    assert!(applied("first-boot.regenerate = ['machine-id']").unwrap().lstat(path).is_none());
}

#[test]
fn what_formats_a_new_partition_must_be_installed() {
    let line = "[[partition]]\nname = 'data'\ncreate = 'first-boot'\nfile-system = 'vfat'\n";
    assert_eq!(
        refused(line),
        "`test.toml`, line 9: `partition[0].file-system` needs `/usr/sbin/mkfs.vfat`, which no package of this \
         system has\nhelp: install `dosfstools`"
    );
}

#[test]
fn apt_gets_the_sources_that_the_record_names() {
    let world = applied(
        "apt.mirror = 'http://mirror.example/debian/'\n[[repository]]\nname = 'own'\nuri = 'https://own.example/apt'\n\
         suite = 'stable'\nsigned-by = 'own.asc'\ncheck-valid-until = false\n",
    )
    .unwrap();
    assert_eq!(
        text(&world, "/etc/apt/sources.list.d/debian.sources"),
        "Types: deb\nURIs: http://mirror.example/debian/\nSuites: trixie trixie-updates\nComponents: main\n\
         Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n\
         Types: deb\nURIs: http://mirror.example/debian-security\nSuites: trixie-security\nComponents: main\n\
         Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    );
    assert_eq!(
        text(&world, "/etc/apt/sources.list.d/own.sources"),
        "Types: deb\nURIs: https://own.example/apt\nSuites: stable\nComponents: main\n\
         Signed-By: /etc/apt/keyrings/own.asc\nCheck-Valid-Until: no\n"
    );
    assert_eq!(text(&world, "/etc/apt/keyrings/own.asc"), "armoured");
}

#[test]
fn files_folders_and_links_have_their_owners_and_come_last() {
    let world = applied(
        "[[directory]]\npath = '/srv/www'\nowner = 'root'\ngroup = 'sudo'\nmode = 0o2775\n\
         [[file]]\npath = '/etc/hostname'\ntext = 'mine'\nmode = 0o600\n\
         [[file]]\npath = '/etc/secret'\nsecret = 'home'\ngroup = 'users'\nmode = 0o640\n\
         [[link]]\npath = '/etc/link'\ntarget = 'hostname'\n",
    )
    .unwrap();
    assert_eq!(owned(&world, "/srv/www"), (0, 27, 0o2775));
    assert_eq!(
        (text(&world, "/etc/hostname").as_str(), owned(&world, "/etc/hostname")),
        ("mine", (0, 0, 0o600))
    );
    assert_eq!(owned(&world, "/etc/secret"), (0, 100, 0o640));
    assert_eq!(text(&world, "/etc/link"), "mine");
}

#[test]
fn commands_of_the_first_boot_run_until_they_have_succeeded_once() {
    let world = applied("first-boot.commands = ['echo one', 'echo two']").unwrap();
    let script = text(&world, "/etc/first-boot");
    assert!(script.ends_with("\necho one\necho two\n"), "{script}");
    let unit = text(&world, "/etc/systemd/system/first-boot.service");
    assert!(unit.contains("ConditionPathExists=/etc/first-boot\n"), "{unit}");
    assert!(world.lstat("/etc/systemd/system/multi-user.target.wants/first-boot.service").is_some());
}

#[test]
fn secrets_are_not_shown() {
    let secrets = std::collections::BTreeMap::from([("home".to_owned(), b"hunter2".to_vec())]);
    let facts = super::Facts {
        devices: crate::Devices { root: Some("UUID=u"), var: None },
        suite: "s",
        secrets: &secrets,
        root_keys: &[],
    };
    let shown = format!("{facts:?}");
    assert!(shown.contains("home") && !shown.contains(&format!("{:?}", b"hunter2")), "{shown}");
}

#[test]
fn the_same_record_gives_the_same_tree() {
    let list = || {
        let world = applied(WIFI.split_once("wifi =").unwrap().0).unwrap();
        world.tree.iter().map(|(path, _, node)| format!("{path:?} {node:?}")).collect::<Vec<_>>()
    };
    assert_eq!(list(), list());
}
