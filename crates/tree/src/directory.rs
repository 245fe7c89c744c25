//! Trees from and to directories, as an ordinary user.

mod read;
mod write;

pub use read::MetaPolicy;
pub use write::{Written, write_directory};

#[cfg(test)]
mod tests;
