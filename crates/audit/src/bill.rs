//! The bill of materials: what packages an image has, where they are from, under which licences.

mod copyright;
mod cyclonedx;
mod describe;
mod expression;
mod names;
mod purl;
mod spdx;
mod table;
#[cfg(test)]
mod tests;

use bringup_store::Digest;

pub use cyclonedx::cyclonedx;
pub use describe::describe;
pub use spdx::spdx;
pub use table::licences;

/// What an image holds, and what a document about it says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Bill<'a> {
    /// The image: `barebones for pine64-lts`.
    pub name: &'a str,
    /// The version of the program that makes it.
    pub made_by: &'a str,
    /// A UUID of the image's own, as text; that of each document follows from it.
    pub uuid: &'a str,
    /// When, in seconds since 1970.
    pub epoch: u64,
    /// Its packages.
    pub packages: &'a [Described],
}

/// A package, as documents and tables want it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its Debian architecture, or `all`.
    pub architecture: String,
    /// The SHA-256 of its `.deb`.
    pub sha256: Digest,
    /// The source package that it was made from.
    pub source: String,
    /// That package's version.
    pub source_version: String,
    /// One line about it.
    pub summary: String,
    /// Its home page; none if it names none.
    pub homepage: Option<String>,
    /// Who looks after it in Debian, with a mail address.
    pub maintainer: Option<String>,
    /// The packages described with it that fulfil what it depends on, in order of their names.
    pub depends: Vec<String>,
    /// Its licence.
    pub licence: Licence,
}

/// What a package's copyright file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Licence {
    /// An expression of SPDX identifiers, SPDX 2.3, annex D; none if there is no copyright file.
    pub expression: Option<String>,
    /// Each licence in it, in order, exceptions included.
    pub ids: Vec<String>,
    /// Those of them that SPDX has no identifier for.
    pub texts: Vec<LicenceText>,
}

/// A licence that SPDX's list does not have, or not by Debian's name for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LicenceText {
    /// `LicenseRef-`, Debian's name of it, and the first twelve digits of the text's SHA-256.
    pub id: String,
    /// Debian's name of it.
    pub name: String,
    /// The text, or where it is.
    pub text: String,
}
