use bringup_tree::{Kind, Meta, Tree};

use crate::finding::Findings;
use crate::testing::{deb, link, put, put_mode, tree};
use crate::{Allowed, Finding, Installed};

/// A root that has nothing against it.
fn good() -> Tree {
    let mut root = tree(&[
        ("etc/machine-id", "uninitialized\n"),
        ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nu:x:1000:1000::/home/u:/bin/sh\n"),
        ("etc/group", "root:x:0:\nu:x:1000:\nsudo::27:\n"),
        ("etc/shadow", "root:*:1::::::\nu:!*:1::::::\n"),
        ("usr/lib/systemd/systemd", ""),
        ("etc/apt/apt.conf.d/01autoremove", "// Proxy\nAPT {};\n"),
        ("etc/apt/sources.list", "deb http://deb.example/debian trixie main\n"),
    ]);
    link(&mut root, "etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf");
    root
}

fn allowed() -> Allowed {
    Allowed { builder: vec![b"/home/builder".to_vec(), b"/a".to_vec()], ..Allowed::default() }
}

fn findings(root: &Tree, allow: &Allowed) -> Vec<Finding> {
    let mut found = Findings::default();
    super::check(root, &[], allow, &mut found).unwrap();
    found.into_report().findings
}

/// Rule, path and what is wrong, of each finding with these packages.
fn shown_of(root: &Tree, packages: &[Installed<'_>]) -> Vec<String> {
    let mut found = Findings::default();
    super::check(root, packages, &allowed(), &mut found).unwrap();
    let line = |finding: Finding| format!("{} {}: {}", finding.rule.name(), finding.path, finding.what);
    found.into_report().findings.into_iter().map(line).collect()
}

/// Rule, path and what is wrong, of each finding.
fn shown(root: &Tree, allow: &Allowed) -> Vec<String> {
    let line = |finding: Finding| format!("{} {}: {}", finding.rule.name(), finding.path, finding.what);
    findings(root, allow).into_iter().map(line).collect()
}

/// A good root with one file more, or another.
fn with(path: &str, text: &str) -> Vec<String> {
    let mut root = good();
    put(&mut root, path, text);
    shown(&root, &allowed())
}

#[test]
fn a_good_root_has_nothing_against_it() {
    assert_eq!(shown(&good(), &allowed()), [""; 0]);
}

#[test]
fn a_finding_names_the_file_the_rule_and_the_fix() {
    let mut root = good();
    put(&mut root, "etc/machine-id", "");
    assert_eq!(
        findings(&root, &allowed())[0].to_string(),
        "`/etc/machine-id`: is empty, so that systemd takes no boot for the first [machine-id]\n\
         help: let it say `uninitialized`"
    );
}

#[test]
fn each_file_of_one_machine_alone_is_found() {
    let id = "0123456789abcdef0123456789abcdef\n";
    let shared = "that every machine made from the image would share";
    for (path, text, expected) in [
        ("etc/machine-id", id, format!("machine-id /etc/machine-id: has a machine-id {shared}")),
        ("var/lib/dbus/machine-id", id, format!("machine-id /var/lib/dbus/machine-id: a machine-id {shared}")),
        (
            "etc/ssh/ssh_host_ed25519_key",
            "k",
            format!("host-key /etc/ssh/ssh_host_ed25519_key: a host key of SSH {shared}"),
        ),
        (
            "var/lib/systemd/random-seed",
            "s",
            "random-seed /var/lib/systemd/random-seed: a random seed that every machine made from the \
             image would start from"
                .to_owned(),
        ),
        (
            "var/lib/dhcp/dhclient.eth0.leases",
            "lease",
            "lease /var/lib/dhcp/dhclient.eth0.leases: what a network told another machine".to_owned(),
        ),
        ("etc/nvme/hostid", id, "identity /etc/nvme/hostid: NVMe's name of one machine".to_owned()),
        (
            "etc/ssl/private/own.key",
            "x\n-----BEGIN RSA PRIVATE KEY-----\nAAAA\n",
            format!("private-key /etc/ssl/private/own.key: a private key {shared}"),
        ),
        ("root/.bash_history", "ls\n", "history /root/.bash_history: what somebody did on another machine".to_owned()),
        ("home/u/.netrc", "x\n", "credential /home/u/.netrc: passwords for other machines".to_owned()),
        (
            "home/u/.ssh/authorized_keys",
            "ssh-ed25519 AAAA\n",
            "login-key /home/u/.ssh/authorized_keys: lets in the owners of keys that no record names".to_owned(),
        ),
        (
            "etc/wpa_supplicant/wpa_supplicant-wlan0.conf",
            "network={\n  psk=\"secret\"\n}\n",
            "credential /etc/wpa_supplicant/wpa_supplicant-wlan0.conf: the password of a wireless network \
             that no record names"
                .to_owned(),
        ),
        (
            "etc/resolv.conf",
            "# made\nnameserver 192.0.2.1\n",
            "resolver /etc/resolv.conf: has `nameserver 192.0.2.1`, which no record names".to_owned(),
        ),
        (
            "etc/apt/apt.conf.d/02proxy",
            "Acquire::http::Proxy \"http://192.0.2.1:3142\";\n",
            "proxy /etc/apt/apt.conf.d/02proxy: has `Acquire::http::Proxy \"http://192.0.2.1:3142\";`, which \
             no record names"
                .to_owned(),
        ),
        (
            "etc/apt/sources.list",
            "deb https://me:pass@deb.example/ x main\n",
            "credential /etc/apt/sources.list: a name and a password for a repository".to_owned(),
        ),
        (
            "var/lib/x/settings",
            "dir=/home/builder/x\n",
            "build-path /var/lib/x/settings: has `/home/builder`, a path of the machine that made the image"
                .to_owned(),
        ),
    ] {
        assert_eq!(with(path, text), [expected], "{path}");
        // What the record itself names is the user's word.
        let mut root = good();
        put(&mut root, path, text);
        let allow = Allowed { named: [path.as_bytes().to_vec()].into(), ..allowed() };
        assert_eq!(shown(&root, &allow), [""; 0], "{path}");
    }
}

#[test]
fn what_only_looks_like_it_is_left_alone() {
    for (path, text) in [
        ("etc/ssh/ssh_config", "Host *\n"),
        ("etc/ssl/cert.pem", "-----BEGIN CERTIFICATE-----\n"),
        ("etc/x", "see -----BEGIN PRIVATE KEY----- below\n"),
        ("etc/wpa_supplicant/x.conf", "# psk=\"secret\"\nssid=\"psk=1\"\n"),
        ("var/lib/dpkg/info/x.postinst", "-----BEGIN PRIVATE KEY-----\n/home/builder\n"),
        ("usr/share/doc/x/key.pem", "-----BEGIN PRIVATE KEY-----\n"),
        ("var/lib/dhcp/empty.leases", ""),
        // Too short to be looked for.
        ("etc/y", "/a\n"),
    ] {
        assert_eq!(with(path, text), [""; 0], "{path}");
    }
}

#[test]
fn what_a_package_ships_is_no_machines_own() {
    let (path, text) = ("etc/wpa_supplicant/functions.sh", "wpa-psk=$1\n");
    let mut root = good();
    put(&mut root, path, text);
    for (shipped, count) in [(text, 0), ("wpa-psk=$2\n", 1)] {
        let package = deb("wpasupplicant", &[], tree(&[(path, shipped)]), &[]);
        assert_eq!(shown_of(&root, &[package.installed()]).len(), count);
    }
}

#[test]
fn a_link_to_the_builder_is_found() {
    let mut root = good();
    link(&mut root, "usr/bin/x", "/home/builder/x");
    assert_eq!(
        shown(&root, &allowed()),
        ["build-path /usr/bin/x: leads to `/home/builder`, a path of the machine that made the image"]
    );
}

#[test]
fn a_password_must_be_the_records() {
    let none = "password /etc/shadow: the user `root` logs in without a password, and no record says so";
    let some = "password /etc/shadow: the user `root` has a password that no record names";
    for (field, expected) in [("", none), ("$y$j9T$x$y", some), ("!$y$j9T$x$y", some), ("aaXX.crypt", some)] {
        let mut root = good();
        put(&mut root, "etc/shadow", &format!("root:{field}:1::::::\n"));
        assert_eq!(shown(&root, &allowed()), [expected], "{field}");
        let root_only = || ["root".to_owned()].into();
        let allow = Allowed { no_password: root_only(), password: root_only(), ..allowed() };
        assert_eq!(shown(&root, &allow), [""; 0], "{field}");
    }
    let line = "root::0:0::/root:/bin/sh\nu:x:1000:1000::/:\n";
    assert_eq!(
        with("etc/passwd", line),
        ["password /etc/passwd: the user `root` logs in without a password, and no record says so"]
    );
}

#[test]
fn owners_and_modes_are_looked_at() {
    type Change = fn(&mut Tree);
    let cases: [(Change, &str); 6] = [
        (
            |root| root.get_mut("etc/group").unwrap().meta.uid = 33,
            "owner /etc/group: belongs to user 33, which there is not",
        ),
        (
            |root| root.get_mut("etc/group").unwrap().meta.gid = 33,
            "owner /etc/group: belongs to group 33, which there is not",
        ),
        (
            |root| put_mode(root, "etc/x", "", 0o666),
            "world-writable /etc/x: everybody may write to it: its mode is 0666",
        ),
        (
            |root| {
                root.insert("tmp", Meta::root(0o777, 0), Kind::Directory).unwrap();
            },
            "world-writable /tmp: everybody may write to it: its mode is 0777",
        ),
        (
            |root| put_mode(root, "usr/bin/su", "", 0o4755),
            "set-id /usr/bin/su: runs as its owner or group, by mode 4755, and no package says so",
        ),
        (
            |root| {
                root.insert_all("run/s", Meta::root(0o600, 0), Kind::Socket, &Meta::root(0o755, 0)).unwrap();
            },
            "socket /run/s: a socket that no process listens at",
        ),
    ];
    for (change, expected) in cases {
        let mut root = good();
        change(&mut root);
        assert_eq!(shown(&root, &allowed()), [expected]);
    }
}

#[test]
fn a_package_may_give_a_set_id_bit() {
    let mut root = good();
    put_mode(&mut root, "usr/bin/agent", "", 0o2755);
    let said = ["set-id /usr/bin/agent: runs as its owner or group, by mode 2755, and no package says so"];
    for (shipped, script, allowed) in [
        (0o2755, "", true),
        (0o755, "chmod 2755 /usr/bin/agent\n", true),
        (0o755, "chmod 2755 /usr/bin/other\n", false),
        (0o4755, "", false),
    ] {
        let mut own = tree(&[]);
        put_mode(&mut own, "usr/bin/agent", "", shipped);
        let package = deb("agent", &[], own, &[("postinst", script)]);
        let expected: &[&str] = if allowed { &[] } else { &said };
        assert_eq!(shown_of(&root, &[package.installed()]), expected, "{shipped:o} {script}");
    }
}

#[test]
fn sticky_folders_and_recorded_set_ids_are_as_they_should_be() {
    let mut root = good();
    root.insert("tmp", Meta::root(0o1777, 0), Kind::Directory).unwrap();
    put_mode(&mut root, "usr/lib/helper", "", 0o4754);
    put(&mut root, "var/lib/dpkg/statoverride", "root root 4754 /usr/lib/helper\n");
    assert_eq!(shown(&root, &allowed()), [""; 0]);
}
