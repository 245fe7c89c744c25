//! Every program against what the real one does.
//!
//! A row of `rows/*.txt` is what the files are before, a command line, and what the real program of Debian
//! printed, returned and left, recorded from it as root in the C locale.
//!
//! Before the command line: `d PATH MODE [UID GID]`, `f PATH MODE TEXT`, `l PATH TARGET`, `h PATH EXISTING`, `i TEXT`
//! (standard input); in texts `\n`, `\t`, `\\`, `\xHH` are escapes. Then `$ COMMAND LINE`, and behind it
//! `> LINE` of output, `! LINE` of errors (their ends as `\n`), `? STATUS`, and `= ` the files after.

use bringup_shell::{Call, Host, Status, Stop, World};
use bringup_tree::{Content, Kind, Meta, Tree};

const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n\
    bin:x:2:2:bin:/bin:/usr/sbin/nologin\n";
const GROUP: &str = "root:x:0:\ndaemon:x:1:\nbin:x:2:\nadm:x:4:\nmail:x:8:\n";

/// The crate's own commands and nothing else.
struct Own;

impl Host for Own {
    fn run(&mut self, call: &mut Call<'_>) -> Result<Option<Status>, Stop> {
        match bringup_utilities::command(call.name) {
            Some(command) => command(call, self).map(Some),
            None => Ok(None),
        }
    }

    fn has(&self, name: &str) -> bool {
        bringup_utilities::command(name).is_some()
    }
}

fn world() -> World {
    let dir = Meta::root(0o755, 1_000_000_000);
    let mut tree = Tree::new(dir.clone());
    for (path, text) in [("etc/passwd", PASSWD), ("etc/group", GROUP)] {
        let meta = Meta::root(0o644, 1_000_000_000);
        tree.insert_all(path, meta, Kind::File(Content::bytes(text)), &dir).unwrap();
    }
    tree.insert_all("tmp", Meta::root(0o1777, 0), Kind::Directory, &dir).unwrap();
    tree.insert("w", dir, Kind::Directory).unwrap();
    let mut world = World::new(tree, "amd64", 1_500_000_000);
    world.cwd = "/w".to_owned();
    world
}

fn unescape(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        match bytes[at + 1] {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'x' => {
                out.push(u8::from_str_radix(&text[at + 2..at + 4], 16).unwrap());
                at += 2;
            }
            other => out.push(other),
        }
        at += 2;
    }
    out
}

fn escape(bytes: &[u8]) -> String {
    let one = |byte: &u8| match byte {
        b'\n' => "\\n".to_owned(),
        b'\t' => "\\t".to_owned(),
        b'\\' => "\\\\".to_owned(),
        b' '..=b'~' => char::from(*byte).to_string(),
        byte => format!("\\x{byte:02x}"),
    };
    bytes.iter().map(one).collect()
}

/// Words as a shell splits them: quotes and backslashes, nothing else.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' => words.extend(word.take()),
            '\'' => {
                let text: String = letters.by_ref().take_while(|letter| *letter != '\'').collect();
                word.get_or_insert_default().push_str(&text);
            }
            '"' => {
                let text: String = letters.by_ref().take_while(|letter| *letter != '"').collect();
                word.get_or_insert_default().push_str(&text);
            }
            '\\' => word.get_or_insert_default().extend(letters.next()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

fn prepare(world: &mut World, line: &str, input: &mut Vec<u8>) {
    let (kind, rest) = line.split_once(' ').unwrap();
    let mut parts = rest.splitn(3, ' ');
    let path = parts.next().unwrap();
    match kind {
        "i" => *input = unescape(rest),
        "l" => world.make_symlink(parts.next().unwrap(), path).unwrap(),
        "h" => world.link(parts.next().unwrap(), path).unwrap(),
        kind => {
            let mode = u32::from_str_radix(parts.next().unwrap(), 8).unwrap();
            let last = parts.next().unwrap_or_default();
            if kind == "d" {
                world.make_directory(path).unwrap();
                if let Some((uid, gid)) = last.split_once(' ') {
                    let (uid, gid) = (uid.parse().unwrap(), gid.parse().unwrap());
                    world.set_owner(path, Some(uid), Some(gid), true).unwrap();
                }
            } else {
                world.write(path, unescape(last)).unwrap();
            }
            world.set_mode(path, mode).unwrap();
            world.set_time(path, 1_200_000_000, true).unwrap();
        }
    }
}

fn listing(world: &World) -> Vec<String> {
    let mut seen = Vec::new();
    let mut lines = Vec::new();
    for (path, node) in world.tree.below(b"w") {
        let id = world.tree.id(path).unwrap();
        let name = String::from_utf8_lossy(&path[2..]).into_owned();
        if let Some((_, first)) = seen.iter().find(|(other, _)| *other == id) {
            lines.push(format!("= h {name} {first}"));
            continue;
        }
        seen.push((id, name.clone()));
        let owner = match (node.meta.uid, node.meta.gid) {
            (0, 0) => String::new(),
            (uid, gid) => format!(" {uid}:{gid}"),
        };
        let mode = format!("{:04o}{owner}", node.meta.mode);
        lines.push(match &node.kind {
            Kind::Directory => format!("= d {name} {mode}"),
            Kind::File(content) => format!("= f {name} {mode} {}", escape(&content.read().unwrap())),
            Kind::Symlink(target) => format!("= l {name}{owner} {}", String::from_utf8_lossy(target)),
            kind => format!("= o {name} {mode} {}", kind.describe()),
        });
    }
    lines
}

fn check(file: &str) {
    let mut count = 0;
    let mut wrong = String::new();
    for row in file.split("\n\n").filter(|row| row.lines().any(|line| line.starts_with("$ "))) {
        let mut world = world();
        let mut input = Vec::new();
        let mut command = "";
        let mut expected = Vec::new();
        for line in row.lines().filter(|line| !line.starts_with('#')) {
            if let Some(line) = line.strip_prefix("$ ") {
                command = line;
            } else if command.is_empty() {
                prepare(&mut world, line, &mut input);
            } else {
                expected.push(line.to_owned());
            }
        }
        let words = words(command);
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let mut call = Call {
            name: &words[0],
            arguments: &words[1..],
            input: &input,
            output: &mut output,
            errors: &mut errors,
            world: &mut world,
        };
        let status = Own.run(&mut call);
        let mut got = Vec::new();
        for (sign, text) in [('>', &output), ('!', &errors)] {
            for line in text.split_inclusive(|byte| *byte == b'\n') {
                got.push(format!("{sign} {}", escape(line)));
            }
        }
        got.push(match status {
            Ok(Some(status)) => format!("? {status}"),
            other => format!("? {other:?}"),
        });
        got.extend(listing(&world));
        if got != expected {
            wrong += &format!("$ {command}\nreal:\n{}\nhere:\n{}\n\n", expected.join("\n"), got.join("\n"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count > 0, "no rows");
}

macro_rules! rows {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            check(include_str!(concat!("rows/", stringify!($name), ".txt")));
        }
    )*};
}

rows! {
    awk compare cp digest expr find getopt grep install launch ln ls make mode mv names owner remove sed small sort stat text time
}
