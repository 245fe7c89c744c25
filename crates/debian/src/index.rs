//! Parses `Packages` files.

use std::sync::Arc;

use bringup_store::Digest;

use crate::record::{Span, TEXT_FIELDS};
use crate::stanza::Reducer;
use crate::{Error, Index, MultiArch, Package, Priority};

/// The first fields of [`TEXT_FIELDS`] are required; the rest may be missing.
const REQUIRED_TEXT: usize = 4;

impl Index {
    /// Parses the text of a `Packages` file, called `name` in errors; every package gets `repository`.
    ///
    /// # Errors
    /// A line is no field, or a required field is missing, repeated or malformed.
    pub fn parse(name: &str, text: &str, repository: usize) -> Result<Self, Error> {
        let mut reducer = Reducer::new(name);
        reducer.push(text.as_bytes())?;
        Self::from_reduced(name, &Arc::new(reducer.finish()?), repository)
    }

    /// Parses what a [`Reducer`] left; `text` is shared by all packages.
    pub(crate) fn from_reduced(name: &str, text: &Arc<String>, repository: usize) -> Result<Self, Error> {
        if u32::try_from(text.len()).is_err() {
            return Err(Error::TooLarge {
                file: name.to_owned(),
                bytes: text.len() as u64,
                limit: u64::from(u32::MAX),
            });
        }
        let mut packages = Vec::new();
        let mut stanza = Stanza::new(name, text, repository);
        let mut at = 0;
        // Lines that continue a field are found with their field, so that the loop sees fields only.
        while at < text.len() {
            let end = field_end(text.as_bytes(), at);
            if text.as_bytes()[at] == b'\n' {
                packages.extend(stanza.finish()?);
            } else {
                stanza.field(at, end)?;
            }
            at = end;
        }
        packages.extend(stanza.finish()?);
        packages.shrink_to_fit();
        Ok(Self { packages })
    }
}

/// End of the field or empty line at `at`, past its last newline.
fn field_end(text: &[u8], at: usize) -> usize {
    let mut end = at;
    loop {
        end = memchr::memchr(b'\n', &text[end..]).map_or(text.len(), |newline| end + newline + 1);
        let continued = text[at] != b'\n' && matches!(text.get(end), Some(b' ' | b'\t'));
        if !continued {
            return end;
        }
    }
}

/// The stanza being read.
struct Stanza<'a> {
    index: &'a str,
    text: &'a Arc<String>,
    repository: usize,
    number: usize,
    begun: bool,
    spans: [Span; TEXT_FIELDS.len()],
    multi_arch: Option<MultiArch>,
    essential: Option<bool>,
    priority: Option<Priority>,
    installed_size_kib: Option<u64>,
    size: Option<u64>,
    sha256: Option<Digest>,
}

impl<'a> Stanza<'a> {
    fn new(index: &'a str, text: &'a Arc<String>, repository: usize) -> Self {
        Self {
            index,
            text,
            repository,
            number: 1,
            begun: false,
            spans: Default::default(),
            multi_arch: None,
            essential: None,
            priority: None,
            installed_size_kib: None,
            size: None,
            sha256: None,
        }
    }

    fn field(&mut self, start: usize, end: usize) -> Result<(), Error> {
        self.begun = true;
        let line = &self.text[start..end];
        let (name, raw) = line.split_once(':').unwrap_or((line, ""));
        let value = raw.trim();
        let is = |field: &str| name.eq_ignore_ascii_case(field);
        if let Some(field) = TEXT_FIELDS.iter().position(|field| is(field)) {
            if self.spans[field] != Span::default() {
                return Err(self.bad(TEXT_FIELDS[field], "appears twice"));
            }
            let skipped = name.len() + 1 + (raw.len() - raw.trim_start().len());
            // Lossless: the text was checked to be within u32.
            self.spans[field] = Span { start: (start + skipped) as u32, len: value.len() as u32 };
        } else if is("Multi-Arch") {
            let parsed = match value {
                "no" => Some(MultiArch::No),
                "same" => Some(MultiArch::Same),
                "foreign" => Some(MultiArch::Foreign),
                "allowed" => Some(MultiArch::Allowed),
                _ => None,
            };
            self.multi_arch = self.once("Multi-Arch", self.multi_arch, parsed)?;
        } else if is("Essential") {
            let parsed = match value {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            };
            self.essential = self.once("Essential", self.essential, parsed)?;
        } else if is("Priority") {
            let parsed = match value {
                "required" => Priority::Required,
                "important" => Priority::Important,
                "standard" => Priority::Standard,
                "extra" => Priority::Extra,
                // Only an ordering hint, and archives other than Debian's write other words.
                _ => Priority::Optional,
            };
            self.priority = self.once("Priority", self.priority, Some(parsed))?;
        } else if is("Installed-Size") {
            self.installed_size_kib =
                self.once("Installed-Size", self.installed_size_kib, value.parse().ok())?;
        } else if is("Size") {
            self.size = self.once("Size", self.size, value.parse().ok())?;
        } else if is("SHA256") {
            self.sha256 = self.once("SHA256", self.sha256, value.parse().ok())?;
        }
        Ok(())
    }

    fn once<T>(&self, field: &'static str, old: Option<T>, new: Option<T>) -> Result<Option<T>, Error> {
        match (old, new) {
            (Some(_), _) => Err(self.bad(field, "appears twice")),
            (None, None) => Err(self.bad(field, "has a value that makes no sense")),
            (None, new) => Ok(new),
        }
    }

    /// The package, unless nothing was read since the last one; and the next stanza.
    fn finish(&mut self) -> Result<Option<Package>, Error> {
        if !self.begun {
            return Ok(None);
        }
        for (field, span) in TEXT_FIELDS.iter().zip(&self.spans).take(REQUIRED_TEXT) {
            if span.len == 0 {
                return Err(self.bad(field, "is missing"));
            }
        }
        let package = Package {
            text: Arc::clone(self.text),
            spans: self.spans,
            multi_arch: self.multi_arch.unwrap_or_default(),
            essential: self.essential.unwrap_or_default(),
            priority: self.priority.unwrap_or_default(),
            installed_size_kib: self.installed_size_kib.unwrap_or_default(),
            size: self.size.ok_or_else(|| self.bad("Size", "is missing"))?,
            sha256: self.sha256.ok_or_else(|| self.bad("SHA256", "is missing"))?,
            repository: self.repository,
        };
        // Names end up in paths of the target, file names in URIs.
        if !is_package_name(package.name()) {
            return Err(self.bad("Package", "has characters that a package's name may not have"));
        }
        if !is_version(package.version()) {
            return Err(self.bad("Version", "has characters that a version may not have"));
        }
        if !is_package_name(package.architecture()) {
            return Err(self.bad("Architecture", "has characters that an architecture may not have"));
        }
        if !is_below_base(package.filename()) {
            return Err(self.bad("Filename", "is not a plain path below the repository"));
        }
        let number = self.number + 1;
        *self = Self::new(self.index, self.text, self.repository);
        self.number = number;
        Ok(Some(package))
    }

    fn bad(&self, field: &'static str, problem: &'static str) -> Error {
        let Span { start, len } = self.spans[0];
        Error::Stanza {
            index: self.index.to_owned(),
            stanza: self.number,
            package: self.text[start as usize..(start + len) as usize].to_owned(),
            field,
            problem,
        }
    }
}

/// Debian policy 5.6.1: lower case letters, digits, `+`, `-` and `.`, alphanumeric first.
fn is_package_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.as_bytes().first().is_some_and(|&first| letter(first))
        && name.bytes().all(|byte| letter(byte) || b"+-.".contains(&byte))
}

/// Debian policy 5.6.12.
fn is_version(version: &str) -> bool {
    version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+-~:".contains(&byte))
}

/// Whether `path` names something below where it is appended: in a URI and as a file.
pub(crate) fn is_below_base(path: &str) -> bool {
    path.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#\\".contains(&byte))
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANZA: &str = "Package: libc6\nVersion: 2.41-12\nArchitecture: arm64\nMulti-Arch: same\n\
        Priority: required\nInstalled-Size: 13000\nDepends: libgcc-s1,\n other\nDescription: C library\n\
        Filename: pool/main/g/glibc/libc6_2.41-12_arm64.deb\nSize: 2200000\n\
        SHA256: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n";

    fn parse(text: &str) -> Result<Index, Error> {
        Index::parse("main/binary-arm64/Packages", text, 3)
    }

    #[test]
    fn each_stanza_is_a_package() {
        let second = STANZA.replace("libc6", "libd").replace("Multi-Arch: same\n", "Essential: yes\n");
        let index = parse(&format!("{STANZA}\n\n{second}")).unwrap();
        let [first, second] = &index.packages[..] else { panic!("{index:?}") };
        assert_eq!(format!("{first:?} {second:?}"), "libc6:arm64=2.41-12 libd:arm64=2.41-12");
        assert_eq!(first.depends(), "libgcc-s1,\n other");
        assert_eq!(first.filename(), "pool/main/g/glibc/libc6_2.41-12_arm64.deb");
        assert_eq!((first.pre_depends(), first.size, first.installed_size_kib), ("", 2_200_000, 13_000));
        assert_eq!((first.multi_arch, first.essential), (MultiArch::Same, false));
        assert_eq!((first.priority, first.repository), (Priority::Required, 3));
        assert_eq!(first.sha256, Digest::of(b"abc"));
        assert_eq!((second.multi_arch, second.essential), (MultiArch::No, true));
    }

    #[test]
    fn an_empty_index_has_no_packages() {
        assert!(parse("").unwrap().packages.is_empty());
        assert!(parse("\n\n").unwrap().packages.is_empty());
    }

    #[test]
    fn a_bad_field_is_named_with_its_stanza() {
        for (from, to, wanted_field, wanted_problem) in [
            ("Version: 2.41-12\n", "", "Version", "is missing"),
            ("Package: libc6\n", "", "Package", "is missing"),
            ("SHA256: b", "X-SHA256: b", "SHA256", "is missing"),
            ("SHA256: b", "SHA256: x", "SHA256", "has a value that makes no sense"),
            ("SHA256: b", "SHA256: ", "SHA256", "has a value that makes no sense"),
            ("Size: 2200000", "Size: -1", "Size", "has a value that makes no sense"),
            ("Multi-Arch: same", "Multi-Arch: maybe", "Multi-Arch", "has a value that makes no sense"),
            ("Size: 2200000\n", "Size: 1\nSize: 2\n", "Size", "appears twice"),
            ("Depends:", "Version: 1\nDepends:", "Version", "appears twice"),
            ("Filename: pool", "Filename: ../pool", "Filename", "is not a plain path below the repository"),
            ("Filename: pool", "Filename: /pool", "Filename", "is not a plain path below the repository"),
            ("Filename: pool", "Filename: po ol", "Filename", "is not a plain path below the repository"),
            ("libc6\n", "lib/c6\n", "Package", "has characters that a package's name may not have"),
            ("2.41-12\n", "2.41/12\n", "Version", "has characters that a version may not have"),
            (": arm64", ": ../x", "Architecture", "has characters that an architecture may not have"),
        ] {
            let text = format!("{}\n{}", STANZA.replace("libc6", "first"), STANZA.replacen(from, to, 1));
            match parse(&text) {
                Err(Error::Stanza { stanza: 2, field, problem, .. }) => {
                    assert_eq!((field, problem), (wanted_field, wanted_problem), "{to:?}");
                }
                other => panic!("{to:?}: {other:?}"),
            }
        }
    }
}
