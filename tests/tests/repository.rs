//! Repositories and packages that somebody tampered with, seen from the command line: each is refused
//! for its own reason, and nothing is left behind.

use std::fs;
use std::path::Path;
use std::process::Command;

use bringup_testrepo::{KeySpec, Server, TestKey, TestPackage, TestRepo};
use bringup_tests::files::names;
use bringup_tests::{bringup, expect_code};
use tar::EntryType as Type;

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");
const IN_NAMESPACE: &str = env!("CARGO_BIN_EXE_in-namespace");

const NOT_UNPACKED: &str = "cannot unpack `busybox-static` 1:1.37-1 (arm64)";
const INDEX: &str = "main/binary-arm64";

/// A repository, its server, and a working folder whose `bringup.toml` names both and the key.
struct Place {
    work: tempfile::TempDir,
    _repository: tempfile::TempDir,
    repo: TestRepo,
    server: Server,
}

impl Place {
    /// With what pine64-lts and the system `tiny` need by name, and `busybox` as that package.
    fn new(busybox: TestPackage) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repo = TestRepo::new(folder.path())
            .package(busybox)
            .package(TestPackage::new("e2fsprogs", "1.47-1"))
            .package(TestPackage::new("linux-image-arm64", "6.12-1"))
            .package(TestPackage::new("u-boot-sunxi", "2025.01-1"));
        repo.build();
        let (server, work) = (repo.serve(), tempfile::tempdir().unwrap());
        let place = Self { work, _repository: folder, repo, server };
        place.trust(&place.repo.key);
        place
    }

    fn trust(&self, key: &TestKey) {
        let uri = self.server.uri();
        let text = format!(
            "mirror = '{uri}'\n\n[[repository]]\nuri = '{uri}'\nsuite = 'trixie'\nsigned-by = 'own.asc'\n"
        );
        fs::write(self.work.path().join("bringup.toml"), text).unwrap();
        fs::write(self.work.path().join("own.asc"), key.public_armour()).unwrap();
    }

    /// The command, with a store of its own.
    fn command(&self, name: &str) -> Command {
        let mut command = bringup(BRINGUP);
        command.current_dir(self.work.path()).env_remove("http_proxy");
        command.args(["--quiet", "--store", "store", name, "--system", "tiny", "--board", "pine64-lts"]);
        command
    }

    /// Locking fails with 1, and leaves no lock; gives what it says.
    fn lock_fails(&self) -> String {
        let (stdout, stderr) = expect_code(&mut self.command("lock"), 1);
        assert_eq!(stdout, "");
        assert_eq!(names(self.work.path()), ["bringup.toml", "own.asc", "store"]);
        stderr
    }

    /// Locking succeeds, but building fails with 1 and leaves no image and the same lock; gives what
    /// it says.
    fn image_fails(&self) -> String {
        expect_code(&mut self.command("lock"), 0);
        let lock = self.work.path().join("bringup.lock");
        let before = fs::read(&lock).unwrap();
        let (stdout, stderr) = expect_code(&mut self.command("image"), 1);
        assert_eq!(stdout, "");
        assert_eq!(names(self.work.path()), ["bringup.lock", "bringup.toml", "own.asc", "store"]);
        assert_eq!(fs::read(&lock).unwrap(), before);
        stderr
    }
}

fn busybox() -> TestPackage {
    TestPackage::new("busybox-static", "1:1.37-1")
}

fn good() -> Place {
    Place::new(busybox().file("usr/bin/busybox", b"#!"))
}

fn expect_contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

/// What those below have in common is accepted, so that they fail for what they change.
#[test]
fn whole_packages_get_as_far_as_the_missing_kernel() {
    let stderr = good().image_fails();
    expect_contains(&stderr, &["no package of `linux-image-arm64` has a kernel's modules"]);
}

#[test]
fn a_changed_release_is_refused() {
    let place = good();
    let path = format!("{}/InRelease", place.repo.dists());
    let text = fs::read_to_string(place.repo.path(&path)).unwrap();
    place.repo.flip(&path, text.find("Origin: Test").unwrap() + "Origin: ".len());
    expect_contains(&place.lock_fails(), &["dists/trixie/InRelease`: no valid signature", "help: "]);
}

#[test]
fn an_unknown_key_is_refused() {
    let place = good();
    place.trust(&TestKey::new(&KeySpec { seed: 2, ..KeySpec::default() }));
    let stderr = place.lock_fails();
    expect_contains(&stderr, &["no valid signature by a trusted key", &place.repo.key.signer(), "signed-by"]);
}

#[test]
fn an_expired_release_is_refused() {
    let mut place = good();
    place.repo.valid_until = Some("Sun, 08 Jun 2025 00:00:00 UTC".into());
    place.repo.build();
    let stderr = place.lock_fails();
    expect_contains(&stderr, &["InRelease` was valid until", "2025-06-08", "help: ", "check-valid-until"]);
}

#[test]
fn a_changed_index_is_refused() {
    let place = good();
    let folder = format!("{}/{INDEX}/by-hash/SHA256", place.repo.dists());
    let name = names(&place.repo.path(&folder)).remove(0);
    place.repo.flip(&format!("{folder}/{name}"), 40);
    expect_contains(&place.lock_fails(), &["Packages", "has the SHA-256", &name]);
}

#[test]
fn a_changed_package_is_refused() {
    let place = good();
    let package = busybox();
    place.repo.flip(&package.filename(), 100);
    let stderr = place.image_fails();
    expect_contains(&stderr, &["`busybox-static` 1:1.37-1 (arm64)", &package.filename(), "has the SHA-256"]);
}

#[test]
fn a_package_that_is_gone_is_named() {
    let place = good();
    fs::remove_file(place.repo.path(&busybox().filename())).unwrap();
    let stderr = place.image_fails();
    expect_contains(&stderr, &["`busybox-static` 1:1.37-1 (arm64)", "does not exist", "lock --update"]);
}

/// An entry of a `data.tar`; paths as they are, which `tar`'s own methods would clean.
fn entry(tar: &mut tar::Builder<Vec<u8>>, kind: Type, path: &str, target: &str, bytes: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(0o755);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(bringup_testrepo::MADE.into());
    header.set_size(bytes.len() as u64);
    header.set_device_major(8).unwrap();
    header.set_device_minor(0).unwrap();
    header.set_link_name_literal(target).unwrap();
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_cksum();
    tar.append(&header, bytes).unwrap();
}

/// A `data.tar` of entries `(kind, path, target, bytes)`.
fn data(entries: &[(Type, &str, &str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (kind, path, target, bytes) in entries {
        entry(&mut tar, *kind, path, target, bytes);
    }
    tar.into_inner().unwrap()
}

/// A build with that `data.tar` in a signed package fails and unpacks nothing; gives what it says.
fn hostile(entries: &[(Type, &str, &str, &[u8])]) -> String {
    let place = Place::new(busybox().data_tar(data(entries)));
    let stderr = place.image_fails();
    expect_contains(&stderr, &[NOT_UNPACKED, "data.tar.xz"]);
    assert_eq!(names(&place.work.path().join("store/building")), [""; 0]);
    stderr
}

#[test]
fn a_path_that_climbs_out_is_refused() {
    let stderr = hostile(&[(Type::Regular, "./usr/../../etc/passwd", "", b"x")]);
    expect_contains(&stderr, &["usr/../../etc/passwd"]);
}

#[test]
fn a_file_through_an_absolute_link_stays_inside() {
    // The folder is the host's; in the package's tree, the same path leads elsewhere.
    let outside = tempfile::tempdir().unwrap();
    let place = Place::new(busybox().data_tar(data(&[
        (Type::Symlink, "./way", outside.path().to_str().unwrap(), b""),
        (Type::Regular, "./way/passwd", "", b"x"),
    ])));
    expect_contains(&place.image_fails(), &["has a kernel's modules"]);
    assert_eq!(names(outside.path()), [""; 0]);
}

#[test]
fn a_file_through_a_link_that_climbs_out_is_refused() {
    let stderr = hostile(&[
        (Type::Directory, "./usr/", "", b""),
        (Type::Symlink, "./usr/way", "../../etc", b""),
        (Type::Regular, "./usr/way/passwd", "", b"x"),
    ]);
    expect_contains(&stderr, &["path `usr/way`: a symbolic link on the way leaves the tree"]);
}

#[test]
fn a_hard_link_to_the_outside_is_refused() {
    let stderr = hostile(&[(Type::Link, "./shadow", "../../etc/shadow", b"")]);
    expect_contains(&stderr, &["etc/shadow"]);
}

#[test]
fn a_hard_link_to_what_the_package_lacks_is_refused() {
    let stderr = hostile(&[(Type::Link, "./shadow", "./etc/shadow", b"")]);
    expect_contains(&stderr, &["`./shadow` is a hard link to `./etc/shadow`, which is not in the archive"]);
}

#[test]
fn a_device_node_is_refused() {
    let stderr = hostile(&[(Type::Block, "./sda", "", b"")]);
    expect_contains(&stderr, &["`./sda` is a block device"]);
}

#[test]
fn a_bomb_is_stopped() {
    // Nothing is promised in `Installed-Size`, so that 64 MiB are allowed.
    let stderr = hostile(&[(Type::Regular, "./bomb", "", &vec![0; 65 << 20])]);
    expect_contains(&stderr, &["`data.tar.xz` unpacks to", "or more, but 64 MiB are allowed"]);
}

#[test]
fn a_truncated_package_is_refused() {
    let whole = busybox().file("usr/bin/busybox", vec![b'x'; 4096]);
    let mut deb = whole.deb();
    deb.truncate(deb.len() - 40);
    let stderr = Place::new(whole.whole_deb(deb)).image_fails();
    expect_contains(&stderr, &[NOT_UNPACKED, "data.tar.xz", "but the file has"]);
}

#[test]
fn truncated_compressed_data_is_refused() {
    // The member's header says nothing wrong, but the stream ends early.
    let place = Place::new(busybox().data_tar(b"short".to_vec()));
    expect_contains(&place.image_fails(), &[NOT_UNPACKED, "data.tar.xz"]);
}

#[test]
fn without_any_mirror_the_error_says_how_to_give_one() {
    let folder = tempfile::tempdir().unwrap();
    let (empty, work) = (folder.path().join("empty"), folder.path().join("work"));
    fs::create_dir(&empty).unwrap();
    fs::create_dir(&work).unwrap();
    assert!(Path::new("/etc/apt").is_dir(), "without the folder there is nothing to hide");
    let mut command = bringup(IN_NAMESPACE);
    command.args(["--bind", empty.to_str().unwrap(), "/etc/apt", "--", BRINGUP, "--store", "store"]);
    command.current_dir(&work).args(["image", "--system", "tiny", "--board", "pine64-lts"]);
    let (stdout, stderr) = expect_code(&mut command, 3);
    assert_eq!((stdout.as_str(), names(&work)), ("", Vec::new()));
    expect_contains(&stderr, &["no package mirror", "help: ", "--mirror", "BRINGUP_MIRROR", "bringup.toml"]);
}
