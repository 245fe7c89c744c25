//! What may stand in a menu, and how.

use crate::Error;

/// `text` as one word that GRUB reads back unchanged.
///
/// Between single quotes all but a single quote stands for itself; that one is written outside of
/// them, behind a backslash.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The words of `arguments`, each quoted and with a blank before it.
pub(super) fn words(arguments: &str) -> String {
    arguments.split(' ').filter(|word| !word.is_empty()).map(|word| format!(" {}", quoted(word))).collect()
}

/// A text for people: not empty, all in one line.
pub(super) fn check_text(field: &'static str, value: &str, entry: usize) -> Result<(), Error> {
    if value.trim().is_empty() {
        return Err(Error::Empty { field, entry });
    }
    refuse(field, value, char::is_control)
}

/// A path on the root file system. One without a slash in front would be a list of disk blocks
/// (GRUB, grub-core/kern/file.c).
pub(super) fn check_path(field: &'static str, value: &str, entry: usize) -> Result<(), Error> {
    check_text(field, value, entry)?;
    if value.starts_with('/') {
        return Ok(());
    }
    Err(Error::RelativePath { field, value: value.to_owned() })
}

/// Words with blanks between. GRUB hands quotes and backslashes on with a backslash in front of each,
/// and no kernel takes that off again (GRUB, grub-core/lib/cmdline.c).
pub(super) fn check_words(field: &'static str, value: &str) -> Result<(), Error> {
    refuse(field, value, |character| character.is_control() || matches!(character, '"' | '\'' | '\\'))
}

/// As `blkid` shows them: ext4's with four hyphens, FAT's with one, NTFS's with none.
pub(super) fn check_uuid(value: &str) -> Result<(), Error> {
    let groups = |group: &str| !group.is_empty() && group.chars().all(|digit| digit.is_ascii_hexdigit());
    if value.split('-').all(groups) { Ok(()) } else { Err(Error::BadUuid { value: value.to_owned() }) }
}

fn refuse(field: &'static str, value: &str, refused: fn(char) -> bool) -> Result<(), Error> {
    match value.chars().find(|&character| refused(character)) {
        Some(character) => Err(Error::BadCharacter { field, value: value.to_owned(), character }),
        None => Ok(()),
    }
}
