//! `config.txt`, as the Raspberry Pi's firmware reads it.
//!
//! Format: Raspberry Pi documentation, "config.txt". A line is `key=value`, `initramfs FILE
//! followkernel`, `include FILE` or a filter in brackets, which what follows depends on.

use super::{BootEntry, Setting, push, text};
use crate::Error;

const WHAT: &str = "config.txt";

/// The file's lines with what they depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigTxt {
    /// Settings, in order.
    pub settings: Vec<Conditional>,
    /// Files that it includes; they are not read here.
    pub includes: Vec<Conditional>,
}

/// A setting and what it depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditional {
    /// The setting.
    pub setting: Setting,
    /// The filters that must all hold, without brackets: `pi4`, `EDID=...`. `none` never holds.
    pub filters: Vec<String>,
}

impl ConfigTxt {
    /// The value that a key has where `holding` are the filters that hold, such as `pi3`; the last
    /// line of it counts.
    pub fn value(&self, key: &str, holding: &[&str]) -> Option<&str> {
        let mut found = self.active(holding).filter(|setting| setting.key == key);
        found.next_back().map(|setting| setting.value.as_str())
    }

    /// The settings that count where these filters hold, in order.
    pub fn active<'a>(&'a self, holding: &[&str]) -> impl DoubleEndedIterator<Item = &'a Setting> {
        let holds =
            |line: &&Conditional| line.filters.iter().all(|filter| holding.contains(&filter.as_str()));
        self.settings.iter().filter(holds).map(|line| &line.setting)
    }

    /// What the firmware starts where these filters hold; without a `kernel` line, its name depends on
    /// the board, and is left out. The arguments are in another file.
    pub fn boot_entry(&self, holding: &[&str]) -> BootEntry {
        let prefix = self.value("os_prefix", holding).unwrap_or_default();
        let path = |key| self.value(key, holding).filter(|name| !name.is_empty());
        let path = |key| path(key).map(|name| format!("{prefix}{name}"));
        let initrds = self.value("initramfs", holding).and_then(|value| value.split_whitespace().next());
        let line = self.active(holding).rfind(|setting| setting.key == "kernel").map_or(1, |line| line.line);
        BootEntry {
            name: WHAT.to_owned(),
            title: WHAT.to_owned(),
            kernel: path("kernel"),
            initrds: initrds.map(|name| format!("{prefix}{name}")).into_iter().collect(),
            device_tree: path("device_tree"),
            overlays: self
                .active(holding)
                .filter(|setting| setting.key == "dtoverlay")
                .map(|setting| setting.value.clone())
                .collect(),
            line,
            ..BootEntry::default()
        }
    }
}

/// Reads the file.
///
/// # Errors
/// It is too long or no text.
pub fn parse(bytes: &[u8]) -> Result<ConfigTxt, Error> {
    let mut found = ConfigTxt::default();
    let mut filters: Vec<String> = Vec::new();
    for (line, number) in text(WHAT, bytes)?.lines().zip(1..) {
        let line = line.trim();
        if let Some(filter) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            match filter {
                "all" => filters.clear(),
                // A filter replaces the one of its own kind; the others go on.
                _ => {
                    filters.retain(|other| kind(other) != kind(filter));
                    filters.push(filter.to_owned());
                }
            }
            continue;
        }
        let (key, value) = match line.split_once('=') {
            Some((key, value)) if !key.contains(' ') => (key, value),
            _ => super::key_value(line),
        };
        if key.is_empty() || key.starts_with('#') {
            continue;
        }
        let list = if key == "include" { &mut found.includes } else { &mut found.settings };
        let setting = Setting { key: key.to_owned(), value: value.to_owned(), line: number };
        push(WHAT, "lines", list, Conditional { setting, filters: filters.clone() })?;
    }
    Ok(found)
}

/// What a filter is about: the word in front of `=`, a serial number, or the board's model.
fn kind(filter: &str) -> &str {
    match filter.split_once('=') {
        Some((kind, _)) => kind,
        None if filter.starts_with("0x") => "0x",
        // `none` takes the place of any.
        None if matches!(filter, "tryboot" | "none") => filter,
        None => "model",
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const FIXTURE: &str = "\
# for all
arm_64bit=1
kernel=u-boot.bin
os_prefix=os/
initramfs initrd.img followkernel
[pi3]
kernel=pi3.bin
[pi4]
[EDID=VSC-TD2220]
dtoverlay=hot
[pi3]
dtoverlay=cold
[all]
device_tree=board.dtb
include extra.txt
[none]
kernel=never
";

    #[test]
    fn filters_of_different_kinds_add_up() {
        let found = parse(FIXTURE.as_bytes()).unwrap();
        let lines: Vec<(&str, usize, Vec<&str>)> = found
            .settings
            .iter()
            .map(|line| {
                let filters = line.filters.iter().map(String::as_str).collect();
                (line.setting.key.as_str(), line.setting.line, filters)
            })
            .collect();
        let expected = [
            ("arm_64bit", 2, vec![]),
            ("kernel", 3, vec![]),
            ("os_prefix", 4, vec![]),
            ("initramfs", 5, vec![]),
            ("kernel", 7, vec!["pi3"]),
            ("dtoverlay", 10, vec!["pi4", "EDID=VSC-TD2220"]),
            ("dtoverlay", 12, vec!["EDID=VSC-TD2220", "pi3"]),
            ("device_tree", 14, vec![]),
            ("kernel", 17, vec!["none"]),
        ];
        assert_eq!(lines, expected);
        assert_eq!(found.includes[0].setting.value, "extra.txt");
    }

    #[test]
    fn the_last_line_that_holds_counts() {
        let found = parse(FIXTURE.as_bytes()).unwrap();
        assert_eq!(found.value("kernel", &["pi3"]), Some("pi3.bin"));
        assert_eq!(found.value("kernel", &["pi4"]), Some("u-boot.bin"));
        assert_eq!(found.value("enable_uart", &["pi4"]), None);
    }

    #[test]
    fn what_is_started_has_the_prefix() {
        let entry = parse(FIXTURE.as_bytes()).unwrap().boot_entry(&["pi4", "EDID=VSC-TD2220"]);
        let expected = BootEntry {
            name: "config.txt".to_owned(),
            title: "config.txt".to_owned(),
            kernel: Some("os/u-boot.bin".to_owned()),
            initrds: vec!["os/initrd.img".to_owned()],
            device_tree: Some("os/board.dtb".to_owned()),
            overlays: vec!["hot".to_owned()],
            line: 3,
            ..BootEntry::default()
        };
        assert_eq!(entry, expected);
        assert_eq!(ConfigTxt::default().boot_entry(&[]).kernel, None);
    }

    #[test]
    fn text_it_must_be() {
        assert_eq!(parse(b"a=\xff").unwrap_err().to_string(), "config.txt: the text at 0x2 is not a string");
    }
}
