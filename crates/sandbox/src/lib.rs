//! Runs programs from an unpacked root without being root.
//!
//! A [`Root`] is a folder of unpacked packages. A program in it is run in one of two [ways](Way):
//!
//! - *Namespace*: in user, mount, IPC, UTS and (unless asked for) network namespaces of its own,
//!   where the root is `/`, read-only, and of the host only what was [bound](Command::bind), a few
//!   devices and `/proc` are there.
//! - *Loader*: where the kernel forbids user namespaces, by the root's own dynamic linker, with
//!   the root's libraries. The program then sees the host's files; that is enough for programs
//!   that are told where their data is: see [`Root::path`].
//!
//! A [`Chroot`] is a folder that programs run in as root and change, whatever machine they are for.
//!
//! Whatever is started is killed when the thread that started it ends, and when its [`Child`] is
//! dropped. The environment is a fixed one, whatever the caller's is.
//!
//! This is the only crate that starts other programs, and must not know what they are.

mod acl;
mod child;
mod chroot;
mod chroot_plan;
mod command;
mod elf;
mod enter;
mod error;
mod format;
mod identity;
mod loader;
mod plan;
mod records;
mod root;
mod seccomp;
mod supervise;
mod traced;
mod way;

pub use child::{Child, Output};
pub use chroot::Chroot;
pub use command::{Access, Command, Ids};
pub use error::Error;
pub use format::Format;
pub use records::{Device, Record, Records};
pub use root::Root;
pub use way::Way;
