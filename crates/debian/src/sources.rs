//! Source packages: `Sources` indices, `.dsc` files, archives, patches.
//!
//! Every file of a source package is known by the SHA-256 in the index, which the Release file vouches
//! for: that is the chain that apt follows. The `.dsc`, where the mirror has it, must say the same of them as the
//! index does; the uploader's signature in it is not looked at, as nobody's key is carried here.

mod unpack;

use std::collections::BTreeMap;

use bringup_store::Digest;

use crate::cleartext::Cleartext;
use crate::fields::{Paragraph, paragraphs};
use crate::index::is_below_base;
use crate::{Error, FileRequest, Repository, compare_versions};

/// How many near names an error lists, and how near they are (Jaro-Winkler).
const NEAR: (usize, f64) = (3, 0.85);

/// A file of a source package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name: `u-boot_2025.01.orig.tar.bz2`.
    pub name: String,
    /// Its size, in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: Digest,
}

/// One version of a source package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its format: `3.0 (quilt)` (dpkg-source(1)).
    pub format: String,
    /// The folder of its files, below the repository's base.
    pub directory: String,
    /// Its files, the `.dsc` among them.
    pub files: Vec<SourceFile>,
    /// Which of the caller's repositories it comes from, by position.
    pub repository: usize,
}

impl SourcePackage {
    /// Those of a `Sources` text, called `index` in errors.
    pub(crate) fn parse_all(index: &str, text: &str, repository: usize) -> Result<Vec<Self>, Error> {
        let all = paragraphs(index, text)?;
        all.iter().enumerate().map(|(at, one)| Self::parse(index, at + 1, one, repository)).collect()
    }

    fn parse(index: &str, stanza: usize, fields: &Paragraph<'_>, repository: usize) -> Result<Self, Error> {
        let package = fields.get("Package").unwrap_or_default().to_owned();
        let bad = |field, problem| Error::Stanza {
            index: index.to_owned(),
            stanza,
            package: package.clone(),
            field,
            problem,
        };
        let required = |field| fields.get(field).ok_or_else(|| bad(field, "is missing")).map(str::to_owned);
        let directory = required("Directory")?;
        if !is_below_base(&directory) {
            return Err(bad("Directory", "is not a plain path below the repository"));
        }
        Ok(Self {
            name: required("Package")?,
            version: required("Version")?,
            format: required("Format")?,
            directory,
            files: checksums(fields).map_err(|problem| bad("Checksums-Sha256", problem))?,
            repository,
        })
    }

    /// The newest of those called `name`; of equal ones the first.
    pub(crate) fn newest(all: Vec<Self>, name: &str) -> Result<Self, Error> {
        let mut near: Vec<(f64, String)> = Vec::new();
        let mut found: Option<Self> = None;
        for one in all {
            if one.name != name {
                let likeness = strsim::jaro_winkler(name, &one.name);
                if likeness >= NEAR.1 {
                    near.push((likeness, one.name));
                }
                continue;
            }
            let newer = |old: &Self| compare_versions(&one.version, &old.version).is_gt();
            if found.as_ref().is_none_or(newer) {
                found = Some(one);
            }
        }
        near.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        near.dedup();
        let near = near.into_iter().take(NEAR.0).map(|(_, name)| name).collect();
        found.ok_or_else(|| Error::NoSourcePackage { name: name.to_owned(), near })
    }

    /// How to fetch its files, in their order, given the repositories by which it was indexed.
    pub fn requests(&self, repositories: &[Repository]) -> Vec<FileRequest> {
        let base = &repositories[self.repository].uri;
        let request = |file: &SourceFile| FileRequest {
            name: file.name.clone(),
            uris: vec![format!("{base}/{}/{}", self.directory, file.name)],
            sha256: file.sha256,
            size: file.size,
        };
        self.files.iter().map(request).collect()
    }

    /// Whether a `.dsc` describes this package: its name, its version, and the same files.
    ///
    /// # Errors
    /// Says what differs.
    pub(crate) fn check_dsc(&self, file: &str, text: &[u8]) -> Result<(), Error> {
        let bad = |problem| Error::SourceFile { package: self.name.clone(), file: file.to_owned(), problem };
        let text = std::str::from_utf8(text).map_err(|_| bad("is not UTF-8"))?;
        let signed = text.starts_with("-----BEGIN PGP").then(|| Cleartext::split(text)).transpose();
        let signed = signed.map_err(bad)?.map(|message| message.text);
        let all = paragraphs(file, signed.as_deref().unwrap_or(text))?;
        let [fields] = &all[..] else { return Err(bad("is not one paragraph")) };
        if fields.get("Source") != Some(self.name.as_str()) {
            return Err(bad("is of a package of another name"));
        }
        if fields.get("Version") != Some(self.version.as_str()) {
            return Err(bad("is of another version"));
        }
        if fields.get("Format") != Some(self.format.as_str()) {
            return Err(bad("is of another format"));
        }
        let by_name = |files: Vec<SourceFile>| -> BTreeMap<String, (u64, [u8; 32])> {
            files.into_iter().map(|file| (file.name, (file.size, file.sha256.0))).collect()
        };
        let mut listed = by_name(self.files.clone());
        listed.remove(file);
        if by_name(checksums(fields).map_err(bad)?) != listed {
            return Err(bad("lists other files than the index does"));
        }
        Ok(())
    }
}

fn checksums(fields: &Paragraph<'_>) -> Result<Vec<SourceFile>, &'static str> {
    let mut files = Vec::new();
    for line in fields.lines("Checksums-Sha256").filter(|line| !line.trim_ascii().is_empty()) {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let [sha256, size, name] = words[..] else {
            return Err("has a line that is not a digest, a size and a name");
        };
        if !is_below_base(name) || name.contains('/') {
            return Err("has something that is not the name of a file");
        }
        let sha256 = sha256.parse().map_err(|_| "has something that is not a SHA-256 digest")?;
        let size = size.parse().map_err(|_| "has something that is not a size")?;
        files.push(SourceFile { name: name.to_owned(), size, sha256 });
    }
    if files.is_empty() { Err("is missing") } else { Ok(files) }
}

#[cfg(test)]
mod tests;
