//! What the whole-system tests share: running the command, and reading what it leaves.

pub mod files;
pub mod machine;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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

/// The workspace's top folder.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace is there")
}

/// A finished image and its manifest.
pub struct Image {
    /// The image.
    pub path: PathBuf,
    /// Its manifest.
    pub manifest: serde_json::Value,
}

impl Image {
    /// The board's image, built by the command if it is not there yet.
    pub fn pine64(program: &str) -> Self {
        let path = workspace().join("target/images/test/pine64-lts.img");
        Self::build(program, &path, &[])
    }

    /// An image of the board at `path`, with more arguments.
    pub fn build(program: &str, path: &Path, arguments: &[&str]) -> Self {
        let mut command = bringup(program);
        let lock = path.with_extension("lock");
        std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder can be made");
        command.args(["--quiet", "image", "--board", "pine64-lts", "--output"]).arg(path);
        command.arg("--lock").arg(lock).args(arguments);
        expect_code(&mut command, 0);
        Self::read(path)
    }

    /// An image that is there.
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read(path.with_extension("json")).expect("the manifest is beside the image");
        Self { path: path.to_owned(), manifest: serde_json::from_slice(&text).expect("it is JSON") }
    }

    /// Where the root file system starts, in bytes.
    pub fn root_offset(&self) -> u64 {
        self.manifest["partitions"][0]["start_bytes"].as_u64().expect("a number of bytes")
    }
}
