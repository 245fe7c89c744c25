//! systemd-hwdb: the hardware database, compiled (hwdb(7), systemd-hwdb(8)).
//!
//! `hwdb.bin` holds a radix tree of match strings: header, nodes, strings (src/libsystemd/sd-hwdb/
//! hwdb-internal.h of systemd 257). Equal bytes need the same strings in the same order, so the tree
//! is built as src/shared/hwdb-util.c builds it.

mod trie;

use bringup_shell::{Call, Host, Status, Stop};

use crate::options::{self, Known, flag, value};
use crate::{files, fragments, unsupported};
use trie::{Origin, Trie};

const NAME: &str = "systemd-hwdb";
const KNOWN: &[Known] = &[flag("usr", '\0'), flag("strict", 's'), value("root", 'r')];

/// Where sources are, the first one wins.
const FOLDERS: [&str; 2] = ["/etc/udev/hwdb.d", "/usr/lib/udev/hwdb.d"];

/// systemd-hwdb(8), `update` only.
pub(crate) fn run(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = options::parse(NAME, KNOWN, call.arguments)?;
    given.check_root(NAME)?;
    if given.operands != ["update"] {
        return Err(unsupported(NAME, format!("`{}`", given.operands.join(" "))));
    }
    let path = if given.has("usr") { "/usr/lib/udev/hwdb.bin" } else { "/etc/udev/hwdb.bin" };
    let sources = fragments::files(call.world, &FOLDERS, ".hwdb");
    if sources.is_empty() {
        // Without sources there is to be no database.
        let _ = call.world.remove(path);
        return Ok(0);
    }
    let mut trie = Trie::new();
    for (at, source) in sources.iter().enumerate() {
        let Ok(bytes) = call.world.read(source) else { continue };
        import(&mut trie, source, at + 1, &bytes);
    }
    files::replace(call.world, NAME, path, 0o444, trie.encode())?;
    Ok(0)
}

/// Takes up a source: records of match lines and, each behind a blank, properties. What is out of
/// place is left out, as the real program does with a warning.
fn import(trie: &mut Trie, path: &str, priority: usize, bytes: &[u8]) {
    let mut matches: Vec<&[u8]> = Vec::new();
    let mut in_data = false;
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.starts_with(b"#") {
            continue;
        }
        let line = line.split(|byte| *byte == b'#').next().unwrap_or_default().trim_ascii_end();
        let is_property = line.starts_with(b" ");
        if line.is_empty() || (in_data && !is_property) {
            matches.clear();
            in_data = false;
        } else if !is_property {
            matches.push(line);
        } else if !matches.is_empty() {
            in_data = true;
            let Some(equals) = line.iter().position(|byte| *byte == b'=') else { continue };
            let (mut key, value) = (&line[..equals], &line[equals + 1..]);
            while key.len() > 1 && key[..2].iter().all(|byte| *byte == b' ' || *byte == b'\t') {
                key = &key[1..];
            }
            if key.len() < 2 {
                continue;
            }
            let origin = Origin { path: path.as_bytes(), line: at + 1, priority };
            for entry in &matches {
                trie.insert(entry, key, value, &origin);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{run, world};

    const SOURCE: &str = "# Comment\nusb:v1*\nusb:v2* # two\n ID_A=one\n  ID_B=two # x\n\nusb:v1*\n ID_A=three\nwrong\n\
                          ID_LOST=1\n\n ID_LOST=2\n\npci:*\n";

    fn number(bytes: &[u8], at: usize) -> usize {
        u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize
    }

    #[test]
    fn the_database_has_header_nodes_and_strings() {
        let mut world = world(&[("usr/lib/udev/hwdb.d/20-x.hwdb", SOURCE)]);
        assert_eq!(run(&mut world, "systemd-hwdb --usr update").unwrap().0, 0);
        let bytes = world.read("/usr/lib/udev/hwdb.bin").unwrap();
        assert_eq!(&bytes[..8], b"KSLPHHRH");
        assert_eq!((number(&bytes, 8), number(&bytes, 16)), (257, bytes.len()));
        assert_eq!([24, 32, 40, 48].map(|at| number(&bytes, at)), [80, 24, 16, 32]);
        // Root, `sb:v`, its children for `1` and `2`: four nodes, three links, four values.
        assert_eq!(number(&bytes, 64), 4 * 24 + 3 * 16 + 4 * 32);
        assert_eq!(number(&bytes, 72), bytes.len() - 80 - number(&bytes, 64));
        let strings = &bytes[80 + number(&bytes, 64)..];
        let has = |text: &[u8]| strings.windows(text.len()).any(|part| part == text);
        assert!(has(b"\0 ID_A\0") && has(b"three\0") && has(b"/usr/lib/udev/hwdb.d/20-x.hwdb\0"));
        assert!(!has(b"ID_LOST") && !has(b"pci"));
        assert_eq!(world.stat("/usr/lib/udev/hwdb.bin").unwrap().meta.mode, 0o444);
    }

    #[test]
    fn without_sources_there_is_no_database() {
        let mut world = world(&[("etc/udev/hwdb.bin", "old")]);
        run(&mut world, "systemd-hwdb update").unwrap();
        assert!(world.stat("/etc/udev/hwdb.bin").is_none());
        assert!(run(&mut world, "systemd-hwdb query usb:v1").is_err());
    }
}
