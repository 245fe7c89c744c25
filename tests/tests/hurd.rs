//! Debian GNU/Hurd, built and proved, not booted: its packages here are stand-ins that say what the
//! real ones say to whoever looks at their headers, in a repository of ports that the test makes and
//! signs. GRUB and GNU Mach are the real ones, out of the archive of PCs with Linux.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use bringup_hurd::testing::hurd_packages;
use bringup_store::Store;
use bringup_testrepo::{KeySpec, Server, TestKey, TestPackage, TestRepo};
use bringup_tests::every::tool;
use bringup_tests::files::{expect_same_bytes, names};
use bringup_tests::others::package_member;
use bringup_tests::{Image, bringup, expect_code};

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

/// What the system and the board want of the real archive.
const REAL: [&str; 2] = ["gnumach-image-1.8-486-up", "grub-pc-bin"];

/// Two repositories, as somebody has them who builds for the Hurd: Debian's, which does not have the
/// architecture, and that of the ports, which has a key of its own.
struct Place {
    work: tempfile::TempDir,
    _folders: [tempfile::TempDir; 2],
    _servers: [Server; 2],
    ports: TestRepo,
}

impl Place {
    fn new() -> Self {
        let folders = [0, 1].map(|_| tempfile::tempdir().unwrap());
        let mut debian = TestRepo::new(folders[0].path());
        debian.architectures = vec!["amd64".into(), "i386".into()];
        debian.build();
        let mut ports = TestRepo::new(folders[1].path());
        ports.key = TestKey::new(&KeySpec { seed: 7, ..KeySpec::default() });
        ports.suite = "unstable".into();
        ports.codename = "sid".into();
        ports.architectures = vec!["hurd-i386".into()];
        for package in packages() {
            ports = ports.package(package);
        }
        ports.build();
        let servers = [debian.serve(), ports.serve()];
        let work = tempfile::tempdir().unwrap();
        let place = Self { work, _folders: folders, _servers: servers, ports };
        let [debian_uri, ports_uri] = place._servers.each_ref().map(Server::uri);
        let text = format!(
            "mirror = '{debian_uri}'\n\n\
             [[repository]]\nsuite = 'trixie'\nsigned-by = 'debian.asc'\n\n\
             [[repository]]\nuri = '{ports_uri}'\nsuite = 'sid'\nsigned-by = 'ports.asc'\n"
        );
        fs::write(place.path("bringup.toml"), text).unwrap();
        fs::write(place.path("debian.asc"), debian.key.public_armour()).unwrap();
        fs::write(place.path("ports.asc"), place.ports.key.public_armour()).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.work.path().join(name)
    }

    /// `image` for the Hurd, with a store of its own.
    fn image(&self, output: &str, arguments: &[&str]) -> Command {
        let mut command = bringup(BRINGUP);
        command.current_dir(self.work.path()).env_remove("http_proxy").args(["--quiet", "--store", "store"]);
        command.args(["image", "--board", "i586-hurd", "--system", "hurd", "--output", output]);
        command.args(arguments);
        command
    }
}

/// The Hurd's stand-ins, and the real boot loader and kernel under the Hurd's architecture.
fn packages() -> Vec<TestPackage> {
    let package = |name: &str, tar| TestPackage::new(name, "1-1").architecture("hurd-i386").data_tar(tar);
    let stand_ins = hurd_packages().into_iter().filter(|(name, _)| !REAL.contains(name));
    let stand_ins = stand_ins.map(|(name, tree)| {
        let mut tar = Vec::new();
        tree.to_tar(&mut tar).unwrap();
        let package = package(name, tar);
        // As the real ones do: their programs name its dynamic linker.
        if name == "hurd" { package.field("Depends", "libc0.3") } else { package }
    });
    let real = REAL.map(|name| package(name, real(name)));
    stand_ins.chain(real).collect()
}

/// The data of a package of the real archive, which the board's other system has fetched.
fn real(name: &str) -> Vec<u8> {
    let image = &Image::of(BRINGUP, "i586-hurd");
    let package = image.manifest["packages"].as_array().unwrap().iter();
    let package = package.clone().find(|package| package["name"] == name).unwrap();
    let (store, _) = expect_code(bringup(BRINGUP).args(["store", "path"]), 0);
    let store = Store::open(Path::new(store.trim_end())).unwrap();
    let hash = package["sha256"].as_str().unwrap().parse().unwrap();
    let deb = store.get(&hash, package["size_bytes"].as_u64().unwrap()).unwrap().expect("it was just used");
    let deb = fs::read(deb).unwrap();
    let mut tar = Vec::new();
    liblzma::read::XzDecoder::new(package_member(&deb, "data.tar.xz")).read_to_end(&mut tar).unwrap();
    tar
}

/// Where the root file system is, as e2fsprogs take it.
fn root_device(image: &Image) -> String {
    format!("{}?offset={}", image.path.display(), image.root_offset())
}

/// What debugfs says of a path, which is given from the root without a slash in front: the host's
/// folders that a tool's arguments name are opened to it in place of its own.
fn debugfs(image: &Image, request: &str) -> String {
    tool(BRINGUP, "debugfs", &["-R", request, &root_device(image)])
}

fn expect_contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

#[test]
fn the_hurd_is_built_from_a_repository_of_ports() {
    let place = Place::new();
    expect_code(&mut place.image("hurd.img", &[]), 0);
    let image = Image::read(&place.path("hurd.img"));
    assert_eq!((&image.manifest["board"], &image.manifest["system"]), (&"i586-hurd".into(), &"hurd".into()));
    let packages = image.manifest["packages"].as_array().unwrap();
    // What is not asked for by name but depended on is there, too.
    assert!(packages.iter().any(|package| package["name"] == "libc0.3"));
    assert!(packages.iter().all(|package| package["architecture"] == "hurd-i386"));

    // A file system whose creator is the Hurd has room for translators, and no other reads them.
    let check = tool(BRINGUP, "e2fsck", &["-fn", &root_device(&image)]);
    assert!(check.contains("Pass 5") && !check.contains("Fix?"), "{check}");
    // debugfs takes the partition's offset, dumpe2fs does not.
    expect_contains(&debugfs(&image, "stats -h"), &["Filesystem OS type:       Hurd"]);

    // Translators: words, each ended by a zero byte.
    for (node, command) in [
        ("servers/exec", "/hurd/exec\\000"),
        ("dev/null", "/hurd/null\\000"),
        ("dev/hd0s1", "/hurd/storeio\\000hd0s1\\000"),
        ("servers/socket/1", "/hurd/pflocal\\000"),
    ] {
        let attribute = debugfs(&image, &format!("ea_get {node} gnu.translator"));
        expect_contains(&attribute, &[command]);
    }
    // Names that programs begin with, in a merged /usr as Debian's base-files has it (13.8,
    // debian/rules: bin, lib and sbin on every architecture).
    for (name, target) in [("bin", "usr/bin"), ("lib", "usr/lib"), ("sbin", "usr/sbin")] {
        expect_contains(&debugfs(&image, &format!("stat {name}")), &["Type: symlink", target]);
    }
    for path in ["usr/lib/ld.so.1", "hurd/ext2fs.static", "hurd/startup", "usr/bin/bash"] {
        expect_contains(&debugfs(&image, &format!("stat {path}")), &["Type: regular"]);
    }

    let menu = debugfs(&image, "cat boot/grub/grub.cfg");
    expect_contains(
        &menu,
        &[
            "multiboot '/boot/gnumach-1.8-486-up.gz' 'console=com0' 'root=device:hd0s1'",
            "module '/hurd/ext2fs.static' 'ext2fs'",
            "'--multiboot-command-line=${kernel-command-line}'",
            "module '/lib/ld.so.1' 'exec' '/hurd/exec' '$(exec-task=task-create)'",
            image.manifest["partitions"][0]["file_system"]["uuid"].as_str().unwrap(),
        ],
    );
    assert_eq!(debugfs(&image, "cat etc/hostname").lines().next(), Some("hurd"));
    expect_contains(&debugfs(&image, "cat etc/fstab"), &["/dev/hd0s1\t/\text2"]);

    // The same bytes again.
    expect_code(&mut place.image("again.img", &[]), 0);
    expect_same_bytes(&image.path, &place.path("again.img"));
}

#[test]
fn the_ports_key_is_needed() {
    let place = Place::new();
    fs::copy(place.path("debian.asc"), place.path("ports.asc")).unwrap();
    let (stdout, stderr) = expect_code(&mut place.image("hurd.img", &[]), 1);
    assert_eq!(stdout, "");
    expect_contains(&stderr, &["dists/sid/InRelease`: no valid signature", &place.ports.key.signer()]);
    assert_eq!(names(place.work.path()), ["bringup.toml", "debian.asc", "ports.asc", "store"]);
}

#[test]
fn without_the_ports_the_error_says_what_debian_has() {
    let place = Place::new();
    let text = fs::read_to_string(place.path("bringup.toml")).unwrap();
    let (debian, _) = text.split_once("[[repository]]\nuri").unwrap();
    fs::write(place.path("bringup.toml"), debian).unwrap();
    let (_, stderr) = expect_code(&mut place.image("hurd.img", &[]), 1);
    expect_contains(&stderr, &["has no architecture `hurd-i386`; it has all, amd64, i386"]);
    assert!(!place.path("hurd.img").exists());
}

#[test]
fn the_hurd_is_for_its_own_board() {
    let place = Place::new();
    let mut command = bringup(BRINGUP);
    command.current_dir(place.work.path()).args(["--store", "store", "image", "--board", "x86_64-bios"]);
    let (_, stderr) = expect_code(command.args(["--system", "hurd"]), 1);
    expect_contains(&stderr, &["system `hurd` is for Hurd, but board `x86_64-bios` runs Linux"]);
}
