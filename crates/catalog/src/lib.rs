//! The lists of boards and platforms, and lookups by name.
