//! Finds the package mirror.

use std::fmt;

use crate::Error;
use crate::apt::{AptEntry, AptFile, entries};
use crate::http::base_uri;

/// Suites and codenames of the Debian archive that a source list may name.
///
/// Codenames first: other vendors have a suite `stable` too.
const CODENAMES: [&str; 6] = ["bullseye", "bookworm", "trixie", "forky", "duke", "sid"];
const ALIASES: [&str; 4] = ["oldstable", "stable", "testing", "unstable"];

/// Everything that may name a mirror, in order of rank.
#[derive(Clone, Copy, Debug, Default)]
pub struct MirrorInputs<'a> {
    /// The command line's `--mirror`.
    pub flag: Option<&'a str>,
    /// The environment's `BRINGUP_MIRROR`; empty counts as unset.
    pub environment: Option<&'a str>,
    /// `mirror` in `bringup.toml`.
    pub config: Option<&'a str>,
    /// The host's source lists.
    pub apt: &'a [AptFile],
}

/// A base URI of the Debian archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// Without a slash at its end.
    pub uri: String,
    /// Who named it.
    pub origin: MirrorOrigin,
}

/// Who named a mirror.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MirrorOrigin {
    /// The command line.
    Flag,
    /// The environment.
    Environment,
    /// `bringup.toml`.
    Config,
    /// A source list of the host's.
    Apt {
        /// Which one.
        path: String,
    },
}

impl fmt::Display for MirrorOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => write!(formatter, "`--mirror`"),
            Self::Environment => write!(formatter, "BRINGUP_MIRROR"),
            Self::Config => write!(formatter, "`bringup.toml`"),
            Self::Apt { path } => write!(formatter, "`{path}`"),
        }
    }
}

impl Mirror {
    /// The first mirror that is given.
    ///
    /// # Errors
    /// None is, or the first that is given explicitly cannot be used.
    pub fn find(inputs: &MirrorInputs<'_>) -> Result<Self, Error> {
        let explicit = [
            (inputs.flag, MirrorOrigin::Flag),
            (inputs.environment.filter(|uri| !uri.is_empty()), MirrorOrigin::Environment),
            (inputs.config, MirrorOrigin::Config),
        ];
        for (uri, origin) in explicit {
            if let Some(uri) = uri {
                return Ok(Self { uri: base_uri(uri)?, origin });
            }
        }
        from_apt(inputs.apt).ok_or(Error::NoMirror)
    }
}

fn from_apt(files: &[AptFile]) -> Option<Mirror> {
    let mut best: Option<(u32, Mirror)> = None;
    for file in files {
        for entry in entries(file) {
            for uri in entry.uris.iter().filter_map(|uri| base_uri(uri).ok()) {
                let rank = rank(&entry, &uri);
                // The first of equals: source lists are read in order of their names.
                if rank > best.as_ref().map_or(0, |(best, _)| *best) {
                    best =
                        Some((rank, Mirror { uri, origin: MirrorOrigin::Apt { path: file.path.clone() } }));
                }
            }
        }
    }
    best.map(|(_, mirror)| mirror)
}

/// How sure it is that `uri` is the Debian archive; 0 if it is not.
fn rank(entry: &AptEntry, uri: &str) -> u32 {
    let named = |names: &[&str]| {
        // Updates and backports live beside their suite; security updates are an archive of their own.
        let base = |suite: &str| suite.trim_end_matches("-updates").trim_end_matches("-backports").to_owned();
        entry.suites.iter().any(|suite| names.contains(&base(suite).as_str()))
    };
    let by_debian = entry.signed_by.as_ref().map(|key| key.contains("debian-archive"));
    let called_debian = uri.ends_with("/debian");
    if by_debian == Some(false) || !entry.components.iter().any(|component| component == "main") {
        return 0;
    }
    let sure = 1 + u32::from(by_debian == Some(true)) * 2 + u32::from(called_debian);
    match () {
        () if named(&CODENAMES) => sure + 4,
        () if named(&ALIASES) && sure > 1 => sure,
        () => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIRROR: &str = "http://mirror.example/debian";

    fn find(files: &[(&str, &str)]) -> Result<String, Error> {
        let owned = |&(path, text): &(&str, &str)| AptFile { path: path.into(), text: text.into() };
        let apt: Vec<_> = files.iter().map(owned).collect();
        Mirror::find(&MirrorInputs { apt: &apt, ..Default::default() }).map(|mirror| mirror.uri)
    }

    #[test]
    fn flag_before_environment_before_configuration_before_apt() {
        let apt = [AptFile { path: "sources.list".into(), text: format!("deb {MIRROR} trixie main") }];
        let mut inputs = MirrorInputs {
            flag: Some("http://a.example/debian/"),
            environment: Some("http://b.example/debian"),
            config: Some("file:///srv/debian"),
            apt: &apt,
        };
        let found = |inputs: &MirrorInputs<'_>| Mirror::find(inputs).unwrap();
        let mirror = |uri: &str, origin| Mirror { uri: uri.to_owned(), origin };
        assert_eq!(found(&inputs), mirror("http://a.example/debian", MirrorOrigin::Flag));
        inputs.flag = None;
        assert_eq!(found(&inputs), mirror("http://b.example/debian", MirrorOrigin::Environment));
        inputs.environment = Some("");
        assert_eq!(found(&inputs), mirror("file:///srv/debian", MirrorOrigin::Config));
        inputs.config = None;
        assert_eq!(found(&inputs), mirror(MIRROR, MirrorOrigin::Apt { path: "sources.list".into() }));
    }

    #[test]
    fn an_unusable_flag_is_an_error_and_not_passed_over() {
        let inputs =
            MirrorInputs { flag: Some("mirror.example"), config: Some(MIRROR), ..Default::default() };
        assert!(matches!(Mirror::find(&inputs), Err(Error::BadUri { uri, .. }) if uri == "mirror.example"));
    }

    #[test]
    fn no_mirror_is_an_error_that_says_how_to_give_one() {
        let error = find(&[]).unwrap_err().to_string();
        for way in ["--mirror", "BRINGUP_MIRROR", "bringup.toml"] {
            assert!(error.contains(way), "{error}");
        }
    }

    #[test]
    fn only_the_debian_archive_counts() {
        for line in [
            "deb http://security.example/debian-security trixie-security main",
            "deb http://vendor.example/apt stable main",
            "deb [signed-by=/usr/share/keyrings/vendor.gpg] http://vendor.example/debian trixie main",
            "deb http://other.example/ubuntu noble main universe",
            "deb http://vendor.example/debian trixie stable",
            "deb cdrom:[Debian]/ trixie main",
            "deb mirror+file:/etc/apt/mirrors.txt trixie main",
        ] {
            let error = find(&[("sources.list", line)]).unwrap_err();
            assert!(matches!(error, Error::NoMirror), "{line}: {error}");
        }
    }

    #[test]
    fn the_surest_entry_wins() {
        let vendor = "deb http://vendor.example/apt sid main\n";
        let main = format!("deb {MIRROR} stable-updates main\n");
        assert_eq!(find(&[("sources.list", &main)]).unwrap(), MIRROR);
        let signed = format!(
            "Types: deb\nURIs: {MIRROR}\nSuites: trixie trixie-updates\nComponents: main\n\
             Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp\n\n\
             Types: deb\nURIs: http://mirror.example/debian-security\nSuites: trixie-security\n\
             Components: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.pgp\n"
        );
        assert_eq!(find(&[("a.list", vendor), ("debian.sources", &signed)]).unwrap(), MIRROR);
    }
}
