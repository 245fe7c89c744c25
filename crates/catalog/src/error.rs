use std::fmt;

use crate::near_matches;

/// A name that stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no {kind} `{name}`\nhelp: {}", help(*kind, near, known))]
pub struct UnknownName {
    /// What was looked for.
    pub kind: NameKind,
    /// The name as given.
    pub name: String,
    /// Known names close to it, closest first.
    pub near: Vec<String>,
    /// Every known name.
    pub known: Vec<String>,
}

impl UnknownName {
    /// The error for `name`, which is none of `known`.
    pub fn new<'a>(kind: NameKind, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<String> = known.into_iter().map(str::to_owned).collect();
        let near = near_matches(name, known.iter().map(String::as_str));
        Self { kind, name: name.to_owned(), near, known }
    }
}

/// What a name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameKind {
    /// A board.
    Board,
    /// A platform, by this project's name.
    Platform,
    /// A platform, by a target triple.
    Triple,
    /// A platform, by Debian's architecture.
    DebianArch,
    /// A platform, by the CPU's name in rustc's `std::env::consts::ARCH`.
    HostArch,
    /// A system.
    System,
    /// An image type.
    ImageType,
}

impl NameKind {
    /// The subcommand of `bringup` that lists these names, if there is one.
    fn listed_by(self) -> Option<&'static str> {
        match self {
            Self::Board => Some("boards"),
            Self::Platform => Some("platforms"),
            Self::System => Some("systems"),
            Self::Triple | Self::DebianArch | Self::HostArch | Self::ImageType => None,
        }
    }
}

impl fmt::Display for NameKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Board => "board",
            Self::Platform => "platform",
            Self::Triple => "platform with the target triple",
            Self::DebianArch => "platform with the Debian architecture",
            Self::HostArch => "platform for the host's processor",
            Self::System => "system",
            Self::ImageType => "image type",
        })
    }
}

fn help(kind: NameKind, near: &[String], known: &[String]) -> String {
    let quoted = |names: &[String], last: &str| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        match names.split_last() {
            Some((end, [])) => end.clone(),
            Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
            None => "none".to_owned(),
        }
    };
    if near.is_empty() {
        return format!("known: {}", quoted(known, "and"));
    }
    let list =
        kind.listed_by().map_or_else(String::new, |command| format!(" (`bringup {command}` lists all)"));
    format!("did you mean {}?{list}", quoted(near, "or"))
}
