//! One entry of the menu (UAPI group, Boot Loader Specification, "Type #1 Boot Loader
//! Specification Entries").

use crate::{Error, Programs, value};

/// Something to start. Paths are absolute, from the root of the partition that holds the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, of letters, digits and `+-_.`, without `.conf`.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Which of several entries with one title; the newest comes first.
    pub version: Option<String>,
    /// The `/etc/machine-id` of the system that it starts.
    pub machine_id: Option<[u8; 16]>,
    /// What entries are sorted by, before their versions.
    pub sort_key: Option<String>,
    /// Path of the kernel, which must be a UEFI program.
    pub linux: String,
    /// Paths of initramfs archives, in their order.
    pub initrd: Vec<String>,
    /// The kernel's command line; may be empty.
    pub options: String,
    /// Path of a device tree, for firmware that brings none or a wrong one.
    pub devicetree: Option<String>,
    /// For which machines it is; the menus of others leave it out.
    pub architecture: Option<Programs>,
}

impl Entry {
    /// Where entries go, from the ESP's root.
    pub const FOLDER: &'static str = "loader/entries";

    /// The name of its file, by which `default` in `loader.conf` means it.
    pub fn file_name(&self) -> String {
        format!("{}.conf", self.id)
    }

    /// The path of its file, from the ESP's root.
    pub fn path(&self) -> String {
        format!("{}/{}", Self::FOLDER, self.file_name())
    }

    /// The text of its file.
    ///
    /// # Errors
    /// A value that systemd-boot would read differently from what is meant here: an empty one, a
    /// control character, white space or a backslash in a path, white space or quotes around
    /// anything, a path that is not absolute, an id that means a number of attempts.
    pub fn to_text(&self) -> Result<String, Error> {
        self.check()?;
        let machine_id = self.machine_id.map(|id| format!("{:032x}", u128::from_be_bytes(id)));
        let mut text = String::new();
        let mut line = |key: &str, value: &str| text.push_str(&format!("{key} {value}\n"));
        line("title", &self.title);
        let options = (!self.options.is_empty()).then_some(&self.options);
        let before = [
            ("version", self.version.as_ref()),
            ("machine-id", machine_id.as_ref()),
            ("sort-key", self.sort_key.as_ref()),
            ("linux", Some(&self.linux)),
        ];
        let initrd = self.initrd.iter().map(|path| ("initrd", Some(path)));
        let after = [("options", options), ("devicetree", self.devicetree.as_ref())];
        for (key, value) in before.into_iter().chain(initrd).chain(after) {
            if let Some(value) = value {
                line(key, value);
            }
        }
        if let Some(programs) = self.architecture {
            line("architecture", programs.architecture);
        }
        Ok(text)
    }

    fn check(&self) -> Result<(), Error> {
        let field = "the entry's id";
        value::id(field, &self.id)?;
        let misread = |reason| Err(Error::Misread { field, value: self.id.clone(), reason });
        // systemd, src/boot/boot.c, `config_load_type1_entries` and `boot_entry_parse_tries`.
        if self.id.starts_with('.') || self.id.to_ascii_lowercase().starts_with("auto-") {
            return misread("begins as names that systemd-boot leaves out");
        }
        if counts_attempts(&self.id) {
            return misread("ends like a number of attempts");
        }
        value::text("the title", &self.title)?;
        for (field, value) in [("the version", &self.version), ("the sort key", &self.sort_key)] {
            if let Some(value) = value {
                value::word(field, value)?;
            }
        }
        value::path("the kernel's path", &self.linux)?;
        self.initrd.iter().try_for_each(|path| value::path("the initramfs's path", path))?;
        if let Some(path) = &self.devicetree {
            value::path("the device tree's path", path)?;
        }
        if self.options.is_empty() { Ok(()) } else { value::text("the command line", &self.options) }
    }
}

/// Whether a name ends in `+LEFT` or `+LEFT-DONE` (Boot Loader Specification, "Boot counting").
fn counts_attempts(id: &str) -> bool {
    let Some((_, count)) = id.rsplit_once('+') else { return false };
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match count.split_once('-') {
        Some((left, done)) => number(left) && number(done),
        None => number(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            id: "debian-6.12".to_owned(),
            title: "Debian GNU/Linux 13".to_owned(),
            version: None,
            machine_id: None,
            sort_key: None,
            linux: "/vmlinuz".to_owned(),
            initrd: Vec::new(),
            options: String::new(),
            devicetree: None,
            architecture: None,
        }
    }

    #[test]
    fn a_small_entry_has_two_lines() {
        assert_eq!(entry().to_text().unwrap(), "title Debian GNU/Linux 13\nlinux /vmlinuz\n");
        assert_eq!(entry().path(), "loader/entries/debian-6.12.conf");
    }

    #[test]
    fn every_field_is_written() {
        let full = Entry {
            version: Some("6.12.107".to_owned()),
            machine_id: Some([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255]),
            sort_key: Some("debian".to_owned()),
            initrd: vec!["/a.img".to_owned(), "/b.img".to_owned()],
            options: "root=UUID=1 rw".to_owned(),
            devicetree: Some("/board.dtb".to_owned()),
            architecture: Some(Programs::AA64),
            ..entry()
        };
        assert_eq!(
            full.to_text().unwrap(),
            "title Debian GNU/Linux 13\n\
             version 6.12.107\n\
             machine-id 000102030405060708090a0b0c0d0eff\n\
             sort-key debian\n\
             linux /vmlinuz\n\
             initrd /a.img\n\
             initrd /b.img\n\
             options root=UUID=1 rw\n\
             devicetree /board.dtb\n\
             architecture aa64\n"
        );
    }

    #[test]
    fn what_would_be_misread_is_refused() {
        let title = |text: &str| Entry { title: text.to_owned(), ..entry() };
        let id = |text: &str| Entry { id: text.to_owned(), ..entry() };
        let linux = |text: &str| Entry { linux: text.to_owned(), ..entry() };
        let options = |text: &str| Entry { options: text.to_owned(), ..entry() };
        for (entry, message) in [
            (title(""), "the title is empty"),
            (title("a\rlinux /x"), "the title `a\\rlinux /x` holds '\\r'"),
            (title(" a"), "the title ` a` would lose the white space around it"),
            (id("a b"), "the entry's id `a b` holds ' '"),
            (id("../a"), "the entry's id `../a` holds '/'"),
            (id("auto-x"), "the entry's id `auto-x` begins as names that systemd-boot leaves out"),
            (id("a+3"), "the entry's id `a+3` ends like a number of attempts"),
            (id("a+3-1"), "the entry's id `a+3-1` ends like a number of attempts"),
            (linux("vmlinuz"), "the kernel's path `vmlinuz` does not begin with `/`"),
            (linux("/a b"), "the kernel's path `/a b` holds ' '"),
            (linux("/a\\b"), "the kernel's path `/a\\\\b` holds '\\\\'"),
            (options("\"a\" \"b\""), "the command line `\\\"a\\\" \\\"b\\\"` would lose its quotes"),
            (options("quiet\ninitrd /x"), "the command line `quiet\\ninitrd /x` holds '\\n'"),
        ] {
            assert_eq!(entry.to_text().unwrap_err().to_string(), message);
        }
        assert!(id("6.12+deb13-amd64").to_text().is_ok());
        assert!(options("a=\"b c\"").to_text().is_ok());
    }
}
