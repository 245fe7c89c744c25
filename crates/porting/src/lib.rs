//! A new board's crate from one that is there, and from what U-Boot and Linux say about it.
//!
//! Texts go in and texts come out: [`Config`] and [`Tree`] read U-Boot's configuration and Linux's
//! device tree, [`propose`] turns them into facts with the line that each came from, and
//! [`new_board`] writes the crate's files and the lines of the catalog. What no file said is listed as
//! [`Check`]s, so that nothing of the old board stays in the new one unseen.

mod board;
mod checklist;
mod chip;
mod config;
mod error;
mod lists;
mod literal;
mod name;
mod propose;
mod record;
mod said;
mod tree;

pub use board::{NewBoard, Texts, new_board};
pub use checklist::Check;
pub use chip::{CHIPS, Chip};
pub use config::Config;
pub use error::Error;
pub use name::check_name;
pub use propose::{Proposal, Proposals, propose};
pub use said::Said;
pub use tree::{Storage, Tree};
