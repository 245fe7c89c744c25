//! A machine started by `bringup boot`, with its console on pipes.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use bringup_emulator::{Console, Match, Shell};
use serde_json::Value;
use tempfile::TempDir;

use crate::{Image, bringup, expect_code, small_system};

/// How long one step of a boot may take. On a quiet machine all of it takes seconds; this bounds a
/// machine that hangs, and says nothing about speed.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// A running machine; it is killed, and its console log kept, when the test ends.
pub struct Booted {
    /// Its serial console.
    pub console: Console,
    child: Child,
    program: String,
    board: String,
    log: PathBuf,
    /// What the command leaves when it is killed.
    _scratch: TempDir,
}

impl Booted {
    /// Boots `image` as the board's; its console log will be `target/boot-logs/<name>.log`.
    pub fn start(program: &str, board: &str, name: &str, image: &Path) -> Self {
        Self::start_with(program, board, name, image, &[])
    }

    /// Boots `image` as the board's with more arguments of the command.
    pub fn start_with(program: &str, board: &str, name: &str, image: &Path, arguments: &[&str]) -> Self {
        let scratch = tempfile::tempdir().expect("there is a folder for temporary files");
        let mut child = bringup(program)
            .env("TMPDIR", scratch.path())
            .args(["--quiet", "boot", "--board", board])
            .args(small_system(board))
            .arg("--image")
            .arg(image)
            // Which QEMU: the lock of the board's own image says so, or is made to.
            .arg("--lock")
            .arg(crate::workspace().join(format!("target/images/test/{board}.lock")))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the command starts");
        let output = child.stdout.take().expect("it is piped");
        let input = child.stdin.take().expect("it is piped");
        let folder = crate::workspace().join("target/boot-logs");
        std::fs::create_dir_all(&folder).expect("the target folder is writable");
        Self {
            console: Console::new(output, input),
            child,
            program: program.to_owned(),
            board: board.to_owned(),
            log: folder.join(format!("{name}.log")),
            _scratch: scratch,
        }
    }

    /// Waits for each of these in turn.
    pub fn expect_all(&mut self, wanted: &[&str]) {
        for text in wanted {
            self.console.expect(text, PATIENCE).unwrap_or_else(|error| panic!("{}: {error}", self.board));
        }
    }

    /// Waits for the words that a broken link ends in, of which none may be a later step's.
    pub fn expect_instead(&mut self, wanted: &str, later: &[&str]) -> Match {
        let all: Vec<&str> = std::iter::once(wanted).chain(later.iter().copied()).collect();
        let found = self.console.expect_any(&all, PATIENCE);
        let found = found.unwrap_or_else(|error| panic!("{}: {error}", self.board));
        assert_eq!(found.which, 0, "`{}` was reached: {}", all[found.which], found.before);
        found
    }

    /// Logs in, checks what holds for every Linux system here, and leaves a shell.
    pub fn log_in(&mut self, image: &Image, machine: &str) -> Shell<'_> {
        let shell = Shell::log_in(&mut self.console, "root", PATIENCE);
        let mut shell = shell.unwrap_or_else(|error| panic!("{}: {error}", self.board));
        let mut run = |command: &str| {
            let output = shell.run(command).unwrap_or_else(|error| panic!("{}: {error}", self.board));
            assert_eq!(output.status, 0, "{}: {command}: {}", self.board, output.text);
            output.text
        };
        assert_eq!(run("uname -m"), machine);
        assert_eq!(run("uname -r"), image.kernel_release());
        // Root is what the menu names by its UUID, and can be written.
        assert!(run("cat /proc/cmdline").contains(&format!("root=UUID={}", image.root_uuid())));
        let root = run(&format!("findfs UUID={}", image.root_uuid()));
        // major:minor in hexadecimal, as the root folder and the device have it.
        assert_eq!(run("stat -c %d /"), run(&format!("printf %d $((0x$(stat -c '%t*256+0x%T' {root})))")));
        assert!(run("grep ' / ' /proc/mounts").contains(" / ext4 rw"));
        assert_eq!(run("echo kept > /root/note && sync && cat /root/note"), "kept");
        shell
    }

    /// Fails the test unless `bringup why-no-boot` names this link from what the console shows now.
    pub fn expect_blame(&self, link: &str) {
        self.keep_log();
        let mut command = bringup(&self.program);
        command.args(["why-no-boot", "--json", "--board", &self.board]).arg(&self.log);
        let (stdout, _) = expect_code(&mut command, 0);
        let diagnosis: Value = serde_json::from_str(&stdout).expect("it is JSON");
        assert_eq!(diagnosis["failure"]["link"], link, "{stdout}");
    }

    fn keep_log(&self) {
        std::fs::write(&self.log, self.console.transcript()).expect("the target folder is writable");
    }
}

impl Drop for Booted {
    fn drop(&mut self) {
        // Killing the command takes QEMU with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::write(&self.log, self.console.transcript());
    }
}
