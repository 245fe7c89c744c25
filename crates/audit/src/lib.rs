//! What is wrong or must be known about a finished root: identity, records, units, licences.
//!
//! [`audit`] looks at the tree of a root before it becomes a file system, and reads only what a rule
//! needs: `/etc`, `/var`, `/root`, `/home`, units and dpkg's records, never the bulk of `/usr`. What
//! it finds is a list, each entry with the file and the fix; whether an image is made all the same is
//! the caller's decision. [`describe`] says of each package where it is from and under which licence;
//! [`spdx`], [`cyclonedx`] and [`licences`] are forms of that.

mod allowed;
mod audit;
mod bill;
mod error;
mod finding;
mod identity;
mod look;
mod records;
#[cfg(test)]
mod testing;
mod units;

pub use allowed::{Allowed, changed_paths};
pub use audit::{Installed, audit};
pub use bill::{Bill, Described, Licence, LicenceText, cyclonedx, describe, licences, spdx};
pub use error::Error;
pub use finding::{Finding, Level, Report, Rule};
