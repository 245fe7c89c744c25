//! Debian as a package source: verify, index, resolve, lock, fetch, unpack.
//!
//! Invariants: nothing unverified is parsed beyond its signature or used beyond its hash; a clock, the
//! environment and the host's files are given by the caller, never read here.

mod apt;
mod cleartext;
mod config;
mod deb;
mod decompress;
mod error;
mod fetch;
mod fields;
mod http;
mod index;
mod keyring;
mod lock;
mod mirror;
mod patch;
mod progress;
mod record;
mod relation;
mod release;
mod repository;
mod resolve;
mod signature;
mod source;
mod sources;
mod stanza;
mod time;
mod unpack;
mod version;

pub use apt::AptFile;
pub use config::{Config, RepositoryConfig};
pub use deb::{Control, Deb, DebError, Member, SCRIPTS};
pub use decompress::{Compression, Effort};
pub use error::Error;
pub use fetch::FileRequest;
pub use http::{Client, ClientOptions, TransferError};
pub use keyring::{Keyring, Refused};
pub use lock::{Change, ImageLock, Lock, LockError, LockedPackage, LockedTool, diff};
pub use mirror::{Mirror, MirrorInputs, MirrorOrigin};
pub use progress::Progress;
pub use record::{Index, MultiArch, Package, Priority};
pub use relation::{Dependency, Operator, Relation, RelationError, parse_relations};
pub use release::{Expectations, Listed, Release};
pub use repository::{Archive, Repository};
pub use resolve::{Provided, Reason, Request, Resolution, ResolveError, Selected, resolve};
pub use signature::Refusal;
pub use source::PackageSource;
pub use sources::{SourceFile, SourcePackage};
pub use time::UnixTime;
pub use unpack::{DebFile, UnpackLimits, Unpacked, unpack, unpack_all};
pub use version::compare_versions;
