//! journalctl --update-catalog: the texts of messages, compiled (systemd's Journal Message Catalogs).
//!
//! The database is a header, items in order of message ID and language, and the store of texts
//! (src/libsystemd/sd-journal/catalog.c of systemd 257).

use bringup_shell::{Call, Host, Status, Stop};

use crate::options::{self, Known, flag, value};
use crate::strings::Strings;
use crate::{files, fragments, unsupported};

const NAME: &str = "journalctl";
const KNOWN: &[Known] = &[flag("update-catalog", '\0'), value("root", '\0'), flag("quiet", 'q')];
const DATABASE: &str = "/var/lib/systemd/catalog/database";

/// Where sources are, the first one wins.
const FOLDERS: [&str; 2] = ["/usr/local/lib/systemd/catalog", "/usr/lib/systemd/catalog"];

/// Sizes in the file, in bytes: `CatalogHeader` and `CatalogItem`.
const HEADER: u64 = 40;
const ITEM: u64 = 56;
/// A language's name and the NUL byte behind it.
const LANGUAGE: usize = 32;

/// A text with its message ID and language, which is empty for the C locale.
struct Item {
    id: [u8; 16],
    language: String,
    text: String,
}

/// journalctl(1), `--update-catalog` only.
pub(crate) fn run(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = options::parse(NAME, KNOWN, call.arguments)?;
    given.check_root(NAME)?;
    if !given.has("update-catalog") || !given.operands.is_empty() {
        return Err(unsupported(NAME, "a call without `--update-catalog`"));
    }
    let mut items: Vec<Item> = Vec::new();
    for path in fragments::files(call.world, &FOLDERS, ".catalog") {
        let bytes = call.world.read(&path).unwrap_or_default();
        let text = String::from_utf8(bytes).map_err(|_| Stop::NotText { what: path.clone() })?;
        if let Err(what) = import(&mut items, &path, &text) {
            call.errors.extend_from_slice(format!("[{path}:{what}\n").as_bytes());
            return Ok(1);
        }
    }
    if items.is_empty() {
        return Ok(0);
    }
    files::replace(call.world, NAME, DATABASE, 0o644, encode(items))?;
    Ok(0)
}

fn encode(items: Vec<Item>) -> Vec<u8> {
    let mut strings = Strings::new();
    let mut placed: Vec<(Item, usize)> = Vec::new();
    for item in items {
        let offset = strings.add(item.text.as_bytes());
        placed.push((item, offset));
    }
    placed.sort_by(|(one, _), (other, _)| (one.id, &one.language).cmp(&(other.id, &other.language)));
    let mut bytes = b"RHHHKSLP".to_vec();
    // No flags, then three sizes.
    for field in [0, HEADER, placed.len() as u64, ITEM] {
        bytes.extend_from_slice(&field.to_le_bytes());
    }
    for (item, offset) in placed {
        bytes.extend_from_slice(&item.id);
        let mut language = [0; LANGUAGE];
        language[..item.language.len()].copy_from_slice(item.language.as_bytes());
        bytes.extend_from_slice(&language);
        bytes.extend_from_slice(&(offset as u64).to_le_bytes());
    }
    bytes.extend_from_slice(&strings.bytes);
    bytes
}

/// The language that a file's name has before `.catalog`.
fn file_language(path: &str) -> &str {
    let stem = path.strip_suffix(".catalog").unwrap_or(path);
    let name = stem.rsplit('/').next().unwrap_or(stem);
    name.rsplit_once('.').map_or("", |(_, language)| language)
}

/// Takes up a source; an error starts with the line.
fn import(items: &mut Vec<Item>, path: &str, text: &str) -> Result<(), String> {
    let own = file_language(path);
    if own.len() >= LANGUAGE {
        return Err("0] Language too long.".to_owned());
    }
    let mut current: Option<([u8; 16], String)> = None;
    let mut payload = String::new();
    let mut after_empty = true;
    let mut number = 0;
    for line in text.lines() {
        number += 1;
        if line.is_empty() {
            after_empty = true;
            continue;
        }
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some((id, language)) = after_empty.then(|| head(line)).flatten() {
            if let Some((id, language)) = current.take() {
                finish(items, id, language, std::mem::take(&mut payload), number)?;
            }
            let language = match language {
                None => own.to_owned(),
                Some(language) if (2..LANGUAGE).contains(&language.len()) => language.to_owned(),
                Some(_) => return Err(format!("{number}] Language too short or too long.")),
            };
            current = Some((id, language));
            after_empty = false;
            continue;
        }
        if current.is_none() {
            return Err(format!("{number}] Got payload before ID."));
        }
        if after_empty {
            payload.push('\n');
        }
        payload.push_str(line);
        payload.push('\n');
        after_empty = false;
    }
    match current {
        Some((id, language)) => finish(items, id, language, payload, number),
        None => Ok(()),
    }
}

/// `-- ID` or `-- ID LANGUAGE`
fn head(line: &str) -> Option<([u8; 16], Option<&str>)> {
    let (id, rest) = line.strip_prefix("-- ")?.split_at_checked(32)?;
    let mut bytes = [0; 16];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(id.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    match rest {
        "" => Some((bytes, None)),
        _ => Some((bytes, Some(rest.strip_prefix(' ')?.trim()))),
    }
}

fn finish(
    items: &mut Vec<Item>,
    id: [u8; 16],
    language: String,
    text: String,
    line: usize,
) -> Result<(), String> {
    if text.is_empty() {
        return Err(format!("{line}] No payload text."));
    }
    match items.iter_mut().find(|item| item.id == id && item.language == language) {
        Some(item) => item.text = combined(&text, &item.text),
        None => items.push(Item { id, language, text }),
    }
    Ok(())
}

/// A later text of the same message: the headers of both, its own first, and its own body if it has
/// one.
fn combined(new: &str, old: &str) -> String {
    let (new_head, new_body) = new.split_at(body(new));
    let (old_head, old_body) = old.split_at(body(old));
    [new_head, old_head, if new_body.is_empty() { old_body } else { new_body }].concat()
}

/// Where the body starts: at the first empty line.
fn body(text: &str) -> usize {
    if text.starts_with('\n') {
        return 0;
    }
    text.find("\n\n").map_or(text.rfind('\n').map_or(0, |at| at + 1), |at| at + 1)
}

#[cfg(test)]
mod tests {
    use crate::testing::{run, world};

    const ONE: &str = "00112233445566778899aabbccddeeff";
    const TWO: &str = "00112233445566778899aabbccddee00";

    fn database(files: &[(&str, &str)]) -> Vec<u8> {
        let mut world = world(files);
        assert_eq!(run(&mut world, "journalctl --update-catalog").unwrap().0, 0);
        world.read("/var/lib/systemd/catalog/database").unwrap()
    }

    #[test]
    fn items_are_sorted_and_texts_follow() {
        let plain = format!("# x\n-- {ONE}\nSubject: A\nBy: me\n\nBody\n\n-- {TWO} de\nSubject: B\n");
        let french = format!("-- {ONE}\nSubject: F\n");
        let bytes = database(&[
            ("usr/lib/systemd/catalog/a.catalog", &plain),
            ("usr/lib/systemd/catalog/a.fr.catalog", &french),
        ]);
        assert_eq!(&bytes[..16], b"RHHHKSLP\0\0\0\0\0\0\0\0");
        assert_eq!((bytes[16], bytes[24], bytes[32]), (40, 3, 56));
        let item = |at: usize| &bytes[40 + 56 * at..40 + 56 * (at + 1)];
        assert_eq!((item(0)[15], &item(0)[16..19]), (0x00, b"de\0".as_slice()));
        assert_eq!((item(1)[15], &item(1)[16..19]), (0xff, b"\0\0\0".as_slice()));
        assert_eq!((item(2)[15], &item(2)[16..19]), (0xff, b"fr\0".as_slice()));
        let strings = &bytes[40 + 3 * 56..];
        assert_eq!(strings, b"\0Subject: A\nBy: me\n\nBody\n\0Subject: B\n\0Subject: F\n\0");
        assert_eq!((item(1)[48], item(0)[48]), (1, 26));
    }

    #[test]
    fn texts_of_one_message_are_combined() {
        let one = format!("-- {ONE}\nSubject: A\n\nBody\n");
        let two = format!("-- {ONE}\nDefined-By: B\n");
        let bytes = database(&[
            ("usr/lib/systemd/catalog/a.catalog", &one),
            ("usr/lib/systemd/catalog/b.catalog", &two),
        ]);
        assert_eq!(&bytes[40 + 56..], b"\0Defined-By: B\nSubject: A\n\nBody\n\0");
    }

    #[test]
    fn a_text_without_a_message_fails() {
        for (text, what) in [
            ("Subject: A\n".to_owned(), "1] Got payload before ID."),
            (format!("-- {ONE}\n\n-- {TWO}\nSubject: A\n"), "3] No payload text."),
            (format!("-- {ONE} x\nSubject: A\n"), "1] Language too short or too long."),
        ] {
            let mut world = world(&[("usr/lib/systemd/catalog/a.catalog", &text)]);
            let (status, _, errors) = run(&mut world, "journalctl --update-catalog").unwrap();
            assert_eq!((status, errors), (1, format!("[/usr/lib/systemd/catalog/a.catalog:{what}\n")));
        }
        assert!(run(&mut world(&[]), "journalctl -b").is_err());
    }
}
