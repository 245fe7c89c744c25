//! Runs programs from an unpacked root without being root.
