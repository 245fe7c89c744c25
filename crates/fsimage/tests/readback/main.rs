//! What the writers make, read back by somebody else's readers.

mod common;
mod cpio;
mod ext2;
mod ext4;
mod fat;
