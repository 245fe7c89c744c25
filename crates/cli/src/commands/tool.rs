//! `tool`: a program from the store, on the host's files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use bringup_sandbox::{Access, Command, Ids, Way};
use bringup_store::Store;
use bringup_tools::{Toolbox, set_of};

use crate::args::{self, Global, Tool};
use crate::error::Error;
use crate::host;
use crate::progress::Shown;

pub(crate) fn run(global: &Global, tool: &Tool) -> Result<(), Error> {
    let (program, arguments) = tool.command.split_first().expect("the command line demands one");
    let set = set_of(program)?;
    let source = host::package_source(global)?;
    let store = Store::open(&host::store_path(global)?)?;
    let progress = Shown::new(global.quiet);
    let way = match tool.way {
        args::Way::Auto => Way::Auto,
        args::Way::Namespace => Way::Namespace,
        args::Way::Loader => Way::Loader,
    };
    let toolbox = Toolbox {
        store: &store,
        source: &source,
        architecture: host_architecture()?,
        jobs: host::jobs(global),
        progress: &progress,
        way,
    };
    let root = toolbox.packages(set).and_then(|packages| toolbox.root(set, &packages));
    progress.done(&store);
    let folder = host::absolute(Path::new("."))?;
    let mut command = Command::new(&root?, program)?;
    command.args(arguments).ids(Ids::Same).cwd(&folder);
    command.stdin(Stdio::inherit());
    for path in open_folders(&folder, arguments) {
        command.bind(path, Access::ReadWrite);
    }
    let status = command.spawn()?.wait()?;
    if status.success() {
        return Ok(());
    }
    Err(Error::ToolFailed { program: program.clone(), status: status.code().unwrap_or(-1) })
}

/// Debian's name of this machine's architecture.
pub(crate) fn host_architecture() -> Result<&'static str, Error> {
    Ok(bringup_catalog::platform_for_host_arch(std::env::consts::ARCH)?.debian_arch)
}

/// The working folder, and the folders of what looks like absolute paths among the arguments.
fn open_folders(cwd: &Path, arguments: &[String]) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::from([cwd.to_owned()]);
    for argument in arguments {
        // A path may follow an option's `=`, stand between blanks of a request, or end in
        // `?offset=`.
        for piece in argument.split(['=', ' ', '?', ',']).filter(|piece| piece.starts_with('/')) {
            let path = Path::new(piece);
            let folder = if path.is_dir() { Some(path) } else { path.parent() };
            folders.extend(
                folder.filter(|folder| folder.is_dir() && *folder != Path::new("/")).map(Path::to_owned),
            );
        }
    }
    folders
}
