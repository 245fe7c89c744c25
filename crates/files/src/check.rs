//! Whether a change is what was wanted, and the file system clean.

use std::fs::File;
use std::io::{self, Read};

use bringup_bootchain::volume::Node;

use crate::edit::{Edit, Family};
use crate::tools::Ran;
use crate::walk::walk;
use crate::{Error, Image, Partition};

/// How much is compared at a time.
const BLOCK: u64 = 1 << 20;

impl Edit<'_> {
    /// What is at `path` now, which no link leads to.
    pub(crate) fn now<T>(
        &self,
        path: &str,
        look: impl FnOnce(&Image, &Partition, Option<Node>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let image = Image::open(&self.copy.file())?;
        let mut partitions = image.partitions.iter();
        let partition = partitions.find(|partition| partition.start == self.start);
        let partition = partition.expect("the table is not what was changed");
        let volume = image.volume(partition)?;
        let node = walk(&volume, partition, path, false)?.node;
        look(&image, partition, node)
    }

    /// Compares the file at `path` with one of the host.
    pub(crate) fn has(&self, path: &str, mut file: &File, (program, ran): (&str, &Ran)) -> Result<(), Error> {
        let not_done = || Error::NotDone { program: program.to_owned(), said: said(ran) };
        let read_failed =
            |source: io::Error| Error::Io { operation: "read", path: self.copy.folder().to_owned(), source };
        self.now(path, |image, partition, node| {
            let node = node.ok_or_else(not_done)?;
            let volume = image.volume(partition)?;
            let failed = |source| Error::Path { path: path.to_owned(), partition: partition.shown(), source };
            let extents = volume.extents(&node).map_err(failed)?;
            if extents.len() != file.metadata().map_err(read_failed)?.len() {
                return Err(not_done());
            }
            let mut at = 0;
            while at < extents.len() {
                let block = extents.read_up_to(at, BLOCK).map_err(failed)?;
                let mut wanted = vec![0; block.len()];
                file.read_exact(&mut wanted).map_err(read_failed)?;
                if block != wanted {
                    return Err(not_done());
                }
                at += block.len() as u64;
            }
            Ok(())
        })
    }

    /// Has the whole file system checked, by the programs that check it on a running system.
    pub(crate) fn clean(&self) -> Result<(), Error> {
        let (program, ran) = match self.family {
            Family::Ext => ("e2fsck", self.run("e2fsck", &["-fn", &self.ext_device()])?),
            // It knows no offset.
            Family::Fat => {
                self.copy.part(self.start..self.start + self.len, "partition")?;
                ("fsck.fat", self.run("fsck.fat", &["-n", "partition"])?)
            }
        };
        match ran.status {
            0 => Ok(()),
            _ => Err(Error::NotClean { program: program.to_owned(), said: said(&ran) }),
        }
    }
}

/// What a program said, in one line.
pub(crate) fn said(ran: &Ran) -> String {
    let lines: Vec<&str> = ran.said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() { "nothing".to_owned() } else { lines.join("; ") }
}
