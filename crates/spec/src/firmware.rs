//! Boot programs at fixed places of a disk.
//!
//! An installer says every place it will occupy before anything is built, and
//! later gives the bytes for each. It never seeks or writes: one crate does.

use std::borrow::Cow;

use crate::{Bytes, PartitionType};

/// A file of a package, used as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The Debian package that holds it, in the board's own architecture.
    pub package: &'static str,
    /// Folder inside the package, without a leading or trailing slash.
    pub folder: &'static str,
    /// File name inside that folder.
    pub file: &'static str,
}

impl Artifact {
    /// Path inside the package, without a leading slash.
    pub fn path(&self) -> String {
        format!("{}/{}", self.folder, self.file)
    }
}

/// Where one artifact goes on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// A short name, unique within a board: `u-boot-sunxi-with-spl.bin`.
    pub name: &'static str,
    /// What goes there.
    pub artifact: Artifact,
    /// Where its first byte goes, from the start of the disk.
    pub offset: Bytes,
    /// The most that may go there.
    pub room: Bytes,
    /// The document or source tree that says so.
    pub source: &'static str,
}

/// The contents of artifacts, by placement.
pub trait Artifacts {
    /// The whole file at `path` (without a leading slash) of `package`, or none if it has no such
    /// file.
    fn get(&self, package: &str, path: &str) -> Option<Cow<'_, [u8]>>;
}

/// Knows what goes where in front of, between or behind partitions.
pub trait Installer: Sync + std::fmt::Debug {
    /// Every place this installer occupies, in the order of their offsets.
    fn placements(&self) -> &[Placement];

    /// The Debian packages it takes files from.
    fn packages(&self) -> Vec<&'static str> {
        let mut names: Vec<&str> =
            self.placements().iter().map(|placement| placement.artifact.package).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The bytes for one of its [placements](Self::placements).
    ///
    /// # Errors
    /// The artifact is not there, or is not what the installer can use.
    fn bytes<'a>(
        &self,
        placement: &Placement,
        from: &'a dyn Artifacts,
    ) -> Result<Cow<'a, [u8]>, InstallError>;
}

/// The boot programs of a board.
#[derive(Clone, Copy, Debug)]
pub struct Firmware {
    /// A name for tables and manifests: `u-boot`.
    pub name: &'static str,
    /// Who puts it on the disk.
    pub installer: &'static dyn Installer,
    /// Where the program that the boot ROM starts looks for the next one; none where it is the last.
    pub next_stage: Option<NextStage>,
}

impl Firmware {
    /// Nothing on the disk: the machine brings its own, or the boot method's files are all of it.
    pub const NONE: Self = Self { name: "none", installer: &Verbatim { placements: &[] }, next_stage: None };
}

/// The second program of a boot chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextStage {
    /// Where the first one looks for it.
    pub place: StagePlace,
    /// In what form.
    pub form: StageForm,
    /// Whether its own device tree is the board's; otherwise it serves several boards and finds out by
    /// itself, when it runs, on which of them.
    pub of_one_board: bool,
    /// The document or source tree that says so.
    pub source: &'static str,
}

/// Where an SPL looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StagePlace {
    /// So far behind its own first byte.
    BehindSpl(Bytes),
    /// At this byte of the disk.
    Offset(Bytes),
    /// At the first byte of the partition of this type.
    Partition(PartitionType),
    /// In the file of this path, on the FAT partition that the SPL itself came from.
    File(&'static str),
}

/// The form of a boot program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageForm {
    /// A flattened image tree.
    Fit,
    /// U-Boot's legacy image: a header of 64 bytes with two checksums.
    LegacyImage,
    /// Neither; whatever is there is started.
    Raw,
}

/// Sources that contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// About what: `u-boot.img`'s offset.
    pub about: &'static str,
    /// Each source with what it says, the followed one first.
    pub said: &'static [(&'static str, &'static str)],
    /// Why the first one is followed.
    pub reason: &'static str,
}

/// An installer that copies each artifact unchanged.
#[derive(Clone, Copy, Debug)]
pub struct Verbatim {
    /// Its places, in the order of their offsets.
    pub placements: &'static [Placement],
}

impl Installer for Verbatim {
    fn placements(&self) -> &[Placement] {
        self.placements
    }

    fn bytes<'a>(
        &self,
        placement: &Placement,
        from: &'a dyn Artifacts,
    ) -> Result<Cow<'a, [u8]>, InstallError> {
        let Artifact { package, .. } = placement.artifact;
        let path = placement.artifact.path();
        from.get(package, &path).ok_or(InstallError::Missing { package, path })
    }
}

/// Why an installer has no bytes to give.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// The package does not hold the file.
    #[error("package `{package}` has no file `{path}`")]
    Missing {
        /// The package that was looked into.
        package: &'static str,
        /// The path that was looked for.
        path: String,
    },
    /// The file is there, but the installer cannot use it.
    #[error("`{path}`: {reason}")]
    Unusable {
        /// The artifact's path in its package.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}
