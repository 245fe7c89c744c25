//! Text files that say what to boot: one module a format, one [`BootEntry`] for all of them.
//!
//! They are read as the boot loader reads them, mistakes included: what it would pass over is kept in
//! a list beside the entries, never refused. Text is at most 1 MiB long.

pub mod config_txt;
pub mod extlinux;
pub mod grub;
pub mod loader;

use bringup_spec::Bytes;

use crate::Error;

/// The longest text that is read; Debian's own menus have some 10 KiB.
const MAX_LEN: Bytes = Bytes::mib(1);

/// The most entries of a menu, and the most of each list in it.
const MAX_ITEMS: usize = 1024;

/// One thing to start. Paths are as written, but for what the format's own variables made of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BootEntry {
    /// What a default refers to it by: a label, an `--id`, the name of its file.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// How its kernel is started.
    pub kind: Kind,
    /// The kernel's path.
    pub kernel: Option<String>,
    /// Paths of the initramfs, in order.
    pub initrds: Vec<String>,
    /// The device tree's path.
    pub device_tree: Option<String>,
    /// Path of a folder in which the boot loader finds its board's device tree.
    pub device_tree_folder: Option<String>,
    /// Paths of the device tree's overlays, in order.
    pub overlays: Vec<String>,
    /// The kernel's command line.
    pub arguments: String,
    /// Multiboot modules, in order.
    pub modules: Vec<Module>,
    /// The file system that paths are on; none for the one that the menu is on.
    pub root: Option<Root>,
    /// Other settings of the entry, such as its architecture.
    pub other: Vec<Setting>,
    /// The line it begins at, from 1.
    pub line: usize,
}

/// How a kernel is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// As a Linux kernel.
    #[default]
    Linux,
    /// As a Multiboot 1 kernel.
    Multiboot,
    /// As a Multiboot 2 kernel.
    Multiboot2,
    /// As a UEFI program, or as another boot loader.
    Chain,
}

/// A Multiboot module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its path.
    pub path: String,
    /// Its arguments.
    pub arguments: String,
    /// The line it is on, from 1.
    pub line: usize,
}

/// How a file system is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// By its UUID, or a FAT's serial number.
    Uuid(String),
    /// By its label.
    Label(String),
    /// By a file that is on it.
    File(String),
    /// By the boot loader's name for a partition: `hd0,msdos1`.
    Device(String),
}

/// A line that is kept as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its first word.
    pub key: String,
    /// The rest of it.
    pub value: String,
    /// The line it is on, from 1.
    pub line: usize,
}

/// The text of a file, if it is one.
fn text<'a>(what: &'static str, bytes: &'a [u8]) -> Result<&'a str, Error> {
    let len = Bytes(bytes.len() as u64);
    if len > MAX_LEN {
        return Err(Error::TooLong { what, len, limit: MAX_LEN });
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to() as u64;
        Error::NotText { what, field: "the text", offset }
    })
}

/// One more in a list that has an end.
fn push<T>(what: &'static str, part: &'static str, list: &mut Vec<T>, item: T) -> Result<(), Error> {
    if list.len() == MAX_ITEMS {
        return Err(Error::TooMany { what, part, limit: MAX_ITEMS });
    }
    list.push(item);
    Ok(())
}

/// Key and value of a line, separated by blanks.
fn key_value(line: &str) -> (&str, &str) {
    line.split_once([' ', '\t']).map_or((line, ""), |(key, value)| (key, value.trim_matches([' ', '\t'])))
}
