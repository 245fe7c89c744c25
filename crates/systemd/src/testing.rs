//! Worlds for tests.

use bringup_shell::{Call, Host, Status, Stop, World};
use bringup_tree::{Content, Kind, Meta, Tree};

/// A world with these files (path, text), of arm64, in which nobody changes the time.
pub(crate) fn world(files: &[(&str, &str)]) -> World {
    let mut tree = Tree::new(Meta::root(0o755, 0));
    let folder = Meta::root(0o755, 0);
    for (path, text) in files {
        let (meta, kind) = (Meta::root(0o644, 0), Kind::File(Content::bytes(*text)));
        tree.insert_all(path, meta, kind, &folder).unwrap();
    }
    World::new(tree, "arm64", 1_700_000_000)
}

/// Knows the commands of this crate.
pub(crate) struct Own;

impl Host for Own {
    fn run(&mut self, call: &mut Call<'_>) -> Result<Option<Status>, Stop> {
        match crate::command(call.name) {
            Some(command) => command(call, self).map(Some),
            None => Ok(None),
        }
    }

    fn has(&self, name: &str) -> bool {
        crate::command(name).is_some()
    }
}

/// Status, output and errors of a command line, split at blanks.
pub(crate) fn run(world: &mut World, line: &str) -> Result<(Status, String, String), Stop> {
    run_with(world, line, "")
}

/// As [`run`], with standard input.
pub(crate) fn run_with(world: &mut World, line: &str, input: &str) -> Result<(Status, String, String), Stop> {
    let mut words = line.split_whitespace().map(str::to_owned);
    let name = words.next().unwrap();
    let arguments: Vec<String> = words.collect();
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut call = Call {
        name: &name,
        arguments: &arguments,
        input: input.as_bytes(),
        output: &mut output,
        errors: &mut errors,
        world,
    };
    let status = Own.run(&mut call)?.unwrap();
    Ok((status, String::from_utf8(output).unwrap(), String::from_utf8(errors).unwrap()))
}

/// The text of a file.
pub(crate) fn read(world: &World, path: &str) -> String {
    String::from_utf8(world.read(path).unwrap()).unwrap()
}

/// The target of a link; none if it is no link.
pub(crate) fn link(world: &World, path: &str) -> Option<String> {
    match &world.lstat(path)?.kind {
        Kind::Symlink(target) => Some(String::from_utf8(target.clone()).unwrap()),
        _ => None,
    }
}
