//! Routes: interpretation against the real scripts, and what becomes of a package that cannot be interpreted.
//!
//! Runs of real scripts are kept in the user's store, so that only the first takes minutes.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

use bringup_testrepo::{Server, TestPackage, TestRepo};
use bringup_tests::files::names;
use bringup_tests::others::Partition;
use bringup_tests::{Image, bringup, expect_code};
use serde_json::Value;

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");
const IN_NAMESPACE: &str = env!("CARGO_BIN_EXE_in-namespace");

/// What servers and appliances commonly have, as far as it goes together.
const COMMON: [&str; 11] = [
    "ca-certificates",
    "curl",
    "dbus",
    "locales",
    "nginx-light",
    "openssh-server",
    "python3-minimal",
    "sudo",
    "systemd-sysv",
    "tmux",
    "vim-tiny",
];

/// Compares interpretation with the real scripts; gives what was found.
fn compare(platform: &str, packages: &[&str]) -> Value {
    let mut command = bringup(BRINGUP);
    command.args(["--quiet", "route", "--compare", "--json", "--platform", platform]).args(packages);
    let (stdout, _) = expect_code(&mut command, 0);
    serde_json::from_str(&stdout).unwrap()
}

/// Only what is known differs, every package was interpreted, and the other route did run.
fn expect_the_same(found: &Value, other: &str, least: u64) {
    assert_eq!(found["other"], other);
    assert!(found["packages"].as_u64().unwrap() >= least, "{found}");
    assert_eq!(found["not_interpreted"].as_array().unwrap().len(), 0, "{found}");
    let differences = found["differences"].as_array().unwrap();
    let mut machine_id = differences.iter().filter(|one| one["path"] == "etc/machine-id");
    // What systemd's script makes is kept by interpretation alone: it is no machine's own.
    assert!(least < 100 || machine_id.next().is_some(), "{found}");
    assert!(differences.iter().all(|one| one["reason"].is_string()), "{found}");
}

#[test]
fn interpretation_does_what_the_scripts_do_natively() {
    if std::env::consts::ARCH != "x86_64" {
        eprintln!("skipped: the host's machine is not amd64");
        return;
    }
    expect_the_same(&compare("amd64", &[]), "native", 100);
    expect_the_same(&compare("amd64", &COMMON), "native", 100);
}

#[test]
fn interpretation_does_what_the_scripts_do_emulated() {
    for (platform, packages) in
        [("arm64", &["adduser", "openssh-server"]), ("armhf", &["adduser", "netbase"])]
    {
        expect_the_same(&compare(platform, packages), "emulated", 60);
    }
}

/// A repository with a package of our own beside Debian's, and `barebones` with that package.
struct Place {
    work: tempfile::TempDir,
    _repository: tempfile::TempDir,
    _server: Server,
}

impl Place {
    fn new(package: TestPackage) -> Self {
        let (folder, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut repo = TestRepo::new(folder.path()).package(package);
        (repo.suite, repo.codename) = ("own".into(), "own".into());
        repo.build();
        let server = repo.serve();
        let uri = server.uri();
        let write = |name: &str, text: String| fs::write(work.path().join(name), text).unwrap();
        write(
            "bringup.toml",
            format!(
                "[[repository]]\nsuite = 'trixie'\n\n\
                 [[repository]]\nuri = '{uri}'\nsuite = 'own'\nsigned-by = 'own.asc'\n"
            ),
        );
        write("own.asc", repo.key.public_armour());
        write(
            "own.toml",
            "inherit = 'barebones'\nsummary = 'with a package of our own'\n\n[packages]\ninstall = ['own']\n"
                .into(),
        );
        Self { work, _repository: folder, _server: server }
    }

    fn arguments(&self, command: &mut Command, name: &str) {
        command.current_dir(self.work.path()).env_remove("http_proxy");
        command.args(["--quiet", name, "--system", "./own.toml", "--board", "pine64-lts"]);
    }

    fn command(&self, name: &str) -> Command {
        let mut command = bringup(BRINGUP);
        self.arguments(&mut command, name);
        command
    }

    fn image(&self, arguments: &[&str]) -> Image {
        let path = self.work.path().join("own.img");
        expect_code(self.command("image").args(["--output", "own.img"]).args(arguments), 0);
        Image::read(&path)
    }

    /// Building fails with this code, and leaves nothing; gives what it says.
    fn image_fails(&self, code: i32, arguments: &[&str]) -> String {
        expect_code(&mut self.command("lock"), 0);
        let (_, stderr) = expect_code(self.command("image").args(arguments), code);
        assert_eq!(names(self.work.path()), ["bringup.lock", "bringup.toml", "own.asc", "own.toml"]);
        stderr
    }
}

/// The package `own`, whose script cannot be interpreted and then does this.
fn own(script: &str) -> TestPackage {
    let text = format!("#!/bin/sh\nset -e\nperl -e 'exit 0'\n{script}\n");
    TestPackage::new("own", "1.0").field("Depends", "perl-base").control("postinst", text)
}

/// The route of each package, those that are interpreted left out.
fn others(routes: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let packages = routes["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "{routes}");
    let others = packages.iter().filter(|choice| choice["route"] != "cross");
    others.map(|choice| (text(&choice["name"]), text(&choice["route"]))).collect()
}

fn file(image: &Image, path: &str) -> Option<String> {
    let partitions = image.manifest["partitions"].as_array().unwrap();
    let root = partitions.iter().position(|partition| partition["name"] == "root").unwrap();
    let bytes = Partition::of(image, root).ext4().read(path).ok()?;
    Some(String::from_utf8(bytes).unwrap())
}

/// The package takes the next route alone, in the same build; and its script gets nowhere.
#[test]
fn a_package_that_cannot_be_interpreted_is_emulated_alone_and_kept_in() {
    let outside = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let made: PathBuf = outside.path().join("made");
    let place = Place::new(own(&format!(
        "try() {{ sh -c \"$1\" 2>/dev/null && echo \"$1\" >>/etc/own-got-out || true; }}\n\
         try 'echo out >{made}'\n\
         try 'echo out >/proc/1/root{made}'\n\
         try 'kill -9 {own}'\n\
         try 'bash -c \"echo out >/dev/tcp/127.0.0.1/{port}\"'\n\
         echo done >/etc/own\nchown 0:42 /etc/own",
        made = made.display(),
        own = std::process::id(),
        port = listener.local_addr().unwrap().port(),
    )));
    let image = place.image(&[]);
    assert_eq!(others(&image.manifest["routes"]), [("own".to_owned(), "emulated".to_owned())]);
    assert_eq!(file(&image, "/etc/own").as_deref(), Some("done\n"));
    assert_eq!(file(&image, "/etc/own-got-out"), None);
    let status = file(&image, "/var/lib/dpkg/status").unwrap();
    assert!(status.contains("Package: own\nStatus: install ok installed\n"), "{status}");
    assert!(names(outside.path()).is_empty());
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    // What is known now is in the plan.
    let (stdout, _) = expect_code(place.command("image").args(["--dry-run", "--json"]), 0);
    let plan: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(plan["routes"], image.manifest["routes"]);
}

#[test]
fn where_nothing_can_be_run_a_package_waits_for_the_first_boot() {
    let place = Place::new(own("echo done >/etc/own"));
    let table = |command: &mut Command| -> Value {
        let (stdout, _) = expect_code(command.arg("--json"), 0);
        serde_json::from_str(&stdout).unwrap()
    };
    let emulated = table(&mut place.command("route"));
    assert_eq!(others(&emulated), [("own".to_owned(), "emulated".to_owned())]);
    let mut command = bringup(IN_NAMESPACE);
    let forbid = "echo 0 >/proc/sys/user/max_user_namespaces && exec \"$@\"";
    command.args(["--", "sh", "-c", forbid, "sh", BRINGUP]);
    place.arguments(&mut command, "route");
    let deferred = table(&mut command);
    assert_eq!(others(&deferred), [("own".to_owned(), "deferred".to_owned())]);
    let stderr = place.image_fails(1, &["--route", "cross"]);
    assert!(stderr.contains("package `own` cannot take the route cross: postinst configure"), "{stderr}");
    assert!(stderr.contains("`--defer own`"), "{stderr}");
    let image = place.image(&["--defer", "own"]);
    assert_eq!(file(&image, "/var/lib/bringup/configure").as_deref(), Some("own\n"));
    let status = file(&image, "/var/lib/dpkg/status").unwrap();
    assert!(status.contains("Package: own\nStatus: install ok unpacked\n"), "{status}");
    assert_eq!(file(&image, "/etc/own"), None);
    let (_, stderr) = expect_code(place.command("route").args(["--defer", "nothing"]), 2);
    assert!(stderr.contains("no package `nothing`"), "{stderr}");
}

#[test]
fn a_script_that_fails_is_named_with_all_that_helps() {
    let place = Place::new(own("echo it cannot work >&2\nexit 7"));
    let stderr = place.image_fails(1, &[]);
    for part in [
        "package `own`: its script `postinst` ended with status 7 (route emulated)",
        "| it cannot work",
        "help: `--defer own`",
    ] {
        assert!(stderr.contains(part), "{stderr}");
    }
    let interpreted = TestPackage::new("own", "1.0").control("postinst", "#!/bin/sh\necho no\nexit 3\n");
    let stderr = Place::new(interpreted).image_fails(1, &[]);
    for part in [
        "package `own`: its script `postinst configure` ended with status 3 (route cross)",
        "| no",
        "help: `--route emulated`",
    ] {
        assert!(stderr.contains(part), "{stderr}");
    }
}
