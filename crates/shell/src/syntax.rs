//! A script as a tree: POSIX.1-2017, Shell Command Language, section 2.10 (grammar).

use std::sync::{Arc, OnceLock};

/// A parsed script.
#[derive(Debug)]
pub struct Program {
    pub(crate) body: List,
    /// Whether it says that bash is to run it.
    pub(crate) bash: bool,
}

/// Commands one after the other.
#[derive(Debug, Default)]
pub(crate) struct List(pub(crate) Vec<AndOr>);

/// Pipelines joined by `&&` and `||`.
#[derive(Debug)]
pub(crate) struct AndOr {
    pub(crate) first: Pipeline,
    pub(crate) rest: Vec<(Connector, Pipeline)>,
    pub(crate) background: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connector {
    And,
    Or,
}

#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) negated: bool,
    pub(crate) commands: Vec<Command>,
}

#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) line: usize,
    pub(crate) kind: Kind,
    pub(crate) redirections: Vec<Redirection>,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Simple { assignments: Vec<(String, Word)>, words: Vec<Word> },
    Group(List),
    Subshell(List),
    If { branches: Vec<(List, List)>, otherwise: Option<List> },
    Loop { until: bool, condition: List, body: List },
    For { name: String, words: Option<Vec<Word>>, body: List },
    Case { word: Word, arms: Vec<(Vec<Word>, List)> },
    Function { name: String, body: Arc<Command> },
}

#[derive(Debug)]
pub(crate) struct Redirection {
    pub(crate) fd: usize,
    pub(crate) target: Target,
}

#[derive(Debug)]
pub(crate) enum Target {
    /// `<`, and `<>`, which is only ever read from.
    Read(Word),
    /// `>` and `>|`
    Write(Word),
    /// `>>`
    Append(Word),
    /// `<&` and `>&`
    Duplicate(Word),
    /// bash's `&>`: both streams
    Both(Word),
    /// `<<`, filled when its text has been read.
    Document(Arc<OnceLock<Word>>),
}

/// Parts that stand together, and become no field, one or several.
#[derive(Debug, Default)]
pub(crate) struct Word(pub(crate) Vec<Part>);

impl Word {
    /// Its text, if that is always the same and no pattern.
    pub(crate) fn fixed(&self) -> Option<&str> {
        let special = |byte: u8| matches!(byte, b'*' | b'?' | b'[' | b'\\' | b'~');
        match self.0.as_slice() {
            [Part::Literal { text, quoted }] if *quoted || !text.bytes().any(special) => Some(text),
            _ => None,
        }
    }
}

#[derive(Debug)]
pub(crate) enum Part {
    Literal { text: String, quoted: bool },
    Parameter { name: String, operation: Operation, quoted: bool },
    Substitution { body: List, quoted: bool },
    Arithmetic { expression: Word, quoted: bool },
}

/// What is done with a parameter's value. `or_empty` is the colon of `:-`.
#[derive(Debug)]
pub(crate) enum Operation {
    None,
    Length,
    Default {
        or_empty: bool,
        word: Word,
    },
    Assign {
        or_empty: bool,
        word: Word,
    },
    Error {
        or_empty: bool,
        word: Word,
    },
    Alternative {
        or_empty: bool,
        word: Word,
    },
    Trim {
        suffix: bool,
        longest: bool,
        pattern: Word,
    },
    /// Something that dash does not know, an error only where it is reached.
    Bad,
}
