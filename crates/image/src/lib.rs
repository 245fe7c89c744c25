//! From a board and a system to a finished disk image.
