//! Fetches many files at once into the store, resuming and retrying.

use std::cmp::Reverse;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bringup_store::{Digest, Download, Error as StoreError, Partial, Store};

use crate::http::{Client, Failure, TransferError};
use crate::{Error, Progress};

/// Bytes read at once.
const CHUNK: usize = 128 << 10;

/// An attempt that brings less than this, and then fails, has brought nothing: otherwise a server that
/// gives byte after byte would never be given up.
const WORTHWHILE: u64 = 64 << 10;

/// A file to fetch, known by its digest.
#[derive(Clone, Debug)]
pub struct FileRequest {
    /// What it is called in errors and progress, as in `libc6_2.41-12_arm64.deb`.
    pub name: String,
    /// Where it is, best first; at least one.
    pub uris: Vec<String>,
    /// Its SHA-256.
    pub sha256: Digest,
    /// Its size, in bytes.
    pub size: u64,
}

impl Client {
    /// Makes sure that the store has every file, and says where each is, in the order of `requests`.
    ///
    /// At most `jobs` are fetched at a time, the largest first. What is in the store is not fetched again.
    ///
    /// # Errors
    /// The first error stops everything; what was received until then stays for the next time.
    pub fn fetch(
        &self,
        store: &Store,
        requests: &[FileRequest],
        jobs: usize,
        progress: &dyn Progress,
    ) -> Result<Vec<PathBuf>, Error> {
        let mut paths = Vec::with_capacity(requests.len());
        for request in requests {
            paths.push(store.get(&request.sha256, request.size)?);
        }
        let mut missing: Vec<usize> = (0..requests.len()).filter(|&at| paths[at].is_none()).collect();
        if let Some(&first) = missing.first().filter(|_| self.is_offline()) {
            let name = requests[first].name.clone();
            return Err(Error::Offline { name, more: missing.len() - 1 });
        }
        missing.sort_by_key(|&at| Reverse(requests[at].size));
        let next = AtomicUsize::new(0);
        let stop = AtomicBool::new(false);
        let fetched = Mutex::new(Ok(Vec::new()));
        let work = || {
            while let Some(&at) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let transfer = Transfer { client: self, request: &requests[at], progress, stop: &stop };
                let result = transfer.run(store);
                let mut fetched = fetched.lock().expect("nothing panics while it is held");
                match (result, &mut *fetched) {
                    (Ok(Some(path)), Ok(list)) => list.push((at, path)),
                    (Err(error), Ok(_)) => {
                        stop.store(true, Ordering::Relaxed);
                        *fetched = Err(error);
                    }
                    (Ok(None), _) | (_, Err(_)) => {}
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..jobs.min(missing.len()) {
                scope.spawn(work);
            }
            work();
        });
        for (at, path) in fetched.into_inner().expect("nothing panics while it is held")? {
            paths[at] = Some(path);
        }
        Ok(paths.into_iter().map(|path| path.expect("without an error, all were fetched")).collect())
    }
}

/// One file on its way.
struct Transfer<'a> {
    client: &'a Client,
    request: &'a FileRequest,
    progress: &'a dyn Progress,
    stop: &'a AtomicBool,
}

/// How reading from one URI ended without success.
enum Stopped {
    /// Another thread met an error.
    Cancelled,
    /// This URI is of no use.
    Failed(Error),
    /// The store is of no use.
    Store(StoreError),
}

impl Transfer<'_> {
    /// The path, or nothing if another thread stopped it.
    fn run(&self, store: &Store) -> Result<Option<PathBuf>, Error> {
        let request = self.request;
        let mut first_error = None;
        for uri in &request.uris {
            // What is there may be from another server, or have gone bad: bytes that turn out wrong are
            // judged only once they all came from this one.
            loop {
                let mut partial = match store.download(&request.sha256, request.size)? {
                    Download::Present(path) => return Ok(Some(path)),
                    Download::Missing(partial) => partial,
                };
                let resumed = partial.received() > 0;
                self.progress.started(&request.name, request.size);
                match self.receive(uri, &mut partial) {
                    Ok(()) => {}
                    Err(Stopped::Cancelled) => return Ok(None),
                    Err(Stopped::Store(error)) => return Err(error.into()),
                    Err(Stopped::Failed(error)) => {
                        first_error.get_or_insert(error);
                        break;
                    }
                }
                match partial.finish() {
                    Ok(path) => {
                        self.progress.finished(&request.name);
                        return Ok(Some(path));
                    }
                    Err(StoreError::WrongHash { .. }) if resumed => {}
                    Err(StoreError::WrongHash { expected, found, .. }) => {
                        let (name, uri) = (request.name.clone(), uri.clone());
                        first_error.get_or_insert(Error::WrongBytes { name, uri, expected, found });
                        break;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Err(first_error.unwrap_or_else(|| Error::Nowhere { name: request.name.clone() }))
    }

    /// Reads until everything is there, in as many attempts as it takes.
    fn receive(&self, uri: &str, partial: &mut Partial<'_>) -> Result<(), Stopped> {
        let mut failures = 0;
        loop {
            let before = partial.received();
            let error = match self.attempt(uri, partial) {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(Failure::Transient(error))) => error,
                Ok(Err(Failure::Gone)) => {
                    let (name, uri) = (self.request.name.clone(), uri.to_owned());
                    return Err(Stopped::Failed(Error::Gone { name, uri }));
                }
                Ok(Err(Failure::Fatal(source))) => {
                    return Err(Stopped::Failed(unreachable(&self.request.name, uri, failures + 1, source)));
                }
                Err(stopped) => return Err(stopped),
            };
            if partial.received().saturating_sub(before) >= WORTHWHILE {
                failures = 0;
            }
            failures += 1;
            if failures >= self.client.attempts {
                return Err(Stopped::Failed(unreachable(&self.request.name, uri, failures, error)));
            }
            self.client.pause(failures);
            if self.stop.load(Ordering::Relaxed) {
                return Err(Stopped::Cancelled);
            }
        }
    }

    fn attempt(&self, uri: &str, partial: &mut Partial<'_>) -> Result<Result<(), Failure>, Stopped> {
        let expected = self.request.size;
        let mut body = match self.client.open(uri, partial.received()) {
            Ok(body) => body,
            Err(failure) => return Ok(Err(failure)),
        };
        let wrong_size = |found| {
            let (name, uri) = (self.request.name.clone(), uri.to_owned());
            Stopped::Failed(Error::WrongSize { name, uri, expected, found })
        };
        if let Some(size) = body.size.filter(|&size| size != expected) {
            return Err(wrong_size(size));
        }
        if body.start != partial.received() {
            partial.restart().map_err(Stopped::Store)?;
        }
        let mut chunk = vec![0; CHUNK];
        loop {
            self.progress.advanced(&self.request.name, partial.received());
            if self.stop.load(Ordering::Relaxed) {
                return Err(Stopped::Cancelled);
            }
            let read = match body.reader.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Ok(Err(Failure::Transient(TransferError::Read(error)))),
            };
            match partial.write(&chunk[..read]) {
                Ok(()) => {}
                Err(StoreError::TooLong { received, .. }) => return Err(wrong_size(received)),
                Err(error) => return Err(Stopped::Store(error)),
            }
        }
        let received = partial.received();
        Ok(if received == expected {
            Ok(())
        } else {
            Err(Failure::Transient(TransferError::Short { received, expected }))
        })
    }
}

impl Client {
    /// Reads a whole small file, whose digest is not known, into memory.
    ///
    /// # Errors
    /// It cannot be fetched, or is larger than `limit` bytes.
    pub(crate) fn read(&self, name: &str, uri: &str, limit: u64) -> Result<Vec<u8>, Error> {
        if self.is_offline() {
            return Err(Error::Offline { name: name.to_owned(), more: 0 });
        }
        let mut failures = 0;
        loop {
            let result = self.open(uri, 0).and_then(|body| read_all(body, limit));
            let error = match result {
                Ok(bytes) if bytes.len() as u64 > limit => {
                    return Err(Error::TooLarge { file: uri.to_owned(), bytes: bytes.len() as u64, limit });
                }
                Ok(bytes) => return Ok(bytes),
                Err(Failure::Gone) => {
                    return Err(Error::Gone { name: name.to_owned(), uri: uri.to_owned() });
                }
                Err(Failure::Fatal(source)) => return Err(unreachable(name, uri, failures + 1, source)),
                Err(Failure::Transient(error)) => error,
            };
            failures += 1;
            if failures >= self.attempts {
                return Err(unreachable(name, uri, failures, error));
            }
            self.pause(failures);
        }
    }

    fn pause(&self, failures: u32) {
        std::thread::sleep(self.backoff.saturating_mul(1 << (failures - 1).min(5)));
    }
}

/// At most one byte more than `limit`.
fn read_all(body: crate::http::Body, limit: u64) -> Result<Vec<u8>, Failure> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let expected = body.size;
    let transient = |error| Failure::Transient(error);
    body.reader
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| transient(TransferError::Read(error)))?;
    let received = bytes.len() as u64;
    match expected {
        Some(expected) if received < expected && received <= limit => {
            Err(transient(TransferError::Short { received, expected }))
        }
        _ => Ok(bytes),
    }
}

fn unreachable(name: &str, uri: &str, attempts: u32, source: TransferError) -> Error {
    Error::Unreachable { name: name.to_owned(), uri: uri.to_owned(), attempts, source }
}
