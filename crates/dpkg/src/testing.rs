//! Packages and calls made by tests.

use std::collections::BTreeMap;

use bringup_debian::Control;
use bringup_shell::{Call, Host, Status, World};
use bringup_tree::{Content, Kind, Meta, Tree};

use crate::Package;
use crate::machine::Machine;

/// A package made by code.
pub(crate) struct Made {
    control: Control,
    tree: Tree,
}

impl Made {
    /// A package of version 1 for arm64; `fields` replace or follow its own.
    pub(crate) fn new(name: &str, fields: &[(&str, &str)]) -> Self {
        let mut all: Vec<(String, String)> = [("Package", name), ("Version", "1"), ("Architecture", "arm64")]
            .map(|(field, value)| (field.to_owned(), value.to_owned()))
            .into();
        for (field, value) in fields {
            match all.iter_mut().find(|(known, _)| known == field) {
                Some((_, old)) => *old = (*value).to_owned(),
                None => all.push(((*field).to_owned(), (*value).to_owned())),
            }
        }
        let root = Tree::new(Meta::root(0o755, 1));
        Self { control: Control { files: root.clone(), fields: all }, tree: root }
    }

    /// With a file of its control information.
    pub(crate) fn control(mut self, file: &str, text: &str) -> Self {
        let kind = Kind::File(Content::bytes(text));
        self.control.files.insert(file, Meta::root(0o755, 1), kind).unwrap();
        self
    }

    /// With a file.
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        let parents = Meta::root(0o755, 1);
        let kind = Kind::File(Content::bytes(text));
        self.tree.insert_all(path, Meta::root(0o644, 1), kind, &parents).unwrap();
        self
    }

    pub(crate) fn package(&self) -> Package<'_> {
        Package { control: &self.control, tree: &self.tree }
    }
}

/// A world with these files.
pub(crate) fn world(files: &[(&str, &str)]) -> World {
    let mut world = World::new(Tree::new(Meta::root(0o755, 1)), "arm64", 1_700_000_000);
    for (path, text) in files {
        let folder = path.rsplit_once('/').unwrap().0;
        crate::command::records::folder(&mut world, folder).unwrap();
        world.write(path, *text).unwrap();
    }
    world
}

/// A machine of these packages, all unpacked.
pub(crate) fn machine<'a>(packages: &'a [Package<'a>]) -> Machine<'a> {
    let mut machine = Machine::new(packages, &BTreeMap::new());
    machine.unpacked = (0..packages.len()).collect();
    machine
}

/// Calls a command, its words separated by blanks; `''` is an empty one.
pub(crate) fn call(machine: &mut Machine<'_>, world: &mut World, line: &str) -> (Status, String, String) {
    let mut words = line.split(' ').map(|word| if word == "''" { String::new() } else { word.to_owned() });
    let name = words.next().unwrap();
    let arguments: Vec<String> = words.collect();
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut call = Call {
        name: &name,
        arguments: &arguments,
        input: &[],
        output: &mut output,
        errors: &mut errors,
        world,
    };
    let status = machine.run(&mut call).unwrap().unwrap();
    (status, String::from_utf8(output).unwrap(), String::from_utf8(errors).unwrap())
}

/// All of a file.
pub(crate) fn read(world: &World, path: &str) -> String {
    String::from_utf8(world.read(path).unwrap()).unwrap()
}

/// Where a link leads.
pub(crate) fn target(world: &World, path: &str) -> String {
    match &world.lstat(path).unwrap().kind {
        Kind::Symlink(target) => String::from_utf8(target.clone()).unwrap(),
        other => panic!("`{path}` is {}", other.describe()),
    }
}
