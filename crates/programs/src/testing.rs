//! A small world for tests, and a host that has nothing but this crate's commands.

use bringup_shell::{Call, Host, Status, Stop, World};
use bringup_tree::{Content, Kind, Meta, Tree};

/// 2026-11-21, day 20,778.
pub(crate) const EPOCH: i64 = 20_778 * 86_400 + 40_000;

pub(crate) struct Alone;

impl Host for Alone {
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

/// A world with these files, 0644, older than now by a day.
pub(crate) fn world(files: &[(&str, &str)]) -> World {
    let folder = Meta::root(0o755, 0);
    let mut tree = Tree::new(folder.clone());
    for folders in ["etc", "run", "var/lib", "home"] {
        tree.insert_all(folders, folder.clone(), Kind::Directory, &folder).unwrap();
    }
    for (path, text) in files {
        let meta = Meta::root(0o644, EPOCH - 86_400);
        tree.insert_all(path, meta, Kind::File(Content::bytes(*text)), &folder).unwrap();
    }
    World::new(tree, "arm64", EPOCH)
}

/// Runs one command line, split at blanks; `_` stands for an empty argument.
pub(crate) fn run(world: &mut World, line: &str, input: &str) -> Result<(Status, String, String), Stop> {
    let mut words = line.split(' ').map(|word| if word == "_" { "" } else { word }.to_owned());
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
    let status = Alone.run(&mut call)?.expect("a command of this crate");
    Ok((status, String::from_utf8(output).unwrap(), String::from_utf8(errors).unwrap()))
}

/// Runs a line that must succeed; its output.
pub(crate) fn ok(world: &mut World, line: &str) -> String {
    let (status, output, errors) = run(world, line, "").unwrap();
    assert_eq!(status, 0, "{line}: {errors}");
    output
}

/// A file as text.
pub(crate) fn text(world: &World, path: &str) -> String {
    String::from_utf8(world.read(path).unwrap()).unwrap()
}
