//! Rock Ridge (RRIP): what POSIX knows of a file, as System Use fields.

use bringup_tree::{Device, Kind, Node};

use crate::error::{Error, lossy};
use crate::field::both32;

/// The longest name: Linux cuts what is longer (fs/isofs/rock.c, `get_rock_ridge_filename`).
const MOST_NAME: usize = 253;

/// The longest target of a symbolic link: Linux reads it into a page of 4,096 bytes.
const MOST_TARGET: usize = 4095;

/// The most bytes of a field, its head of five included (SUSP 1.12, 4.1: a length of one byte; a
/// multiple of nothing, but kept even).
const MOST_FIELD: usize = 254;

/// Tells that System Use fields are there: the first field of the root's first record (SUSP 1.12, 5.3).
pub(crate) fn indicator() -> Vec<u8> {
    // The check bytes, and no bytes to skip in front of each record's fields.
    vec![b'S', b'P', 7, 1, 0xbe, 0xef, 0]
}

/// Names the fields here as those of Rock Ridge (SUSP 1.12, 5.5).
///
/// The identifier is that of version 1.10, as every writer has it; readers know it best. The serial
/// number in `PX` came with 1.12.
pub(crate) fn reference() -> Vec<u8> {
    const ID: &[u8] = b"RRIP_1991A";
    const TEXT: &[u8] =
        b"THE ROCK RIDGE INTERCHANGE PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS";
    let len = (8 + ID.len() + TEXT.len()) as u8;
    // Signature, length, version, three lengths (no source is given), extension version.
    let head = [b'E', b'R', len, 1, ID.len() as u8, TEXT.len() as u8, 0, 1];
    [&head, ID, TEXT].concat()
}

/// Mode, links, owner, group and a number that hard links share: `PX` (RRIP 1.12, 4.1.1).
pub(crate) fn attributes(node: &Node, links: u32, serial: u32) -> Vec<u8> {
    // The file type bits of st_mode, POSIX <sys/stat.h>, with the values of that section's table.
    let kind = match &node.kind {
        Kind::Fifo => 0o010_000,
        Kind::CharDevice(_) => 0o020_000,
        Kind::Directory => 0o040_000,
        Kind::BlockDevice(_) => 0o060_000,
        Kind::File(_) => 0o100_000,
        Kind::Symlink(_) => 0o120_000,
        Kind::Socket => 0o140_000,
    };
    let mut field = vec![b'P', b'X', 44, 1];
    for number in [kind | node.meta.mode & 0o7777, links, node.meta.uid, node.meta.gid, serial] {
        field.extend(both32(number));
    }
    field
}

/// The time of modification: `TF` (RRIP 1.12, 4.1.6).
pub(crate) fn modified(date: [u8; 7]) -> Vec<u8> {
    // Flag bit 1 is modification; without bit 7 a stamp has seven bytes.
    let mut field = vec![b'T', b'F', 12, 1, 0b10];
    field.extend(date);
    field
}

/// The name: `NM`, in as many fields as it needs (RRIP 1.12, 4.1.4).
///
/// # Errors
/// A name that Linux would cut.
pub(crate) fn name(path: &[u8], name: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
    length(path, "the length of its name", name.len(), MOST_NAME)?;
    let parts: Vec<&[u8]> = name.chunks(MOST_FIELD - 5).collect();
    let field = |(index, part): (usize, &&[u8])| {
        let goes_on = u8::from(index + 1 < parts.len());
        [&[b'N', b'M', part.len() as u8 + 5, 1, goes_on], *part].concat()
    };
    Ok(parts.iter().enumerate().map(field).collect())
}

/// The target of a symbolic link: `SL`, in as many fields as it needs (RRIP 1.12, 4.1.3).
///
/// # Errors
/// A target that Linux could not read, or none.
pub(crate) fn target(path: &[u8], target: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
    length(path, "the length of its target", target.len(), MOST_TARGET)?;
    let mut fields = Fields::default();
    let rest = match target.strip_prefix(b"/") {
        Some(rest) => {
            fields.push(ROOT, b"");
            rest
        }
        None => target,
    };
    // A root alone has nothing behind it.
    if !rest.is_empty() {
        for part in rest.split(|&byte| byte == b'/') {
            match part {
                b"." => fields.push(CURRENT, b""),
                b".." => fields.push(PARENT, b""),
                _ => fields.text(part),
            }
        }
    }
    Ok(fields.finish())
}

/// Flags of a component, and bit 0 of a field's flags: it goes on in the next one (RRIP 1.12, 4.1.3.1).
const GOES_ON: u8 = 1;
const CURRENT: u8 = 2;
const PARENT: u8 = 4;
const ROOT: u8 = 8;

#[derive(Default)]
struct Fields {
    done: Vec<Vec<u8>>,
    /// The components of the field that is being filled.
    components: Vec<u8>,
}

impl Fields {
    /// Bytes of components in a field, with two left for one that only goes on.
    const ROOM: usize = MOST_FIELD - 5 - 2;

    fn room(&self) -> usize {
        Self::ROOM - self.components.len()
    }

    fn push(&mut self, flags: u8, text: &[u8]) {
        if self.room() < 2 + text.len() {
            self.next();
        }
        self.add(flags, text);
    }

    /// A component of text, in parts where it does not fit whole.
    fn text(&mut self, mut text: &[u8]) {
        while self.room() < 2 + text.len() {
            if self.room() <= 2 {
                self.next();
                continue;
            }
            let (part, rest) = text.split_at(self.room() - 2);
            self.add(GOES_ON, part);
            self.close(GOES_ON);
            text = rest;
        }
        self.add(0, text);
    }

    fn add(&mut self, flags: u8, text: &[u8]) {
        self.components.extend([flags, text.len() as u8]);
        self.components.extend(text);
    }

    /// Goes on to the next field inside of an empty component: libarchive sees no slash between
    /// fields otherwise.
    fn next(&mut self) {
        self.add(GOES_ON, b"");
        self.close(GOES_ON);
    }

    fn close(&mut self, flags: u8) {
        let components = std::mem::take(&mut self.components);
        let head = [b'S', b'L', components.len() as u8 + 5, 1, flags];
        self.done.push([&head, &components[..]].concat());
    }

    fn finish(mut self) -> Vec<Vec<u8>> {
        self.close(0);
        self.done
    }
}

/// A device's number: `PN` (RRIP 1.12, 4.1.2).
///
/// Two halves of a `dev_t`, which readers cut differently. Linux (fs/isofs/rock.c) takes a low half
/// above 255 with nothing in the high one for the major number above eight bits of minor number,
/// which for a major number of at most twelve bits is the C library's `dev_t`, too, and so what
/// other readers expect; else it takes the halves for the two numbers.
///
/// # Errors
/// Major number 0 with a minor number above 255, which Linux would take apart.
pub(crate) fn device(path: &[u8], Device { major, minor }: Device) -> Result<Vec<u8>, Error> {
    let halves = match (major, minor) {
        (0, 256..) => {
            let what = "its minor number, the major one being 0,";
            return Err(Error::OutOfRange {
                path: lossy(path),
                what,
                value: minor.into(),
                least: 0,
                most: 255,
            });
        }
        (..4096, ..256) => [0, major << 8 | minor],
        _ => [major, minor],
    };
    let mut field = vec![b'P', b'N', 20, 1];
    halves.into_iter().for_each(|half| field.extend(both32(half)));
    Ok(field)
}

fn length(path: &[u8], what: &'static str, len: usize, most: usize) -> Result<(), Error> {
    if (1..=most).contains(&len) {
        return Ok(());
    }
    Err(Error::OutOfRange { path: lossy(path), what, value: len as i64, least: 1, most: most as i64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_cut_at_its_slashes() {
        let fields = |text: &str| target(b"link", text.as_bytes()).unwrap().concat();
        assert_eq!(fields("/usr/../x"), b"SL\x11\x01\0\x08\0\0\x03usr\x04\0\0\x01x");
        assert_eq!(fields("/"), b"SL\x07\x01\0\x08\0");
        assert_eq!(fields("./a/"), b"SL\x0c\x01\0\x02\0\0\x01a\0\0");
    }

    /// What Linux makes of the fields (fs/isofs/rock.c, `get_symlink_chunk`).
    fn read(fields: &[Vec<u8>]) -> Vec<u8> {
        let mut target = Vec::new();
        for field in fields {
            assert_eq!((field[0], field[1], usize::from(field[2])), (b'S', b'L', field.len()));
            let mut rest = &field[5..];
            while let [flags, len, ..] = *rest {
                let (component, behind) = rest[2..].split_at(len.into());
                target.extend(match flags & !GOES_ON {
                    CURRENT => &b"."[..],
                    PARENT => b"..",
                    ROOT => b"/",
                    _ => component,
                });
                rest = behind;
                let is_last = rest.is_empty() && field[4] == 0;
                if flags & (ROOT | GOES_ON) == 0 && !is_last {
                    target.push(b'/');
                }
            }
        }
        target
    }

    #[test]
    fn a_target_of_any_length_is_read_back() {
        for len in 200..300 {
            for unit in [&b"x"[..], b"/x", b"xy/", b"../", b"./", b"//", b"abcdefgh/"] {
                let text: Vec<u8> = unit.iter().copied().cycle().take(len).collect();
                let fields = target(b"link", &text).unwrap();
                assert_eq!(String::from_utf8_lossy(&read(&fields)), String::from_utf8_lossy(&text));
                assert!(fields.iter().all(|field| field.len() <= 254));
            }
        }
        let long: Vec<u8> = b"a-name-of-some-length/".iter().copied().cycle().take(4095).collect();
        assert_eq!(read(&target(b"link", &long).unwrap()), long);
    }

    #[test]
    fn fields_meet_inside_of_a_component() {
        let fields = target(b"link", &[b'x'; 250]).unwrap();
        assert_eq!(fields[0][..7], *b"SL\xfc\x01\x01\x01\xf5");
        assert_eq!(fields[1], b"SL\x0c\x01\0\0\x05xxxxx");
        let fields = target(b"link", &[&[b'x'; 245][..], b"/yy"].concat()).unwrap();
        assert_eq!(fields[0][252..], *b"\x01\0");
        assert_eq!(fields[1], b"SL\x09\x01\0\0\x02yy");
    }

    #[test]
    fn what_linux_would_cut_is_refused() {
        assert_eq!(
            name(b"a", &[b'x'; 254]).unwrap_err().to_string(),
            "`a`: the length of its name is 254, but ISO 9660 holds 1 to 253"
        );
        assert_eq!(name(b"a", &[b'x'; 253]).unwrap()[1], b"NM\x09\x01\0xxxx");
        assert!(target(b"a", &[b'x'; 4096]).is_err());
        assert!(target(b"a", b"").is_err());
    }

    #[test]
    fn numbers_of_a_device_are_read_back_by_linuxs_rule() {
        for (major, minor) in [(1, 3), (8, 0), (8, 300), (259, 1), (5000, 1), (0, 0)] {
            let field = device(b"d", Device { major, minor }).unwrap();
            let half = |at: usize| u32::from_le_bytes(field[at..at + 4].try_into().unwrap());
            let (high, low) = (half(4), half(12));
            let read = if high == 0 && low > 255 { (low >> 8, low & 255) } else { (high, low) };
            assert_eq!(read, (major, minor));
        }
        assert!(device(b"d", Device { major: 0, minor: 256 }).is_err());
    }
}
