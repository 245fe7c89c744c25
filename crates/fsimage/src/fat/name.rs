//! Short and long names.

use std::collections::{HashMap, HashSet};

use super::FatKind;
use crate::Error;

/// Most UTF-16 units of a long name.
const MAX_UNITS: usize = 255;
/// The flags in `DIR_NTRes` with which a name without a long one has lower-case letters in front
/// of the dot and behind it, as Windows NT and Linux have them (fs/fat/fat.h, `CASE_LOWER_*`).
const LOWER_BASE: u8 = 0x08;
const LOWER_EXTENSION: u8 = 0x10;

/// The short name of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Short {
    /// Eight and three characters, filled with spaces.
    pub(super) bytes: [u8; 11],
    /// Which part is shown in lower case.
    pub(super) case: u8,
    /// Whether it cannot stand for the name alone.
    pub(super) needs_long: bool,
}

/// Why FAT cannot hold a name, if it cannot (fatgen103, "Long File Names").
pub(super) fn fault(name: &str) -> Option<&'static str> {
    let bad = |character: char| character < ' ' || "\"*/:<>?\\|\x7f".contains(character);
    match () {
        () if long_units(name).len() > MAX_UNITS => Some("it is longer than 255 UTF-16 units"),
        () if name.contains(bad) => Some("one of \" * / : < > ? \\ | or a control character is in it"),
        () if name.ends_with(['.', ' ']) => Some("it ends with a dot or a space"),
        () => None,
    }
}

/// The form in which two names of one directory must differ.
pub(super) fn folded(name: &str) -> String {
    name.to_uppercase()
}

pub(super) fn long_units(name: &str) -> Vec<u16> {
    name.encode_utf16().collect()
}

/// Short names for the names of one directory, in their order.
///
/// A name that has the form of a short one keeps it; the others get a number behind a tilde,
/// the least that is free (fatgen103, "Basis-Name Generation" and "Numeric-Tail Generation").
pub(super) fn shorten(names: &[&str]) -> Vec<Short> {
    let plain: Vec<Option<Short>> = names.iter().map(|name| plain(name)).collect();
    let mut taken: HashSet<[u8; 11]> = plain.iter().flatten().map(|short| short.bytes).collect();
    // Where to go on counting, so that many like names do not each count from 1.
    let mut next: HashMap<(Vec<u8>, Vec<u8>), u32> = HashMap::new();
    names
        .iter()
        .zip(plain)
        .map(|(name, plain)| {
            plain.unwrap_or_else(|| {
                let (base, extension) = basis(name);
                let number = next.entry((base.clone(), extension.clone())).or_insert(1);
                let bytes = loop {
                    let tail = format!("~{number}");
                    let kept = base.len().min(8 - tail.len());
                    let bytes = pack(&[&base[..kept], tail.as_bytes()].concat(), &extension);
                    *number += 1;
                    if taken.insert(bytes) {
                        break bytes;
                    }
                };
                Short { bytes, case: 0, needs_long: true }
            })
        })
        .collect()
}

/// The short name of a name that needs no number.
fn plain(name: &str) -> Option<Short> {
    let (base, extension) = name.split_once('.').unwrap_or((name, ""));
    let fits = (1..=8).contains(&base.len())
        && extension.len() <= 3
        && name.bytes().all(|byte| is_short(byte.to_ascii_uppercase()) || byte == b'.')
        && !extension.contains('.');
    if !fits {
        return None;
    }
    let mut case = 0;
    let mut mixed = false;
    for (part, lower) in [(base, LOWER_BASE), (extension, LOWER_EXTENSION)] {
        let has_lower = part.bytes().any(|byte| byte.is_ascii_lowercase());
        mixed |= has_lower && part.bytes().any(|byte| byte.is_ascii_uppercase());
        case |= if has_lower { lower } else { 0 };
    }
    let upper = |part: &str| part.to_ascii_uppercase().into_bytes();
    let bytes = pack(&upper(base), &upper(extension));
    Some(Short { bytes, case: if mixed { 0 } else { case }, needs_long: mixed })
}

/// The parts that a numbered name is made from.
fn basis(name: &str) -> (Vec<u8>, Vec<u8>) {
    let name = name.trim_start_matches(['.', ' ']);
    let (base, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let part = |text: &str, most: usize| -> Vec<u8> {
        let kept = text.chars().filter(|character| !matches!(character, '.' | ' '));
        let upper = kept.map(|character| u8::try_from(character.to_ascii_uppercase()).unwrap_or(b'_'));
        upper.map(|byte| if is_short(byte) { byte } else { b'_' }).take(most).collect()
    };
    (part(base, 8), part(extension, 3))
}

/// Whether a short name may have this byte (fatgen103, `DIR_Name`); bytes above ASCII depend on
/// a code page, so they are left to long names.
fn is_short(byte: u8) -> bool {
    matches!(byte, b'A'..=b'Z' | b'0'..=b'9') || b"$%'-_@~`!(){}^#&".contains(&byte)
}

fn pack(base: &[u8], extension: &[u8]) -> [u8; 11] {
    let mut bytes = [b' '; 11];
    bytes[..base.len()].copy_from_slice(base);
    bytes[8..8 + extension.len()].copy_from_slice(extension);
    bytes
}

/// The volume label as it is stored, in upper case; none if there is none.
pub(super) fn label(label: &str, kind: FatKind) -> Result<Option<[u8; 11]>, Error> {
    let format = kind.name();
    let (len, most) = (label.len(), 11);
    let owned = || label.to_owned();
    if len > most {
        return Err(Error::LabelTooLong { label: owned(), len, most, format });
    }
    let mut bytes = [b' '; 11];
    for (at, character) in label.chars().enumerate() {
        let byte = u8::try_from(character.to_ascii_uppercase()).unwrap_or(0);
        // Spaces may stand inside a label, but not in front.
        if !(is_short(byte) || byte == b' ' && at > 0) {
            return Err(Error::BadLabel { label: owned(), character, format });
        }
        bytes[at] = byte;
    }
    Ok((len > 0).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(names: &[&str]) -> Vec<String> {
        let shorts = shorten(names);
        shorts.iter().map(|short| String::from_utf8_lossy(&short.bytes).into_owned()).collect()
    }

    #[test]
    fn names_that_fit_need_no_long_one() {
        for (name, bytes, case) in [
            ("BOOTAA64.EFI", b"BOOTAA64EFI", 0),
            ("MLO", b"MLO        ", 0),
            ("config.txt", b"CONFIG  TXT", 0x18),
            ("readme.TXT", b"README  TXT", 0x08),
            ("README.txt", b"README  TXT", 0x10),
            ("a-b_1~2", b"A-B_1~2    ", 0x08),
        ] {
            assert_eq!(shorten(&[name]), [Short { bytes: *bytes, case, needs_long: false }], "{name}");
        }
    }

    #[test]
    fn mixed_case_needs_a_long_name_but_no_number() {
        assert_eq!(shorten(&["Image.gz"]), [Short { bytes: *b"IMAGE   GZ ", case: 0, needs_long: true }]);
    }

    #[test]
    fn numbers_are_the_least_free_ones() {
        let names = ["initrd.img-1", "initrd.img-2", "INITRD~1.IMG", "extlinux.conf", "x y", ".a"];
        assert_eq!(
            shown(&names),
            ["INITRD~2IMG", "INITRD~3IMG", "INITRD~1IMG", "EXTLIN~1CON", "XY~1       ", "A~1        "]
        );
    }

    #[test]
    fn foreign_letters_become_underscores_in_short_names() {
        assert_eq!(shown(&["größe+a.txt", "日本"]), ["GR__E_~1TXT", "__~1       "]);
    }

    #[test]
    fn thousands_of_like_names_stay_unique() {
        let names: Vec<String> = (0..12_000).map(|number| format!("long file name {number}.txt")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let unique: HashSet<String> = shown(&names).into_iter().collect();
        assert_eq!(unique.len(), names.len());
    }

    #[test]
    fn labels_have_eleven_characters_in_upper_case() {
        assert_eq!(label("boot 1", FatKind::Fat16).unwrap(), Some(*b"BOOT 1     "));
        assert_eq!(label("", FatKind::Fat16).unwrap(), None);
        let error = label("twelve bytes", FatKind::Fat16).unwrap_err().to_string();
        assert_eq!(error, "label `twelve bytes` has 12 bytes, but FAT16 holds 11");
        let error = label("a+b", FatKind::Fat32).unwrap_err().to_string();
        assert_eq!(error, "label `a+b`: FAT32 cannot hold `+` in a label");
    }
}
