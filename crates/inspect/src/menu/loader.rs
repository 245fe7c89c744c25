//! `loader/loader.conf` and `loader/entries/*.conf`, as systemd-boot reads them.
//!
//! Format: UAPI group, "The Boot Loader Specification", type 1; loader.conf(5); systemd 257,
//! src/boot/boot.c and src/boot/efi-string.c. A line is a key, blanks and a value, which may stand in
//! double quotes; all paths are from the root of the partition that holds the file.

use super::{BootEntry, Kind, Setting, key_value, push, text};
use crate::Error;

const CONF: &str = "loader.conf";
const ENTRY: &str = "boot loader entry";

/// `loader.conf`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoaderConf {
    /// A pattern for the name of the entry that is started, if several match the first one shown.
    pub default: Option<String>,
    /// Seconds that the menu is shown, or a word such as `menu-force`.
    pub timeout: Option<String>,
    /// Everything else.
    pub settings: Vec<Setting>,
}

impl LoaderConf {
    /// Whether `default` means the entry of this name, with its `.conf`. `*` and `?` in it stand for
    /// anything and for one character, upper and lower case are the same.
    pub fn is_default(&self, name: &str) -> bool {
        let pattern = self.default.as_deref().unwrap_or_default().to_lowercase();
        let (pattern, name): (Vec<char>, Vec<char>) =
            (pattern.chars().collect(), name.to_lowercase().chars().collect());
        matches(&pattern, &name)
    }
}

/// Whether a pattern matches. It goes back to the last `*` only, so time is bounded by the product of
/// both lengths.
fn matches(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut read, mut star) = (0, 0, None);
    while read < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(&wanted) if wanted == '?' || wanted == name[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((star_at, star_read)) = star else { return false };
                star = Some((star_at, star_read + 1));
                at = star_at + 1;
                read = star_read + 1;
            }
        }
    }
    pattern[at..].iter().all(|&rest| rest == '*')
}

/// Reads `loader.conf`.
///
/// # Errors
/// It is too long or no text.
pub fn conf(bytes: &[u8]) -> Result<LoaderConf, Error> {
    let mut conf = LoaderConf::default();
    for setting in settings(CONF, bytes)? {
        match setting.key.as_str() {
            "default" => conf.default = Some(setting.value),
            "timeout" => conf.timeout = Some(setting.value),
            _ => conf.settings.push(setting),
        }
    }
    Ok(conf)
}

/// Reads an entry; `name` is that of its file, such as `debian.conf`.
///
/// # Errors
/// It is too long or no text, or it has neither `linux` nor `efi`, so that it is not shown at all.
pub fn entry(name: &str, bytes: &[u8]) -> Result<BootEntry, Error> {
    let mut entry = BootEntry { name: name.to_owned(), line: 1, ..BootEntry::default() };
    for setting in settings(ENTRY, bytes)? {
        let value = setting.value.clone();
        match setting.key.as_str() {
            "title" => entry.title = value,
            "linux" => (entry.kind, entry.kernel) = (Kind::Linux, Some(value)),
            "efi" | "uki" => (entry.kind, entry.kernel) = (Kind::Chain, Some(value)),
            "initrd" => entry.initrds.push(value),
            "options" => {
                let gap = if entry.arguments.is_empty() { "" } else { " " };
                entry.arguments.push_str(gap);
                entry.arguments.push_str(&value);
            }
            "devicetree" => entry.device_tree = Some(value),
            "devicetree-overlay" => entry.overlays.extend(value.split_whitespace().map(str::to_owned)),
            _ => entry.other.push(setting),
        }
    }
    if entry.kernel.is_none() {
        return Err(Error::Missing { what: ENTRY, part: "`linux` or `efi`".to_owned() });
    }
    if entry.title.is_empty() {
        entry.title = name.strip_suffix(".conf").unwrap_or(name).to_owned();
    }
    Ok(entry)
}

/// The lines that are neither empty nor comments; a key without a value is passed over.
fn settings(what: &'static str, bytes: &[u8]) -> Result<Vec<Setting>, Error> {
    let mut settings = Vec::new();
    for (line, number) in text(what, bytes)?.split(['\n', '\r']).zip(1..) {
        let (key, value) = key_value(line.trim_matches([' ', '\t']));
        if key.is_empty() || key.starts_with('#') || value.is_empty() {
            continue;
        }
        let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let (key, value) = (key.to_owned(), quoted.unwrap_or(value).to_owned());
        push(what, "lines", &mut settings, Setting { key, value, line: number })?;
    }
    Ok(settings)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const FIXTURE: &str = "\
title   Debian
# a comment
linux   /vmlinuz
initrd  /ucode.img
initrd  /initrd.img
options \"root=UUID=1\"
options\tquiet

devicetree /board.dtb
devicetree-overlay /a.dtbo /b.dtbo
architecture x64
version
";

    #[test]
    fn an_entry_is_read() {
        let setting = |key: &str, value: &str, line| Setting { key: key.into(), value: value.into(), line };
        let expected = BootEntry {
            name: "debian.conf".to_owned(),
            title: "Debian".to_owned(),
            kernel: Some("/vmlinuz".to_owned()),
            initrds: vec!["/ucode.img".to_owned(), "/initrd.img".to_owned()],
            device_tree: Some("/board.dtb".to_owned()),
            overlays: vec!["/a.dtbo".to_owned(), "/b.dtbo".to_owned()],
            arguments: "root=UUID=1 quiet".to_owned(),
            other: vec![setting("architecture", "x64", 11)],
            line: 1,
            ..BootEntry::default()
        };
        assert_eq!(entry("debian.conf", FIXTURE.as_bytes()), Ok(expected));
    }

    #[test]
    fn a_program_is_an_entry_of_another_kind() {
        let found = entry("shell.conf", b"efi /shell.efi").unwrap();
        assert_eq!((found.kind, found.title.as_str()), (Kind::Chain, "shell"));
    }

    #[test]
    fn an_entry_needs_something_to_start() {
        assert_eq!(
            entry("a.conf", b"title A\nlinux\n").unwrap_err().to_string(),
            "boot loader entry: it has no `linux` or `efi`"
        );
    }

    #[test]
    fn the_default_is_a_pattern() {
        let conf = conf(b"timeout 3\ndefault Debian-*.conf\neditor no\n").unwrap();
        assert_eq!(conf.timeout.as_deref(), Some("3"));
        assert_eq!(conf.settings[0].key, "editor");
        for (name, expected) in
            [("debian-6.12.conf", true), ("debian-.conf", true), ("debian.conf", false), ("x", false)]
        {
            assert_eq!(conf.is_default(name), expected, "{name}");
        }
        assert!(!LoaderConf::default().is_default("debian.conf"));
    }

    #[test]
    fn patterns_go_back_to_their_last_star() {
        let matches = |pattern: &str, name: &str| {
            let conf = LoaderConf { default: Some(pattern.to_owned()), ..LoaderConf::default() };
            conf.is_default(name)
        };
        assert!(matches("*a?c*d", "xabaacyyd"));
        assert!(matches("**", ""));
        assert!(!matches("*a?c*d", "xabaayyd"));
        assert!(!matches("a", "ab"));
    }
}
