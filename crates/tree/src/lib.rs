//! A file tree in memory, with owners, modes and contents by reference.
//!
//! A [`Tree`] holds names and metadata; the bytes of files stay where they are
//! (in an archive of the store, say) until somebody reads them. So ownership,
//! device nodes and set-id bits need no root, and nothing is staged twice.

mod archive;
mod content;
mod directory;
mod error;
mod node;
mod path;
mod tree;

pub use archive::{Devices, Limits};
pub use content::{Content, ContentReader, Source};
pub use directory::{MetaPolicy, Written, write_directory};
pub use error::Error;
pub use node::{Device, Kind, Meta, Node, NodeId};
pub use path::{MAX_NAME, clean};
pub use tree::Tree;
