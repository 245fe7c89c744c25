//! `extlinux.conf`, the boot menu that U-Boot reads from a file system.
//!
//! Format: U-Boot, doc/README.pxe and boot/pxe_utils.c. A line is a keyword
//! and a value up to the line's end, without any quoting. No `menu` line
//! stands outside of an entry: U-Boot would take it as a wish to be asked.

use std::collections::BTreeSet;

use crate::Error;

/// Where it goes, from the root of the partition; U-Boot looks in `boot/` as well.
///
/// U-Boot, boot/bootmeth_extlinux.c and boot/bootflow.c (its default prefixes, `/` and `/boot/`).
pub const PATH: &str = "extlinux/extlinux.conf";

/// A whole menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// How long a menu that is asked for waits for a key, in tenths of a second. U-Boot starts
    /// the default at once unless told to prompt.
    pub timeout_tenths: u32,
    /// The label of the entry that starts without a key.
    pub default: String,
    /// What can be started, in the order shown.
    pub entries: Vec<Entry>,
}

/// One thing to start. Paths are absolute, from the root of the partition that holds the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name in `default`: no white space.
    pub label: String,
    /// Its name for people.
    pub title: String,
    /// Path of the kernel.
    pub kernel: String,
    /// Path of the folder of device trees, of which U-Boot takes its own board's; with none, or
    /// where its board's is not in it, the device tree U-Boot itself runs on.
    pub fdtdir: Option<String>,
    /// Path of the initramfs.
    pub initrd: Option<String>,
    /// The kernel's command line.
    pub append: String,
}

impl Menu {
    /// The text of `extlinux.conf`.
    ///
    /// # Errors
    /// A value that U-Boot would read differently from what is meant here: an empty label, title
    /// or path, a line end or NUL, white space in a label or path, a label twice, a default that
    /// is not there.
    pub fn to_text(&self) -> Result<String, Error> {
        let mut seen = BTreeSet::new();
        for (index, entry) in self.entries.iter().enumerate() {
            entry.check(index)?;
            if !seen.insert(&entry.label) {
                return Err(Error::DuplicateLabel { label: entry.label.clone() });
            }
        }
        if !seen.contains(&self.default) {
            let labels = self.entries.iter().map(|entry| entry.label.clone()).collect();
            return Err(Error::UnknownDefault { label: self.default.clone(), labels });
        }
        let mut text = format!("timeout {}\ndefault {}\n", self.timeout_tenths, self.default);
        for entry in &self.entries {
            entry.write(&mut text);
        }
        Ok(text)
    }
}

impl Entry {
    fn check(&self, index: usize) -> Result<(), Error> {
        let words = [
            ("the label", Some(&self.label)),
            ("the kernel's path", Some(&self.kernel)),
            ("the path of device trees", self.fdtdir.as_ref()),
            ("the initramfs's path", self.initrd.as_ref()),
        ];
        for (field, value) in words {
            let Some(value) = value else { continue };
            check(field, value, char::is_whitespace)?;
            not_empty(field, value, index)?;
        }
        check("the title", &self.title, is_line_end)?;
        not_empty("the title", &self.title, index)?;
        check("the command line", &self.append, is_line_end)
    }

    fn write(&self, text: &mut String) {
        let mut line = |key: &str, value: &str| {
            text.push_str(key);
            text.push(' ');
            text.push_str(value);
            text.push('\n');
        };
        line("\nlabel", &self.label);
        line("\tmenu label", &self.title);
        line("\tkernel", &self.kernel);
        if let Some(initrd) = &self.initrd {
            line("\tinitrd", initrd);
        }
        if let Some(fdtdir) = &self.fdtdir {
            line("\tfdtdir", fdtdir);
        }
        if !self.append.is_empty() {
            line("\tappend", &self.append);
        }
    }
}

fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r')
}

fn check(field: &'static str, value: &str, refused: fn(char) -> bool) -> Result<(), Error> {
    match value.chars().find(|&character| character == '\0' || refused(character)) {
        Some(character) => Err(Error::BadCharacter { field, value: value.to_owned(), character }),
        None => Ok(()),
    }
}

fn not_empty(field: &'static str, value: &str, entry: usize) -> Result<(), Error> {
    if value.trim().is_empty() { Err(Error::Empty { field, entry }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
