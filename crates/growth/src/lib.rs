//! What a disk becomes at first boot, and the definitions that make it so.
