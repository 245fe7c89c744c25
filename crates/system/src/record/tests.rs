use bringup_spec::Bytes;

use super::*;

const GOOD: &str = r#"
summary = "s"
hostname = "h"
init = "busybox"
[packages]
install = ["busybox-static"]
[root]
file-system = "ext4"
label = "root"
free = "64 MiB"
[[file]]
path = "/etc/x"
source = "x"
"#;

fn parse(text: &str) -> Result<System, Error> {
    System::parse("test", text, BTreeMap::from([("x".to_owned(), b"1".to_vec())]))
}

fn message(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn a_record_keeps_what_it_says() {
    let system = parse(GOOD).unwrap();
    assert_eq!(system.name, "test");
    assert_eq!(system.root.free, Bytes::mib(64));
    assert_eq!(system.files[0].mode, 0o644);
    assert_eq!(system.source("x").unwrap(), b"1");
    assert_eq!(system.place("file[0].source").line, 13);
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    assert_eq!(
        message(&GOOD.replace("hostname = \"h\"", "hostname = \"h\"\nhostnam = \"x\"")),
        "`test.toml`, line 4: `hostnam` is no key of a system\nhelp: did you mean `hostname`?"
    );
    assert_eq!(
        message(&GOOD.replace("[root]", "[root]\nfre = 1")),
        "`test.toml`, line 8: `root.fre` is no key of a system\nhelp: did you mean `free`?"
    );
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_with_its_key() {
    for (from, to, expected) in [
        ("\"h\"", "7", "`test.toml`, line 3: `hostname` is integer `7`, but must be a string"),
        (
            "\"busybox\"",
            "\"sysv\"",
            "`test.toml`, line 4: `init` is `sysv`, but must be one of \
             `busybox`, `systemd`, `bootstrap-task`, `hurd`",
        ),
        (
            "[\"busybox-static\"]",
            "[1]",
            "`test.toml`, line 6: `packages.install[0]` is integer `1`, but must be a string",
        ),
        ("\"64 MiB\"", "1.5", "`test.toml`, line 10: `root.free` is a fraction, which no key takes"),
        (
            "\"64 MiB\"",
            "\"64 MB\"",
            "`test.toml`, line 10: `root.free` is `64 MB`, but must be a whole number and B, KiB, MiB or GiB",
        ),
        ("summary = \"s\"", "", "`test.toml`, line 1: `summary` is missing"),
    ] {
        assert_eq!(message(&GOOD.replacen(from, to, 1)), expected);
    }
}

#[test]
fn a_list_may_be_changed_where_nothing_is_inherited() {
    for list in ["{ replace = [\"less\"] }", "{ append = [\"less\"] }"] {
        let system = parse(&GOOD.replace("[\"busybox-static\"]", list)).unwrap();
        assert_eq!(system.packages.install, ["less"]);
    }
    assert_eq!(
        message(&GOOD.replace("[\"busybox-static\"]", "{ remove = [\"less\"] }")),
        "`test.toml`, line 6: `packages.install` is a table, but nothing is inherited that it could change"
    );
}

#[test]
fn an_account_is_locked_unless_the_record_says_otherwise() {
    let user = |rest: &str| parse(&format!("{GOOD}[[user]]\nname = \"a\"\nuid = 1\n{rest}"));
    assert_eq!(user("").unwrap().users[0].password, Password::Locked);
    assert_eq!(user("password = \"none-needed\"").unwrap().users[0].password, Password::NoneNeeded);
}

#[test]
fn a_password_is_refused_and_not_repeated() {
    for value in ["\"hunter2\"", "{ plain = \"hunter2\" }", "7", "{ hashed = \"hunter2\" }", "[\"hunter2\"]"]
    {
        let text = format!("{GOOD}[[user]]\nname = \"a\"\nuid = 1\npassword = {value}\n");
        let error = parse(&text).unwrap_err();
        assert!(error.to_string().starts_with("`test.toml`, line 17: `user[0].password`"), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn a_file_must_be_there() {
    assert_eq!(
        message(&GOOD.replace("source = \"x\"", "source = \"y\"")),
        "`test.toml`, line 13: no file `y` in the system's folder, which has `init`, `x`"
    );
}

fn parent(name: &str, text: &str, file: &str) -> Parent {
    let sources = BTreeMap::from([("x".to_owned(), file.as_bytes().to_vec())]);
    Parent { name: name.to_owned(), text: text.to_owned(), sources }
}

fn heir(text: &str, sources: BTreeMap<String, Vec<u8>>) -> Result<System, Error> {
    System::parse_with("heir", text, sources, &["base", "loop"], &|name| match name {
        "base" => Some(parent("base", GOOD, "base's")),
        "loop" => Some(parent("loop", "inherit = \"heir\"\n", "")),
        _ => None,
    })
}

#[test]
fn an_heir_has_what_it_does_not_change() {
    let text = "inherit = \"base\"\nhostname = \"own\"\n[packages]\ninstall = [\"less\"]\n";
    let system = heir(text, BTreeMap::new()).unwrap();
    assert_eq!(
        (system.name.as_str(), system.hostname.as_str(), system.summary.as_str()),
        ("heir", "own", "s")
    );
    assert_eq!(system.packages.install, ["busybox-static", "less"]);
    assert_eq!(system.source("x").unwrap(), b"base's");
    assert_eq!(system.place("hostname").to_string(), "`heir.toml`, line 2");
    assert_eq!(system.place("init").to_string(), "`base.toml`, line 4");
}

#[test]
fn an_heirs_own_file_comes_first() {
    let own = BTreeMap::from([("x".to_owned(), b"own".to_vec())]);
    assert_eq!(heir("inherit = \"base\"", own).unwrap().source("x").unwrap(), b"own");
}

#[test]
fn what_is_inherited_must_be_known_and_no_circle() {
    for (text, expected) in [
        ("inherit = \"bas\"", "`heir.toml`, line 1: no system `bas` to inherit\nhelp: did you mean `base`?"),
        (
            "\ninherit = \"loop\"",
            "`loop.toml`, line 1: systems inherit each other in a circle: `heir` -> `loop` -> `heir`",
        ),
        (
            "inherit = \"heir\"",
            "`heir.toml`, line 1: systems inherit each other in a circle: `heir` -> `heir`",
        ),
        ("inherit = 1", "`heir.toml`, line 1: `inherit` must be the name of a system"),
    ] {
        assert_eq!(heir(text, BTreeMap::new()).unwrap_err().to_string(), expected);
    }
}
