//! `grub.cfg`, the menu that GRUB reads from a file system, for BIOS and UEFI alike.
//!
//! Quoting: GRUB, grub-core/script/yylex.l. Everything that is given stands between single quotes,
//! where only a single quote means something. Words of a command line are quoted one by one:
//! GRUB joins them with blanks again, and puts a word that holds a blank in double quotes
//! (grub-core/lib/cmdline.c).

use crate::Error;

mod quote;

use quote::{check_path, check_text, check_uuid, check_words, quoted, words};

/// Where it goes for BIOS, from the root of the file system that the prefix names; see
/// [`efi::CONFIG_PATH`](crate::efi::CONFIG_PATH) for UEFI.
pub const PATH: &str = "boot/grub/grub.cfg";

/// A whole menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// How long the menu waits for a key before it starts the default, in seconds; 0 shows none.
    pub timeout_seconds: u32,
    /// Whether menu and messages also go to the first serial port, at 115,200 bits a second.
    ///
    /// This is for a PC's BIOS only and does nothing under UEFI, whose console has the serial port
    /// in it wherever the firmware uses one: there a second writer would double everything.
    pub serial: bool,
    /// The entry that starts without a key, from 0.
    pub default: usize,
    /// What can be started, in the order shown.
    pub entries: Vec<Entry>,
}

/// One thing to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name for people.
    pub title: String,
    /// The UUID of the file system that its paths are on, as `blkid` shows it.
    pub root_uuid: String,
    /// What starts.
    pub start: Start,
}

/// How a kernel is started. Paths begin with a slash; arguments are words with blanks between.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// Linux.
    Linux {
        /// Path of the kernel.
        kernel: String,
        /// Path of the initramfs.
        initrd: Option<String>,
        /// Path of a device tree in place of the firmware's; for UEFI on ARM.
        device_tree: Option<String>,
        /// The kernel's command line. GRUB puts `BOOT_IMAGE=` with the kernel's path before it.
        arguments: String,
    },
    /// A kernel of the Multiboot specification, version 1, as GNU Mach is; for BIOS.
    Multiboot {
        /// Path of the kernel, which may be compressed by gzip.
        kernel: String,
        /// The kernel's command line behind its path.
        arguments: String,
        /// Files loaded with it: the path, which is not part of what the kernel is told, and the
        /// text that is.
        modules: Vec<(String, String)>,
    },
}

impl Menu {
    /// The text of `grub.cfg`.
    ///
    /// # Errors
    /// A value that GRUB would read or hand on differently from what is meant here: an empty title
    /// or path, a control character, a path without a slash in front, a quote or backslash among
    /// arguments, a UUID that is none, a default that is not there.
    pub fn to_text(&self) -> Result<String, Error> {
        if self.default >= self.entries.len() {
            return Err(Error::NoDefault { default: self.default, entries: self.entries.len() });
        }
        let mut text = format!("set default={}\nset timeout={}\n", self.default, self.timeout_seconds);
        if self.serial {
            text.push_str(SERIAL);
        }
        for (index, entry) in self.entries.iter().enumerate() {
            entry.check(index)?;
            entry.write(&mut text);
        }
        Ok(text)
    }
}

/// `grub_platform` is GRUB's own variable: `pc` or `efi` (GRUB, grub-core/normal/main.c).
const SERIAL: &str = "\
if [ \"$grub_platform\" = pc ]; then
\tserial --unit=0 --speed=115200
\tterminal_input console serial
\tterminal_output console serial
fi
";

impl Entry {
    fn check(&self, index: usize) -> Result<(), Error> {
        check_text("the title", &self.title, index)?;
        check_uuid(&self.root_uuid)?;
        match &self.start {
            Start::Linux { kernel, initrd, device_tree, arguments } => {
                check_path("the kernel's path", kernel, index)?;
                if let Some(path) = initrd {
                    check_path("the initramfs's path", path, index)?;
                }
                if let Some(path) = device_tree {
                    check_path("the device tree's path", path, index)?;
                }
                check_words("the command line", arguments)
            }
            Start::Multiboot { kernel, arguments, modules } => {
                check_path("the kernel's path", kernel, index)?;
                check_words("the command line", arguments)?;
                for (path, arguments) in modules {
                    check_path("a module's path", path, index)?;
                    check_words("a module's command line", arguments)?;
                }
                Ok(())
            }
        }
    }

    fn write(&self, text: &mut String) {
        text.push_str(&format!("\nmenuentry {} {{\n", quoted(&self.title)));
        text.push_str(&format!("\tsearch --no-floppy --fs-uuid --set=root {}\n", self.root_uuid));
        let mut line = |command: &str, path: &str, arguments: &str| {
            text.push_str(&format!("\t{command} {}{}\n", quoted(path), words(arguments)));
        };
        match &self.start {
            Start::Linux { kernel, initrd, device_tree, arguments } => {
                line("linux", kernel, arguments);
                if let Some(path) = initrd {
                    line("initrd", path, "");
                }
                if let Some(path) = device_tree {
                    line("devicetree", path, "");
                }
            }
            Start::Multiboot { kernel, arguments, modules } => {
                line("multiboot", kernel, arguments);
                for (path, arguments) in modules {
                    line("module", path, arguments);
                }
            }
        }
        text.push_str("}\n");
    }
}

#[cfg(test)]
mod tests;
