//! Package repositories made, signed and served by tests.
//!
//! ```no_run
//! use bringup_testrepo::{TestPackage, TestRepo};
//!
//! let folder = std::path::Path::new("repository");
//! let repo = TestRepo::new(folder).package(TestPackage::new("hello", "1.0").file("usr/bin/hello", b"#!"));
//! repo.build();
//! let server = repo.serve();
//! println!("{}", server.uri());
//! ```
//!
//! Everything is deterministic: keys come from seeds, times are [`MADE`] or what the test says. As only
//! tests use it, what goes wrong panics.

mod key;
mod package;
mod repo;
mod server;

pub use key::{KeySpec, SignatureSpec, Subkey, TestKey};
pub use package::TestPackage;
/// Hash algorithms of signatures.
pub use pgp::crypto::hash::HashAlgorithm;
pub use repo::TestRepo;
pub use server::{Fault, Server};

/// When keys are made unless a test says otherwise: 2025-01-01 00:00:00 UTC.
pub const KEY_MADE: u32 = 1_735_689_600;

/// When repositories are made and signed unless a test says otherwise: 2025-06-01 00:00:00 UTC.
pub const MADE: u32 = 1_748_736_000;
