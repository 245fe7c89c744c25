//! The developer tasks, as a table that help and dispatch read.

use xshell::{Shell, cmd};

/// What a task returns.
pub(crate) type Result = std::result::Result<(), Box<dyn std::error::Error>>;

/// A developer task.
pub(crate) struct Task {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) run: fn(&[String]) -> Result,
}

/// Every task, in the order of the help text.
pub(crate) const TASKS: &[Task] = &[
    Task { name: "test", help: "all tests, the boot tests included; arguments go to cargo test", run: test },
    Task { name: "golden", help: "rewrite tests/golden from the boards as they are", run: golden },
    Task {
        name: "bench",
        help: "measure, print a table and write docs/benchmarks.md",
        run: crate::bench::run,
    },
    Task {
        name: "new-board",
        help: "NAME --like BOARD [--defconfig FILE] [--dts FILE]: a new board's crate",
        run: crate::new_board::run,
    },
];

fn test(arguments: &[String]) -> Result {
    let shell = workspace()?;
    cmd!(shell, "cargo test --release --workspace --no-fail-fast {arguments...}").quiet().run()?;
    Ok(())
}

fn golden(_: &[String]) -> Result {
    let shell = workspace()?;
    cmd!(shell, "cargo test --quiet --release -p bringup-tests --test golden")
        .env("BRINGUP_UPDATE_GOLDEN", "1")
        .quiet()
        .run()?;
    Ok(())
}

/// A shell in the workspace's top folder.
pub(crate) fn workspace() -> std::result::Result<Shell, xshell::Error> {
    let shell = Shell::new()?;
    shell.change_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    Ok(shell)
}
