//! What may go wrong around a build: it is killed, space runs out, somebody else builds too, the store
//! is damaged, the lock does not fit. The right bytes come out in the end, or an error and nothing else.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use bringup_spec::Bytes;
use bringup_tests::files::{copy_tree, expect_same_bytes, names};
use bringup_tests::{Image, bringup, expect_code};

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");
const IN_NAMESPACE: &str = env!("CARGO_BIN_EXE_in-namespace");

/// What a finished build leaves in its output folder.
const DONE: [&str; 2] = ["disk.img", "disk.json"];

/// A build that nothing disturbed, in a store of its own that was empty.
struct Reference {
    store: PathBuf,
    lock: PathBuf,
    image: Image,
    /// How long it took, fetching included.
    cold: Duration,
}

fn reference() -> &'static Reference {
    static REFERENCE: OnceLock<Reference> = OnceLock::new();
    REFERENCE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults");
        let _ = fs::remove_dir_all(&folder);
        let (store, lock) = (folder.join("store"), folder.join("out/disk.lock"));
        let path = folder.join("out/disk.img");
        fs::create_dir_all(folder.join("out")).unwrap();
        let start = Instant::now();
        let image = Image::build(BRINGUP, "pine64-lts", &path, &["--store", store.to_str().unwrap()]);
        Reference { store, lock, image, cold: start.elapsed() }
    })
}

/// A folder with a copy of the reference's lock; `store` and `out` are to be in it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap());
        fs::copy(&reference().lock, place.lock()).unwrap();
        place
    }

    /// One whose store is a copy of the reference's; a build in it has renewed its stamps.
    fn with_store() -> Self {
        let place = Self::new();
        copy_tree(&reference().store, &place.store());
        let (_, stderr) = expect_code(place.image(&place.store()).args(["--offline", "--quiet"]), 0);
        assert_eq!(stderr, "", "whole files are no damage");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn lock(&self) -> PathBuf {
        self.path("bringup.lock")
    }

    fn store(&self) -> PathBuf {
        self.path("store")
    }

    fn out(&self) -> PathBuf {
        self.path("out")
    }

    /// `image`, to `out`, with the lock of this place and `store`.
    fn image(&self, store: &Path) -> Command {
        let mut command = bringup(BRINGUP);
        self.arguments(&mut command, store);
        command
    }

    /// The same, in a namespace with `options`.
    fn image_in_namespace(&self, options: &[&str], store: &Path) -> Command {
        let mut command = bringup(IN_NAMESPACE);
        command.args(options).args(["--", BRINGUP]);
        self.arguments(&mut command, store);
        command
    }

    fn arguments(&self, command: &mut Command, store: &Path) {
        command.arg("--store").arg(store).args([
            "image",
            "--system",
            "tiny",
            "--board",
            "pine64-lts",
            "--lock",
        ]);
        command.arg(self.lock()).arg("--output").arg(self.out().join("disk.img"));
    }

    /// Changes the lock's text.
    fn edit_lock(&self, edit: impl FnOnce(&str) -> String) {
        let old = fs::read_to_string(self.lock()).unwrap();
        let new = edit(&old);
        assert_ne!(old, new, "the edit changes something");
        fs::write(self.lock(), new).unwrap();
    }

    /// The image is there, and is the reference's.
    fn expect_done(&self) {
        assert_eq!(names(&self.out()), DONE);
        expect_same_bytes(&self.out().join("disk.img"), &reference().image.path);
    }

    /// Runs `command`, which fails with `code` and leaves neither output nor another lock; gives what it
    /// says.
    fn expect_failure(&self, command: &mut Command, code: i32) -> String {
        let lock = fs::read(self.lock()).ok();
        let (stdout, stderr) = expect_code(command, code);
        assert_eq!(stdout, "", "an error prints nothing on standard output");
        assert_eq!(names(&self.out()), [""; 0], "an error leaves no output");
        assert_eq!(fs::read(self.lock()).ok(), lock, "an error leaves the lock alone");
        stderr
    }
}

fn expect_contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

/// Runs `command` for so long, then kills it, with whatever it is doing; whether it came to that.
fn kill_after(command: &mut Command, delay: Duration) -> bool {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(delay);
    child.kill().unwrap();
    let status = child.wait().unwrap();
    let killed = status.signal() == Some(9);
    assert!(killed || status.success(), "{command:?}: {status}");
    killed
}

/// What a killed build may leave: nothing under a final name that is not whole.
fn expect_nothing_half_done(place: &Place) {
    for name in names(&place.out()) {
        match name.as_str() {
            "disk.img" => expect_same_bytes(&place.out().join(name), &reference().image.path),
            "disk.json" => {
                let text = fs::read(place.out().join(name)).unwrap();
                assert_eq!(
                    serde_json::from_slice::<serde_json::Value>(&text).unwrap(),
                    reference().image.manifest
                );
            }
            other => assert!(other.starts_with('.') && other.ends_with(".partial"), "{other}"),
        }
    }
}

#[test]
fn a_build_killed_at_any_moment_harms_nothing() {
    // Thousandths of the time of an undisturbed cold build: what a killed build got done is kept, so
    // that a first sweep falls into fetching, and, once results are removed, a second into unpacking
    // and scanning.
    const FETCHING: [u32; 6] = [3, 41, 97, 158, 203, 288];
    const UNPACKING: [u32; 8] = [11, 64, 129, 187, 246, 315, 402, 490];
    // Of a warm one, over a finished image.
    const WRITING: [u32; 6] = [70, 310, 520, 640, 790, 930];

    let place = Place::new();
    let store = place.store();
    let share = |of: Duration, thousandths: u32| of * thousandths / 1000;
    let mut killed = 0;
    let mut sweep = |moments: &[u32], of: Duration| {
        for moment in moments {
            killed += u32::from(kill_after(place.image(&store).arg("--force"), share(of, *moment)));
            expect_nothing_half_done(&place);
        }
    };
    sweep(&FETCHING, reference().cold);
    expect_code(place.image(&store).arg("--quiet"), 0);
    place.expect_done();
    fs::remove_dir_all(store.join("derived")).unwrap();
    fs::remove_dir_all(place.out()).unwrap();
    sweep(&UNPACKING, reference().cold);
    expect_code(place.image(&store).arg("--quiet"), 0);
    place.expect_done();
    let start = Instant::now();
    expect_code(place.image(&store).args(["--quiet", "--force"]), 0);
    sweep(&WRITING, start.elapsed());
    assert!(killed > 0, "every build was over before it could be killed");

    let (_, stderr) = expect_code(place.image(&store).args(["--quiet", "--force"]), 0);
    assert_eq!(stderr, "", "nothing in the store was damaged");
    place.expect_done();
    for folder in ["building", "partial", "damaged"] {
        assert_eq!(names(&store.join(folder)), [""; 0], "{folder}");
    }
    expect_code(bringup(BRINGUP).arg("--store").arg(&store).args(["store", "verify"]), 0);
}

#[test]
fn a_full_disk_leaves_an_empty_folder() {
    let place = Place::new();
    fs::create_dir(place.out()).unwrap();
    let out = place.out().to_str().unwrap().to_owned();
    let options = ["--tmpfs", "64", &out, "--list", &out];
    let stderr = place.expect_failure(&mut place.image_in_namespace(&options, &reference().store), 3);
    let needed = Bytes(fs::metadata(&reference().image.path).unwrap().len());
    let needed = format!("may take up to {needed}, and 64 MiB are free");
    expect_contains(&stderr, &["disk.img`: no space left", &needed, "help: "]);
}

#[test]
fn a_full_store_says_so() {
    let place = Place::new();
    fs::create_dir(place.store()).unwrap();
    let store = place.store().to_str().unwrap().to_owned();
    let options = ["--tmpfs", "48", &store];
    let stderr = place.expect_failure(&mut place.image_in_namespace(&options, &place.store()), 3);
    expect_contains(&stderr, &[&store, "No space left on device", "help: "]);
}

#[test]
fn a_folder_that_may_not_be_written_to_is_named() {
    let place = Place::new();
    fs::create_dir(place.out()).unwrap();
    fs::set_permissions(place.out(), Permissions::from_mode(0o555)).unwrap();
    let options = ["--id", "1000"];
    let stderr = place.expect_failure(&mut place.image_in_namespace(&options, &reference().store), 3);
    expect_contains(&stderr, &[place.out().to_str().unwrap(), "Permission denied", "help: "]);
}

#[test]
fn a_store_that_may_not_be_written_to_is_named() {
    let place = Place::new();
    fs::create_dir(place.store()).unwrap();
    fs::set_permissions(place.store(), Permissions::from_mode(0o555)).unwrap();
    let options = ["--id", "1000"];
    let stderr = place.expect_failure(&mut place.image_in_namespace(&options, &place.store()), 3);
    expect_contains(&stderr, &[place.store().to_str().unwrap(), "Permission denied", "help: "]);
}

#[test]
fn two_builds_at_once_in_one_new_store_give_the_same_bytes() {
    let places = [Place::new(), Place::new()];
    let store = places[0].store();
    let mut commands = places.each_ref().map(|place| place.image(&store));
    std::thread::scope(|scope| {
        for command in &mut commands {
            scope.spawn(|| expect_code(command.arg("--quiet"), 0));
        }
    });
    for place in &places {
        place.expect_done();
    }
    expect_code(bringup(BRINGUP).arg("--store").arg(&store).args(["store", "verify"]), 0);
}

/// What the reference's manifest says of a package.
fn locked(package: &str) -> &'static serde_json::Value {
    let packages = reference().image.manifest["packages"].as_array().unwrap();
    packages.iter().find(|one| one["name"] == package).unwrap()
}

/// Where the store has the `.deb` of a locked package.
fn object(store: &Path, package: &str) -> PathBuf {
    let digest = locked(package)["sha256"].as_str().unwrap();
    store.join("objects").join(&digest[..2]).join(digest)
}

/// The store's results that are files, the largest first.
fn results(store: &Path) -> Vec<PathBuf> {
    let folder = store.join("derived/files");
    let files = names(&folder).into_iter().flat_map(|shard| {
        let shard = folder.join(shard);
        names(&shard).into_iter().map(move |name| shard.join(name))
    });
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_none()).collect();
    files.sort_by_key(|path| std::cmp::Reverse(fs::metadata(path).unwrap().len()));
    files
}

/// Opens a file of the store, which are all read-only, for writing.
fn open(path: &Path) -> File {
    fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    File::options().read(true).write(true).open(path).unwrap()
}

fn flip(path: &Path, at: u64) {
    let file = open(path);
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 1], at).unwrap();
}

/// Damages four things; the build does not need to be told of the last, which is just not there.
fn damage(store: &Path) {
    flip(&object(store, "busybox-static"), 5000);
    open(&object(store, "u-boot-sunxi")).set_len(1000).unwrap();
    let results = results(store);
    // The kernel's `data.tar`.
    flip(&results[0], fs::metadata(&results[0]).unwrap().len() / 2);
    fs::remove_file(&results[1]).unwrap();
}

#[test]
fn a_build_mends_a_damaged_store_and_says_so() {
    let place = Place::with_store();
    damage(&place.store());
    let (_, stderr) = expect_code(place.image(&place.store()).arg("--force"), 0);
    let objects = stderr.lines().filter(|line| line.starts_with("note: object")).count();
    let results = stderr.lines().filter(|line| line.starts_with("note: result")).count();
    assert_eq!((objects, results), (2, 1), "{stderr}");
    place.expect_done();
    expect_code(bringup(BRINGUP).arg("--store").arg(place.store()).args(["store", "verify"]), 0);
}

#[test]
fn store_verify_reports_damage_and_the_next_build_mends_it() {
    let place = Place::with_store();
    damage(&place.store());
    let verify = || {
        let mut command = bringup(BRINGUP);
        command.arg("--store").arg(place.store()).args(["store", "verify"]);
        command
    };
    let (stdout, stderr) = expect_code(&mut verify(), 1);
    assert_eq!(stdout.lines().filter(|line| line.starts_with("damaged: ")).count(), 3, "{stdout}");
    expect_contains(&stderr, &["3 damaged entries", "help: "]);
    expect_code(&mut verify(), 0);
    expect_code(place.image(&place.store()).args(["--quiet", "--force"]), 0);
    place.expect_done();
}

#[test]
fn locked_without_a_lock_says_how_to_make_one() {
    let place = Place::new();
    fs::remove_file(place.lock()).unwrap();
    let stderr = place.expect_failure(place.image(&reference().store).arg("--locked"), 1);
    expect_contains(&stderr, &["bringup.lock` has nothing for board `pine64-lts`", "help: ", "bringup lock"]);
}

#[test]
fn locked_with_a_lock_of_other_images_says_how_to_add_this_one() {
    let place = Place::new();
    place.edit_lock(|text| text.replace("board = \"pine64-lts\"", "board = \"another\""));
    let stderr = place.expect_failure(place.image(&reference().store).arg("--locked"), 1);
    expect_contains(
        &stderr,
        &["has nothing for board `pine64-lts` with system `tiny`", "help: `bringup lock --board pine64-lts"],
    );
}

#[test]
fn locked_with_a_lock_that_lacks_a_package_names_it() {
    let place = Place::new();
    place.edit_lock(|text| text.replace("name = \"busybox-static\"", "name = \"another\""));
    let stderr = place.expect_failure(place.image(&reference().store).arg("--locked"), 1);
    expect_contains(
        &stderr,
        &["bringup.lock` differs", "`busybox-static`: not in the lock", "lock --update"],
    );
}

#[test]
fn an_unknown_key_in_the_lock_is_named_with_its_line() {
    let place = Place::new();
    place.edit_lock(|text| text.replacen("size = ", "colour = \"red\"\nsize = ", 1));
    let text = fs::read_to_string(place.lock()).unwrap();
    let line = 1 + text.lines().position(|line| line.starts_with("colour")).unwrap();
    for options in [&["--locked"][..], &[]] {
        let stderr = place.expect_failure(place.image(&reference().store).args(options), 1);
        expect_contains(&stderr, &[&format!("bringup.lock`, line {line}: "), "`colour`", "help: "]);
    }
}

#[test]
fn a_locked_package_that_the_mirror_no_longer_has_is_named() {
    let place = Place::new();
    // An older version, as far as the mirror is concerned.
    let version = locked("busybox-static")["version"].as_str().unwrap();
    let version = version.split_once(':').map_or(version, |(_, version)| version);
    place.edit_lock(|text| {
        let (before, rest) = text.split_once("name = \"busybox-static\"").unwrap();
        let (own, after) = rest.split_once("\n\n").unwrap();
        let (own, _) = own.rsplit_once("sha256").unwrap();
        let own = own.replace(version, "0.60-1");
        format!("{before}name = \"busybox-static\"{own}sha256 = \"{}\"\n\n{after}", "5".repeat(64))
    });
    let stderr = place.expect_failure(&mut place.image(&place.store()), 1);
    expect_contains(
        &stderr,
        &["`busybox-static` ", "0.60-1 (arm64): ", "_0.60-1_arm64.deb` does not exist", "lock --update"],
    );
}

#[test]
fn offline_with_a_warm_store_gives_the_same_bytes() {
    for options in [&["--offline"][..], &["--offline", "--locked"]] {
        let place = Place::new();
        let lock = fs::read(place.lock()).unwrap();
        expect_code(place.image(&reference().store).arg("--quiet").args(options), 0);
        place.expect_done();
        assert_eq!(fs::read(place.lock()).unwrap(), lock);
    }
}

#[test]
fn the_users_own_store_gives_the_bytes_of_a_new_one() {
    let place = Place::new();
    let mut command = bringup(BRINGUP);
    command
        .args(["--quiet", "image", "--system", "tiny", "--board", "pine64-lts", "--locked", "--lock"])
        .arg(place.lock());
    expect_code(command.arg("--output").arg(place.out().join("disk.img")), 0);
    place.expect_done();
}
