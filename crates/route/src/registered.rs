//! What the host has registered with binfmt_misc, checked before it is relied on.

use std::fs;
use std::path::{Path, PathBuf};

use bringup_sandbox::Format;

/// One registration (Linux, Documentation/admin-guide/binfmt-misc.rst).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Registered {
    /// What runs the programs.
    pub(crate) interpreter: PathBuf,
}

/// The registration in `folder` that runs what `wanted` describes in a root of its own, or what is wrong.
pub(crate) fn find(folder: &Path, wanted: &Format) -> Result<Registered, String> {
    let status = fs::read_to_string(folder.join("status")).unwrap_or_default();
    match status.trim() {
        "enabled" => {}
        "disabled" => return Err("binfmt_misc is disabled on the host".into()),
        _ => return Err("the host has no binfmt_misc".into()),
    }
    let mut names: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    names.sort();
    let mut reason = format!("the host has nothing registered for `{}`", wanted.name);
    for path in names {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if runs(&text, wanted) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match check(&text) {
                Ok(interpreter) => return Ok(Registered { interpreter }),
                Err(why) => reason = format!("the host's registration `{name}` {why}"),
            }
        }
    }
    Err(reason)
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix([' ', ':'])).map(str::trim)
}

/// Whether it is about programs like the wanted ones: a program with the magic bytes falls under it.
fn runs(text: &str, wanted: &Format) -> bool {
    let bytes = |name| field(text, name).and_then(hex);
    let Some(magic) = bytes("magic") else { return false };
    let mask = bytes("mask").unwrap_or_else(|| vec![0xff; magic.len()]);
    field(text, "offset") == Some("0")
        && magic.len() <= wanted.magic.len()
        && magic.len() == mask.len()
        && magic.iter().zip(&mask).zip(&wanted.magic).all(|((magic, mask), byte)| magic & mask == byte & mask)
}

fn check(text: &str) -> Result<PathBuf, &'static str> {
    if text.lines().next() != Some("enabled") {
        return Err("is disabled");
    }
    // Without it the interpreter would be looked for in the target's root.
    if !field(text, "flags").is_some_and(|flags| flags.contains('F')) {
        return Err("lacks the flag F");
    }
    let interpreter = PathBuf::from(field(text, "interpreter").unwrap_or_default());
    match interpreter.is_file() {
        true => Ok(interpreter),
        false => Err("has an interpreter that is gone"),
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Debian's package registers it.
    fn entry(interpreter: &Path) -> String {
        format!(
            "enabled\ninterpreter {}\nflags: POCF\noffset 0\n\
             magic 7f454c460201010000000000000000000200b700\nmask ffffffffffffff00fffffffffffffffffeffffff\n",
            interpreter.display()
        )
    }

    fn check(change: impl Fn(String) -> String, found: Result<(), &str>) {
        let dir = tempfile::tempdir().unwrap();
        let interpreter = dir.path().join("interpreter");
        fs::write(&interpreter, "").unwrap();
        let folder = dir.path().join("binfmt_misc");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("status"), "enabled\n").unwrap();
        fs::write(folder.join("qemu-aarch64"), change(entry(&interpreter))).unwrap();
        let wanted = Format::elf("qemu-aarch64", true, false, 183, PathBuf::new());
        let found = found.map(|()| Registered { interpreter }).map_err(str::to_owned);
        assert_eq!(find(&folder, &wanted), found);
    }

    #[test]
    fn a_registration_is_used_as_it_is() {
        check(|entry| entry, Ok(()));
    }

    #[test]
    fn a_registration_that_would_not_work_is_refused() {
        let of = "the host's registration `qemu-aarch64`";
        check(|entry| entry.replacen("enabled", "disabled", 1), Err(&format!("{of} is disabled")));
        check(|entry| entry.replace("POCF", "POC"), Err(&format!("{of} lacks the flag F")));
        check(
            |entry| entry.replace("/interpreter\n", "/gone\n"),
            Err(&format!("{of} has an interpreter that is gone")),
        );
        let none = "the host has nothing registered for `qemu-aarch64`";
        // EM_ARM is 40.
        check(|entry| entry.replace("0200b700", "02002800"), Err(none));
        check(|entry| entry.replace("offset 0", "offset 4"), Err(none));
    }
}
