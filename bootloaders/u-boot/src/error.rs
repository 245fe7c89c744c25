/// Why a boot menu cannot be written.
///
/// The format has no quoting: what would be read as something else must be
/// refused, not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A value that must be there is empty.
    #[error("extlinux menu: {field} of entry {entry} is empty")]
    Empty {
        /// Which field.
        field: &'static str,
        /// Which entry, from 0.
        entry: usize,
    },
    /// A value holds a character that ends a line or the file.
    #[error("extlinux menu: {field} `{}` holds {character:?}", value.escape_debug())]
    BadCharacter {
        /// Which field.
        field: &'static str,
        /// Its value.
        value: String,
        /// The first character that cannot be there.
        character: char,
    },
    /// Two entries have one label.
    #[error("extlinux menu: two entries have the label `{label}`")]
    DuplicateLabel {
        /// The label.
        label: String,
    },
    /// The default is no entry's label.
    #[error(
        "extlinux menu: the default `{label}` is no entry's label\nhelp: the labels are {}",
        quoted(labels)
    )]
    UnknownDefault {
        /// The default asked for.
        label: String,
        /// The labels there are.
        labels: Vec<String>,
    },
}

fn quoted(labels: &[String]) -> String {
    labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ")
}
