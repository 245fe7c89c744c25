//! What a repository's Release file says: which files the indices are, and how fresh it is.

use std::collections::BTreeMap;

use bringup_store::Digest;

use crate::fields::{Paragraph, paragraphs};
use crate::index::is_below_base;
use crate::signature::CLOCK_SKEW;
use crate::{Error, UnixTime};

/// A file that a Release file lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its SHA-256.
    pub sha256: Digest,
    /// Its size, in bytes.
    pub size: u64,
}

/// A Release file, out of the text that was signed.
#[derive(Clone, Debug)]
pub struct Release {
    /// What it is called in errors: its URI.
    pub name: String,
    /// As in `stable`; may be empty.
    pub suite: String,
    /// As in `trixie`; may be empty.
    pub codename: String,
    /// When it was made.
    pub date: UnixTime,
    /// After which it must not be used any more.
    pub valid_until: Option<UnixTime>,
    /// As in `main`.
    pub components: Vec<String>,
    /// Debian architectures, and `all`.
    pub architectures: Vec<String>,
    /// Whether indices are also found under the names of their digests, which do not change while
    /// the mirror is being updated.
    pub acquire_by_hash: bool,
    /// Whether the indices of architectures list packages of architecture `all` too.
    pub all_in_each: bool,
    files: BTreeMap<String, Listed>,
}

/// What a Release file must be, beyond being signed.
#[derive(Clone, Copy, Debug)]
pub struct Expectations<'a> {
    /// Its suite or codename.
    pub suite: &'a str,
    /// The time.
    pub now: UnixTime,
    /// Whether one past its `Valid-Until` is refused.
    pub check_valid_until: bool,
    /// The date of the newest one seen before.
    pub seen: Option<UnixTime>,
}

impl Release {
    /// Reads a verified text; `name` is for errors.
    ///
    /// # Errors
    /// A required field is missing, or one is malformed.
    pub fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let bad = |field, problem| Error::ReleaseField { file: name.to_owned(), field, problem };
        let all = paragraphs(name, text)?;
        let [paragraph] = &all[..] else {
            return Err(bad("Date", "is not in the one paragraph there should be"));
        };
        let time = |field| {
            let parsed = paragraph.get(field).map(UnixTime::parse);
            parsed.map(|time| time.ok_or_else(|| bad(field, "is not a date in UTC"))).transpose()
        };
        let words = |field| paragraph.words(field).map(str::to_owned).collect();
        let text_of = |field| paragraph.get(field).unwrap_or_default().to_owned();
        Ok(Self {
            name: name.to_owned(),
            suite: text_of("Suite"),
            codename: text_of("Codename"),
            date: time("Date")?.ok_or_else(|| bad("Date", "is missing"))?,
            valid_until: time("Valid-Until")?,
            components: words("Components"),
            architectures: words("Architectures"),
            acquire_by_hash: paragraph.get("Acquire-By-Hash") == Some("yes"),
            all_in_each: paragraph.words("No-Support-for-Architecture-all").any(|what| what == "Packages"),
            files: files(paragraph).map_err(|problem| bad("SHA256", problem))?,
        })
    }

    /// Whether it may be used.
    ///
    /// # Errors
    /// It is for another suite, too old, from the future, or older than one seen before.
    pub fn check(&self, wanted: &Expectations<'_>) -> Result<(), Error> {
        let (file, now) = (self.name.clone(), wanted.now);
        if ![&self.suite, &self.codename].into_iter().any(|found| found == wanted.suite) {
            let (suite, codename) = (self.suite.clone(), self.codename.clone());
            return Err(Error::WrongSuite { file, asked: wanted.suite.to_owned(), suite, codename });
        }
        if self.date > now.after(CLOCK_SKEW) {
            return Err(Error::Future { file, date: self.date, now });
        }
        if let Some(until) = self.valid_until.filter(|&until| wanted.check_valid_until && until < now) {
            return Err(Error::Expired { file, until, now });
        }
        if let Some(seen) = wanted.seen.filter(|&seen| self.date < seen) {
            return Err(Error::Rollback { file, date: self.date, seen });
        }
        Ok(())
    }

    /// What it says of the file at `path`, relative to itself.
    pub fn file(&self, path: &str) -> Option<Listed> {
        self.files.get(path).copied()
    }

    /// The error that there is no `asked` among `known`.
    pub(crate) fn lacks(&self, kind: &'static str, asked: &str, known: Vec<String>) -> Error {
        Error::NotInRelease { file: self.name.clone(), kind, asked: asked.to_owned(), known }
    }
}

fn files(paragraph: &Paragraph<'_>) -> Result<BTreeMap<String, Listed>, &'static str> {
    if paragraph.get("SHA256").is_none() {
        return Err("is missing");
    }
    let mut files = BTreeMap::new();
    for line in paragraph.lines("SHA256").filter(|line| !line.trim_ascii().is_empty()) {
        let mut words = line.split_ascii_whitespace();
        let (Some(sha256), Some(size), Some(path), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err("has a line that is not a digest, a size and a path");
        };
        let sha256 = sha256.parse().map_err(|_| "has something that is not a SHA-256 digest")?;
        let size = size.parse().map_err(|_| "has something that is not a size")?;
        if !is_below_base(path) {
            return Err("has a path that leads elsewhere");
        }
        if files
            .insert(path.to_owned(), Listed { sha256, size })
            .is_some_and(|old| old != Listed { sha256, size })
        {
            return Err("lists a file twice, with different digests");
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Suite: stable\nCodename: trixie\nDate: Sat, 12 Sep 2026 07:55:41 UTC\n\
        Valid-Until: Sat, 19 Sep 2026 07:55:41 UTC\nAcquire-By-Hash: yes\nArchitectures: all arm64\n\
        Components: main contrib\nNo-Support-for-Architecture-all: Packages\nSHA256:\n \
        ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad 3 main/binary-arm64/Packages\n";
    const MADE: UnixTime = UnixTime(1_789_199_741);
    const WEEK: u64 = 7 * 24 * 60 * 60;

    fn expectations(suite: &str) -> Expectations<'_> {
        Expectations { suite, now: MADE, check_valid_until: true, seen: None }
    }

    #[test]
    fn fields_are_read() {
        let release = Release::parse("r", TEXT).unwrap();
        assert_eq!((release.suite.as_str(), release.codename.as_str()), ("stable", "trixie"));
        assert_eq!((release.date, release.valid_until), (MADE, Some(UnixTime(MADE.0 + WEEK))));
        assert_eq!((release.components.len(), release.architectures.len()), (2, 2));
        assert!(release.acquire_by_hash && release.all_in_each);
        let listed = Listed { sha256: Digest::of(b"abc"), size: 3 };
        assert_eq!(release.file("main/binary-arm64/Packages"), Some(listed));
        assert_eq!(release.file("main"), None);
    }

    #[test]
    fn a_bad_field_is_named() {
        for (from, to, wanted_field, wanted_problem) in [
            ("Date:", "X-Date:", "Date", "is missing"),
            ("Date: Sat, 12 Sep 2026 07:55:41 UTC", "Date: today", "Date", "is not a date in UTC"),
            ("19 Sep 2026 07:55:41 UTC", "19 Sep 2026 07:55:41 CET", "Valid-Until", "is not a date in UTC"),
            ("SHA256:", "SHA1:", "SHA256", "is missing"),
            ("ba78", "xa78", "SHA256", "has something that is not a SHA-256 digest"),
            (" 3 main", " -3 main", "SHA256", "has something that is not a size"),
            (" 3 main", " main", "SHA256", "has a line that is not a digest, a size and a path"),
            ("main/binary", "main/../../binary", "SHA256", "has a path that leads elsewhere"),
            ("Codename", "\nCodename", "Date", "is not in the one paragraph there should be"),
        ] {
            match Release::parse("r", &TEXT.replacen(from, to, 1)) {
                Err(Error::ReleaseField { field, problem, .. }) => {
                    assert_eq!((field, problem), (wanted_field, wanted_problem), "{to:?}");
                }
                other => panic!("{to:?}: {other:?}"),
            }
        }
        let (_, line) = TEXT.split_once("SHA256:\n").unwrap();
        let twice = format!("{TEXT}{}", line.replace("ba78", "ba79"));
        let error = Release::parse("r", &twice).unwrap_err();
        assert_eq!(error.to_string(), "`r`: field `SHA256` lists a file twice, with different digests");
    }

    #[test]
    fn suite_and_codename_are_names_of_the_same() {
        let release = Release::parse("r", TEXT).unwrap();
        release.check(&expectations("stable")).unwrap();
        release.check(&expectations("trixie")).unwrap();
        let error = release.check(&expectations("sid")).unwrap_err();
        assert!(
            matches!(error, Error::WrongSuite { asked, codename, .. } if asked == "sid" && codename == "trixie")
        );
    }

    #[test]
    fn time_is_checked_from_both_sides() {
        let release = Release::parse("r", TEXT).unwrap();
        let at = |now| Expectations { now: UnixTime(now), ..expectations("trixie") };
        release.check(&at(MADE.0 + WEEK)).unwrap();
        let late = at(MADE.0 + WEEK + 1);
        assert!(matches!(release.check(&late), Err(Error::Expired { now, .. }) if now == late.now));
        release.check(&Expectations { check_valid_until: false, ..late }).unwrap();
        release.check(&at(MADE.0 - 86_400)).unwrap();
        assert!(matches!(release.check(&at(MADE.0 - 86_401)), Err(Error::Future { .. })));
    }

    #[test]
    fn an_older_release_than_the_last_is_refused() {
        let release = Release::parse("r", TEXT).unwrap();
        let after = |seen| Expectations { seen: Some(UnixTime(seen)), ..expectations("trixie") };
        release.check(&after(MADE.0)).unwrap();
        assert!(matches!(release.check(&after(MADE.0 + 1)), Err(Error::Rollback { date: MADE, .. })));
    }
}
