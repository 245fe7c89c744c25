//! GNU Mach and the Hurd on 32-bit x86.
//!
//! Two systems start from GNU Mach, which a boot loader starts by the Multiboot specification
//! with modules beside it:
//!
//! - *mach*: one module, [`bootstrap_task`], compiled from `systems/mach/` by tools of the store.
//!   It needs no Hurd at all.
//! - *hurd*: Debian GNU/Hurd. [`prepare_root`] does to a tree of unpacked packages what their
//!   maintainer scripts would do on the Hurd itself: passive translators, accounts, `/etc/fstab`.
//!   [`hurd_modules`] names the file system and the exec server that the kernel starts.
//!
//! Nothing here knows disks, file systems or menus: translators are extended attributes of a
//! [`bringup_tree::Tree`], and modules are paths with arguments.

mod accounts;
mod compile;
mod error;
mod modules;
mod programs;
mod root;
mod task;
pub mod testing;
mod translators;

pub use accounts::RootLogin;
pub use error::Error;
pub use modules::{BootModule, hurd_modules, kernel_arguments, kernel_path, mach_modules};
pub use programs::check_programs;
pub use root::{Prepared, RootOptions, prepare_root};
pub use task::{TASK_PATH, TOOL_SET, bootstrap_task};
pub use translators::{TRANSLATOR, argz};
