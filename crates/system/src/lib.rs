//! The operating system wanted, and the root tree and initramfs made from it.
