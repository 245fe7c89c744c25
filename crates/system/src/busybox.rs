//! The names that a busybox binary answers to, read from its own bytes.
//!
//! The binary may be for another machine, so it cannot be asked. Its table of
//! applets is a run of NUL-terminated names in byte order, starting with `[`
//! and `[[` (busybox, applets/applet_tables.c, `applet_names`).

/// How the table starts.
const START: &[u8] = b"[\0[[\0";

/// The applets in `binary`, in the table's order; empty if there is no table.
pub fn applets(binary: &[u8]) -> Vec<&str> {
    let Some(start) = binary.windows(START.len()).position(|window| window == START) else {
        return Vec::new();
    };
    binary[start..]
        .split(|&byte| byte == 0)
        .map_while(|name| {
            let plain = !name.is_empty() && name.len() <= 32;
            let plain = plain && name.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'/');
            plain.then(|| std::str::from_utf8(name).ok()).flatten()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_ends_at_an_empty_name() {
        assert_eq!(applets(b"\x7fELF\0..[\0[[\0ash\0zcat\0\0-/bin/sh\0"), ["[", "[[", "ash", "zcat"]);
    }

    #[test]
    fn a_table_at_the_end_of_the_file_is_cut_there() {
        assert_eq!(applets(b"[\0[[\0ash"), ["[", "[[", "ash"]);
    }

    #[test]
    fn another_program_has_no_applets() {
        assert!(applets(b"\x7fELF\0/bin/sh\0").is_empty());
    }
}
