//! A user's own source, compiled for the target.
