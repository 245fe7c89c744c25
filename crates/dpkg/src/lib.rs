//! Configures unpacked Debian packages by interpreting their scripts; no code of the target runs.
//!
//! [`configure`] ends up where `dpkg --install` of the same packages on the machine itself would: the
//! packages' files merged, their maintainer scripts interpreted ([`bringup_shell`]) in dpkg's order on
//! a tree in memory, triggers processed, dpkg's and debconf's records written. A script that asks for
//! something that is not reproduced leaves its package unpacked, as if nobody had begun to configure
//! it; the report says why, and another route may finish the work.

mod alternatives;
mod command;
mod conffile;
mod configure;
mod debconf;
mod error;
mod info;
mod machine;
mod model;
mod order;
mod script;
mod status;
#[cfg(test)]
mod testing;
mod triggers;
mod unpack;

pub use command::NOTHING;
pub use configure::configure;
pub use error::Error;
pub use model::{Configured, How, Options, Package, Step, ToolRequest};
