//! Options of the programs that genimage runs (`extraargs`), as far as they can be honoured.

use bringup_fsimage::fat::FatKind;

use crate::config::{Ext, ExtKind, Said, Vfat};
use crate::{Error, types};

/// Splits as a shell does, as far as it goes: at spaces, but for quotes.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in text.chars() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '\'') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

/// One option with its value, whether they are one word or two.
struct Options {
    words: std::vec::IntoIter<String>,
}

impl Options {
    /// The next option: its letter with the dash, and its value where `valued` has the letter.
    fn next(&mut self, valued: &str) -> Option<(String, String)> {
        let word = self.words.next()?;
        let letter = word.strip_prefix('-').and_then(|rest| rest.chars().next());
        match letter {
            Some(letter) if valued.contains(letter) => {
                let own = word[1 + letter.len_utf8()..].to_owned();
                let value = if own.is_empty() { self.words.next().unwrap_or_default() } else { own };
                Some((format!("-{letter}"), value))
            }
            _ => Some((word, String::new())),
        }
    }
}

fn refuse(said: &Said<String>, program: &'static str, option: &str, value: &str) -> Error {
    let option = if value.is_empty() { option.to_owned() } else { format!("{option} {value}") };
    Error::Argument { at: said.at.clone(), program, option }
}

/// Options of which none but `known`, which change nothing here, may be given.
pub(crate) fn none(said: &Said<String>, program: &'static str, known: &[&str]) -> Result<(), Error> {
    match words(&said.value).into_iter().find(|word| !known.contains(&word.as_str())) {
        Some(word) => Err(refuse(said, program, &word, "")),
        None => Ok(()),
    }
}

/// Options of mkfs.fat.
pub(crate) fn vfat(vfat: &mut Vfat, said: &Said<String>) -> Result<(), Error> {
    let mut options = Options { words: words(&said.value).into_iter() };
    while let Some((option, value)) = options.next("FSfgimnrRsb") {
        let done = match (option.as_str(), value.as_str()) {
            ("-F", "12") => set(&mut vfat.kind, FatKind::Fat12),
            ("-F", "16") => set(&mut vfat.kind, FatKind::Fat16),
            ("-F", "32") => set(&mut vfat.kind, FatKind::Fat32),
            ("-n", label) => {
                label.clone_into(&mut vfat.label);
                Some(())
            }
            ("-i", id) => u32::from_str_radix(id, 16).ok().and_then(|id| set(&mut vfat.volume_id, id)),
            // What is so already, and what only speaks to the user.
            ("-S", "512") | ("-f", "2") | ("-v" | "-a" | "-I", "") => Some(()),
            _ => None,
        };
        done.ok_or_else(|| refuse(said, "mkfs.fat", &option, &value))?;
    }
    Ok(())
}

fn set<T>(place: &mut Option<T>, value: T) -> Option<()> {
    *place = Some(value);
    Some(())
}

/// Options of mke2fs.
pub(crate) fn ext(ext: &mut Ext, said: &Said<String>) -> Result<(), Error> {
    let mut options = Options { words: words(&said.value).into_iter() };
    while let Some((option, value)) = options.next("bCdEeGgiIJLmMNoOrtTUz") {
        let done = match (option.as_str(), value.as_str()) {
            ("-m", percent) => {
                percent.parse().ok().filter(|percent| *percent <= 50).map(|percent| ext.reserved = percent)
            }
            ("-L", label) => {
                label.clone_into(&mut ext.label);
                Some(())
            }
            ("-U", uuid) => types::guid(uuid).and_then(|guid| set(&mut ext.guid, guid)),
            ("-O", features) => {
                let features = Said { at: said.at.clone(), value: features.to_owned() };
                Some(self::features(ext.kind, &features)?)
            }
            ("-N", inodes) => inodes.parse().ok().map(|inodes| ext.inodes = inodes),
            ("-J", size) if ext.kind == ExtKind::Ext4 => {
                let mib = size.strip_prefix("size=").and_then(|mib| mib.parse::<u32>().ok());
                mib.and_then(|mib| set(&mut ext.journal, u64::from(mib) << 20))
            }
            ("-E", extended) => extended.split(',').all(|one| one.starts_with("lazy_")).then_some(()),
            ("-I", "256") if ext.kind == ExtKind::Ext4 => Some(()),
            // What is so already, and what only speaks to the user.
            ("-b", "4096") | ("-i", "16384") | ("-F" | "-q" | "-v", "") => Some(()),
            _ => None,
        };
        done.ok_or_else(|| refuse(said, "mke2fs", &option, &value))?;
    }
    Ok(())
}

/// A list of features, those to leave out with `^` in front: each must be as it is written anyway.
pub(crate) fn features(kind: ExtKind, said: &Said<String>) -> Result<(), Error> {
    for word in said.value.split([',', ' ']).filter(|word| !word.is_empty()) {
        let (name, wanted) = match word.strip_prefix('^') {
            Some(name) => (name, false),
            None => (word, true),
        };
        if kind.features().contains(&name) != wanted {
            let known = kind.features();
            return Err(Error::Feature { at: said.at.clone(), feature: word.to_owned(), known });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_their_values_beside_or_behind_them() {
        let mut options = Options { words: words("-n'MY DISK' -F 32 -v -i \"\" -s").into_iter() };
        let pair = |option: &str, value: &str| Some((option.to_owned(), value.to_owned()));
        assert_eq!(options.next("nFis"), pair("-n", "MY DISK"));
        assert_eq!(options.next("nFis"), pair("-F", "32"));
        assert_eq!(options.next("nFis"), pair("-v", ""));
        assert_eq!(options.next("nFis"), pair("-i", ""));
        assert_eq!(options.next("nFis"), pair("-s", ""));
        assert_eq!(options.next("nFis"), None);
    }
}
