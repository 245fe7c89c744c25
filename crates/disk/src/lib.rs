//! Writes a planned disk image, once, in place and sparse.
