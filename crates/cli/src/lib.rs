//! The bringup command.
