//! What the host says: its folders, environment, clock and apt sources. Read here and nowhere else.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bringup_debian::{
    AptFile, Client, ClientOptions, Config, Keyring, Mirror, MirrorInputs, PackageSource, Repository,
    UnixTime,
};
use bringup_store::Digest;

use crate::args::Global;
use crate::error::Error;

/// The suite that packages come from unless `bringup.toml` says otherwise.
const SUITE: &str = "trixie";

/// Where the host's apt keeps its sources (sources.list(5)).
const APT_LIST: &str = "/etc/apt/sources.list";
const APT_FOLDER: &str = "/etc/apt/sources.list.d";

/// The configuration file, in the working folder.
const CONFIG: &str = "bringup.toml";

/// Where the store is: `--store`, `$XDG_CACHE_HOME/bringup`, `~/.cache/bringup`
/// (XDG Base Directory Specification 0.8).
pub(crate) fn store_path(global: &Global) -> Result<PathBuf, Error> {
    if let Some(path) = &global.store {
        return absolute(path);
    }
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    folder("XDG_CACHE_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("bringup"))
        .ok_or(Error::NoCacheFolder)
}

/// `path` from the root, so that a later change of folder does not matter.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(path).map_err(|source| Error::Io {
        operation: "find the folder of",
        path: path.to_owned(),
        source,
    })
}

/// How many things to do at once.
pub(crate) fn jobs(global: &Global) -> usize {
    global.jobs.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
}

/// Where packages come from: the repositories of `bringup.toml`, or Debian's on the mirror.
pub(crate) fn package_source(global: &Global) -> Result<PackageSource, Error> {
    let config = match std::fs::read_to_string(CONFIG) {
        Ok(text) => Config::parse(CONFIG, &text)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Config::parse(CONFIG, "")?,
        Err(source) => return Err(Error::Io { operation: "read", path: CONFIG.into(), source }),
    };
    let environment = std::env::var("BRINGUP_MIRROR").ok();
    let apt = apt_files();
    let mirror = Mirror::find(&MirrorInputs {
        flag: global.mirror.as_deref(),
        environment: environment.as_deref(),
        config: config.mirror.as_deref(),
        apt: &apt,
    })?;
    let repositories = if config.repository.is_empty() {
        vec![Repository::new(&mirror.uri, SUITE, ["main"], Keyring::debian())?]
    } else {
        let resolve = |one: &bringup_debian::RepositoryConfig| one.resolve(&mirror.uri, Path::new("."));
        config.repository.iter().map(resolve).collect::<Result<_, _>>()?
    };
    let proxy = std::env::var("http_proxy").ok().filter(|uri| !uri.is_empty());
    let client = Client::new(&ClientOptions { offline: global.offline, proxy, ..ClientOptions::default() })?;
    Ok(PackageSource::new(client, repositories, UnixTime::from(SystemTime::now())))
}

/// The host's apt sources; a file that cannot be read is as good as none.
fn apt_files() -> Vec<AptFile> {
    let mut paths = vec![PathBuf::from(APT_LIST)];
    if let Ok(entries) = std::fs::read_dir(APT_FOLDER) {
        let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        found.retain(|path| path.extension().is_some_and(|ext| ext == "list" || ext == "sources"));
        found.sort();
        paths.extend(found);
    }
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).ok()?;
        Some(AptFile { path: path.to_string_lossy().into_owned(), text })
    };
    paths.into_iter().filter_map(read).collect()
}

/// `SOURCE_DATE_EPOCH`, in seconds since 1970 (reproducible-builds.org/specs/source-date-epoch).
pub(crate) fn epoch() -> Result<Option<i64>, Error> {
    let Ok(text) = std::env::var("SOURCE_DATE_EPOCH") else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Error::BadEpoch { value: text })
}

/// cargo's own folder (The Cargo Book, "Cargo Home"), if it can be found.
pub(crate) fn cargo_home() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    folder("CARGO_HOME").or_else(|| folder("HOME").map(|home| home.join(".cargo")))
}

/// What tells this program from another build of it.
pub(crate) fn program() -> Result<Digest, Error> {
    let failed = |source| Error::Io { operation: "read", path: "/proc/self/exe".into(), source };
    let mut file = std::fs::File::open("/proc/self/exe").map_err(failed)?;
    Ok(Digest::of_reader(&mut file).map_err(failed)?.0)
}
