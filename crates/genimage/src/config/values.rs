//! A section's values by key, checked against the keys that there are.

use std::collections::BTreeMap;

use crate::Error;
use crate::keys::{Holds, Key};
use crate::syntax::{Item, Place, Section, Value};

/// The values of one section; of a key that comes twice the last one counts, as in genimage.
#[derive(Debug)]
pub(super) struct Values<'a> {
    values: BTreeMap<&'a str, (Place, Vec<&'a str>)>,
    sections: Vec<&'a Section>,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said<T> {
    pub(crate) at: Place,
    pub(crate) value: T,
}

impl<'a> Values<'a> {
    /// Sorts the items of `section`, which may hold `keys`.
    pub(super) fn of(section: &'a Section, keys: &'static [Key]) -> Result<Self, Error> {
        let mut found = Self { values: BTreeMap::new(), sections: Vec::new() };
        for item in &section.items {
            let (name, at) = match item {
                Item::Value(value) => (&value.key, &value.at),
                Item::Section(section) => (&section.name, &section.at),
            };
            let key =
                keys.iter().find(|key| key.name == name).ok_or_else(|| unknown(section, keys, name, at))?;
            match (item, key.holds) {
                (_, Holds::Refused { reason, help }) => {
                    return Err(Error::Unsupported { at: at.clone(), key: name.clone(), reason, help });
                }
                (_, Holds::Nothing) => {}
                (Item::Section(section), Holds::Sections) => found.sections.push(section),
                (Item::Value(value), holds) if holds != Holds::Sections => found.take(value, holds)?,
                (_, Holds::Sections) => return Err(bad(at, name, "=", "a section in braces")),
                _ => return Err(bad(at, name, "{", "a value behind `=`")),
            }
        }
        Ok(found)
    }

    fn take(&mut self, value: &'a Value, holds: Holds) -> Result<(), Error> {
        if holds != Holds::Texts && (value.list || value.append) {
            return Err(bad(
                &value.at,
                &value.key,
                if value.list { "{" } else { "+=" },
                "one value behind `=`",
            ));
        }
        let old = self.values.remove(value.key.as_str()).filter(|_| value.append);
        let mut all = old.map(|(_, values)| values).unwrap_or_default();
        all.extend(value.values.iter().map(String::as_str));
        self.values.insert(&value.key, (value.at.clone(), all));
        Ok(())
    }

    /// The sections of that name.
    pub(super) fn sections(&self, name: &str) -> impl Iterator<Item = &'a Section> {
        self.sections.iter().copied().filter(move |section| section.name == name)
    }

    /// Where a key stands.
    pub(super) fn place(&self, key: &str) -> Option<&Place> {
        self.values.get(key).map(|(at, _)| at)
    }

    pub(super) fn text(&self, key: &str) -> Option<Said<String>> {
        let (at, values) = self.values.get(key)?;
        Some(Said { at: at.clone(), value: (*values.last()?).to_owned() })
    }

    /// As [`text`](Self::text), but none where it is empty.
    pub(super) fn filled(&self, key: &str) -> Option<Said<String>> {
        self.text(key).filter(|said| !said.value.trim().is_empty())
    }

    pub(super) fn texts(&self, key: &str) -> Vec<Said<String>> {
        let Some((at, values)) = self.values.get(key) else { return Vec::new() };
        values.iter().map(|value| Said { at: at.clone(), value: (*value).to_owned() }).collect()
    }

    pub(super) fn flag(&self, key: &str, default: bool) -> Result<bool, Error> {
        Ok(self.said_flag(key)?.unwrap_or(default))
    }

    /// The words of libconfuse (`cfg_parse_boolean`).
    pub(super) fn said_flag(&self, key: &str) -> Result<Option<bool>, Error> {
        let Some(said) = self.text(key) else { return Ok(None) };
        match said.value.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Ok(Some(true)),
            "false" | "no" | "off" => Ok(Some(false)),
            _ => Err(bad(&said.at, key, &said.value, "`true` or `false`")),
        }
    }

    pub(super) fn number(&self, key: &str, default: u64) -> Result<u64, Error> {
        let Some(said) = self.text(key) else { return Ok(default) };
        number(&said.value).ok_or_else(|| bad(&said.at, key, &said.value, "a number"))
    }

    /// A size in bytes.
    pub(super) fn size(&self, key: &str) -> Result<Option<u64>, Error> {
        let Some(said) = self.text(key) else { return Ok(None) };
        size(&said.value).map(Some).ok_or_else(|| bad(&said.at, key, &said.value, SIZE))
    }
}

/// What a size looks like.
pub(super) const SIZE: &str =
    "a number of bytes, with `s`, `k`, `M` or `G` behind it for 512, 2^10, 2^20, 2^30";

fn unknown(section: &Section, keys: &[Key], name: &str, at: &Place) -> Error {
    let near = keys.iter().map(|key| (strsim::damerau_levenshtein(key.name, name), key.name)).min();
    Error::UnknownKey {
        at: at.clone(),
        key: name.to_owned(),
        section: if section.name.is_empty() { "the file".to_owned() } else { format!("`{}`", section.name) },
        near: near.filter(|(distance, _)| *distance <= 3).map(|(_, name)| name),
    }
}

pub(super) fn bad(at: &Place, key: &str, value: &str, expected: &'static str) -> Error {
    Error::BadValue { at: at.clone(), key: key.to_owned(), value: value.to_owned(), expected }
}

/// As C's `strtoull` with base 0: decimal, `0x` hexadecimal, `0` octal.
pub(super) fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    let parse = |digits: &str, base| {
        // Rust's own takes a sign.
        let plain = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(base));
        plain.then(|| u64::from_str_radix(digits, base).ok()).flatten()
    };
    match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(digits) => parse(digits, 16),
        None if text.len() > 1 && text.starts_with('0') => parse(&text[1..], 8),
        None => parse(text, 10),
    }
}

/// A number with a suffix; `MB` and `MiB` are as good as `M`, which is 2^20 in genimage.
pub(super) fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    let plain = |text: &'_ str| number(text);
    if let Some(value) = plain(text) {
        return Some(value);
    }
    let bare = ["iB", "B"].iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text);
    let (digits, suffix) = bare.split_at(bare.len().checked_sub(1).filter(|at| bare.is_char_boundary(*at))?);
    let unit = match suffix {
        "s" => 512,
        "k" | "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => return None,
    };
    number(digits)?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_genimage() {
        for (text, bytes) in [
            ("0", 0),
            ("512", 512),
            ("0x10000", 65536),
            ("010k", 8192),
            ("3s", 1536),
            ("1k", 1024),
            ("1K", 1024),
            ("16M", 16 << 20),
            ("16MB", 16 << 20),
            ("2GiB", 2 << 30),
            ("0x1B", 0x1b),
        ] {
            assert_eq!(size(text), Some(bytes), "{text}");
        }
        for text in ["", "k", "1x", "-1", "1.5M", "1T", "18446744073709551616", "99999999999G", "ä", "09"] {
            assert_eq!(size(text), None, "{text}");
        }
    }
}
