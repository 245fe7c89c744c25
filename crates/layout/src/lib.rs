//! Plans a disk: every byte has an owner, overlaps are impossible.
