//! What is this blob, and is it for this platform?
