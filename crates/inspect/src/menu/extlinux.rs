//! `extlinux.conf`, as U-Boot reads it.
//!
//! Format: U-Boot 2025.01, boot/pxe_utils.c. A line is a keyword, in any case, and a value up to the
//! line's end, trailing blanks and carriage returns included. An entry goes on until a word
//! that is no keyword of an entry: U-Boot passes over that line, and then over everything that only
//! an entry may have. A keyword without its value makes the whole file unreadable.

use super::{BootEntry, Setting, push, text};
use crate::Error;

const WHAT: &str = "extlinux.conf";

/// A menu.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extlinux {
    /// What can be started, in order.
    pub entries: Vec<BootEntry>,
    /// The label of the entry that is started.
    pub default: Option<String>,
    /// How long a menu that asks waits, in tenths of a second.
    pub timeout_tenths: Option<u32>,
    /// Whether it asks, as any `menu` line outside of an entry makes it.
    pub is_asking: bool,
    /// Files that it includes; they are not read here.
    pub includes: Vec<Setting>,
    /// Lines that U-Boot passes over.
    pub ignored: Vec<Setting>,
}

impl Extlinux {
    /// The entries in the order U-Boot tries them: the default, then the others as they are written;
    /// a default that no entry has is none.
    pub fn order(&self) -> Vec<&BootEntry> {
        let is_default = |entry: &&BootEntry| Some(&entry.name) == self.default.as_ref();
        let default = self.entries.iter().find(is_default);
        let is_other = |entry: &&BootEntry| default.is_none_or(|default| !std::ptr::eq(*entry, default));
        default.into_iter().chain(self.entries.iter().filter(is_other)).collect()
    }
}

/// Reads a menu; a NUL ends it.
///
/// # Errors
/// It is too long or no text, a keyword lacks its value, or there are too many entries.
pub fn parse(bytes: &[u8]) -> Result<Extlinux, Error> {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    let mut menu = Extlinux::default();
    // Whether the last entry still goes on.
    let mut is_open = false;
    for (line, number) in text(WHAT, &bytes[..end])?.split('\n').zip(1..) {
        let line = line.trim_start_matches([' ', '\t', '\r']);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let (key, value) = (key.to_ascii_lowercase(), value.trim_start_matches([' ', '\t']));
        let line = Line { key: &key, value, number };
        if let Some(entry) = menu.entries.last_mut()
            && is_open
            && line.extend(entry, &mut menu.default)?
        {
            continue;
        }
        is_open = menu.top(&line)?;
    }
    Ok(menu)
}

impl Extlinux {
    /// A line outside of an entry; whether it begins one.
    fn top(&mut self, line: &Line<'_>) -> Result<bool, Error> {
        match line.key {
            "label" => {
                let name = line.value()?.to_owned();
                let entry =
                    BootEntry { title: name.clone(), name, line: line.number, ..BootEntry::default() };
                push(WHAT, "entries", &mut self.entries, entry)?;
                return Ok(true);
            }
            "default" | "ontimeout" => self.default = Some(line.value()?.to_owned()),
            "timeout" => self.timeout_tenths = Some(number(line.value()?)),
            "include" => push(WHAT, "includes", &mut self.includes, line.setting(line.value()?))?,
            "prompt" => {}
            "menu" => {
                self.is_asking = true;
                let (key, value) = super::key_value(line.value);
                if key.eq_ignore_ascii_case("include") {
                    push(WHAT, "includes", &mut self.includes, line.setting(value))?;
                }
            }
            _ => push(WHAT, "lines without meaning", &mut self.ignored, line.setting(line.value))?,
        }
        Ok(false)
    }
}

/// As `simple_strtol` reads it: the digits it begins with.
fn number(value: &str) -> u32 {
    let end = value.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(value.len());
    value[..end].parse().unwrap_or_default()
}

struct Line<'a> {
    key: &'a str,
    value: &'a str,
    number: usize,
}

impl Line<'_> {
    /// Adds the line to an entry, if it is a line of one.
    fn extend(&self, entry: &mut BootEntry, default: &mut Option<String>) -> Result<bool, Error> {
        match self.key {
            "menu" => {
                let (key, value) = super::key_value(self.value);
                if key.eq_ignore_ascii_case("label") {
                    entry.title = value.to_owned();
                } else if key.eq_ignore_ascii_case("default") {
                    default.get_or_insert_with(|| entry.name.clone());
                }
            }
            "kernel" | "linux" => {
                // A FIT may be followed by the configuration in it.
                let (path, configuration) = match self.value()?.split_once('#') {
                    Some((path, configuration)) => (path, Some(configuration)),
                    None => (self.value, None),
                };
                entry.kernel = Some(path.to_owned());
                if let Some(configuration) = configuration {
                    let (key, value) = ("configuration".to_owned(), configuration.to_owned());
                    entry.other.push(Setting { key, value, line: self.number });
                }
            }
            "append" => {
                entry.arguments = self.value()?.to_owned();
                let initrd = self.value.split_once("initrd=").map(|(_, rest)| rest);
                if let (true, Some(rest)) = (entry.initrds.is_empty(), initrd) {
                    entry.initrds.push(rest.split(' ').next().unwrap_or_default().to_owned());
                }
            }
            // The first one counts. The value of another one is taken for a keyword, which ends the entry.
            "initrd" if entry.initrds.is_empty() => entry.initrds.push(self.value()?.to_owned()),
            "fdt" | "devicetree" if entry.device_tree.is_none() => {
                entry.device_tree = Some(self.value()?.to_owned());
            }
            "fdtdir" | "devicetreedir" if entry.device_tree_folder.is_none() => {
                entry.device_tree_folder = Some(self.value()?.to_owned());
            }
            "fdtoverlays" | "devicetree-overlay" if entry.overlays.is_empty() => {
                entry.overlays = self.value()?.split_whitespace().map(str::to_owned).collect();
            }
            "localboot" | "ipappend" => {
                push(WHAT, "settings of an entry", &mut entry.other, self.setting(self.value()?))?;
            }
            "kaslrseed" => push(WHAT, "settings of an entry", &mut entry.other, self.setting(self.value))?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn value(&self) -> Result<&str, Error> {
        // What begins with # is a comment even here.
        if self.value.is_empty() || self.value.starts_with('#') {
            let problem = "a keyword has no value, so U-Boot reads nothing of the file";
            return Err(Error::BadLine { what: WHAT, line: self.number, problem });
        }
        Ok(self.value)
    }

    fn setting(&self, value: &str) -> Setting {
        Setting { key: self.key.to_owned(), value: value.to_owned(), line: self.number }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const FIXTURE: &str = "\
# made by hand
timeout 30
DEFAULT second
\tlabel first
  MENU LABEL The first
  kernel /image.itb#conf-1
  fdtdir /dtbs/
  append root=/dev/vda1 initrd=/old quiet
label second
  linux /vmlinuz
  initrd /initrd.img
  append initrd=/not-this
  fdt /board.dtb
  fdtoverlays /a.dtbo /b.dtbo
  kaslrseed
  say hello
  fdtdir /never
include more.conf
";

    #[test]
    fn entries_are_read() {
        let menu = parse(FIXTURE.as_bytes()).unwrap();
        let setting = |key: &str, value: &str, line| Setting { key: key.into(), value: value.into(), line };
        let first = BootEntry {
            name: "first".to_owned(),
            title: "The first".to_owned(),
            kernel: Some("/image.itb".to_owned()),
            initrds: vec!["/old".to_owned()],
            device_tree_folder: Some("/dtbs/".to_owned()),
            arguments: "root=/dev/vda1 initrd=/old quiet".to_owned(),
            other: vec![setting("configuration", "conf-1", 6)],
            line: 4,
            ..BootEntry::default()
        };
        let second = BootEntry {
            name: "second".to_owned(),
            title: "second".to_owned(),
            kernel: Some("/vmlinuz".to_owned()),
            initrds: vec!["/initrd.img".to_owned()],
            device_tree: Some("/board.dtb".to_owned()),
            overlays: vec!["/a.dtbo".to_owned(), "/b.dtbo".to_owned()],
            arguments: "initrd=/not-this".to_owned(),
            other: vec![setting("kaslrseed", "", 15)],
            line: 9,
            ..BootEntry::default()
        };
        assert_eq!(menu.order(), [&second, &first]);
        assert_eq!(menu.entries, [first, second]);
        assert_eq!((menu.timeout_tenths, menu.is_asking), (Some(30), false));
        assert_eq!(menu.includes, [setting("include", "more.conf", 18)]);
    }

    #[test]
    fn an_unknown_word_ends_an_entry() {
        let menu = parse(FIXTURE.as_bytes()).unwrap();
        let ignored: Vec<(&str, usize)> =
            menu.ignored.iter().map(|line| (line.key.as_str(), line.line)).collect();
        assert_eq!(ignored, [("say", 16), ("fdtdir", 17)]);
    }

    #[test]
    fn a_second_initrd_ends_an_entry() {
        let menu = parse(b"label a\ninitrd /1\ninitrd /2\nkernel /k").unwrap();
        assert_eq!((menu.entries[0].initrds.len(), &menu.entries[0].kernel), (1, &None));
        assert_eq!(menu.ignored.len(), 2);
    }

    #[test]
    fn a_carriage_return_is_part_of_a_value() {
        let menu = parse(b"label a\r\nkernel /k\r\n\r\n").unwrap();
        assert_eq!(menu.entries[0].kernel.as_deref(), Some("/k\r"));
    }

    #[test]
    fn without_a_default_all_are_tried_in_order() {
        let menu = parse(b"default none\nlabel a\nkernel /a\nlabel b\nkernel /b\0label c\n").unwrap();
        let names: Vec<&str> = menu.order().iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        let menu = parse(b"label a\nlabel b\nmenu default\nmenu title x\n").unwrap();
        assert_eq!((menu.default.as_deref(), menu.order()[0].name.as_str()), (Some("b"), "b"));
        assert!(!menu.is_asking, "a line of the entry does not count");
        assert!(parse(b"menu title x\n").unwrap().is_asking);
    }

    #[test]
    fn a_keyword_needs_its_value() {
        for (bytes, line) in [(&b"label a\nkernel\n"[..], 2), (b"timeout # 5\n", 1), (b"label \n", 1)] {
            assert_eq!(
                parse(bytes).unwrap_err().to_string(),
                format!(
                    "extlinux.conf: line {line}: a keyword has no value, so U-Boot reads nothing of the file"
                )
            );
        }
    }

    #[test]
    fn a_menu_has_an_end() {
        let many = "label x\n".repeat(1025);
        assert_eq!(
            parse(many.as_bytes()).unwrap_err().to_string(),
            "extlinux.conf: it has more than 1024 entries"
        );
        assert_eq!(
            parse(&vec![b'#'; (1 << 20) + 1]).unwrap_err().to_string(),
            "extlinux.conf: it is 1.0 MiB (1048577 B) long, but at most 1 MiB are loaded"
        );
        assert_eq!(
            parse(b"label \xff").unwrap_err().to_string(),
            "extlinux.conf: the text at 0x6 is not a string"
        );
    }
}
