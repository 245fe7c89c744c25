//! What a line `key value` can hold.
//!
//! systemd, src/boot/boot.c and src/boot/util.c, `line_get_key_value`: a value goes to the line's
//! end, white space around it is dropped, and so are a `"` in front together with one at the end.

use crate::Error;

/// A value that may hold spaces.
pub(crate) fn text(field: &'static str, value: &str) -> Result<(), Error> {
    let misread = |reason| Err(Error::Misread { field, value: value.escape_debug().to_string(), reason });
    if value.is_empty() {
        return Err(Error::Empty { field });
    }
    refuse(field, value, char::is_control)?;
    if value.trim() != value {
        return misread("would lose the white space around it");
    }
    if value.starts_with('"') && value.ends_with('"') {
        return misread("would lose its quotes");
    }
    Ok(())
}

/// A value without white space.
pub(crate) fn word(field: &'static str, value: &str) -> Result<(), Error> {
    refuse(field, value, char::is_whitespace)?;
    text(field, value)
}

/// Several lines, as of `os-release`.
pub(crate) fn lines(field: &'static str, value: &str) -> Result<(), Error> {
    if value.trim().is_empty() {
        return Err(Error::Empty { field });
    }
    refuse(field, value, |character| character.is_control() && !matches!(character, '\n' | '\t'))
}

/// A path from the partition's root.
pub(crate) fn path(field: &'static str, value: &str) -> Result<(), Error> {
    // systemd-boot turns slashes into backslashes.
    refuse(field, value, |character| character == '\\')?;
    word(field, value)?;
    if value.starts_with('/') {
        return Ok(());
    }
    Err(Error::Misread { field, value: value.to_owned(), reason: "does not begin with `/`" })
}

/// The name of an entry: letters, digits and `+-_.` (Boot Loader Specification, "Type #1 Boot
/// Loader Specification Entries").
pub(crate) fn id(field: &'static str, value: &str) -> Result<(), Error> {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "+-_.".contains(character);
    refuse(field, value, |character| !allowed(character))?;
    text(field, value)
}

fn refuse(field: &'static str, value: &str, refused: impl Fn(char) -> bool) -> Result<(), Error> {
    match value.chars().find(|&character| refused(character)) {
        Some(character) => Err(Error::BadCharacter { field, value: value.to_owned(), character }),
        None => Ok(()),
    }
}
