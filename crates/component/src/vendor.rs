//! The crates that a `Cargo.lock` names, out of cargo's own cache.
//!
//! cargo keeps each crate as it came, `registry/cache/REGISTRY/NAME-VERSION.crate` in its folder (The Cargo
//! Book, "Cargo Home"). Those that the lock names are compared with the digests in it and unpacked as
//! `cargo vendor` would (The Cargo Book, "Source Replacement", directory sources): the build then sees
//! these crates and nothing else of the cache, and depends on nothing but the lock.

use std::fs::{self, File};
use std::path::{Component as Part, Path, PathBuf};

use bringup_store::Digest;
use bringup_tree::Tree;
use serde::Deserialize;

use crate::{Component, Error};

/// What a locked crate of the registry has as its source (cargo, src/cargo/sources/registry/mod.rs).
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// The most that all of a crate may unpack to, in bytes; a registry takes 10 MiB packed.
const CRATE_LIMIT: u64 = 512 << 20;

/// A crate of the registry that a lock names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crate {
    name: String,
    version: String,
    sha256: String,
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
}

/// The crates that must come from the cache: none if the source says itself where they are.
pub(crate) fn crates(component: &Component, source: &Tree) -> Result<Vec<Crate>, Error> {
    let vendored = [".cargo/config.toml", ".cargo/config"]
        .iter()
        .filter_map(|path| source.read(path).ok())
        .any(|text| memchr::memmem::find(&text, b"replace-with").is_some());
    if vendored {
        return Ok(Vec::new());
    }
    let bad = |problem: String| Error::CargoLock { component: component.name.clone(), problem };
    let text = String::from_utf8(source.read("Cargo.lock")?).map_err(|_| bad("is not UTF-8".to_owned()))?;
    let lock: Lock = toml::from_str(&text).map_err(|error| bad(format!("is malformed: {error}")))?;
    let mut found = Vec::new();
    for Locked { name, version, source, checksum } in lock.package {
        // Without a source it is one of the workspace's own.
        let Some(source) = source else { continue };
        let (REGISTRY, Some(sha256)) = (source.as_str(), checksum) else {
            return Err(bad(format!(
                "takes `{name}` from `{source}`, which is not the registry\nhelp: vendor it with `cargo vendor`"
            )));
        };
        let plain =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.+".contains(&byte));
        if !plain(&name) || !plain(&version) {
            return Err(bad(format!("names a crate `{name}` {version:?}")));
        }
        found.push(Crate { name, version, sha256 });
    }
    Ok(found)
}

/// Unpacks `crates` into the new folder `to`, each verified.
pub(crate) fn unpack(
    component: &Component,
    cargo_home: Option<&Path>,
    crates: &[Crate],
    to: &Path,
) -> Result<(), Error> {
    fs::create_dir(to).map_err(Error::io("create", to))?;
    let registries: Vec<PathBuf> = cargo_home
        .and_then(|home| fs::read_dir(home.join("registry/cache")).ok())
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    for one in crates {
        let title = format!("{}-{}", one.name, one.version);
        let file = format!("{title}.crate");
        let found = registries.iter().map(|folder| folder.join(&file)).find(|path| path.is_file());
        let path = found.ok_or_else(|| Error::NoCrate {
            component: component.name.clone(),
            name: one.name.clone(),
            version: one.version.clone(),
        })?;
        let bytes = fs::read(&path).map_err(Error::io("read", &path))?;
        let digest = Digest::of(&bytes).to_string();
        if digest != one.sha256 {
            return Err(Error::WrongCrate {
                component: component.name.clone(),
                path,
                wanted: one.sha256.clone(),
                found: digest,
            });
        }
        untar(&path, &bytes, &title, to)?;
        let sums = to.join(&title).join(".cargo-checksum.json");
        let text = format!("{{\"files\":{{}},\"package\":\"{}\"}}", one.sha256);
        fs::write(&sums, text).map_err(Error::io("write", &sums))?;
    }
    Ok(())
}

/// A crate is a gzipped tar archive of plain files in one folder.
fn untar(path: &Path, bytes: &[u8], title: &str, to: &Path) -> Result<(), Error> {
    use std::io::Read;
    let unpack = || {
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes).take(CRATE_LIMIT));
        for entry in archive.entries()? {
            let mut entry = entry?;
            let name = entry.path()?.into_owned();
            let plain =
                name.starts_with(title) && name.components().all(|part| matches!(part, Part::Normal(_)));
            if !plain || !entry.header().entry_type().is_file() {
                continue;
            }
            let path = to.join(name);
            fs::create_dir_all(path.parent().unwrap_or(to))?;
            std::io::copy(&mut entry, &mut File::create_new(&path)?)?;
        }
        Ok(())
    };
    unpack().map_err(Error::io("unpack", path))
}

/// Tells cargo, whose folder is `.cargo` in the build folder, to take crates from `folder`.
pub(crate) fn configure(build: &Path, folder: &str) -> Result<(), Error> {
    let home = build.join(".cargo");
    fs::create_dir(&home).map_err(Error::io("create", &home))?;
    let path = home.join("config.toml");
    let text = format!(
        "[source.crates-io]\nreplace-with = \"locked\"\n\n[source.locked]\ndirectory = \"{folder}\"\n"
    );
    fs::write(&path, text).map_err(Error::io("write", &path))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Write;

    use bringup_tree::{Content, Kind, Meta};

    use super::*;
    use crate::{Build, Origin};

    fn component() -> Component {
        Component {
            name: "x".into(),
            origin: Origin::Folder("x".into()),
            build: Build::Cargo,
            arguments: Vec::new(),
            script: None,
            packages: Vec::new(),
            tools: Vec::new(),
            environment: BTreeMap::new(),
            install: BTreeMap::new(),
        }
    }

    fn source(lock: &str) -> Tree {
        let mut tree = Tree::new(Meta::root(0o755, 0));
        tree.insert("Cargo.lock", Meta::root(0o644, 0), Kind::File(Content::bytes(lock))).unwrap();
        tree
    }

    /// A crate with one file, as the registry would give it.
    fn packed() -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_ustar();
        header.set_size(7);
        header.set_mode(0o644);
        archive.append_data(&mut header, "a-1.0.0/src/lib.rs", &b"// a\n  "[..]).unwrap();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&archive.into_inner().unwrap()).unwrap();
        gzip.finish().unwrap()
    }

    fn lock(sha256: &str) -> String {
        format!(
            "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"{REGISTRY}\"\n\
             checksum = \"{sha256}\"\n\n[[package]]\nname = \"x\"\nversion = \"0.1.0\"\n"
        )
    }

    #[test]
    fn locked_crates_come_out_of_the_cache() {
        let dir = tempfile::tempdir().unwrap();
        let cache = dir.path().join("registry/cache/one");
        fs::create_dir_all(&cache).unwrap();
        fs::write(cache.join("a-1.0.0.crate"), packed()).unwrap();
        let sha256 = Digest::of(&packed()).to_string();
        let found = crates(&component(), &source(&lock(&sha256))).unwrap();
        assert_eq!(found.len(), 1, "the workspace's own crate is not fetched");
        let to = dir.path().join("to");
        unpack(&component(), Some(dir.path()), &found, &to).unwrap();
        assert_eq!(fs::read(to.join("a-1.0.0/src/lib.rs")).unwrap(), b"// a\n  ");
        let sums = fs::read_to_string(to.join("a-1.0.0/.cargo-checksum.json")).unwrap();
        assert_eq!(sums, format!("{{\"files\":{{}},\"package\":\"{sha256}\"}}"));
    }

    #[test]
    fn a_crate_of_other_bytes_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let cache = dir.path().join("registry/cache/one");
        fs::create_dir_all(&cache).unwrap();
        fs::write(cache.join("a-1.0.0.crate"), b"else").unwrap();
        let found = crates(&component(), &source(&lock(&Digest::of(&packed()).to_string()))).unwrap();
        let error = unpack(&component(), Some(dir.path()), &found, &dir.path().join("to")).unwrap_err();
        assert!(matches!(error, Error::WrongCrate { found, .. } if found == Digest::of(b"else").to_string()));
    }

    #[test]
    fn a_crate_that_is_not_at_hand_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let found = crates(&component(), &source(&lock("00"))).unwrap();
        for (home, to) in [(None, "to"), (Some(dir.path()), "too")] {
            let error = unpack(&component(), home, &found, &dir.path().join(to)).unwrap_err();
            assert!(
                matches!(error, Error::NoCrate { name, version, .. } if name == "a" && version == "1.0.0")
            );
        }
    }

    #[test]
    fn vendored_sources_need_no_cache_and_other_sources_are_refused() {
        let mut tree = source(&lock("00"));
        let config = "[source.crates-io]\nreplace-with = 'vendored-sources'\n";
        let meta = Meta::root(0o644, 0);
        let file = Kind::File(Content::bytes(config));
        tree.insert_all(".cargo/config.toml", meta.clone(), file, &meta).unwrap();
        assert_eq!(crates(&component(), &tree).unwrap(), []);
        let git = lock("00").replace(REGISTRY, "git+https://example.com/a");
        let error = crates(&component(), &source(&git)).unwrap_err();
        assert!(error.to_string().contains("takes `a` from `git+https://example.com/a`"), "{error}");
    }
}
