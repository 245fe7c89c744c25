//! What every change of an image goes through.

use std::fs;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use bringup_bootchain::volume::Volume;

use crate::tools::{Ran, Tools};
use crate::working_copy::{COPY, WorkingCopy};
use crate::{Error, Partition, Place};

/// An image that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The path within the image that was written or removed, through all links.
    pub path: String,
    /// Its manifest, which tells of the image as it was built.
    pub manifest: Option<PathBuf>,
    /// Block maps of the image as it was, now removed.
    pub maps: Vec<PathBuf>,
}

/// Whose programs change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// e2fsprogs.
    Ext,
    /// mtools and dosfstools.
    Fat,
}

/// A change of one partition, under way.
pub(crate) struct Edit<'t> {
    pub(crate) tools: &'t dyn Tools,
    pub(crate) copy: WorkingCopy,
    pub(crate) family: Family,
    pub(crate) start: u64,
    pub(crate) len: u64,
    /// Seconds since 1970, for whatever asks the clock.
    pub(crate) epoch: u64,
}

/// Which programs change a volume.
///
/// # Errors
/// None do, or it should not be changed as it is.
pub(crate) fn family(volume: &Volume<'_>, partition: &Partition) -> Result<Family, Error> {
    let family = match volume.identity.kind {
        "ext2" | "ext3" | "ext4" => Family::Ext,
        "vfat" => Family::Fat,
        kind => return Err(Error::NotChangeable { kind }),
    };
    match volume.fault() {
        Some(fault) => Err(Error::Unsound { partition: partition.shown(), what: fault.what }),
        None => Ok(family),
    }
}

impl<'t> Edit<'t> {
    pub(crate) fn begin(
        tools: &'t dyn Tools,
        place: &Place,
        family: Family,
        (start, len): (u64, u64),
    ) -> Result<Self, Error> {
        let copy = WorkingCopy::of(&place.image)?;
        let failed = |source| Error::Io { operation: "open", path: copy.image.clone(), source };
        let modified = fs::metadata(&copy.image).and_then(|image| image.modified()).map_err(failed)?;
        let epoch = modified.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Ok(Self { tools, copy, family, start, len, epoch })
    }

    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> Result<Ran, Error> {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let epoch = self.epoch.to_string();
        let environment = [
            // e2fsprogs, lib/ext2fs/initialize.c and openfs.c.
            ("E2FSPROGS_FAKE_TIME", epoch.clone()),
            // mtools' manual, "Global variables"; it refuses geometries that no floppy had.
            ("MTOOLS_SKIP_CHECK", "1".to_owned()),
            ("SOURCE_DATE_EPOCH", epoch),
        ];
        let ran = self.tools.run(self.copy.folder(), program, &arguments, &environment);
        ran.map_err(|source| Error::Tool { program: program.to_owned(), source })
    }

    /// Runs debugfs(8) with these requests. Its exit code says nothing of them; what became of the
    /// image does.
    pub(crate) fn debugfs(&self, requests: &[String]) -> Result<Ran, Error> {
        const SCRIPT: &str = "requests";
        let path = self.copy.folder().join(SCRIPT);
        let text: String = requests.iter().map(|request| format!("{request}\n")).collect();
        fs::write(&path, text).map_err(|source| Error::Io { operation: "write", path, source })?;
        self.run("debugfs", &["-w", "-f", SCRIPT, &self.ext_device()])
    }

    /// Runs one of mtools on the partition: `-i FILE@@OFFSET` (mtools' manual, "drive letters").
    pub(crate) fn mtool(&self, program: &str, arguments: &[&str]) -> Result<Ran, Error> {
        let device = format!("{COPY}@@{}", self.start);
        self.run(program, &[&["-i", &device], arguments].concat())
    }

    /// As libext2fs has it for a file system within a file (e2fsprogs, lib/ext2fs/unix_io.c).
    pub(crate) fn ext_device(&self) -> String {
        format!("{COPY}?offset={}", self.start)
    }

    /// The image is as it should be: gives it its name.
    pub(crate) fn finish(self, path: String) -> Result<Edited, Error> {
        let manifest = Some(self.copy.image.with_extension("json")).filter(|manifest| manifest.is_file());
        Ok(Edited { path, manifest, maps: self.copy.keep()? })
    }
}

/// A path as debugfs takes it: a quote within quotes is written twice (e2fsprogs, lib/ss/parse.c).
pub(crate) fn quoted(path: &str) -> Result<String, Error> {
    if path.chars().any(char::is_control) {
        let (name, problem) = (path.to_owned(), "has characters that no tool takes");
        return Err(Error::BadName { name, problem });
    }
    Ok(format!("\"{}\"", path.replace('"', "\"\"")))
}

/// A path as mtools take it, to which some characters stand for others (mtools' manual, "unix style
/// wildcards").
pub(crate) fn dos_path(path: &str) -> String {
    let mut text = "::".to_owned();
    for character in path.chars() {
        if matches!(character, '[' | ']' | '*' | '?' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_reach_the_tools_as_they_are() {
        assert_eq!(super::quoted("/a b/\"c\"").unwrap(), "\"/a b/\"\"c\"\"\"");
        assert!(super::quoted("/a\nrm /b").is_err());
        assert_eq!(super::dos_path("/a [1].txt"), "::/a \\[1\\].txt");
    }
}
