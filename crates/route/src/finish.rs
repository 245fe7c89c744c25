//! What a configured root still wants of tools of the host's own architecture.

use std::fs;

use bringup_dpkg::ToolRequest;
use bringup_sandbox::{Access, Command};
use bringup_store::Key;
use bringup_tools::{Toolbox, set_of};
use bringup_tree::{MetaPolicy, Tree};

use crate::Error;
use crate::configure::{Locked, locked_packages};

/// Changes when the same tools would give other files.
const FORMAT: u32 = 1;
/// Folders that programs expect in the root that they are given.
const FOLDERS: &[(&str, &str)] = &[("localedef", "usr/lib/locale")];

/// Runs `requests`, in order, on a root that starts empty, and adds what they made to `tree`. The same
/// requests with the same tools are run once for a store.
pub(crate) fn run(
    toolbox: &Toolbox<'_>,
    tree: &mut Tree,
    requests: &[ToolRequest],
    epoch: i64,
    locked: Locked<'_>,
) -> Result<(), Error> {
    if requests.is_empty() {
        return Ok(());
    }
    let mut key = Key::new("finish", FORMAT);
    let mut roots = Vec::new();
    for request in requests {
        let set =
            set_of(&request.program).map_err(|_| Error::UnknownTool { program: request.program.clone() })?;
        let packages = locked_packages(locked, set)?;
        key = key.input("program", &request.program);
        for argument in &request.arguments {
            key = key.input("argument", argument);
        }
        for package in &packages {
            key = key.input("deb", package.sha256.0);
        }
        roots.push((set, packages));
    }
    let made = toolbox.store.derive_dir(&key, |folder| {
        for (request, (set, packages)) in requests.iter().zip(&roots) {
            let program = &request.program;
            for (_, expected) in FOLDERS.iter().filter(|(of, _)| of == program) {
                let path = folder.join(expected);
                fs::create_dir_all(&path).map_err(Error::io("make", &path))?;
            }
            let root = toolbox.root(set, packages)?;
            let failed = |source| Error::Tool { program: program.clone(), source };
            let mut command = Command::new(&root, program).map_err(failed)?;
            let inside = folder.to_string_lossy();
            command.args(request.arguments.iter().map(|argument| argument.replace("{root}", &inside)));
            command.bind(folder, Access::ReadWrite);
            command.run().map_err(|source| Error::Tool { program: program.clone(), source })?;
        }
        Ok(())
    });
    let made = made.map_err(Error::from_derive)?;
    tree.merge(&Tree::from_directory(&made, MetaPolicy::Normalise { mtime: epoch })?)?;
    Ok(())
}
