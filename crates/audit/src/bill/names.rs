//! Debian's short names of licences, and SPDX's.
//!
//! Debian's: copyright-format 1.0, "License specification". SPDX's: the SPDX License List 3.20. A name
//! that means different things in different packages (`BSD`, `MIT/X11`, `public-domain`) is in no table:
//! its text decides.

/// Names that are the same but for their letters' case are not here.
const NAMES: &[(&str, &str)] = &[
    ("Apache-1", "Apache-1.0"),
    ("Apache-2", "Apache-2.0"),
    ("Artistic", "Artistic-1.0"),
    ("Artistic-1", "Artistic-1.0"),
    ("Artistic-2", "Artistic-2.0"),
    ("BSL-1", "BSL-1.0"),
    ("CC0", "CC0-1.0"),
    ("EPL-1", "EPL-1.0"),
    ("EPL-2", "EPL-2.0"),
    ("Expat", "MIT"),
    ("GPL", "GPL-1.0-or-later"),
    ("LGPL", "LGPL-2.0-or-later"),
    ("LPPL-1.3", "LPPL-1.3c"),
    ("MPL-1", "MPL-1.0"),
    ("MPL-2", "MPL-2.0"),
    ("Perl", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("SIL-1.1", "OFL-1.1"),
];

/// SPDX identifiers that copyright files use as they are, whatever the case.
const SPDX: &[&str] = &[
    "0BSD",
    "AFL-2.1",
    "AFL-3.0",
    "Apache-1.0",
    "Apache-1.1",
    "Apache-2.0",
    "Artistic-1.0",
    "Artistic-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-2-Clause-Patent",
    "BSD-3-Clause",
    "BSD-4-Clause",
    "BSD-4-Clause-UC",
    "BSD-Source-Code",
    "BSL-1.0",
    "Beerware",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "CDDL-1.0",
    "CPL-1.0",
    "EPL-1.0",
    "EPL-2.0",
    "EUPL-1.1",
    "EUPL-1.2",
    "FSFAP",
    "FSFUL",
    "FSFULLR",
    "FTL",
    "HPND",
    "ICU",
    "IJG",
    "ISC",
    "LPPL-1.3a",
    "LPPL-1.3c",
    "Latex2e",
    "Libpng",
    "MIT",
    "MIT-0",
    "MPL-1.0",
    "MPL-1.1",
    "MPL-2.0",
    "MS-PL",
    "NCSA",
    "NTP",
    "OFL-1.1",
    "OLDAP-2.8",
    "OpenSSL",
    "PHP-3.01",
    "PSF-2.0",
    "PostgreSQL",
    "Python-2.0",
    "QPL-1.0",
    "Ruby",
    "SISSL",
    "SSH-OpenSSH",
    "Sleepycat",
    "Spencer-86",
    "Spencer-94",
    "TCL",
    "TCP-wrappers",
    "Unicode-DFS-2015",
    "Unicode-DFS-2016",
    "Unlicense",
    "Vim",
    "W3C",
    "WTFPL",
    "X11",
    "ZPL-2.1",
    "Zlib",
    "blessing",
    "bzip2-1.0.6",
    "curl",
    "zlib-acknowledgement",
];

/// GNU's licences: name, versions.
const GNU: &[(&str, &[&str])] = &[
    ("AGPL", &["3.0"]),
    ("GFDL", &["1.1", "1.2", "1.3"]),
    ("GPL", &["1.0", "2.0", "3.0"]),
    ("LGPL", &["2.0", "2.1", "3.0"]),
];

/// Exceptions: what Debian's name of one begins with in lower case, how the licence's identifier begins,
/// SPDX's name of it.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("autoconf", "GPL-2.0", "Autoconf-exception-2.0"),
    ("autoconf", "GPL-3.0", "Autoconf-exception-3.0"),
    ("bison", "GPL-", "Bison-exception-2.2"),
    ("classpath", "GPL-2.0", "Classpath-exception-2.0"),
    ("font", "GPL-", "Font-exception-2.0"),
    ("gcc", "GPL-2.0", "GCC-exception-2.0"),
    ("gcc", "GPL-3.0", "GCC-exception-3.1"),
    ("libtool", "GPL-", "Libtool-exception"),
    ("linux-syscall-note", "", "Linux-syscall-note"),
];

/// SPDX's identifier for a licence that Debian calls so, with its exception; none if there is none.
pub(super) fn spdx_id(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    if let Some((licence, exception)) = lower.split_once(" with ") {
        let licence = plain(licence)?;
        let exception = exception.trim().trim_end_matches("exception").trim().trim_end_matches("-2.2");
        let (_, _, id) =
            EXCEPTIONS.iter().find(|(debian, of, _)| *debian == exception && licence.starts_with(of))?;
        return Some(format!("{licence} WITH {id}"));
    }
    plain(&lower)
}

/// For a name in lower case without an exception.
fn plain(name: &str) -> Option<String> {
    let same = |known: &&str| known.eq_ignore_ascii_case(name);
    if let Some((_, id)) = NAMES.iter().find(|(debian, _)| same(debian)) {
        return Some((*id).to_owned());
    }
    if let Some(id) = SPDX.iter().find(|id| same(id)) {
        return Some((*id).to_owned());
    }
    gnu(name)
}

/// `gpl-2+`, `lgpl-2.1`, `gpl-3.0-or-later`, `gfdl-niv-1.3+`, `gfdl-1.3+-no-invariant`.
fn gnu(name: &str) -> Option<String> {
    let (family, mut rest) = name.split_once('-')?;
    let (family, versions) = GNU.iter().find(|(known, _)| known.eq_ignore_ascii_case(family))?;
    let mut invariants = "";
    if *family == "GFDL" {
        for (start, end) in [("niv-", ""), ("", "-no-invariant"), ("", "-no-invariants")] {
            let inner = rest.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
            if let Some(inner) = inner.filter(|inner| inner.len() < rest.len()) {
                rest = inner;
                invariants = "-no-invariants";
            }
        }
    }
    let (version, which) = if let Some(version) = rest.strip_suffix('+').or(rest.strip_suffix("-or-later")) {
        (version, "or-later")
    } else {
        (rest.strip_suffix("-only").unwrap_or(rest), "only")
    };
    let version =
        versions.iter().find(|known| **known == version || known.strip_suffix(".0") == Some(version))?;
    Some(format!("{family}-{version}{invariants}-{which}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_identifiers() {
        for (name, id) in [
            ("GPL-2+", Some("GPL-2.0-or-later")),
            ("GPL-2.0-only", Some("GPL-2.0-only")),
            ("LGPL-2.1", Some("LGPL-2.1-only")),
            ("LGPL-2.0-or-later", Some("LGPL-2.0-or-later")),
            ("GPL", Some("GPL-1.0-or-later")),
            ("GFDL-NIV-1.3+", Some("GFDL-1.3-no-invariants-or-later")),
            ("gfdl-1.3+", Some("GFDL-1.3-or-later")),
            ("GFDL-1.3-no-invariant", Some("GFDL-1.3-no-invariants-only")),
            ("BSD-3-clause", Some("BSD-3-Clause")),
            ("Expat", Some("MIT")),
            ("GPL-2 with Linux-syscall-note exception", Some("GPL-2.0-only WITH Linux-syscall-note")),
            ("GPL-3+ with autoconf exception", Some("GPL-3.0-or-later WITH Autoconf-exception-3.0")),
            ("GPL-3+ with Bison-2.2 exception", Some("GPL-3.0-or-later WITH Bison-exception-2.2")),
            ("GPL-2+ with distribution exception", None),
            ("LGPL-4", None),
            ("GPL-", None),
            ("public-domain", None),
            ("MIT/X11", None),
            ("", None),
        ] {
            assert_eq!(spdx_id(name).as_deref(), id, "{name}");
        }
    }
}
