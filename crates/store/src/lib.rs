//! A content-addressed store of downloads and results.
//!
//! One folder, shared by every build of a user, holds *objects* (downloads, named by the SHA-256
//! of their bytes) and *derived* files and trees (named by the [`Key`] of everything they were
//! made from). Nothing bears its final name before it is whole and checked:
//!
//! | Folder | Holds | Removed by |
//! |---|---|---|
//! | `objects/` | downloads, verified | [`Store::gc`], by last use |
//! | `derived/` | results of steps | [`Store::gc`], by last use |
//! | `partial/` | downloads that can be resumed | finishing, [`Store::gc`] |
//! | `building/` | results being made, and their locks | finishing, the next [`Store::open`] |
//! | `damaged/` | objects whose bytes changed | [`Store::gc`] |
//! | `state/` | whatever the caller wants to remember | nobody |
//!
//! Hashing is done once, on the way in. Beside each entry a *stamp* records what the file looked
//! like then (size, times, inode); only when that no longer holds are the bytes hashed again.
//! The stamp's own modification time is the day of the last use.
//!
//! Locks are `flock`s, so a killed process holds none. Several processes, and several threads
//! with one [`Store`], may work at the same time.

mod derive;
mod digest;
mod download;
mod error;
mod folder;
mod gc;
mod key;
mod lock;
mod scan;
mod stamp;
mod store;
mod verify;

pub use digest::{Digest, Hasher};
pub use download::{Download, Partial};
pub use error::{DeriveError, Error};
pub use gc::{Collected, Policy, Usage};
pub use key::Key;
pub use store::{Notice, Store};
pub use verify::{Progress, Report};
