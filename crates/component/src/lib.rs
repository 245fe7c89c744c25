//! A user's own source, compiled for the target and checked.
//!
//! A [`Toolchain`] is a compiler for one platform: programs of the host's architecture from the
//! store, and a *sysroot* with the target's libraries and headers. A [`Component`] says where source
//! is, how it is built and what of it goes where; [`build`] gives the [`Built`] tree.
//!
//! Everything runs in the sandbox, without network, at the same paths whatever the host's are:
//!
//! | Path | Holds |
//! |---|---|
//! | `/bringup/src/NAME` | the source, read-only (cmake, meson, cargo) |
//! | `/bringup/build/NAME` | the build folder; for make and scripts a copy of the source |
//! | `/bringup/install` | what `DESTDIR` names: the tree that comes out |
//! | `/bringup/sysroot` | the target's libraries and headers, read-only |
//! | `/bringup/bin` | the compilers, which add the sysroot and take build paths out |
//!
//! The result is kept in the store by the digest of source, tools, sysroot and recipe. The route is
//! *native* or *cross*; running a foreign compiler in an emulated root is not done here.

mod bench;
mod build;
mod check;
mod enter;
mod environment;
mod error;
mod platform;
mod record;
mod source;
mod toolchain;
mod vendor;

pub use build::{Built, Context, build, build_with, inputs};
pub use check::check;
pub use enter::Workplace;
pub use environment::environment;
pub use error::Error;
pub use record::{Build, Component, Origin};
pub use toolchain::{Needs, Route, Selection, Toolchain};
