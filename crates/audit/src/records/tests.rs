use bringup_tree::Tree;

use crate::finding::Findings;
use crate::testing::{link, put, tree};
use crate::{Allowed, Level};

const LIBC: &str = "Package: libc\nStatus: install ok installed\nArchitecture: arm64\nMulti-Arch: same\n\
    Version: 2.41-1\nProvides: libc-abi (= 2), c\n";
const TOOL: &str = "Package: tool\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\
    Pre-Depends: libc (>= 2.38), libc-abi (>= 2)\nDepends: none | c, libc:arm64\nConflicts: c (<< 1), tool\n\
    Conffiles:\n /etc/tool.conf 900150983cd24fb0d6963f7d28e17f72\n /etc/old.conf 0 obsolete\n\
    Description: x\n";

/// A root with two packages, in order.
fn good() -> Tree {
    let mut root = tree(&[
        ("etc/tool.conf", "abc"),
        ("etc/old.conf", "old"),
        ("usr/bin/tool", ""),
        ("usr/bin/other.distrib", ""),
        ("usr/lib/libc.so", ""),
        ("usr/lib/udev/hwdb.bin", ""),
        ("usr/lib/python3/__pycache__/x.pyc", ""),
        ("var/lib/dpkg/info/tool.list", "/.\n/bin\n/bin/tool\n/etc/tool.conf\n/usr\n/bin/other\n/run/tool\n"),
        ("var/lib/dpkg/info/libc:arm64.list", "/.\n/lib/libc.so\n"),
        ("var/lib/dpkg/diversions", "/bin/other\n/usr/bin/other.distrib\nlocal\n"),
    ]);
    link(&mut root, "bin", "usr/bin");
    link(&mut root, "lib", "usr/lib");
    link(&mut root, "usr/bin/awk", "/etc/alternatives/awk");
    put(&mut root, "var/lib/dpkg/status", &format!("{LIBC}\n{TOOL}\n"));
    root
}

fn shown(root: &Tree, allow: &Allowed) -> Vec<String> {
    let mut found = Findings::default();
    super::check(root, allow, &mut found).unwrap();
    let findings = found.into_report().findings.into_iter();
    findings
        .map(|finding| {
            let note = if finding.level == Level::Note { "note: " } else { "" };
            format!("{note}{} {}: {}", finding.rule.name(), finding.path, finding.what)
        })
        .collect()
}

/// What is said when the status has one text for another.
fn with(from: &str, to: &str) -> Vec<String> {
    let mut root = good();
    let status = format!("{LIBC}\n{TOOL}\n");
    assert!(status.contains(from), "{from}");
    put(&mut root, "var/lib/dpkg/status", &status.replacen(from, to, 1));
    shown(&root, &Allowed::default())
}

#[test]
fn good_records_are_true() {
    assert_eq!(shown(&good(), &Allowed::default()), [""; 0]);
    assert_eq!(shown(&tree(&[]), &Allowed::default()), [""; 0]);
}

#[test]
fn the_status_must_be_what_dpkg_reads() {
    let status = "status /var/lib/dpkg/status";
    for (from, to, expected) in [
        ("Package: tool\n", "", "has a paragraph without a package's name"),
        ("Description: x", "nonsense", "has the line `nonsense`, which is no field"),
        (
            "Status: install ok installed\nArchitecture: all",
            "Architecture: all",
            "has no status of `tool` in three words",
        ),
        (
            "ok installed\nArchitecture: all",
            "reinstreq installed\nArchitecture: all",
            "says of `tool` that it must be installed again",
        ),
        (
            "ok installed\nArchitecture: all",
            "ok unpacked\nArchitecture: all",
            "says that `tool` is `unpacked`, not `installed`",
        ),
    ] {
        assert!(
            with(from, to).contains(&format!("{status}: {expected}")),
            "{expected}: {:?}",
            with(from, to)
        );
    }
}

#[test]
fn a_deferred_package_has_its_reason() {
    let mut root = good();
    put(
        &mut root,
        "var/lib/dpkg/status",
        &format!("{LIBC}\n{TOOL}\n").replacen(
            "ok installed\nArchitecture: all",
            "ok unpacked\nArchitecture: all",
            1,
        ),
    );
    let allow = Allowed {
        deferred: [("tool".to_owned(), "its script asks a question".to_owned())].into(),
        ..Allowed::default()
    };
    assert_eq!(
        shown(&root, &allow),
        ["note: status /var/lib/dpkg/status: says that `tool` is `unpacked`: its script asks a question"]
    );
}

#[test]
fn what_a_package_asks_for_must_be_there() {
    for (from, to, expected) in [
        (
            "libc (>= 2.38)",
            "libc (>= 2.42)",
            "`tool` asks for `libc (>= 2.42)` (Pre-Depends), which no package is",
        ),
        (
            "libc-abi (>= 2)",
            "libc-abi (>= 3)",
            "`tool` asks for `libc-abi (>= 3)` (Pre-Depends), which no package is",
        ),
        // A name that is provided without a version has none.
        ("none | c", "none | c (>= 0)", "`tool` asks for `none | c (>= 0)` (Depends), which no package is"),
        ("libc:arm64", "libc:armhf", "`tool` asks for `libc:armhf` (Depends), which no package is"),
        ("c (<< 1)", "c", "`tool` refuses `c` (Conflicts), which `libc` is"),
        ("c (<< 1)", "libc (<< 3)", "`tool` refuses `libc (<< 3)` (Conflicts), which `libc` is"),
        (
            "libc:arm64",
            "libc (2)",
            "`tool`, Depends: `libc (2)` is no relation between packages: the operator is none of `<<`, `<=`, `=`, `>=` and `>>`",
        ),
    ] {
        assert_eq!(with(from, to), [format!("dependency /var/lib/dpkg/status: {expected}")]);
    }
}

#[test]
fn a_configuration_file_is_the_packages_or_the_records() {
    let mut root = good();
    put(&mut root, "etc/tool.conf", "abcd");
    assert_eq!(
        shown(&root, &Allowed::default()),
        ["conffile /etc/tool.conf: is not as `tool` has it: its MD5 is e2fc714c4727ee9395f324cd2e7f331f, \
          dpkg's record says 900150983cd24fb0d6963f7d28e17f72"]
    );
    let allow = Allowed { changed: [b"etc/tool.conf".to_vec()].into(), ..Allowed::default() };
    assert_eq!(shown(&root, &allow), [""; 0]);
}

#[test]
fn lists_and_files_agree() {
    type Change = fn(&mut Tree);
    let cases: [(Change, &str); 4] = [
        (
            |root| {
                root.remove("usr/bin/tool");
            },
            "file-list /var/lib/dpkg/info/tool.list: has `/bin/tool`, which is not there",
        ),
        (
            |root| {
                root.remove("var/lib/dpkg/info/libc:arm64.list");
            },
            "file-list /var/lib/dpkg/info/libc.list: is missing, so that dpkg does not know the files of `libc`",
        ),
        (|root| put(root, "usr/bin/more", ""), "note: unowned /usr/bin/more: is no package's"),
        (|root| link(root, "usr/bin/more", "/etc/x"), "note: unowned /usr/bin/more: is no package's"),
    ];
    for (change, expected) in cases {
        let mut root = good();
        change(&mut root);
        let all = shown(&root, &Allowed::default());
        assert!(all.contains(&expected.to_owned()), "{all:?}");
    }
    let mut root = good();
    put(&mut root, "usr/bin/more", "");
    let allow = Allowed { changed: [b"usr/bin/more".to_vec()].into(), ..Allowed::default() };
    assert_eq!(shown(&root, &allow), [""; 0]);
}
