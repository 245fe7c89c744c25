/// Why a system cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The record's text is wrong.
    #[error("system `{system}` is not a system record")]
    Record {
        /// Its name.
        system: String,
        /// Where and what.
        source: Box<toml::de::Error>,
    },
    /// A value is out of its limits.
    #[error("system `{system}`: `{field}` is `{value}`, but must be {rule}")]
    Value {
        /// Its name.
        system: String,
        /// The key.
        field: String,
        /// What it says.
        value: String,
        /// What it may say.
        rule: &'static str,
    },
    /// A file that the record names is not beside it.
    #[error("system `{system}`: no file `{file}` in its folder, which has `{}`", known.join("`, `"))]
    NoSource {
        /// Its name.
        system: String,
        /// The file.
        file: String,
        /// What is there.
        known: Vec<String>,
    },
    /// busybox holds no list of applets.
    #[error("`{path}` has no list of applets; is it busybox?")]
    NoApplets {
        /// Where busybox was looked for.
        path: String,
    },
    /// The file tree refuses.
    #[error("the root tree")]
    Tree(#[from] bringup_tree::Error),
}
