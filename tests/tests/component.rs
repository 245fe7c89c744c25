//! Sources compiled for other machines by the real tools: every kind of build, and what must not come out.
//!
//! Results stay in the user's store, so that only the first run takes minutes.

use std::fs;
use std::path::{Path, PathBuf};

use bringup_tests::{bringup, expect_code, workspace};

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

const MAIN_C: &str = "#include <stdio.h>\n#include <zlib.h>\n\
    int main(void) { printf(\"%s %s\\n\", __FILE__, zlibVersion()); return 0; }\n";

/// The makefile names a compiler of its own and the source by its absolute path, with debug information.
const MAKEFILE: &str = "CC = gcc\nhello-make: main.c\n\t$(CC) -g -o $@ $(CURDIR)/main.c -lz\n\
    install: hello-make\n\tinstall -D hello-make $(DESTDIR)$(PREFIX)/bin/hello-make\n";

const CMAKE: &str = "cmake_minimum_required(VERSION 3.16)\nproject(hello C CXX)\nfind_package(ZLIB REQUIRED)\n\
    add_library(own SHARED own.cpp)\nadd_executable(hello-cmake main.c)\n\
    target_link_libraries(hello-cmake ZLIB::ZLIB own)\ninstall(TARGETS own hello-cmake)\n";

const MESON: &str = "project('hello', 'c')\n\
    executable('hello-meson', 'main.c', dependencies: dependency('zlib'), install: true)\n";

const CARGO: &str =
    "[package]\nname = \"hello-cargo\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[workspace]\n";
const CARGO_LOCK: &str = "version = 4\n\n[[package]]\nname = \"hello-cargo\"\nversion = \"0.1.0\"\n";

/// The build script runs on the host; nothing may be written but the build, and no network is there:
/// no route but the heading, or not even that.
const SCRIPT: &str = "$CC -o hello-script main.c -lz\n\
    if touch /usr/made 2>/dev/null || touch \"$SYSROOT/made\" 2>/dev/null; then exit 3; fi\n\
    if bash -c 'echo > /dev/tcp/192.0.2.1/80' 2>/dev/null; then exit 4; fi\n\
    test \"$(cat /proc/net/route | wc -l)\" -le 1\n";

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Builds the components of a record; gives the folder they came out in.
    fn build(&self, record: &str, platform: &str, code: i32) -> (PathBuf, String) {
        self.write("components.toml", record);
        let output = self.folder.path().join(format!("out-{platform}-{}", record.len()));
        let mut command = bringup(BRINGUP);
        command.arg("component").arg(self.folder.path().join("components.toml"));
        command.args(["--quiet", "--platform", platform, "--output"]).arg(&output);
        let (_, stderr) = expect_code(&mut command, code);
        (output, stderr)
    }
}

fn sources() -> Place {
    let place = Place::new();
    for folder in ["make", "cmake", "meson"] {
        place.write(&format!("{folder}/main.c"), MAIN_C);
    }
    place.write("make/Makefile", MAKEFILE);
    place.write("cmake/CMakeLists.txt", CMAKE);
    place.write("cmake/own.cpp", "#include <string>\nint own() { return std::string(\"own\").size(); }\n");
    place.write("meson/meson.build", MESON);
    place.write("cargo/Cargo.toml", CARGO);
    place.write("cargo/Cargo.lock", CARGO_LOCK);
    place.write(
        "cargo/build.rs",
        "fn main() { println!(\"cargo:rustc-env=HOST_CPU={}\", std::env::consts::ARCH); }\n",
    );
    place.write("cargo/src/main.rs", "fn main() { println!(\"{} {}\", env!(\"HOST_CPU\"), file!()); }\n");
    place
}

const RECORD: &str = r#"
[[component]]
name = "make"
source = "make"
build = "make"
packages = ["zlib1g-dev"]

[[component]]
name = "cmake"
source = "cmake"
build = "cmake"
packages = ["zlib1g-dev"]

[[component]]
name = "meson"
source = "meson"
build = "meson"
packages = ["zlib1g-dev"]

[[component]]
name = "cargo"
source = "cargo"
build = "cargo"
"#;

/// A script with a variable that changes nothing but the recipe.
fn script(text: &str, variable: &str) -> String {
    format!(
        "[[component]]\nname = 'script'\nsource = 'make'\nbuild = 'script'\npackages = ['zlib1g-dev']\n\
         environment = {{ VARIABLE = '{variable}' }}\nscript = '''\n{text}'''\n\
         install = {{ 'hello-script' = '/opt/hello' }}\n"
    )
}

/// `EI_CLASS` and `e_machine` (ELF gABI, "ELF Header").
fn machine(path: &Path) -> (u8, u16) {
    let bytes = fs::read(path).unwrap();
    assert!(bytes.starts_with(b"\x7fELF"), "{}", path.display());
    (bytes[4], u16::from_le_bytes([bytes[18], bytes[19]]))
}

/// The target's libraries in the store, for QEMU.
fn sysroot(platform: &str) -> String {
    let mut command = bringup(BRINGUP);
    command.args(["toolchain", "--quiet", "--platform", platform, "--with", "zlib1g-dev"]);
    let (stdout, _) = expect_code(&mut command, 0);
    let line = stdout.lines().find(|line| line.starts_with("sysroot: ")).expect("the sysroot is shown");
    line.split_once(" in ").expect("with its folder").1.to_owned()
}

#[test]
fn every_kind_of_build_gives_a_program_of_the_target() {
    let place = sources();
    for (platform, multiarch, qemu, wanted) in [
        ("aarch64-linux", "aarch64-linux-gnu", "qemu-aarch64", (2, 183)),
        ("armhf", "arm-linux-gnueabihf", "qemu-arm", (1, 40)),
    ] {
        let sysroot = sysroot(platform);
        let (output, _) = place.build(RECORD, platform, 0);
        for program in ["hello-make", "hello-cmake", "hello-meson", "hello-cargo"] {
            let path = output.join("usr/bin").join(program);
            assert_eq!(machine(&path), wanted, "{program}");
            let mut command = bringup(BRINGUP);
            let own = format!("LD_LIBRARY_PATH={}", output.join("usr/lib").join(multiarch).display());
            command.args(["tool", "--quiet", "--", qemu, "-L", &sysroot, "-E", &own]).arg(path);
            let (stdout, _) = expect_code(&mut command, 0);
            // The path of the source as the compilers map it, not as it was; cargo's is relative.
            let source = if program == "hello-cargo" { "src/main.rs" } else { "main.c 1." };
            assert!(stdout.contains(source) && !stdout.contains("bringup"), "{stdout}");
        }
        assert_eq!(machine(&output.join(format!("usr/lib/{multiarch}/libown.so"))), wanted);
    }
}

#[test]
fn the_same_source_gives_the_same_bytes_wherever_it_is() {
    let programs: Vec<Vec<u8>> = ["one", "two"]
        .iter()
        .map(|variable| {
            // The output is in its folder, too.
            let place = sources();
            let (output, _) = place.build(&script(SCRIPT, variable), "aarch64-linux", 0);
            fs::read(output.join("opt/hello")).unwrap()
        })
        .collect();
    assert_eq!(programs[0], programs[1]);
}

#[test]
fn what_is_not_fit_for_the_target_does_not_come_out() {
    let place = sources();
    let native = script("gcc -o hello-script main.c\n", "x").replace("['zlib1g-dev']", "[]");
    let native = native.replace("environment", "tools = ['gcc', 'libc6-dev', 'zlib1g-dev']\nenvironment");
    for (record, expected) in [
        (native.replace("main.c", "main.c -lz"), "`/opt/hello` is not for the platform"),
        (script("echo $PWD > hello-script\n", "x"), "`/opt/hello` holds the build path `/bringup/build/`"),
        (script("false\n", "x"), "component `script`: the script failed with status 1"),
        (script("true\n", "x"), "cannot stat '/bringup/build/script/hello-script'"),
        (script("$CC -o x missing.c\n", "x"), "missing.c: No such file or directory"),
        (script("true\n", "x").replace("zlib1g-dev", "zlib1g-def"), "no package is called `zlib1g-def`"),
    ] {
        let (output, stderr) = place.build(&record, "aarch64-linux", 1);
        assert!(stderr.contains(expected), "{stderr}");
        assert!(!output.exists());
    }
}

#[test]
fn a_command_of_ones_own_finds_the_compiler() {
    let place = sources();
    let mut command = bringup(BRINGUP);
    command.current_dir(place.folder.path().join("make"));
    command.args(["toolchain", "--quiet", "--platform", "aarch64-linux", "--with", "zlib1g-dev", "--"]);
    command.args(["make", "CC=aarch64-linux-gnu-gcc", "hello-make"]);
    expect_code(&mut command, 0);
    assert_eq!(machine(&place.folder.path().join("make/hello-make")), (2, 183));
}

/// U-Boot from Debian's source package, in the place of the packaged one.
#[test]
fn a_board_boots_with_a_u_boot_of_ones_own() {
    let place = Place::new();
    let output = place.folder.path().join("u-boot");
    let mut command = bringup(BRINGUP);
    command.arg("component").arg(workspace().join("docs/examples/u-boot-pine64-lts.toml"));
    command.args(["--quiet", "--platform", "aarch64-linux", "--output"]).arg(&output);
    expect_code(&mut command, 0);
    let image = place.folder.path().join("pine64-lts.img");
    let mut command = bringup(BRINGUP);
    let name = "u-boot-sunxi-with-spl.bin";
    let own = format!("{name}={}", output.join(name).display());
    command.args(["image", "--quiet", "--board", "pine64-lts", "--system", "tiny", "--firmware", &own]);
    command.arg("--lock").arg(place.folder.path().join("bringup.lock")).arg("--output").arg(&image);
    expect_code(&mut command, 0);
    let (stdout, _) = expect_code(bringup(BRINGUP).args(["verify", "--board", "pine64-lts"]).arg(&image), 0);
    assert!(stdout.contains("U-Boot"), "{stdout}");
    let bytes = fs::read(&image).unwrap();
    let spl = fs::read(output.join(name)).unwrap();
    // The SPL is at 8 KiB (boards/pine64-lts).
    assert_eq!(bytes[8192..8192 + spl.len()], spl[..]);
}
