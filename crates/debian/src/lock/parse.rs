//! Reads a lock file; whatever is not exactly as this program writes it is refused.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use bringup_store::Digest;
use serde::Deserialize;
use toml::Spanned;

use super::{ImageLock, Lock, LockError, LockedPackage, LockedTool, VERSION};
use crate::index::is_below_base;

#[derive(Deserialize)]
struct Head {
    version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: i64,
    #[serde(default, rename = "image")]
    images: Vec<Image>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Image {
    board: Spanned<String>,
    system: String,
    #[serde(default, rename = "package")]
    packages: Vec<Entry>,
    #[serde(default, rename = "tool")]
    tools: Vec<Entry>,
}

/// A package, or a tool: serde cannot both flatten a record and refuse unknown keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    set: Option<Spanned<String>>,
    host: Option<Spanned<String>>,
    name: Spanned<String>,
    version: String,
    architecture: String,
    repository: String,
    path: Spanned<String>,
    size: u64,
    sha256: Digest,
}

/// A problem and where it is.
type Problem = (Range<usize>, String);

impl Lock {
    /// Parses the text of the lock file at `path`, which is for messages only.
    ///
    /// # Errors
    /// The text is no TOML, of another version, or has keys or values that no lock file has.
    pub fn parse(path: &Path, text: &str) -> Result<Self, LockError> {
        let syntax = |span: Option<Range<usize>>, problem: &str| LockError::Syntax {
            path: path.to_owned(),
            line: 1 + span.map_or(0, |span| text[..span.start].matches('\n').count()),
            problem: problem.to_owned(),
        };
        // The version first: another format may have other keys.
        let head: Head = toml::from_str(text).map_err(|error| syntax(error.span(), error.message()))?;
        match head.version {
            Some(VERSION) => {}
            Some(found) => return Err(LockError::Version { path: path.to_owned(), found, known: VERSION }),
            None => return Err(LockError::NoVersion { path: path.to_owned() }),
        }
        let file: File = toml::from_str(text).map_err(|error| syntax(error.span(), error.message()))?;
        file.check().map_err(|(span, problem)| syntax(Some(span), &problem))
    }
}

impl File {
    fn check(self) -> Result<Lock, Problem> {
        let mut lock = Lock::default();
        for image in self.images {
            let span = image.board.span();
            let image = image.check()?;
            if lock.image(&image.board, &image.system).is_some() {
                return Err((span, format!("`{}` with `{}` is here twice", image.board, image.system)));
            }
            lock.set(image);
        }
        Ok(lock)
    }
}

impl Image {
    fn check(self) -> Result<ImageLock, Problem> {
        let mut seen = BTreeSet::new();
        let mut packages = Vec::new();
        for entry in self.packages {
            if let Some(key) = entry.set.as_ref().or(entry.host.as_ref()) {
                return Err((key.span(), "only a tool has the keys `set` and `host`".to_owned()));
            }
            packages.push(entry.check("", "", &mut seen)?);
        }
        let mut tools = Vec::new();
        for mut entry in self.tools {
            let (Some(set), Some(host)) = (entry.set.take(), entry.host.take()) else {
                return Err((entry.name.span(), "a tool needs the keys `set` and `host`".to_owned()));
            };
            let (set, host) = (set.into_inner(), host.into_inner());
            let package = entry.check(&set, &host, &mut seen)?;
            tools.push(LockedTool { set, host, package });
        }
        Ok(ImageLock { board: self.board.into_inner(), system: self.system, packages, tools })
    }
}

impl Entry {
    fn check(
        self,
        set: &str,
        host: &str,
        seen: &mut BTreeSet<(String, String, String)>,
    ) -> Result<LockedPackage, Problem> {
        let span = self.name.span();
        let name = self.name.into_inner();
        if !seen.insert((set.to_owned(), host.to_owned(), name.clone())) {
            return Err((span, format!("`{name}` is here twice")));
        }
        if !is_below_base(self.path.get_ref()) {
            return Err((self.path.span(), "the path is not a plain path below the repository".to_owned()));
        }
        Ok(LockedPackage {
            name,
            version: self.version,
            architecture: self.architecture,
            repository: self.repository,
            path: self.path.into_inner(),
            size: self.size,
            sha256: self.sha256,
        })
    }
}
