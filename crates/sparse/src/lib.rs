//! Which parts of a file its host stores; what lies between them is zeros.
//!
//! A disk image is mostly holes. What turns one into another format asks the host where they are
//! and neither reads nor compresses them.

mod cut;
mod stored;
mod zero;

pub use cut::{Piece, cut};
pub use stored::{len, stored};
pub use zero::is_zero;
