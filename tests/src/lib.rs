//! What the whole-system tests share: running the command, and reading what it leaves.

pub mod card;
pub mod copy;
pub mod every;
pub mod files;
pub mod machine;
pub mod others;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use bringup_spec::Kernel;

/// The command, ready for arguments; of the host's environment only what finds its folders is kept.
pub fn bringup(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_remove("SOURCE_DATE_EPOCH").env_remove("BRINGUP_MIRROR");
    command
}

/// Runs a command and says what it printed; fails the test with that if the exit code is another.
pub fn expect_code(command: &mut Command, code: i32) -> (String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the command starts");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&stdout), text(&stderr));
    assert_eq!(status.code(), Some(code), "{command:?}\nstdout:\n{stdout}\nstderr:\n{stderr}");
    (stdout, stderr)
}

/// The arguments that ask for the small system: most tests are about boards, and boot in seconds
/// with it.
pub fn small_system(board: &str) -> [&'static str; 2] {
    let board = bringup_catalog::board(board).ok();
    let hurd = board.is_some_and(|board| board.platform.kernel == Kernel::Hurd);
    ["--system", if hurd { "mach" } else { "tiny" }]
}

/// The workspace's top folder.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace is there")
}

/// A finished image and its manifest.
pub struct Image {
    /// The board that it is for.
    pub board: String,
    /// The image.
    pub path: PathBuf,
    /// Its manifest.
    pub manifest: serde_json::Value,
}

impl Image {
    /// The image of the board that most tests are about.
    pub fn pine64(program: &str) -> Self {
        Self::of(program, "pine64-lts")
    }

    /// The board's image, built by the command if it is not there yet.
    pub fn of(program: &str, board: &str) -> Self {
        Self::variant(program, board, board, &[])
    }

    /// The board's image with more arguments, under a name of its own.
    pub fn variant(program: &str, board: &str, name: &str, arguments: &[&str]) -> Self {
        // Tests of one image run at once; the first one builds it.
        static BUILDING: Mutex<()> = Mutex::new(());
        let _alone = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
        let path = workspace().join(format!("target/images/test/{name}.img"));
        Self::build(program, board, &path, arguments)
    }

    /// An image of the board at `path`, with more arguments.
    pub fn build(program: &str, board: &str, path: &Path, arguments: &[&str]) -> Self {
        let mut command = bringup(program);
        let lock = path.with_extension("lock");
        std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder can be made");
        command.args(["--quiet", "image", "--board", board, "--output"]).arg(path);
        if !arguments.contains(&"--system") {
            command.args(small_system(board));
        }
        command.arg("--lock").arg(lock).args(arguments);
        expect_code(&mut command, 0);
        Self::read(path)
    }

    /// An image that is there.
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read(path.with_extension("json")).expect("the manifest is beside the image");
        let manifest: serde_json::Value = serde_json::from_slice(&text).expect("it is JSON");
        let board = manifest["board"].as_str().expect("a name").to_owned();
        Self { board, path: path.to_owned(), manifest }
    }

    /// The partition of that name, as the manifest has it.
    pub fn partition(&self, name: &str) -> &serde_json::Value {
        let partitions = self.manifest["partitions"].as_array().expect("a list");
        partitions.iter().find(|partition| partition["name"] == name).expect("it has such a partition")
    }

    /// Where the root file system starts, in bytes.
    pub fn root_offset(&self) -> u64 {
        self.partition("root")["start_bytes"].as_u64().expect("a number of bytes")
    }

    /// The root file system's UUID.
    pub fn root_uuid(&self) -> &str {
        self.partition("root")["file_system"]["uuid"].as_str().expect("a UUID")
    }

    /// Where a boot program starts, in bytes.
    pub fn firmware_offset(&self, name: &str) -> u64 {
        let programs = self.manifest["firmware"].as_array().expect("a list");
        let found = programs.iter().find(|program| program["name"] == name);
        found.expect("it has such a program")["offset_bytes"].as_u64().expect("a number of bytes")
    }

    /// The kernel's release.
    pub fn kernel_release(&self) -> &str {
        self.manifest["kernel_release"].as_str().expect("a release")
    }
}
