//! Tools from Debian packages, unpacked in the store and ready to run.
//!
//! A [`ToolSet`] is data: packages and the programs they are for. A [`Toolbox`]
//! resolves, fetches and unpacks a set with everything it depends on, once,
//! and gives its root, whose programs the sandbox starts.

mod error;
mod finish;
mod sets;
mod toolbox;

pub use error::Error;
pub use finish::Finish;
pub use sets::{SETS, ToolSet, set, set_of};
pub use toolbox::Toolbox;
