//! A host with a few programs, and a world for them.

use bringup_shell::{Call, Status, Stop, World};
use bringup_tree::{Content, Kind, Meta, Tree};

/// Its programs, all below /bin in the tree too.
const PROGRAMS: [&str; 5] = ["cat", "env", "mkdir", "touch", "xargs"];

/// A host; `db_set` and `db_get` are its only own ones.
#[derive(Debug, Default)]
pub(crate) struct Host {
    assigned: Vec<(String, String)>,
    /// The files whose place it took.
    pub(crate) taken: Vec<String>,
}

impl bringup_shell::Host for Host {
    fn run(&mut self, call: &mut Call<'_>) -> Result<Option<Status>, Stop> {
        match call.name {
            "cat" if call.arguments.is_empty() => {
                let input = call.take_input();
                call.output.extend_from_slice(input);
            }
            "cat" => {
                for path in call.arguments {
                    match call.world.read(path) {
                        Ok(bytes) => call.output.extend(bytes),
                        Err(failure) => {
                            call.errors.extend(format!("cat: {path}: {}\n", failure.text()).bytes());
                            return Ok(Some(1));
                        }
                    }
                }
            }
            "env" => {
                let lines: String =
                    call.world.environment.iter().map(|(n, v)| format!("{n}={v}\n")).collect();
                call.output.extend(lines.bytes());
            }
            "mkdir" => {
                let made = call.arguments.iter().all(|path| call.world.make_directory(path).is_ok());
                return Ok(Some(Status::from(!made)));
            }
            "touch" => {
                let made = call.arguments.iter().all(|path| call.world.append(path, b"").is_ok());
                return Ok(Some(Status::from(!made)));
            }
            "xargs" => {
                let input = String::from_utf8_lossy(call.take_input());
                let words = input.split_whitespace().map(str::to_owned);
                let arguments: Vec<String> = call.arguments.iter().cloned().chain(words).collect();
                let mut io = bringup_shell::Io { input: b"", output: call.output, errors: call.errors };
                return bringup_shell::execute(&arguments, call.world, self, &mut io).map(Some);
            }
            "db_get" => {
                self.assigned = vec![("RET".to_owned(), format!("value of {}", call.arguments.concat()))];
                return Ok(Some(0));
            }
            "picky" => {
                return Err(Stop::Unsupported { command: "picky".to_owned(), what: "`--odd`".to_owned() });
            }
            _ => return Ok(None),
        }
        Ok(Some(0))
    }

    fn has(&self, name: &str) -> bool {
        PROGRAMS.contains(&name) || name == "db_get" || name == "picky"
    }

    fn takes_place_of(&mut self, path: &str) -> bool {
        let takes = path == "/usr/share/confmodule";
        if takes {
            self.taken.push(path.to_owned());
        }
        takes
    }

    fn take_assignments(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.assigned)
    }
}

/// A folder to work in, the host's programs, and a few files.
pub(crate) fn world() -> World {
    let folder = Meta::root(0o755, 0);
    let mut tree = Tree::new(folder.clone());
    for path in ["bin", "dev", "etc", "root", "tmp", "usr", "w"] {
        tree.insert(path, folder.clone(), Kind::Directory).unwrap();
    }
    for name in PROGRAMS {
        let file = Kind::File(Content::bytes("\x7fELF"));
        tree.insert(format!("bin/{name}"), folder.clone(), file).unwrap();
    }
    let accounts = Kind::File(Content::bytes("root:x:0:0:root:/root:/bin/bash\n"));
    tree.insert("etc/passwd", Meta::root(0o644, 0), accounts).unwrap();
    let mut world = World::new(tree, "arm64", 1_700_000_000);
    world.cwd = "/w".to_owned();
    world.environment.insert("HOME".to_owned(), "/root".to_owned());
    world.environment.insert("PATH".to_owned(), "/usr/bin:/bin".to_owned());
    world
}
