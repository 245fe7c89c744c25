//! Boot programs: out of their packages, or a porter's own in place of those.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use bringup_spec::{
    Artifact, Artifacts, Board, BootMethod, Bytes, FileContents, InstallError, PartitionContents, Placement,
};

use crate::Error;
use crate::packages::Ready;

/// A boot program of the image, for its manifest.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    /// The placement's name, or the file's path in its partition.
    pub(crate) name: String,
    /// The package and path it is from; none for a porter's own.
    pub(crate) from: Option<(&'static str, String)>,
    /// Its first byte on the disk; for a file of a partition, none.
    pub(crate) offset: Option<Bytes>,
    /// The most that may be there; for a file, none.
    pub(crate) room: Option<Bytes>,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// The source of the place.
    pub(crate) source: &'static str,
}

/// Where the bytes of boot programs come from.
pub(crate) struct Programs<'a> {
    ready: &'a Ready,
    /// A porter's own, by name.
    replaced: BTreeMap<String, Vec<u8>>,
}

impl<'a> Programs<'a> {
    /// Reads a porter's own programs.
    ///
    /// # Errors
    /// A name that the board has no place for, or a file that cannot be read.
    pub(crate) fn new(
        ready: &'a Ready,
        board: &Board,
        method: BootMethod,
        replaced: &[(String, PathBuf)],
    ) -> Result<Self, Error> {
        let known = names(board, method);
        let mut read = BTreeMap::new();
        for (name, path) in replaced {
            if !known.contains(name) {
                return Err(Error::NoSuchFirmware { board: board.name, name: name.clone(), known });
            }
            let bytes = std::fs::read(path).map_err(|source| Error::Io {
                operation: "read",
                path: path.clone(),
                source,
            })?;
            read.insert(name.clone(), bytes);
        }
        Ok(Self { ready, replaced: read })
    }

    /// The bytes for each of the installer's placements.
    pub(crate) fn placements(&self, board: &Board) -> Result<Vec<Placed>, Error> {
        let installer = board.firmware.installer;
        let placed = |placement: &Placement| {
            // Spare copies are of one file, so that replaces all of them.
            let own =
                self.replaced.get(placement.name).or_else(|| self.replaced.get(placement.artifact.file));
            let (bytes, own) = match own {
                Some(bytes) => (bytes.clone(), true),
                None => (installer.bytes(placement, self)?.into_owned(), false),
            };
            let len = Bytes(bytes.len() as u64);
            if len > placement.room {
                return Err(Error::FirmwareTooLarge {
                    board: board.name,
                    name: placement.name,
                    len,
                    room: placement.room,
                    offset: placement.offset,
                });
            }
            Ok(Placed {
                name: placement.name.to_owned(),
                from: (!own).then(|| (placement.artifact.package, placement.artifact.path())),
                offset: Some(placement.offset),
                room: Some(placement.room),
                bytes,
                source: placement.source,
            })
        };
        installer.placements().iter().map(placed).collect()
    }

    /// The bytes of one artifact of a firmware partition, called `name` there.
    pub(crate) fn artifact(
        &self,
        artifact: &Artifact,
        name: &str,
        source: &'static str,
    ) -> Result<Placed, Error> {
        let path = artifact.path();
        let (bytes, own) = match self.replaced.get(name) {
            Some(bytes) => (bytes.clone(), true),
            None => match self.get(artifact.package, &path) {
                Some(bytes) => (bytes.into_owned(), false),
                None => return Err(InstallError::Missing { package: artifact.package, path }.into()),
            },
        };
        let from = (!own).then_some((artifact.package, path));
        Ok(Placed { name: name.to_owned(), from, offset: None, room: None, bytes, source })
    }
}

impl Artifacts for Programs<'_> {
    fn get(&self, package: &str, path: &str) -> Option<Cow<'_, [u8]>> {
        self.ready.read(package, path).map(Cow::Owned)
    }
}

/// What `--firmware` may replace on a board.
fn names(board: &Board, method: BootMethod) -> Vec<String> {
    let placements = board.firmware.installer.placements().iter();
    let mut names: Vec<&str> = placements.map(|placement| placement.name).collect();
    for partition in board.partitions {
        match partition.contents {
            PartitionContents::Raw(artifact) => names.push(artifact.file),
            PartitionContents::Fat { files, .. } => names.extend(
                files
                    .iter()
                    .filter(|file| matches!(file.contents, FileContents::Artifact(_)))
                    .map(|file| file.path),
            ),
        }
    }
    names.into_iter().map(str::to_owned).chain(crate::efi::path(board, method)).collect()
}
