//! What a device is, and whether it may be overwritten.

use std::fs::{self, Metadata};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use bringup_spec::Bytes;
use rustix::fs::{major, minor};

use crate::Error;
use crate::host::{Host, Node, Use};

/// What kind of thing an image may be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A card or a stick, or a disk on a cable that is pulled.
    Removable,
    /// A disk inside the machine.
    Fixed,
    /// A file that stands for a disk, or a loop device of one.
    File,
}

impl Kind {
    fn what(self) -> &'static str {
        match self {
            Self::Removable => "a removable device",
            Self::Fixed => "a disk inside this machine",
            Self::File => "a file",
        }
    }
}

/// A target, looked at and not yet opened.
#[derive(Clone, Debug)]
pub struct Device {
    /// As it was named, through all links.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
    /// Its maker's words for it, or the kernel's name.
    pub model: String,
    /// Its serial number.
    pub serial: Option<String>,
    /// How large it is; 0 without a medium.
    pub size: Bytes,
    /// Bytes in a logical sector.
    pub sector: u64,
    /// Whether the kernel refuses writes.
    pub read_only: bool,
    /// What uses it.
    pub uses: Vec<Use>,
    /// Device number, or file system and inode number of a file.
    pub(crate) identity: (u64, u64),
}

/// What is the same for all names of one thing.
pub(crate) fn identity(metadata: &Metadata) -> (u64, u64) {
    match metadata.file_type().is_block_device() {
        true => (metadata.rdev(), u64::MAX),
        false => (metadata.dev(), metadata.ino()),
    }
}

impl Device {
    /// Looks at the target called `path`.
    ///
    /// # Errors
    /// It is not there, neither a block device nor a file, a partition, or unknown to sysfs.
    pub fn find(host: &Host, path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Io { operation: "find", path: path.to_owned(), source };
        let metadata = fs::metadata(path).map_err(failed)?;
        let real = fs::canonicalize(path).map_err(failed)?;
        let kind = metadata.file_type();
        if kind.is_file() {
            return Ok(Self {
                path: real,
                kind: Kind::File,
                model: "a file".to_owned(),
                serial: None,
                size: Bytes(metadata.len()),
                sector: 512,
                read_only: false,
                uses: Vec::new(),
                identity: identity(&metadata),
            });
        }
        if !kind.is_block_device() {
            return Err(Error::NotADevice { path: path.to_owned() });
        }
        let number = (major(metadata.rdev()), minor(metadata.rdev()));
        let mut device = Self::numbered(host, path, number)?;
        device.path = real;
        device.identity = identity(&metadata);
        Ok(device)
    }

    /// What sysfs says of a device number (Linux, Documentation/ABI/stable/sysfs-block).
    pub(crate) fn numbered(host: &Host, path: &Path, (major, minor): (u32, u32)) -> Result<Self, Error> {
        let unknown = || Error::Unknown { path: path.to_owned(), major, minor, sys: host.sys.clone() };
        let node = Node::at(&host.sys.join(format!("dev/block/{major}:{minor}"))).ok_or_else(unknown)?;
        if node.folder.join("partition").is_file() {
            let disk = node.folder.parent().and_then(Node::at).ok_or_else(unknown)?.name;
            return Err(Error::Partition { path: path.to_owned(), disk });
        }
        let number = |file: &str| node.text(file).and_then(|text| text.parse::<u64>().ok());
        Ok(Self {
            path: path.to_owned(),
            kind: kind(&node),
            model: model(&node),
            serial: serial(&node),
            // In sectors of 512 bytes, whatever the device's own are.
            size: Bytes(number("size").ok_or_else(unknown)? * 512),
            sector: number("queue/logical_block_size").unwrap_or(512),
            read_only: number("ro") != Some(0),
            uses: host.uses(&node),
            identity: (0, u64::MAX),
        })
    }

    /// Whether an image that needs `needed` bytes, as far as that is known, may be written to it.
    /// `meant` is its name once more, from whoever means a device that is not removable.
    ///
    /// # Errors
    /// It may not: [`Error::NamedOther`], [`Error::NoMedium`], [`Error::ReadOnly`],
    /// [`Error::System`], [`Error::InUse`], [`Error::TooSmall`] or [`Error::NotRemovable`].
    pub fn judge(&self, to: &Path, meant: Option<&Path>, needed: Option<u64>) -> Result<(), Error> {
        let path = to.to_owned();
        if let Some(meant) = meant.filter(|meant| *meant != to) {
            return Err(Error::NamedOther { to: path, meant: meant.to_owned() });
        }
        if self.size.0 == 0 {
            return Err(Error::NoMedium { path });
        }
        if self.uses.iter().any(Use::is_system) {
            return Err(Error::System { path, uses: self.uses.clone() });
        }
        if !self.uses.is_empty() {
            return Err(Error::InUse { path, uses: self.uses.clone() });
        }
        if self.read_only {
            return Err(Error::ReadOnly { path });
        }
        if let Some(needed) = needed.filter(|needed| *needed > self.size.0) {
            return Err(Error::TooSmall { path, size: self.size, needed: Bytes(needed) });
        }
        if self.kind != Kind::Removable && meant.is_none() {
            return Err(Error::NotRemovable { path, what: self.kind.what() });
        }
        Ok(())
    }
}

fn kind(node: &Node) -> Kind {
    if node.folder.join("loop").is_dir() {
        return Kind::File;
    }
    // What says "removable" is the drive, of which the medium can be taken out; a USB disk does not,
    // nor does an SD slot (Linux, drivers/mmc/core/bus.c, `type`: "MMC" is soldered).
    let is_usb = node.folder.components().any(|part| {
        let part = part.as_os_str().to_str().and_then(|name| name.strip_prefix("usb"));
        part.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    });
    let is_removable = node.text("removable").as_deref() == Some("1");
    if is_removable || is_usb || node.text("device/type").as_deref() == Some("SD") {
        Kind::Removable
    } else {
        Kind::Fixed
    }
}

fn model(node: &Node) -> String {
    let scsi = [node.text("device/vendor"), node.text("device/model").or_else(|| node.text("device/name"))];
    // A PCI device's vendor is a number.
    let words: Vec<String> = scsi.into_iter().flatten().filter(|word| !word.starts_with("0x")).collect();
    match node.text("loop/backing_file") {
        Some(file) => format!("loop device of `{file}`"),
        None if words.is_empty() => node.name.clone(),
        None => words.join(" "),
    }
}

fn serial(node: &Node) -> Option<String> {
    let own = node.text("serial").or_else(|| node.text("device/serial"));
    // A USB device has its own some folders above; its interfaces have none.
    let above = || {
        let mut folders = node.folder.ancestors().skip(1).take_while(|folder| !folder.ends_with("devices"));
        folders.find_map(|folder| Node::at(folder)?.text("serial"))
    };
    own.or_else(above)
}

#[cfg(test)]
#[path = "device_tests.rs"]
mod tests;
