/// Why a root could not be looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the tree cannot be read.
    #[error("cannot look at `/{path}`")]
    Read {
        /// The file, below the root.
        path: String,
        /// Why not.
        source: bringup_tree::Error,
    },
}
