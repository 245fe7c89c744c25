//! A folder with inputs, and configurations that are assembled in it.

use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use bringup_genimage::{Error, Owners, Request, assemble};
use tempfile::TempDir;

pub(crate) struct Shop {
    folder: TempDir,
    /// Which images to make, if not all.
    only: &'static [&'static str],
}

impl Shop {
    /// The same folder, to make those images alone.
    pub(crate) fn only(self, only: &'static [&'static str]) -> Self {
        Self { only, ..self }
    }

    /// With `spl.bin` (20,000 bytes), `root.bin` (1 MiB and 3 bytes) and an empty root path.
    pub(crate) fn new() -> Self {
        let shop = Self { folder: tempfile::tempdir().unwrap(), only: &[] };
        shop.file("input/spl.bin", &pattern(20_000, 3));
        shop.file("input/root.bin", &pattern((1 << 20) + 3, 5));
        fs::create_dir(shop.path("root")).unwrap();
        shop
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// An image of the output path.
    pub(crate) fn image(&self, name: &str) -> Vec<u8> {
        fs::read(self.path("images").join(name)).unwrap()
    }

    pub(crate) fn assemble(&self, configuration: &str) -> Result<Vec<String>, Error> {
        self.assemble_as(configuration, Owners::Root, 1)
    }

    pub(crate) fn assemble_as(
        &self,
        configuration: &str,
        owners: Owners<'_>,
        threads: usize,
    ) -> Result<Vec<String>, Error> {
        self.file("test.cfg", configuration.as_bytes());
        let include = self.folder.path().display().to_string();
        let only: Vec<String> = self.only.iter().map(|name| (*name).to_owned()).collect();
        let request = Request {
            config: &self.path("test.cfg"),
            only: &only,
            rootpath: Some(&self.path("root")),
            inputpath: Some(&self.path("input")),
            outputpath: Some(&self.path("images")),
            includepath: Some(&include),
            variable: &|name| (name == "SIZE").then(|| "1M".to_owned()),
            owners,
            epoch: Some(1_600_000_000),
            threads: NonZeroUsize::new(threads).unwrap(),
        };
        let written = assemble(&request)?;
        let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        Ok(written.into_iter().map(|written| name(written.path)).collect())
    }

    /// The message of the error, without the folder, in which no image may be left.
    pub(crate) fn refuse(&self, configuration: &str) -> String {
        let error = self.assemble(configuration).unwrap_err();
        if let Ok(entries) = fs::read_dir(self.path("images")) {
            assert_eq!(entries.count(), 0, "an error leaves nothing behind");
        }
        let mut message = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            message += &format!(": {error}");
            cause = error.source();
        }
        let folder = self.folder.path().display().to_string();
        message.replace(&format!("{folder}/"), "").replace(&folder, ".")
    }
}

/// Bytes of which none is zero.
pub(crate) fn pattern(len: usize, step: usize) -> Vec<u8> {
    (0..len).map(|index| (index * step % 251 + 1) as u8).collect()
}
