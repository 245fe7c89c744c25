//! A machine started by `bringup boot`, with its console on pipes.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use bringup_emulator::Console;

/// How long one step of a boot may take. On a quiet machine all of it takes seconds; this bounds a
/// machine that hangs, and says nothing about speed.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// A running machine; it is killed, and its console log kept, when the test ends.
pub struct Booted {
    /// Its serial console.
    pub console: Console,
    child: Child,
    log: PathBuf,
}

impl Booted {
    /// Boots `image`; its console log will be `target/boot-logs/<name>.log`.
    pub fn start(program: &str, name: &str, image: &Path) -> Self {
        let mut child = crate::bringup(program)
            .args(["--quiet", "boot", "--board", "pine64-lts", "--image"])
            .arg(image)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the command starts");
        let output = child.stdout.take().expect("it is piped");
        let input = child.stdin.take().expect("it is piped");
        let folder = crate::workspace().join("target/boot-logs");
        std::fs::create_dir_all(&folder).expect("the target folder is writable");
        Self { console: Console::new(output, input), child, log: folder.join(format!("{name}.log")) }
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
