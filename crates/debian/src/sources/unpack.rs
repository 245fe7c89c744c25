//! From a source package's files to its patched tree.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use bringup_store::{DeriveError, Key, Store};
use bringup_tree::{Devices, Kind, Limits, Meta, Source, Tree};

use crate::decompress::{self, BUFFER, Compression, DecompressError, Effort};
use crate::{Error, FileRequest, PackageSource, Progress, SourceFile, SourcePackage, patch};

/// Changes when the same archive would give another result.
const FORMAT: u32 = 1;

/// The most that an archive may unpack to: this many times its size, and this much more. Text shrinks to a
/// tenth; large sources (Linux) unpack to 1.5 GB.
const FACTOR: u64 = 40;
const SLACK: u64 = 64 << 20;

/// Most entries of an archive; Linux has 90,000.
const ENTRIES: u64 = 1 << 20;

/// The patches that are applied, in order (dpkg-source(1), "Format: 3.0 (quilt)").
const SERIES: [&str; 2] = ["debian/patches/debian.series", "debian/patches/series"];

impl PackageSource {
    /// Fetches a source package and gives its tree, patched, as `dpkg-source --extract` does.
    ///
    /// # Errors
    /// A file cannot be had or is damaged, the `.dsc` does not belong to the others, or a patch does not
    /// apply.
    pub fn unpack_source(
        &self,
        store: &Store,
        package: &SourcePackage,
        jobs: usize,
        progress: &dyn Progress,
    ) -> Result<Tree, Error> {
        self.check_dsc(store, package, jobs, progress)?;
        let native = match package.format.as_str() {
            "3.0 (native)" => true,
            "3.0 (quilt)" => false,
            other => {
                return Err(Error::SourceFormat { package: package.name.clone(), format: other.to_owned() });
            }
        };
        let failed = |source| Error::SourceTree { package: package.name.clone(), source };
        let mut tree = Tree::new(Meta::root(0o755, 0));
        let mut debian = None;
        let placed: Vec<_> =
            package.files.iter().filter_map(|file| Some((file, place(&file.name, native)?))).collect();
        let all = package.requests(self.repositories());
        let wanted = |request: &&FileRequest| placed.iter().any(|(file, _)| file.name == request.name);
        let requests: Vec<FileRequest> = all.iter().filter(wanted).cloned().collect();
        let paths = self.fetch(store, &requests, jobs, progress)?;
        for ((file, (place, compression)), path) in placed.into_iter().zip(&paths) {
            let archive = archive(store, package, file, path, compression)?;
            match place {
                Place::Top => add(&mut tree, &archive, "").map_err(failed)?,
                Place::Below(component) => {
                    tree.remove(component);
                    add(&mut tree, &archive, component).map_err(failed)?;
                }
                Place::Debian => debian = Some(archive),
            }
        }
        if let Some(debian) = debian {
            // The author's own, if any, is no part of it.
            tree.remove("debian");
            tree.merge(&debian).map_err(failed)?;
        }
        if !native {
            patches(&mut tree)?;
        }
        Ok(tree)
    }

    /// Compares the `.dsc` with the index, if the mirror has it. What is not an archive adds nothing to what
    /// the index vouches for, and mirrors of archives alone exist.
    fn check_dsc(
        &self,
        store: &Store,
        package: &SourcePackage,
        jobs: usize,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        let requests = package.requests(self.repositories());
        let dsc: Vec<FileRequest> =
            requests.into_iter().filter(|request| request.name.ends_with(".dsc")).collect();
        let paths = match self.fetch(store, &dsc, jobs, progress) {
            Err(Error::Gone { .. } | Error::Offline { .. }) => return Ok(()),
            paths => paths?,
        };
        for (request, path) in dsc.iter().zip(&paths) {
            let text = std::fs::read(path).map_err(|source| io(path, source))?;
            package.check_dsc(&request.name, &text)?;
        }
        Ok(())
    }
}

/// Where what is in an archive goes.
#[derive(Debug, PartialEq, Eq)]
enum Place<'a> {
    Top,
    Below(&'a str),
    Debian,
}

/// By its name (dpkg-source(1)): `NAME_VERSION.orig.tar.xz`, `.orig-COMPONENT.tar.xz`, `.debian.tar.xz`, and for
/// native packages `NAME_VERSION.tar.xz`; nothing for signatures and the `.dsc`.
fn place(name: &str, native: bool) -> Option<(Place<'_>, Compression)> {
    let (stem, ending) = name.rsplit_once(".tar")?;
    let compression = Compression::from_source_ending(ending)?;
    let place = if native {
        Place::Top
    } else if stem.ends_with(".debian") {
        Place::Debian
    } else if stem.ends_with(".orig") {
        Place::Top
    } else {
        let (_, component) = stem.rsplit_once(".orig-")?;
        Place::Below(component)
    };
    Some((place, compression))
}

/// Decompressed once into the store, and scanned.
fn archive(
    store: &Store,
    package: &SourcePackage,
    file: &SourceFile,
    path: &Path,
    compression: Compression,
) -> Result<Tree, Error> {
    let limit = file.size.saturating_mul(FACTOR).saturating_add(SLACK);
    let limits = Limits { entries: ENTRIES, total_bytes: limit, devices: Devices::Refuse };
    let damaged = |problem: String| Error::SourceDamaged {
        package: package.name.clone(),
        file: file.name.clone(),
        problem,
    };
    let key = Key::new("source-tar", FORMAT).input("archive", file.sha256.0);
    let tar = store.derive_file(&key, |out| {
        let opened = File::open(path).map_err(|source| io(path, source))?;
        let mut from = BufReader::with_capacity(BUFFER, opened);
        let copied = decompress::copy(&mut from, compression, Effort::ONE_THREAD, limit, out);
        copied.map(drop).map_err(|error| match error {
            DecompressError::Incomplete => damaged("it ends early".to_owned()),
            DecompressError::Junk => damaged("something stands behind it".to_owned()),
            DecompressError::TooLarge { .. } => damaged(format!("it is more than {limit} bytes")),
            DecompressError::Damaged(source) => damaged(source.to_string()),
            DecompressError::Read(source) | DecompressError::Write(source) => io(path, source),
        })
    });
    let tar = tar.map_err(|error| match error {
        DeriveError::Step(error) => error,
        DeriveError::Store(error) => Error::Store(error),
        _ => unreachable!("the store knows no other kind"),
    })?;
    let failed = |source| Error::SourceTree { package: package.name.clone(), source };
    let source = Source::open(&tar).map_err(failed)?;
    Tree::from_tar(&source, &limits).map_err(failed)
}

/// Puts an archive's tree below `to`, without the one folder that everything in it may be in.
fn add(tree: &mut Tree, archive: &Tree, to: &str) -> Result<(), bringup_tree::Error> {
    let tops: Vec<(&[u8], bool)> =
        archive.children(b"").map(|(path, node)| (path, node.kind.is_directory())).collect();
    let prefix = match tops[..] {
        [(only, true)] => [only, b"/"].concat(),
        _ => Vec::new(),
    };
    let folder = Meta::root(0o755, 0);
    if !to.is_empty() {
        tree.insert_all(to, folder.clone(), Kind::Directory, &folder)?;
    }
    for (path, _, node) in archive.iter() {
        let Some(inner) = path.strip_prefix(prefix.as_slice()).filter(|inner| !inner.is_empty()) else {
            continue;
        };
        let path = if to.is_empty() { inner.to_vec() } else { [to.as_bytes(), b"/", inner].concat() };
        tree.insert_all(path, node.meta.clone(), node.kind.clone(), &folder)?;
    }
    Ok(())
}

/// Applies what the series names.
fn patches(tree: &mut Tree) -> Result<(), Error> {
    let Some(series) = SERIES.iter().find_map(|path| tree.read(path).ok()) else { return Ok(()) };
    for line in String::from_utf8_lossy(&series).lines() {
        // quilt(1): options and comments may follow; dpkg-source takes the name only.
        let Some(name) = line.split_ascii_whitespace().next().filter(|name| !name.starts_with('#')) else {
            continue;
        };
        let missing = |_| Error::Patch {
            patch: name.to_owned(),
            file: String::new(),
            hunk: 0,
            problem: "is in the series, but not in `debian/patches`",
        };
        let text = tree.read(format!("debian/patches/{name}")).map_err(missing)?;
        patch::apply(tree, name, &text)?;
    }
    Ok(())
}

fn io(path: &Path, source: std::io::Error) -> Error {
    Error::Io { operation: "read", path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_go_where_their_names_say() {
        for (name, native, wanted) in [
            ("a_1.orig.tar.bz2", false, Some((Place::Top, Compression::Bzip2))),
            ("a_1.orig-b-c.tar.gz", false, Some((Place::Below("b-c"), Compression::Gzip))),
            ("a_1-2.debian.tar.xz", false, Some((Place::Debian, Compression::Xz))),
            ("a_1.tar.xz", true, Some((Place::Top, Compression::Xz))),
            ("a_1.tar.xz", false, None),
            ("a_1.orig.tar.xz.asc", false, None),
            ("a_1-2.dsc", false, None),
        ] {
            assert_eq!(place(name, native), wanted, "{name}");
        }
    }
}
