//! What code runs on: one file a platform.
