//! `search` and the names of file systems (GRUB Manual 2.12, "search"; GRUB 2.12,
//! grub-core/commands/search_wrap.c).

use crate::menu::Root;

/// The variable that a `search` sets, and its value from then on.
pub(super) fn search(command: &str, words: &[String]) -> Option<(String, String)> {
    // `search.fs_uuid NAME [VARIABLE [HINTS]]`, from the modules of these names.
    let mark = match command {
        "search.fs_uuid" => Some("fs-uuid:"),
        "search.fs_label" => Some("label:"),
        "search.file" => Some("file:"),
        _ => None,
    };
    if let Some(mark) = mark {
        let variable = words.get(1).map_or("root", String::as_str);
        return words.first().map(|name| (variable.to_owned(), format!("{mark}{name}")));
    }
    // By file is what it does if nothing is said.
    let (mut mark, mut variable, mut name) = ("file:", None, None);
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--fs-uuid" | "-u" => mark = "fs-uuid:",
            "--label" | "--fs-label" | "-l" => mark = "label:",
            "--file" | "-f" => mark = "file:",
            "--set" | "-s" => variable = Some("root"),
            "--hint" | "-h" | "--hint-bios" | "--hint-efi" | "--hint-baremetal" | "--hint-ieee1275"
            | "--hint-arc" => {
                words.next();
            }
            _ => match word.strip_prefix("--set=") {
                Some(found) => variable = Some(found),
                None if word.starts_with('-') => {}
                // Anything behind the name is a hint.
                None => name = name.or(Some(word)),
            },
        }
    }
    Some((variable?.to_owned(), format!("{mark}{}", name?)))
}

/// What the value of `root`, or what stands in a path's parentheses, means. A `search` leaves the
/// kind of name and a colon in front of it, which no device of GRUB's has in its name.
pub(super) fn root(value: &str) -> Root {
    match value.split_once(':') {
        Some(("fs-uuid", name)) => Root::Uuid(name.to_owned()),
        Some(("label", name)) => Root::Label(name.to_owned()),
        Some(("file", name)) => Root::File(name.to_owned()),
        _ => Root::Device(value.to_owned()),
    }
}

/// A path's file system, if it says one, and the rest of it. In front of the first menu, `root` is
/// what that menu is on, so the empty value of it in `($root)` says nothing.
pub(super) fn split(path: &str) -> (Option<&str>, &str) {
    match path.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((device, rest)) => (Some(device).filter(|device| !device.is_empty()), rest),
        None => (None, path),
    }
}
