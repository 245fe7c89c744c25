//! Repositories: which there are, and what they hold at the moment.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bringup_store::{DeriveError, Digest, Hasher, Key, Store};

use crate::decompress::{self, BUFFER, Compression, DecompressError, Effort};
use crate::http::base_uri;
use crate::index::is_below_base;
use crate::release::{Expectations, Listed};
use crate::stanza::{Listing, Reducer};
use crate::{
    Client, Error, FileRequest, Index, Keyring, Package, Progress, Release, SourcePackage, UnixTime,
};

/// The largest InRelease file that is read, in bytes; that of sid has 0.3 MB.
const IN_RELEASE_LIMIT: u64 = 8 << 20;

/// The forms of an index, best first.
const FORMS: [(&str, Compression); 3] =
    [(".xz", Compression::Xz), (".gz", Compression::Gzip), ("", Compression::None)];

/// To be raised when [`Reducer`] keeps other fields.
const REDUCED_VERSION: u32 = 1;

/// A suite of a repository, and who is trusted to sign it.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Its base, without a slash at its end: `dists` and `pool` are below it.
    pub uri: String,
    /// Suite or codename.
    pub suite: String,
    /// At least one.
    pub components: Vec<String>,
    /// Who may sign it.
    pub keyring: Keyring,
    /// Whether a Release file past its `Valid-Until` is refused.
    pub check_valid_until: bool,
}

impl Repository {
    /// A repository whose `Valid-Until` is checked.
    ///
    /// # Errors
    /// The URI cannot be opened, or a name is none.
    pub fn new<'a>(
        uri: &str,
        suite: &str,
        components: impl IntoIterator<Item = &'a str>,
        keyring: Keyring,
    ) -> Result<Self, Error> {
        let name = |kind, value: &str| {
            let bad = || Error::BadName { kind, value: value.to_owned() };
            if is_below_base(value) { Ok(value.to_owned()) } else { Err(bad()) }
        };
        Ok(Self {
            uri: base_uri(uri)?,
            suite: name("suite", suite)?,
            components: components.into_iter().map(|one| name("component", one)).collect::<Result<_, _>>()?,
            keyring,
            check_valid_until: true,
        })
    }

    fn dists(&self, path: &str) -> String {
        format!("{}/dists/{}/{path}", self.uri, self.suite)
    }
}

/// Repositories with their verified Release files.
#[derive(Clone, Debug)]
pub struct Archive {
    /// As they were given.
    pub repositories: Vec<Repository>,
    /// One for each.
    pub releases: Vec<Release>,
}

impl Client {
    /// Fetches and verifies the Release file of each repository; offline, those seen last are taken.
    ///
    /// Each is remembered in the store, so that none older is accepted later.
    ///
    /// # Errors
    /// One cannot be fetched, is not signed by a trusted key, or must not be used at the time `now`.
    pub fn open_archive(
        &self,
        store: &Store,
        repositories: Vec<Repository>,
        now: UnixTime,
    ) -> Result<Archive, Error> {
        let release = |repository| self.release(store, repository, now);
        let releases = repositories.iter().map(release).collect::<Result<_, _>>()?;
        Ok(Archive { repositories, releases })
    }

    fn release(&self, store: &Store, repository: &Repository, now: UnixTime) -> Result<Release, Error> {
        let uri = repository.dists("InRelease");
        let memory = store.state_dir().join(format!("InRelease-{}", Digest::of(uri.as_bytes())));
        let remembered = read_if_there(&memory)?;
        let open = |message: &[u8]| Release::parse(&uri, &repository.keyring.verify(&uri, message, now)?);
        // A copy that does not verify any more proves nothing about what was seen.
        let seen = remembered.as_ref().and_then(|message| open(message).ok()).map(|release| release.date);
        let message = match remembered.clone().filter(|_| self.is_offline()) {
            Some(message) => message,
            None => self.read(&uri, &uri, IN_RELEASE_LIMIT)?,
        };
        let release = open(&message)?;
        let check_valid_until = repository.check_valid_until;
        release.check(&Expectations { suite: &repository.suite, now, check_valid_until, seen })?;
        if remembered.as_ref() != Some(&message) {
            remember(&memory, &message)?;
        }
        Ok(release)
    }

    /// The packages of `architecture`, and those of architecture `all`, in all repositories.
    ///
    /// # Errors
    /// No repository has the architecture, one does not have a component, or an index cannot be fetched, is
    /// not what was signed, or is malformed.
    pub fn index(
        &self,
        store: &Store,
        archive: &Archive,
        architecture: &str,
        jobs: usize,
        progress: &dyn Progress,
    ) -> Result<Index, Error> {
        let mut wanted = Vec::new();
        let mut lacks = None;
        for (at, (repository, release)) in archive.repositories.iter().zip(&archive.releases).enumerate() {
            // A repository of ports beside the archive proper has other architectures than that.
            if release.architectures.iter().any(|known| known == architecture) {
                wanted.extend(wanted_indices(at, repository, release, architecture)?);
            } else {
                let known = release.architectures.clone();
                lacks.get_or_insert_with(|| release.lacks("architecture", architecture, known));
            }
        }
        if let Some(lacks) = lacks.filter(|_| wanted.is_empty()) {
            return Err(lacks);
        }
        let mut index = Index::default();
        for (name, repository, text) in self.texts(store, archive, wanted, jobs, progress)? {
            index.extend(Index::from_reduced(&name, &Arc::new(text), repository)?);
        }
        Ok(index)
    }

    /// The source packages of all repositories that have any.
    pub(crate) fn sources(
        &self,
        store: &Store,
        archive: &Archive,
        jobs: usize,
        progress: &dyn Progress,
    ) -> Result<Vec<SourcePackage>, Error> {
        let mut wanted = Vec::new();
        for (at, (repository, release)) in archive.repositories.iter().zip(&archive.releases).enumerate() {
            for component in &repository.components {
                let path = format!("{component}/source/Sources");
                // A repository of one's own may come without.
                if release.file(&path).is_some() {
                    wanted.push(wanted_index(at, repository, release, Listing::Sources, &path)?);
                }
            }
        }
        let mut all = Vec::new();
        for (name, repository, text) in self.texts(store, archive, wanted, jobs, progress)? {
            all.extend(SourcePackage::parse_all(&name, &text, repository)?);
        }
        Ok(all)
    }

    /// The reduced text of each index, with its name and its repository's position.
    fn texts(
        &self,
        store: &Store,
        archive: &Archive,
        wanted: Vec<WantedIndex>,
        jobs: usize,
        progress: &dyn Progress,
    ) -> Result<Vec<(String, usize, String)>, Error> {
        let derived =
            wanted.iter().map(|one| store.derived_file(&one.key())).collect::<Result<Vec<_>, _>>()?;
        let new: Vec<_> = wanted.iter().zip(&derived).filter(|(_, path)| path.is_none()).collect();
        let requests: Vec<_> = new.iter().map(|(one, _)| one.request(archive)).collect();
        let mut fetched = self.fetch(store, &requests, jobs, progress)?.into_iter();
        let mut texts = Vec::with_capacity(wanted.len());
        for (one, path) in wanted.into_iter().zip(derived) {
            let path = match path {
                Some(path) => path,
                None => {
                    let packed = fetched.next().expect("what is not derived was fetched, in this order");
                    one.reduce(store, &packed)?
                }
            };
            let text = std::fs::read_to_string(&path).map_err(|source| io_error("read", &path, source))?;
            texts.push((one.name, one.repository, text));
        }
        Ok(texts)
    }
}

impl Package {
    /// How to fetch its `.deb`, given the repositories by which it was indexed.
    pub fn request(&self, repositories: &[Repository]) -> FileRequest {
        let filename = self.filename();
        FileRequest {
            name: filename.rsplit('/').next().unwrap_or(filename).to_owned(),
            uris: vec![format!("{}/{filename}", repositories[self.repository].uri)],
            sha256: self.sha256,
            size: self.size,
        }
    }
}

/// One `Packages` or `Sources` file that is needed.
struct WantedIndex {
    /// For errors: its URI, without the ending of its form.
    name: String,
    listing: Listing,
    /// By position.
    repository: usize,
    /// Relative to the Release file.
    path: String,
    by_hash: bool,
    packed: Listed,
    compression: Compression,
    plain: Listed,
}

fn wanted_indices(
    at: usize,
    repository: &Repository,
    release: &Release,
    architecture: &str,
) -> Result<Vec<WantedIndex>, Error> {
    let mut architectures = vec![architecture];
    if !release.all_in_each
        && architecture != "all"
        && release.architectures.iter().any(|known| known == "all")
    {
        architectures.push("all");
    }
    let mut wanted = Vec::new();
    for component in &repository.components {
        // Security archives have names such as `updates/main` for it.
        let known = |known: &String| known == component || known.rsplit('/').next() == Some(component);
        if !release.components.iter().any(known) {
            return Err(release.lacks("component", component, release.components.clone()));
        }
        for architecture in &architectures {
            let path = format!("{component}/binary-{architecture}/Packages");
            wanted.push(wanted_index(at, repository, release, Listing::Binaries, &path)?);
        }
    }
    Ok(wanted)
}

fn wanted_index(
    at: usize,
    repository: &Repository,
    release: &Release,
    listing: Listing,
    path: &str,
) -> Result<WantedIndex, Error> {
    let lacks = || release.lacks("index", path, Vec::from(["none that can be read".into()]));
    let plain = release.file(path).ok_or_else(lacks)?;
    let listed = |(ending, compression): &(&str, Compression)| {
        let path = format!("{path}{ending}");
        release.file(&path).map(|packed| (path, packed, *compression))
    };
    let (packed_path, packed, compression) = FORMS.iter().find_map(listed).ok_or_else(lacks)?;
    Ok(WantedIndex {
        name: repository.dists(path),
        listing,
        repository: at,
        path: packed_path,
        by_hash: release.acquire_by_hash,
        packed,
        compression,
        plain,
    })
}

impl WantedIndex {
    fn key(&self) -> Key {
        let (step, name) = match self.listing {
            Listing::Binaries => ("debian-index", "packages"),
            Listing::Sources => ("debian-sources", "sources"),
        };
        Key::new(step, REDUCED_VERSION).input(name, self.plain.sha256.0)
    }

    fn request(&self, archive: &Archive) -> FileRequest {
        let repository = &archive.repositories[self.repository];
        let Listed { sha256, size } = self.packed;
        let mut uris = Vec::new();
        if self.by_hash {
            let (folder, _) = self.path.rsplit_once('/').unwrap_or_default();
            uris.push(repository.dists(&format!("{folder}/by-hash/SHA256/{sha256}")));
        }
        uris.push(repository.dists(&self.path));
        FileRequest { name: format!("{} {}", repository.suite, self.path), uris, sha256, size }
    }

    /// Decompresses the file at `packed`, checks it, and keeps what is needed of it in the store.
    fn reduce(&self, store: &Store, packed: &Path) -> Result<PathBuf, Error> {
        let result = store.derive_file(&self.key(), |out| {
            let text = self.reduced(packed)?;
            out.write_all(text.as_bytes()).map_err(|source| io_error("write", packed, source))
        });
        result.map_err(|error| match error {
            DeriveError::Step(error) => error,
            DeriveError::Store(error) => Error::Store(error),
            _ => unreachable!("the store knows no other kind"),
        })
    }

    fn reduced(&self, packed: &Path) -> Result<Arc<String>, Error> {
        let Listed { sha256: expected, size } = self.plain;
        let wrong = |found| Error::WrongIndex { name: self.name.clone(), size, expected, found };
        let file = File::open(packed).map_err(|source| io_error("open", packed, source))?;
        let mut from = BufReader::with_capacity(BUFFER, file);
        let mut sink =
            Sink { hasher: Hasher::new(), reducer: Reducer::of(self.listing, &self.name), problem: None };
        let result = decompress::copy(&mut from, self.compression, Effort::ONE_THREAD, size, &mut sink);
        if let Some(problem) = sink.problem {
            return Err(problem);
        }
        match result {
            Ok(_) => {}
            Err(DecompressError::TooLarge { .. }) => return Err(wrong("more".into())),
            Err(DecompressError::Incomplete) => return Err(wrong("an end before the end".into())),
            Err(DecompressError::Junk) => return Err(wrong("junk behind it".into())),
            Err(DecompressError::Read(source)) => return Err(io_error("read", packed, source)),
            Err(DecompressError::Damaged(source) | DecompressError::Write(source)) => {
                return Err(Error::Decompress { name: self.name.clone(), source });
            }
        }
        let found = sink.hasher.finish();
        if found != expected {
            return Err(wrong(found.to_string()));
        }
        let text = Arc::new(sink.reducer.finish()?);
        // What is malformed must not be remembered as derived.
        match self.listing {
            Listing::Binaries => Index::from_reduced(&self.name, &text, self.repository).map(drop)?,
            Listing::Sources => SourcePackage::parse_all(&self.name, &text, self.repository).map(drop)?,
        }
        Ok(text)
    }
}

/// Hashes and reduces what is decompressed.
struct Sink<'a> {
    hasher: Hasher,
    reducer: Reducer<'a>,
    problem: Option<Error>,
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hasher.update(bytes);
        match self.reducer.push(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(problem) => {
                self.problem = Some(problem);
                Err(io::ErrorKind::InvalidData.into())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(io_error("read", path, source)),
    }
}

/// Replaces the file at once, so that no other process sees half of it.
fn remember(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.persist(path).map_err(io::Error::from)
    };
    write().map(drop).map_err(|source| io_error("write", path, source))
}

fn io_error(operation: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Io { operation, path: path.to_owned(), source }
}
