use crate::Place;
use crate::near::help;

/// Why a system cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The record's text is no TOML.
    #[error("{place}: {what}")]
    Syntax {
        /// Where.
        place: Place,
        /// What TOML says.
        what: String,
    },
    /// A key that no record has.
    #[error("{place}: `{key}` is no key of a system{}", help(near))]
    UnknownKey {
        /// Where.
        place: Place,
        /// The key, with those above it.
        key: String,
        /// Keys there with a similar name.
        near: Vec<String>,
    },
    /// A key is missing.
    #[error("{place}: `{key}` is missing")]
    Missing {
        /// Where it should be.
        place: Place,
        /// The key, with those above it.
        key: String,
    },
    /// A value is of the wrong kind.
    #[error("{place}: `{key}` {what}")]
    Type {
        /// Where.
        place: Place,
        /// The key, with those above it.
        key: String,
        /// What it is and must be.
        what: String,
    },
    /// A value is out of its limits.
    #[error("{place}: `{field}` is `{value}`, but must be {rule}")]
    Value {
        /// Where.
        place: Place,
        /// The key, with those above it.
        field: String,
        /// What it says.
        value: String,
        /// What it may say.
        rule: &'static str,
    },
    /// A password is written as such.
    #[error(
        "{place}: `{field}` is a password, and a record is no place for one\n\
         help: write `{{ hashed = \"...\" }}` with what `mkpasswd` or `openssl passwd -6` prints"
    )]
    PlainPassword {
        /// Where.
        place: Place,
        /// The key, with those above it.
        field: String,
    },
    /// Something is there twice.
    #[error("{place}: {what} `{name}` is there already, at {first}")]
    Twice {
        /// Where the second is.
        place: Place,
        /// What it is: `user`, say.
        what: &'static str,
        /// Its name.
        name: String,
        /// Where the first is.
        first: Place,
    },
    /// Something other than exactly one of several keys is there.
    #[error("{place}: {what} `{name}` must have exactly one of `{}`", keys.join("`, `"))]
    OneOf {
        /// Where.
        place: Place,
        /// What it is: `file`, say.
        what: &'static str,
        /// Its name.
        name: String,
        /// The keys.
        keys: &'static [&'static str],
    },
    /// The record asks for what an image cannot be yet.
    #[error("{place}: `{field}` cannot be had yet: {why}")]
    NotYet {
        /// Where.
        place: Place,
        /// The key, with those above it.
        field: &'static str,
        /// What is missing.
        why: &'static str,
    },
    /// The record has a key that means nothing to what runs as process 1.
    #[error("{place}: `{field}` needs `init = \"systemd\"`")]
    NeedsSystemd {
        /// Where.
        place: Place,
        /// The key.
        field: &'static str,
    },
    /// A file that the record names is not beside it.
    #[error("{place}: no file `{file}` in the system's folder, which has `{}`", known.join("`, `"))]
    NoSource {
        /// Where it is named.
        place: Place,
        /// The file.
        file: String,
        /// What is there.
        known: Vec<String>,
    },
    /// The system that a record inherits is not known.
    #[error("{place}: no system `{parent}` to inherit{}", help(near))]
    NoParent {
        /// Where it is named.
        place: Place,
        /// Its name.
        parent: String,
        /// Systems with a similar name.
        near: Vec<String>,
    },
    /// Systems inherit each other in a circle.
    #[error("{place}: systems inherit each other in a circle: `{}`", chain.join("` -> `"))]
    Circle {
        /// Where the circle closes.
        place: Place,
        /// The systems, from the first back to itself.
        chain: Vec<String>,
    },
    /// A list is to lose what it does not have.
    #[error(
        "{place}: `{key}` cannot lose `{value}`, for it is not inherited\nhelp: inherited: `{}`",
        known.join("`, `")
    )]
    NotInherited {
        /// Where.
        place: Place,
        /// The list.
        key: String,
        /// What it is to lose.
        value: String,
        /// What it has.
        known: Vec<String>,
    },
    /// A list is changed in a way that is not known.
    #[error(
        "{place}: `{key}` is a list, which `{found}` does not change here\n\
         help: write `{{ replace = [...] }}`, or `{{ remove = [...], append = [...] }}`"
    )]
    ListChange {
        /// Where.
        place: Place,
        /// The list.
        key: String,
        /// The key in its table.
        found: String,
    },
    /// busybox holds no list of applets.
    #[error("`{path}` has no list of applets; is it busybox?")]
    NoApplets {
        /// Where busybox was looked for.
        path: String,
    },
    /// The root has no such thing: a package is missing, or the name is wrong.
    #[error("{place}: no package of this system has {what} `{name}`{}", help(near))]
    NotThere {
        /// Where it is named.
        place: Place,
        /// What it is: `the service`, say.
        what: &'static str,
        /// Its name.
        name: String,
        /// Such things with a similar name.
        near: Vec<String>,
    },
    /// The record asks for a program that the root does not have.
    #[error(
        "{place}: `{field}` needs `{program}`, which no package of this system has\nhelp: install `{package}`"
    )]
    NeedsProgram {
        /// Where.
        place: Place,
        /// The key, with those above it.
        field: String,
        /// The program's path.
        program: &'static str,
        /// The package that has it.
        package: &'static str,
    },
    /// Nobody said which file a secret is.
    #[error("{place}: the secret `{name}` was not given{}", help(near))]
    NoSecret {
        /// Where it is named.
        place: Place,
        /// Its name.
        name: String,
        /// Given ones with a similar name.
        near: Vec<String>,
    },
    /// A secret is not what it must be. What it says is never repeated.
    #[error("the secret `{name}`, line {line}: {what}")]
    Secret {
        /// Its name.
        name: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// A program of the root's account database refused.
    #[error("{place}: `{command}` ended with status {status}: {errors}")]
    Command {
        /// Where what it was to do stands.
        place: Place,
        /// The command and its arguments, without secrets.
        command: String,
        /// Its status.
        status: u8,
        /// What it printed.
        errors: String,
    },
    /// A program is not reproduced in the way that is needed.
    #[error("{place}: this cannot be put into the root")]
    Stop {
        /// Where what it was to do stands.
        place: Place,
        /// Why.
        source: Box<bringup_shell::Stop>,
    },
    /// The file tree refuses.
    #[error("the root tree")]
    Tree(#[from] bringup_tree::Error),
}
