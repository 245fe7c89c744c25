//! Relations between packages: the fields `Depends`, `Provides`, `Conflicts` and their kin.
//!
//! Debian policy 7.1: `name[:qualifier] [(operator version)]`, alternatives separated by `|`,
//! relations by `,`. Architecture lists in brackets and build profiles in angles belong to source
//! packages; they are skipped here.

use std::cmp::Ordering;
use std::fmt;

use crate::version::compare_versions;

/// A field, or a part of one, that is no relation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no relation between packages: {problem}")]
pub struct RelationError {
    /// The part that could not be read.
    pub text: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// How two versions must compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `<<`: strictly earlier.
    Earlier,
    /// `<=`: earlier or equal.
    EarlierOrEqual,
    /// `=`: equal.
    Equal,
    /// `>=`: later or equal.
    LaterOrEqual,
    /// `>>`: strictly later.
    Later,
}

impl Operator {
    /// Whether `version`, compared with `bound`, fulfils it.
    pub fn holds(self, version: &str, bound: &str) -> bool {
        let order = compare_versions(version, bound);
        match self {
            Self::Earlier => order == Ordering::Less,
            Self::EarlierOrEqual => order != Ordering::Greater,
            Self::Equal => order == Ordering::Equal,
            Self::LaterOrEqual => order != Ordering::Less,
            Self::Later => order == Ordering::Greater,
        }
    }

    /// As written in a field.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Earlier => "<<",
            Self::EarlierOrEqual => "<=",
            Self::Equal => "=",
            Self::LaterOrEqual => ">=",
            Self::Later => ">>",
        }
    }
}

/// One package name, with what is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dependency<'a> {
    /// A package or a virtual package.
    pub name: &'a str,
    /// What follows a colon: `any`, `native` or an architecture.
    pub qualifier: Option<&'a str>,
    /// What its version must be.
    pub version: Option<(Operator, &'a str)>,
}

impl Dependency<'_> {
    /// Whether a package of this name and `version` is meant.
    pub fn accepts(&self, version: &str) -> bool {
        self.version.is_none_or(|(operator, bound)| operator.holds(version, bound))
    }
}

/// As written in a field: `libc6:any (>= 2.38)`.
impl fmt::Display for Dependency<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)?;
        if let Some(qualifier) = self.qualifier {
            write!(formatter, ":{qualifier}")?;
        }
        if let Some((operator, version)) = self.version {
            write!(formatter, " ({} {version})", operator.symbol())?;
        }
        Ok(())
    }
}

/// One relation: any of these will do, the first is liked best. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Relation<'a> {
    /// From left to right.
    pub alternatives: Vec<Dependency<'a>>,
}

impl fmt::Display for Relation<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, dependency) in self.alternatives.iter().enumerate() {
            write!(formatter, "{}{dependency}", if at == 0 { "" } else { " | " })?;
        }
        Ok(())
    }
}

/// Parses a whole field; an empty one has no relations, and a comma at the end is harmless.
///
/// # Errors
/// A name is missing, or an operator, parenthesis or version makes no sense.
pub fn parse_relations(field: &str) -> Result<Vec<Relation<'_>>, RelationError> {
    field
        .split(',')
        .map(str::trim)
        .filter(|relation| !relation.is_empty())
        .map(|relation| {
            let alternatives = relation.split('|').map(parse_dependency).collect::<Result<_, _>>()?;
            Ok(Relation { alternatives })
        })
        .collect()
}

/// The entries of a `Provides` field, which has no alternatives. They are many in an archive, so this
/// makes no lists; entries that make no sense are left out.
pub(crate) fn provided_names(field: &str) -> impl Iterator<Item = Dependency<'_>> {
    field.split(',').filter_map(|entry| parse_dependency(entry).ok())
}

fn parse_dependency(text: &str) -> Result<Dependency<'_>, RelationError> {
    let text = text.trim();
    let bad = |problem| RelationError { text: text.to_owned(), problem };
    let name_end = text.find(|c: char| c.is_whitespace() || ":([<".contains(c)).unwrap_or(text.len());
    let (name, mut rest) = text.split_at(name_end);
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if name.is_empty() {
        return Err(bad("a package's name is missing"));
    }
    if !plain(name) {
        return Err(bad("the name has characters that a package's name may not have"));
    }
    let mut qualifier = None;
    if let Some(after) = rest.strip_prefix(':') {
        let end = after.find(|c: char| c.is_whitespace() || "([<".contains(c)).unwrap_or(after.len());
        let (word, after) = after.split_at(end);
        if word.is_empty() || !plain(word) {
            return Err(bad("the architecture behind the colon makes no sense"));
        }
        qualifier = Some(word);
        rest = after;
    }
    rest = rest.trim_start();
    let mut version = None;
    if let Some(after) = rest.strip_prefix('(') {
        let (inside, after) = after.split_once(')').ok_or_else(|| bad("a `)` is missing"))?;
        version = Some(parse_bound(inside).map_err(bad)?);
        rest = after.trim_start();
    }
    // Only source packages have these, and whatever is in them was decided when the package was built.
    while let Some(open) = rest.chars().next() {
        let close = match open {
            '[' => ']',
            '<' => '>',
            _ => return Err(bad("there is something behind it")),
        };
        rest = rest.split_once(close).ok_or_else(|| bad("a bracket is not closed"))?.1.trim_start();
    }
    Ok(Dependency { name, qualifier, version })
}

/// What stands in the parentheses.
fn parse_bound(inside: &str) -> Result<(Operator, &str), &'static str> {
    let inside = inside.trim();
    let end = inside.find(|c| !"<>=".contains(c)).unwrap_or(inside.len());
    let operator = match &inside[..end] {
        "<<" => Operator::Earlier,
        // dpkg still reads the two short forms, in their old meaning.
        "<=" | "<" => Operator::EarlierOrEqual,
        "=" => Operator::Equal,
        ">=" | ">" => Operator::LaterOrEqual,
        ">>" => Operator::Later,
        _ => return Err("the operator is none of `<<`, `<=`, `=`, `>=` and `>>`"),
    };
    let version = inside[end..].trim();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".+-~:".contains(&byte);
    if version.is_empty() || !version.bytes().all(plain) {
        return Err("the version makes no sense");
    }
    Ok((operator, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(field: &str) -> Vec<String> {
        parse_relations(field).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_field_is_a_list_of_alternatives() {
        assert_eq!(
            shown("libc6 (>= 2.38), python3:any(>=3~),\n debconf (>= 0.5) | debconf-2.0,, x:arm64 ,"),
            ["libc6 (>= 2.38)", "python3:any (>= 3~)", "debconf (>= 0.5) | debconf-2.0", "x:arm64"]
        );
        assert!(shown("").is_empty());
    }

    #[test]
    fn architecture_lists_and_profiles_are_skipped() {
        assert_eq!(shown("a [linux-any] <!nocheck>, b (= 1) [!arm64]"), ["a", "b (= 1)"]);
    }

    #[test]
    fn every_operator_compares_versions() {
        for (operator, holds) in [
            ("<<", [true, false, false]),
            ("<=", [true, true, false]),
            ("<", [true, true, false]),
            ("=", [false, true, false]),
            (">=", [false, true, true]),
            (">", [false, true, true]),
            (">>", [false, false, true]),
        ] {
            let field = format!("a ({operator} 2)");
            let relations = parse_relations(&field).unwrap();
            let found = ["1", "2", "10"].map(|version| relations[0].alternatives[0].accepts(version));
            assert_eq!(found, holds, "{operator}");
        }
    }

    #[test]
    fn a_malformed_relation_is_an_error() {
        for (field, text, problem) in [
            ("a, (>= 1)", "(>= 1)", "a package's name is missing"),
            ("a |", "", "a package's name is missing"),
            ("a (>= 1", "a (>= 1", "a `)` is missing"),
            ("a (1)", "a (1)", "the operator is none of `<<`, `<=`, `=`, `>=` and `>>`"),
            ("a (=> 1)", "a (=> 1)", "the operator is none of `<<`, `<=`, `=`, `>=` and `>>`"),
            ("a (>= )", "a (>= )", "the version makes no sense"),
            ("a (>= 1 2)", "a (>= 1 2)", "the version makes no sense"),
            ("a b", "a b", "there is something behind it"),
            ("a [amd64", "a [amd64", "a bracket is not closed"),
            ("a: (= 1)", "a: (= 1)", "the architecture behind the colon makes no sense"),
            ("a/b", "a/b", "the name has characters that a package's name may not have"),
        ] {
            let wanted = RelationError { text: text.to_owned(), problem };
            assert_eq!(parse_relations(field), Err(wanted), "{field}");
        }
    }
}
