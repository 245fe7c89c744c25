//! The commands that load what an entry starts.

use super::search;
use crate::menu::{BootEntry, Kind, Module};

/// Adds a command to an entry if it is one of these; `root` is the value of GRUB's variable.
pub(super) fn load(entry: &mut BootEntry, words: &[String], root: Option<&str>, line: usize) -> bool {
    let (command, words) = words.split_first().expect("a command has a name");
    let kind = match command.as_str() {
        "linux" | "linux16" | "linuxefi" => Kind::Linux,
        "multiboot" => Kind::Multiboot,
        "multiboot2" => Kind::Multiboot2,
        "chainloader" => Kind::Chain,
        "initrd" | "initrd16" | "initrdefi" => {
            entry.initrds = words.iter().map(|path| file(entry, path, root)).collect();
            return true;
        }
        "devicetree" => {
            entry.device_tree = words.first().map(|path| file(entry, path, root));
            return true;
        }
        "module" | "module2" => {
            if let Some((path, arguments)) = operands(words) {
                let path = file(entry, path, root);
                entry.modules.push(Module { path, arguments: joined(arguments), line });
            }
            return true;
        }
        _ => return false,
    };
    if let Some((path, arguments)) = operands(words) {
        entry.root = search::split(path).0.or(root).map(search::root);
        (entry.kind, entry.kernel) = (kind, Some(search::split(path).1.to_owned()));
        entry.arguments = joined(arguments);
        // A kernel that is loaded takes the place of all before it.
        entry.initrds.clear();
        entry.modules.clear();
    }
    true
}

/// The path and the arguments behind a command's own options, such as `--nounzip` and `--quirk-...`.
fn operands(words: &[String]) -> Option<(&String, &[String])> {
    let at = words.iter().position(|word| !word.starts_with("--"))?;
    Some((&words[at], &words[at + 1..]))
}

/// A path; on another file system than the kernel's it keeps the name of its own.
fn file(entry: &BootEntry, path: &str, root: Option<&str>) -> String {
    let (device, rest) = search::split(path);
    let own = device.or(root).map(search::root);
    if own == entry.root || device.is_none() && entry.kernel.is_none() {
        return rest.to_owned();
    }
    device.or(root).map_or(path.to_owned(), |device| format!("({device}){rest}"))
}

/// The command line that GRUB makes of words: quotes around blanks, and a backslash in front of
/// quotes and backslashes (GRUB 2.12, grub-core/lib/cmdline.c).
fn joined(words: &[String]) -> String {
    let quoted = |word: &String| {
        let mut text = String::new();
        for found in word.chars() {
            if matches!(found, '\\' | '\'' | '"') {
                text.push('\\');
            }
            text.push(found);
        }
        if word.contains(' ') { format!("\"{text}\"") } else { text }
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}
