//! Configures unpacked Debian packages by interpreting their scripts; no code of the target runs.
