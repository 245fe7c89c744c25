//! A board is ported as `docs/porting.md` says, and one outside of the tree is built and booted.
//!
//! Both run cargo, on the libraries that this test was built from: what is not the workspace's own is
//! taken from the same build folder, and nothing from the network.

#[path = "porting/page.rs"]
mod page;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use bringup_emulator::Shell;
use bringup_tests::files::copy_tree;
use bringup_tests::machine::{Booted, PATIENCE};
use bringup_tests::{Image, bringup, expect_code, workspace};

use page::Step;

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

/// What of the workspace's top folder a build needs.
const SOURCES: [&str; 11] = [
    ".cargo",
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "boards",
    "bootloaders",
    "crates",
    "platforms",
    "systems",
    "tests",
    "xtask",
];

/// What U-Boot's configuration for the page's board sets, as far as it matters here.
const DEFCONFIG: &str = "\
CONFIG_ARM=y
CONFIG_ARCH_SUNXI=y
CONFIG_MACH_SUN50I=y
CONFIG_DEFAULT_DEVICE_TREE=\"sun50i-a64-olinuxino\"
CONFIG_SPL=y
";

/// A device tree of the page's board, as far as it matters here.
const DEVICE_TREE: &str = "\
/dts-v1/;
#include \"sun50i-a64.dtsi\"

/ {
\tmodel = \"Olimex A64-Olinuxino\";
\taliases { serial0 = &uart0; };
\tchosen { stdout-path = \"serial0:115200n8\"; };
};

&mmc0 { status = \"okay\"; };

&mmc1 {
\tmmc-pwrseq = <&wifi_pwrseq>;
\tstatus = \"okay\";
};
";

/// Cargo, which builds in the folder of the running test and puts its results into `output`: they bear
/// the names of those that other tests are running.
fn cargo(folder: &Path, output: &Path, arguments: &[&str]) -> Command {
    let build = Path::new(BRINGUP).ancestors().nth(2).expect("it is in the profile's folder");
    let mut cargo = bringup(std::env::var_os("CARGO").expect("cargo runs the tests").to_str().expect("text"));
    cargo.current_dir(folder).args(arguments);
    cargo
        .env("CARGO_BUILD_BUILD_DIR", build)
        .env("CARGO_TARGET_DIR", output)
        .env("CARGO_NET_OFFLINE", "true");
    cargo
}

/// A folder for what the tests here write, which stays for the next run.
fn scratch(name: &str) -> PathBuf {
    let folder = workspace().join("target/porting").join(name);
    fs::create_dir_all(&folder).expect("the target folder is writable");
    folder
}

/// Two builds at once would only take turns at the build folder.
fn alone() -> std::sync::MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Boots an image to a login and ends it.
fn boot(program: &Path, board: &str, image: &Path) {
    let program = program.to_str().expect("text");
    let mut machine = Booted::start(program, board, &format!("porting-{board}"), image);
    let mut shell = Shell::log_in(&mut machine.console, "root", PATIENCE).unwrap();
    assert_eq!(shell.run("uname -m").unwrap().text, "aarch64");
    shell.leave("poweroff").unwrap();
    machine.console.expect_end(PATIENCE).unwrap();
}

/// The sources, as they are, with the checkouts of others beside them that the page speaks of.
fn copy_of_the_sources() -> PathBuf {
    let top = scratch("page").join("bringup");
    if top.exists() {
        fs::remove_dir_all(&top).expect("it is this test's own");
    }
    fs::create_dir(&top).unwrap();
    for name in SOURCES {
        let (from, to) = (workspace().join(name), top.join(name));
        match from.is_dir() {
            true => copy_tree(&from, &to),
            false => drop(fs::copy(&from, &to).unwrap()),
        }
    }
    for (path, text) in [
        ("u-boot/configs/a64-olinuxino_defconfig", DEFCONFIG),
        ("linux/arch/arm64/boot/dts/allwinner/sun50i-a64-olinuxino.dts", DEVICE_TREE),
    ] {
        let path = top.with_file_name(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    top
}

/// Takes the boot program out of the board's image, for the U-Boot that the porter built.
fn own_u_boot(top: &Path) {
    let image = Image::read(&top.join("target/images/a64-olinuxino.img"));
    let program = &image.manifest["firmware"][0];
    let number = |name: &str| usize::try_from(program[name].as_u64().expect("a number")).unwrap();
    let start = number("offset_bytes");
    let bytes = fs::read(&image.path).unwrap();
    let path = top.with_file_name("u-boot/u-boot-sunxi-with-spl.bin");
    fs::write(path, &bytes[start..start + number("len_bytes")]).unwrap();
}

#[test]
fn a_board_is_ported_as_the_page_says() {
    let _alone = alone();
    let top = copy_of_the_sources();
    let output = scratch("page").join("target");
    let record = top.join("boards/a64-olinuxino/src/lib.rs");
    let page = fs::read_to_string(workspace().join("docs/porting.md")).unwrap();
    let steps = page::steps(&page);
    assert!(steps.iter().filter(|step| matches!(step, Step::Run(_))).count() >= 6, "{steps:?}");
    let mut printed = String::new();
    for step in &steps {
        match step {
            Step::Run(command) => {
                if command.contains("--firmware") {
                    own_u_boot(&top);
                }
                let words: Vec<&str> = command.split_whitespace().collect();
                assert_eq!(words[0], "cargo", "{command}");
                let (stdout, stderr) = expect_code(&mut cargo(&top, &output, &words[1..]), 0);
                printed = format!("{printed}$ {command}\n{stdout}{stderr}");
            }
            Step::Edit { old, new } => {
                let text = fs::read_to_string(&record).unwrap();
                assert_eq!(text.matches(old.as_str()).count(), 1, "in\n{text}\nonce:\n{old}");
                fs::write(&record, text.replace(old, new)).unwrap();
            }
            Step::Boot(command) => {
                assert_eq!(command, "cargo xtask boot --system tiny --board a64-olinuxino");
                boot(
                    &output.join("release/xtask"),
                    "a64-olinuxino",
                    &top.join("target/images/a64-olinuxino.img"),
                );
            }
        }
    }

    assert!(printed.contains("sun50i-a64-olinuxino.dts, line 5: model"), "{printed}");
    assert!(printed.contains("`mmc0` is on"), "{printed}");
    let text = fs::read_to_string(&record).unwrap();
    for (what, count) in [
        ("pine64", 0),
        ("title: \"Olimex A64-Olinuxino\"", 1),
        ("usr/lib/u-boot/a64-olinuxino\"", 1),
        ("allwinner/sun50i-a64-olinuxino.dtb", 1),
        ("tier: Tier::Twin", 1),
    ] {
        assert_eq!(text.to_lowercase().matches(&what.to_lowercase()).count(), count, "`{what}` in\n{text}");
    }
    // The porter's own program is the packaged one, so that nothing differs but where it is from.
    let own = Image::read(&top.join("target/images/own.img"));
    let packaged = Image::read(&top.join("target/images/a64-olinuxino.img"));
    assert!(own.manifest["firmware"][0]["package"].is_null());
    assert_eq!(packaged.manifest["firmware"][0]["package"], "u-boot-sunxi");
    bringup_tests::files::expect_same_bytes(&own.path, &packaged.path);
}

#[test]
fn a_board_outside_of_the_tree_is_built_and_boots() {
    let _alone = alone();
    let theirs = workspace().join("tests/out-of-tree");
    let output = scratch("out-of-tree");
    fs::copy(workspace().join("Cargo.lock"), theirs.join("Cargo.lock")).unwrap();
    expect_code(&mut cargo(&theirs, &output, &["build", "--release"]), 0);
    let example = output.join("release/example");
    let image = output.join("pine64.img");

    let command = || bringup(example.to_str().expect("text"));
    let (boards, _) = expect_code(command().arg("boards"), 0);
    assert!(boards.contains("pine64 ") && boards.contains("pine64-lts "), "{boards}");
    let mut build = command();
    build.args(["--quiet", "image", "--system", "tiny", "--board", "pine64", "--output"]).arg(&image);
    expect_code(build.arg("--lock").arg(image.with_extension("lock")), 0);
    assert_eq!(Image::read(&image).manifest["board"], "pine64");
    boot(&example, "pine64", &image);
}

#[test]
fn a_step_is_a_command_an_edit_or_a_boot() {
    let page = "a\n```sh run\none\ntwo\n```\n```sh\nno\n```\n```diff run\n-old\n+new\n kept\n```\n```sh boot\nb\n```\n";
    let edit = Step::Edit { old: "old\nkept\n".to_owned(), new: "new\nkept\n".to_owned() };
    let run = |text: &str| Step::Run(text.to_owned());
    assert_eq!(page::steps(page), [run("one"), run("two"), edit, Step::Boot("b".to_owned())]);
}
