//! A kernel package's modules: index, dependencies, and which of them a board needs to reach its root.
