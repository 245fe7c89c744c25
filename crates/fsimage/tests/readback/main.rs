//! What the writers make, read back by somebody else's readers.

mod common;
mod cpio;
mod ext4;
mod fat;
