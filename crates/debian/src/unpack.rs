//! Unpacking packages: decompressed once into the store, then only looked at.
//!
//! The store keeps each `data.tar` uncompressed. A [`Tree`] over it takes no copy of any file; what
//! an image's builder reads are ranges of that one file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use bringup_spec::Bytes;
use bringup_store::{DeriveError, Digest, Key, Store};
use bringup_tree::{Devices, Limits, Source, Tree};

use crate::deb::{Control, Deb, DebError};
use crate::decompress::Effort;

/// Changes when the same package would give another result.
const FORMAT: u32 = 1;

/// Memory for a decoder with several threads, in bytes. dpkg's blocks are 24 MiB, of which each
/// thread holds one in each form beside its dictionary of 8 MiB.
const THREADS_MEMORY: u64 = 96 << 20;

/// How much a package may unpack to. What comes out of a compressed archive is not known before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnpackLimits {
    /// Times its `Installed-Size`, which is an estimate: file systems differ.
    pub factor: u64,
    /// And this much more, for packages that do not say, or say too little.
    pub slack: Bytes,
    /// Most entries.
    pub entries: u64,
}

impl Default for UnpackLimits {
    fn default() -> Self {
        // Debian's largest package has about 120,000 files.
        Self { factor: 2, slack: Bytes::mib(64), entries: 1 << 20 }
    }
}

impl UnpackLimits {
    /// For a package of this `Installed-Size`.
    pub fn total(&self, installed_size_kib: u64) -> Bytes {
        Bytes(
            installed_size_kib.saturating_mul(1024).saturating_mul(self.factor).saturating_add(self.slack.0),
        )
    }
}

/// A package file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebFile {
    /// Where it is.
    pub path: PathBuf,
    /// The SHA-256 of its bytes, which whoever fetched it has verified.
    pub digest: Digest,
}

/// An unpacked package.
#[derive(Clone, Debug)]
pub struct Unpacked {
    /// Its control information.
    pub control: Control,
    /// Its files.
    pub tree: Tree,
}

/// The files and the control information of one package.
///
/// # Errors
/// The package is damaged, larger than `limits` allow, or its archive holds what no package may
/// hold: the store then has no trace of it.
pub fn unpack(store: &Store, deb: &DebFile, limits: &UnpackLimits) -> Result<Unpacked, DebError> {
    unpack_with(store, deb, limits, Effort::ONE_THREAD)
}

/// Like [`unpack`] for many packages, by `jobs` threads, the largest first; results in the order given.
///
/// # Errors
/// Of those packages that failed before all work stopped, the first one's.
pub fn unpack_all(
    store: &Store,
    debs: &[DebFile],
    limits: &UnpackLimits,
    jobs: usize,
) -> Result<Vec<Unpacked>, DebError> {
    let jobs = jobs.max(1);
    let mut sizes = Vec::with_capacity(debs.len());
    for deb in debs {
        sizes.push(deb.path.metadata().map_err(DebError::io("read", &deb.path))?.len());
    }
    let mut order: Vec<usize> = (0..debs.len()).collect();
    order.sort_by_key(|&at| (std::cmp::Reverse(sizes[at]), at));
    let total: u64 = sizes.iter().sum();
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..jobs.min(debs.len()) {
            scope.spawn(|| {
                while !failed.load(Ordering::Relaxed) {
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&at) = order.get(turn) else { break };
                    // One package that outweighs the share of a thread would be waited for in the
                    // end; it alone gets more threads, so that memory stays bounded.
                    let large = turn == 0 && sizes[at] > total / jobs as u64;
                    let threads = if large { u32::try_from(jobs).unwrap_or(u32::MAX) } else { 1 };
                    let effort = Effort { threads, memory: THREADS_MEMORY };
                    let result = unpack_with(store, &debs[at], limits, effort);
                    if result.is_err() {
                        failed.store(true, Ordering::Relaxed);
                    }
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

fn unpack_with(
    store: &Store,
    file: &DebFile,
    limits: &UnpackLimits,
    effort: Effort,
) -> Result<Unpacked, DebError> {
    let deb = Deb::open(&file.path)?;
    let total = limits.total(deb.control.installed_size_kib()).0;
    let tree_limits = Limits { entries: limits.entries, total_bytes: total, devices: Devices::Refuse };
    let key = Key::new("deb-data", FORMAT).input("deb", file.digest.0);
    let tar = store
        .derive_file(&key, |out| {
            deb.copy_data(effort, total, out)?;
            // Nobody may find in the store what would be refused afterwards.
            let written = out.try_clone().map_err(DebError::io("unpack", &deb.path))?;
            tree(&deb, written, &deb.path, &tree_limits).map(drop)
        })
        .map_err(|error| match error {
            DeriveError::Step(error) => error,
            other => DebError::Store(Box::new(other)),
        })?;
    let file = File::open(&tar).map_err(DebError::io("open", &tar))?;
    let tree = tree(&deb, file, &tar, &tree_limits)?;
    Ok(Unpacked { control: deb.control, tree })
}

fn tree(deb: &Deb, file: File, path: &Path, limits: &Limits) -> Result<Tree, DebError> {
    let source = Source { path: path.to_owned(), file }.into();
    Tree::from_tar(&source, limits).map_err(|source| DebError::Tree {
        path: deb.path.clone(),
        member: deb.data.name.clone(),
        source,
    })
}

#[cfg(test)]
mod tests;
