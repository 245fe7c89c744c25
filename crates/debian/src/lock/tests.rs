use std::fs;
use std::path::Path;

use super::*;

fn package(name: &str, version: &str) -> LockedPackage {
    LockedPackage {
        name: name.to_owned(),
        version: version.to_owned(),
        architecture: "arm64".to_owned(),
        repository: "trixie".to_owned(),
        path: format!("pool/main/{name}_{version}_arm64.deb"),
        size: 1234,
        sha256: Digest::of(name.as_bytes()),
    }
}

fn image(board: &str) -> ImageLock {
    let mut image = ImageLock {
        board: board.to_owned(),
        system: "tiny".to_owned(),
        packages: vec![package("linux", "6.12.94-1"), package("busybox-static", "1:1.37.0-6")],
        tools: Vec::new(),
    };
    image.set_tools("emulator", "amd64", vec![package("qemu", "10.0"), package("libc6", "2.41")]);
    image
}

fn lock() -> Lock {
    let mut lock = Lock::default();
    lock.set(image("pine64-lts"));
    lock.set(image("beaglebone-black"));
    lock
}

fn parse(text: &str) -> Result<Lock, LockError> {
    Lock::parse(Path::new("bringup.lock"), text)
}

#[test]
fn a_lock_reads_back_as_written() {
    let text = lock().to_string();
    assert_eq!(parse(&text).unwrap(), lock());
    assert_eq!(parse(&text).unwrap().to_string(), text);
}

#[test]
fn the_text_does_not_depend_on_the_order_in_memory() {
    let mut shuffled = lock();
    shuffled.images.reverse();
    for image in &mut shuffled.images {
        image.packages.reverse();
        image.tools.reverse();
    }
    assert_eq!(shuffled.to_string(), lock().to_string());
    assert_eq!(shuffled.to_string().matches("[[image.package]]").count(), 4);
}

#[test]
fn one_image_changes_without_the_others() {
    let mut changed = lock();
    let mut new = image("pine64-lts");
    new.packages.retain(|package| package.name == "linux");
    changed.set(new.clone());
    assert_eq!(changed.images.len(), 2);
    assert_eq!(changed.image("pine64-lts", "tiny"), Some(&new));
    assert_eq!(changed.image("beaglebone-black", "tiny"), lock().image("beaglebone-black", "tiny"));
}

#[test]
fn one_set_of_tools_changes_without_the_others() {
    let mut image = image("pine64-lts");
    image.set_tools("emulator", "arm64", vec![package("qemu", "10.0")]);
    image.set_tools("emulator", "amd64", vec![package("qemu", "10.1")]);
    assert_eq!(image.tools("emulator", "amd64"), [package("qemu", "10.1")]);
    assert_eq!(image.tools("emulator", "arm64"), [package("qemu", "10.0")]);
    assert!(image.tools("compiler", "arm64").is_empty());
}

#[test]
fn a_damaged_lock_is_refused_at_its_line() {
    let digest = Digest::of(b"busybox-static").to_string();
    for (from, to, wanted_line, wanted) in [
        ("[[image]]", "<<<<<<< ours", 4, "key with no value, expected `=`"),
        ("size = 1234", "sise = 1234", 14, "unknown field `sise`"),
        ("size = 1234", "size = -1", 14, "invalid value: integer `-1`, expected u64"),
        ("size = 1234\n", "", 8, "missing field `size`"),
        (digest.as_str(), "abc", 15, "`abc` is not a SHA-256 digest: 64 hexadecimal digits are wanted"),
        ("path = \"pool", "path = \"../pool", 13, "the path is not a plain path below the repository"),
        ("name = \"linux\"", "name = \"busybox-static\"", 18, "`busybox-static` is here twice"),
        ("\"pine64-lts\"", "\"beaglebone-black\"", 49, "`beaglebone-black` with `tiny` is here twice"),
        (
            "name = \"linux\"",
            "name = \"linux\"\nset = \"x\"",
            19,
            "only a tool has the keys `set` and `host`",
        ),
        ("set = \"emulator\"\n", "", 28, "a tool needs the keys `set` and `host`"),
    ] {
        let text = lock().to_string();
        assert!(text.contains(from), "{from}");
        let error = parse(&text.replacen(from, to, 1)).unwrap_err();
        let LockError::Syntax { line, problem, .. } = error else { panic!("{to}: {error}") };
        // A list of all known keys may follow.
        let problem = problem.split(", expected one of").next();
        assert_eq!((line, problem), (wanted_line, Some(wanted)), "{to}");
    }
}

#[test]
fn another_version_is_refused_whatever_else_is_in_it() {
    let error = parse("version = 2\nunheard = \"of\"\n").unwrap_err();
    assert!(matches!(error, LockError::Version { found: 2, known: 1, .. }), "{error}");
    assert!(matches!(parse("").unwrap_err(), LockError::NoVersion { .. }));
}

#[test]
fn every_difference_has_its_sentence() {
    let old = [package("a", "1"), package("b", "1"), package("c", "1"), package("d", "1"), package("e", "1")];
    let mut new = old.clone().to_vec();
    new.remove(0);
    new[0].version = "2".to_owned();
    new[1].sha256 = Digest::of(b"other");
    new[2].path = "pool/d.deb".to_owned();
    new.push(package("f", "1"));
    let lines: Vec<String> = diff(&old, &new).iter().map(ToString::to_string).collect();
    let (digest, other) = (Digest::of(b"c"), Digest::of(b"other"));
    assert_eq!(
        lines,
        [
            "`a`: lock has 1, no longer needed".to_owned(),
            "`b`: lock has 1, archive has 2".to_owned(),
            format!("`c` 1: lock has SHA-256 {digest}, archive has {other}"),
            "`d`: lock has it at `trixie/pool/main/d_1_arm64.deb` (1234 bytes, arm64), archive at \
             `trixie/pool/d.deb` (1234 bytes, arm64)"
                .to_owned(),
            "`f`: not in the lock, archive has 1".to_owned(),
        ]
    );
    assert!(diff(&old, &old).is_empty());
}

#[test]
fn a_refusal_says_how_to_update() {
    let changes = diff(&[package("linux", "6.12.94-1")], &[package("linux", "6.12.107-1")]);
    let error = LockError::Outdated { board: "pine64-lts".into(), system: "tiny".into(), changes };
    assert_eq!(
        error.to_string(),
        "the lock of `pine64-lts` with `tiny` is out of date:\n  \
         `linux`: lock has 6.12.94-1, archive has 6.12.107-1\nhelp: `cargo xtask lock --update`"
    );
}

#[test]
fn a_file_is_updated_one_image_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bringup.lock");
    assert_eq!(Lock::read(&path).unwrap(), Lock::default());
    Lock::update(&path, image("pine64-lts")).unwrap();
    Lock::update(&path, image("beaglebone-black")).unwrap();
    assert_eq!(Lock::read(&path).unwrap(), lock());
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["bringup.lock"]);
}

#[test]
fn a_damaged_file_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bringup.lock");
    fs::write(&path, "version = 1\n<<<<<<<\n").unwrap();
    let error = Lock::update(&path, image("pine64-lts")).unwrap_err();
    assert!(matches!(error, LockError::Syntax { line: 2, .. }), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "version = 1\n<<<<<<<\n");
}
