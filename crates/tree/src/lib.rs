//! A file tree in memory, with owners, modes and contents by reference.
//!
//! A [`Tree`] holds names and metadata; the bytes of files stay where they are
//! (in an archive of the store, say) until somebody reads them. So ownership,
//! device nodes and set-id bits need no root, and nothing is staged twice.

mod content;
mod error;
mod node;
mod path;
mod tree;

pub use content::{Content, ContentReader, Source};
pub use error::Error;
pub use node::{Device, Kind, Meta, Node, NodeId};
pub use path::{MAX_NAME, clean};
pub use tree::Tree;
