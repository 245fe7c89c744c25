//! Why a script cannot be interpreted.

/// Why a script cannot be interpreted any further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Stop {
    /// A program of the target would have to run.
    #[error("`{command}` is a program of the target")]
    Unknown {
        /// Its name.
        command: String,
    },
    /// A command has an option or a use that is not reproduced here.
    #[error("`{command}`: {what} is not reproduced")]
    Unsupported {
        /// The command.
        command: String,
        /// The option or use.
        what: String,
    },
    /// The text is not a script.
    #[error("syntax: {what}")]
    Syntax {
        /// What is wrong.
        what: String,
    },
    /// The script does not end.
    #[error("more than {limit} commands")]
    Steps {
        /// How many were allowed.
        limit: u64,
    },
    /// Commands run in one another without an end, functions that call themselves say.
    #[error("commands run in one another more than {limit} deep")]
    Depth {
        /// How deep they may.
        limit: usize,
    },
    /// Where in a script another stop happened.
    #[error("{script}, line {line}: {stop}")]
    At {
        /// The script's name.
        script: String,
        /// The line, from 1.
        line: usize,
        /// Why.
        stop: Box<Stop>,
    },
    /// Text that must be UTF-8 is not.
    #[error("{what} is not UTF-8")]
    NotText {
        /// The file or output.
        what: String,
    },
    /// The tree refuses.
    #[error(transparent)]
    Tree(#[from] bringup_tree::Error),
}
