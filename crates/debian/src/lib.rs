//! Debian as a package source: verify, index, resolve, lock, fetch, unpack.
//!
//! Invariants: nothing unverified is parsed beyond its signature or used beyond its hash; a clock, the
//! environment and the host's files are given by the caller, never read here.

mod deb;
mod decompress;
mod error;
mod index;
mod record;
mod relation;
mod stanza;
mod unpack;
mod version;

pub use deb::{Control, Deb, DebError, Member, SCRIPTS};
pub use decompress::{Compression, Effort};
pub use error::Error;
pub use record::{Index, MultiArch, Package, Priority};
pub use relation::{Dependency, Operator, Relation, RelationError, parse_relations};
pub use unpack::{DebFile, UnpackLimits, Unpacked, unpack, unpack_all};
pub use version::compare_versions;
