use std::path::PathBuf;

use bringup_spec::Bytes;
use bringup_store::Digest;

use crate::http::TransferError;
use crate::keyring::Refused;
use crate::time::UnixTime;

/// Why a repository was refused, or could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A stanza of a `Packages` index is malformed.
    #[error("index `{index}`, stanza {stanza} (package `{package}`): field `{field}` {problem}")]
    Stanza {
        /// Which index, as its repository calls it.
        index: String,
        /// Counted from 1.
        stanza: usize,
        /// The package's name, empty if that is what is missing.
        package: String,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A line of a control file is neither a field nor the continuation of one.
    #[error("`{file}`, line {line}: not a field, and not the continuation of one")]
    Line {
        /// Which file.
        file: String,
        /// Counted from 1.
        line: usize,
    },
    /// A text file is not UTF-8.
    #[error("`{file}`: not UTF-8 at byte {at}")]
    NotUtf8 {
        /// Which file.
        file: String,
        /// How many bytes are valid before.
        at: usize,
    },
    /// A text is larger than this program handles.
    #[error("`{file}`: {bytes} bytes, but at most {limit} are handled")]
    TooLarge {
        /// Which file.
        file: String,
        /// Its size.
        bytes: u64,
        /// The largest size handled.
        limit: u64,
    },
    /// A file holds something that is no public key.
    #[error("`{file}`: not a public key")]
    BadKey {
        /// Which file.
        file: String,
        /// What the parser says.
        source: Box<pgp::errors::Error>,
    },
    /// A file holds no public key.
    #[error("`{file}`: there is no public key in it")]
    NoKey {
        /// Which file.
        file: String,
    },
    /// A file is not the signed message it should be.
    #[error("`{file}` {problem}")]
    NotSigned {
        /// Which file.
        file: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// No signature by a trusted key counts.
    #[error(
        "`{file}`: no valid signature by a trusted key{}\n\
         help: if the repository has a key of its own, name it as `signed-by` in its `[[repository]]`",
        list(refused)
    )]
    Untrusted {
        /// Which file.
        file: String,
        /// Each signature, with the reason why it does not count.
        refused: Vec<Refused>,
    },
    /// A field of a Release file is malformed.
    #[error("`{file}`: field `{field}` {problem}")]
    ReleaseField {
        /// Which file.
        file: String,
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The repository serves another suite than was asked for.
    #[error("`{file}` is the Release of suite `{suite}`, codename `{codename}`, but `{asked}` was asked for")]
    WrongSuite {
        /// Which file.
        file: String,
        /// The suite asked for.
        asked: String,
        /// The suite that came.
        suite: String,
        /// Its codename.
        codename: String,
    },
    /// The Release file's time is over.
    #[error(
        "`{file}` was valid until {until} only, and now it is {now}\n\
         help: the mirror is behind: take another one, or set `check-valid-until = false` in this repository's `[[repository]]`"
    )]
    Expired {
        /// Which file.
        file: String,
        /// Its `Valid-Until`.
        until: UnixTime,
        /// The time given by the caller.
        now: UnixTime,
    },
    /// The Release file was made in the future.
    #[error("`{file}` was made on {date}, but now it is {now}\nhelp: set this machine's clock")]
    Future {
        /// Which file.
        file: String,
        /// Its `Date`.
        date: UnixTime,
        /// The time given by the caller.
        now: UnixTime,
    },
    /// The Release file is older than one that was already seen.
    #[error(
        "`{file}` was made on {date}, but the one of {seen} was seen before\n\
         help: the mirror has gone back in time, or somebody wants old packages installed: take another mirror"
    )]
    Rollback {
        /// Which file.
        file: String,
        /// Its `Date`.
        date: UnixTime,
        /// The `Date` of the newest one seen.
        seen: UnixTime,
    },
    /// The Release file does not list what was asked for.
    #[error("`{file}` has no {kind} `{asked}`; it has {}", known.join(", "))]
    NotInRelease {
        /// Which file.
        file: String,
        /// What kind of thing: component, architecture or index.
        kind: &'static str,
        /// What was asked for.
        asked: String,
        /// What there is.
        known: Vec<String>,
    },
    /// An index is not what the Release file says once it is decompressed.
    #[error("`{name}` should decompress to {} with SHA-256 {expected}, but gave {found}", Bytes(*size))]
    WrongIndex {
        /// Which index.
        name: String,
        /// Its size in bytes, as signed.
        size: u64,
        /// Its SHA-256, as signed.
        expected: Digest,
        /// What came of it: a digest, or how it ended.
        found: String,
    },
    /// An index cannot be decompressed.
    #[error("`{name}` cannot be decompressed")]
    Decompress {
        /// Which index.
        name: String,
        /// Why not.
        source: std::io::Error,
    },
    /// No server has the file any more.
    #[error("{name}: `{uri}` does not exist (any more)\nhelp: {}", gone_help(uri))]
    Gone {
        /// What was wanted.
        name: String,
        /// Where it should be.
        uri: String,
    },
    /// A file could not be fetched.
    #[error(
        "{name}: cannot fetch `{uri}`, {attempts} attempts in a row failed\n\
         help: see whether the mirror can be reached; offline, a build takes what the store has"
    )]
    Unreachable {
        /// What was wanted.
        name: String,
        /// Where it should be.
        uri: String,
        /// How often it was tried without getting anywhere.
        attempts: u32,
        /// Why the last attempt failed.
        source: TransferError,
    },
    /// A request names no place.
    #[error("{name}: no place is known to fetch it from")]
    Nowhere {
        /// What was wanted.
        name: String,
    },
    /// A server gave other bytes than were wanted.
    #[error("{name}: `{uri}` has the SHA-256 {found}, but {expected} is wanted")]
    WrongBytes {
        /// What was wanted.
        name: String,
        /// Where it came from.
        uri: String,
        /// The digest wanted.
        expected: Digest,
        /// The digest of what came.
        found: Digest,
    },
    /// A server gave a file of another length.
    #[error("{name}: `{uri}` has {found} bytes, but {expected} are wanted")]
    WrongSize {
        /// What was wanted.
        name: String,
        /// Where it came from.
        uri: String,
        /// The size wanted, in bytes.
        expected: u64,
        /// The size it has, as far as it was read, in bytes.
        found: u64,
    },
    /// Something would have to be fetched, which was forbidden.
    #[error(
        "{name} is not in the store{}, and offline nothing is fetched\nhelp: run once without `--offline`",
        others(*more)
    )]
    Offline {
        /// What is missing.
        name: String,
        /// How many other files are missing too.
        more: usize,
    },
    /// A URI cannot be used.
    #[error("`{uri}` {problem}")]
    BadUri {
        /// The URI.
        uri: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A name in the configuration cannot be used.
    #[error("`{value}` is not the name of a {kind}")]
    BadName {
        /// Of what.
        kind: &'static str,
        /// The name as given.
        value: String,
    },
    /// No repository has a source package.
    #[error("no source package is called `{name}`{}", did_you_mean(near))]
    NoSourcePackage {
        /// The name asked for.
        name: String,
        /// Names that look like it, the nearest first.
        near: Vec<String>,
    },
    /// A source package is of a format that is not read here.
    #[error(
        "source package `{package}` has the format `{format}`\nhelp: `3.0 (quilt)` and `3.0 (native)` are read"
    )]
    SourceFormat {
        /// Which package.
        package: String,
        /// Its format.
        format: String,
    },
    /// A file of a source package is not what it must be.
    #[error("source package `{package}`: `{file}` {problem}")]
    SourceFile {
        /// Which package.
        package: String,
        /// Which of its files, or of its tree's.
        file: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A source package's archive cannot be decompressed.
    #[error("source package `{package}`: `{file}` cannot be decompressed: {problem}")]
    SourceDamaged {
        /// Which package.
        package: String,
        /// Which of its files.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// A source package's archive holds what it may not hold.
    #[error("source package `{package}`: its tree")]
    SourceTree {
        /// Which package.
        package: String,
        /// What is wrong.
        source: bringup_tree::Error,
    },
    /// A patch does not apply.
    #[error("patch `{patch}`: `{file}`{} {problem}", hunk_number(*hunk))]
    Patch {
        /// Which patch.
        patch: String,
        /// Which file it changes; empty before the first.
        file: String,
        /// Which of the file's changes, from 1; 0 if none in particular.
        hunk: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// Nobody said where packages come from.
    #[error(
        "no package mirror is known\n\
         help: give one with `--mirror URI`, in the environment as BRINGUP_MIRROR, or as `mirror` in bringup.toml"
    )]
    NoMirror,
    /// A configuration file is malformed.
    #[error("`{file}`: malformed configuration")]
    Config {
        /// Which file.
        file: String,
        /// Where and what; boxed, for it is large.
        source: Box<toml::de::Error>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] bringup_store::Error),
    /// Reading or writing failed.
    #[error("cannot {operation} `{}`", path.display())]
    Io {
        /// What was being done.
        operation: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

/// Of a mirror that has packages, only a package of an old lock is missing.
fn gone_help(uri: &str) -> &'static str {
    if uri.ends_with("/InRelease") {
        "see whether this is the base of a package mirror that has the suite: `dists` is below it"
    } else {
        "the mirror has moved on: `bringup lock --update` takes what it has now, other packages than before"
    }
}

fn list(refused: &[Refused]) -> String {
    refused.iter().map(|one| format!("\n  {one}")).collect()
}

fn others(more: usize) -> String {
    if more == 0 { String::new() } else { format!(" (nor are {more} others)") }
}

fn did_you_mean(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("\nhelp: there are `{}`", near.join("`, `")) }
}

fn hunk_number(hunk: usize) -> String {
    if hunk == 0 { String::new() } else { format!(", change {hunk}:") }
}
