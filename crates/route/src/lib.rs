//! How each package of a root gets configured, and what a host can do for that.
//!
//! [`configure`] gives every package its route, the first that is open of: *cross* (its scripts are
//! interpreted, no code of the target runs), *native* and *emulated* (dpkg itself runs in a root of its
//! own, see [`bringup_sandbox::Chroot`], for what had to be left), *deferred* (a unit runs dpkg at first
//! boot). Every choice and every refusal has its reason: [`Choice`]. [`compare`] tells two roots apart,
//! so that a cross result can be held against one whose scripts ran; [`doctor`] says what the host lacks.

mod answers;
mod changes;
mod choice;
mod compare;
mod configure;
mod deferred;
mod doctor;
mod emulator;
mod error;
mod export;
mod finish;
mod packages;
mod registered;
mod run;

pub use choice::{Choice, Means, Route, Wishes, choose, otherwise, refusal};
pub use compare::{Difference, compare};
pub use configure::{Locked, LockedError, Request, Routed, configure, table};
pub use deferred::{UNIT, WAITING, defer};
pub use doctor::{Finding, Host, State, doctor};
pub use emulator::{TOOLS, means};
pub use error::Error;
pub use packages::{Comparison, Settings, compare_routes, configure_packages, select};
