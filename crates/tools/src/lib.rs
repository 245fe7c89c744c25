//! Tools from Debian packages, unpacked in the store and ready to run.
