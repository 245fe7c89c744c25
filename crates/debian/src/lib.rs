//! Debian as a package source: verify, index, resolve, lock, fetch, unpack.
