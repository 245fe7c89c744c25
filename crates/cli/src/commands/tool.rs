//! `tool`: a program from the store, on the host's files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use bringup_sandbox::{Access, Command, Ids, Way};
use bringup_tools::set_of;

use crate::args::{self, Global, Tool};
use crate::error::Error;
use crate::host;
use crate::session::Session;

pub(crate) fn run(global: &Global, tool: &Tool) -> Result<(), Error> {
    let (program, arguments) = tool.command.split_first().expect("the command line demands one");
    let set = set_of(program)?;
    let session = Session::open(global)?;
    let way = match tool.way {
        args::Way::Auto => Way::Auto,
        args::Way::Namespace => Way::Namespace,
        args::Way::Loader => Way::Loader,
    };
    let toolbox = session.toolbox(way)?;
    let root = toolbox.packages(set).and_then(|packages| toolbox.root(set, &packages));
    session.fetched();
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

/// Folders of programs and libraries: the host's in their place would hide the tool's own. As in
/// `debugfs -R "stat /lib/modules"`, such a path is not meant for the host.
const OF_TOOLS: [&str; 5] = ["/bin", "/lib", "/lib64", "/sbin", "/usr"];

fn hides_tools(folder: &Path) -> bool {
    OF_TOOLS.iter().any(|own| folder.starts_with(own))
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
            let usable =
                |folder: &&Path| folder.is_dir() && *folder != Path::new("/") && !hides_tools(folder);
            folders.extend(folder.filter(usable).map(Path::to_owned));
        }
    }
    folders
}
