//! What an access list makes of a file's mode.
//!
//! Linux (include/uapi/linux/posix_acl_xattr.h): version 2 as u32, then entries of tag u16, permissions u16 and
//! id u32, all little-endian.

/// The version there is.
const VERSION: [u8; 4] = [2, 0, 0, 0];
/// Tags (include/uapi/linux/posix_acl.h).
const OWNER: u16 = 0x01;
const GROUP: u16 = 0x04;
const MASK: u16 = 0x10;
const OTHER: u16 = 0x20;

/// The mode that goes with a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mode {
    /// Its nine lower bits.
    pub(crate) bits: u32,
    /// Whether it says all that the list says.
    pub(crate) whole: bool,
}

/// The mode of a file with this list; none if it is no list. A mask stands where the group's bits are
/// (acl(5), "Correspondence between ACL entries and file permission bits").
pub(crate) fn mode(list: &[u8]) -> Option<Mode> {
    let (entries, []) = list.strip_prefix(&VERSION)?.as_chunks::<8>() else { return None };
    let of = |wanted: u16| {
        let found = entries.iter().find(|entry| u16::from_le_bytes([entry[0], entry[1]]) == wanted)?;
        Some(u32::from(u16::from_le_bytes([found[2], found[3]]) & 7))
    };
    let (owner, group, other) = (of(OWNER)?, of(GROUP)?, of(OTHER)?);
    let bits = owner << 6 | of(MASK).unwrap_or(group) << 3 | other;
    Some(Mode { bits, whole: entries.len() == 3 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[(u16, u16)]) -> Vec<u8> {
        let entry =
            |(tag, bits): &(u16, u16)| [tag.to_le_bytes(), bits.to_le_bytes(), [0xff; 2], [0xff; 2]].concat();
        VERSION.into_iter().chain(entries.iter().flat_map(entry)).collect()
    }

    #[test]
    fn three_entries_are_a_mode() {
        let three = list(&[(OWNER, 6), (GROUP, 4), (OTHER, 0)]);
        assert_eq!(mode(&three), Some(Mode { bits: 0o640, whole: true }));
    }

    #[test]
    fn a_mask_stands_for_the_group() {
        // 0x08: a named group.
        let list = list(&[(OWNER, 7), (GROUP, 0), (0x08, 5), (MASK, 5), (OTHER, 0)]);
        assert_eq!(mode(&list), Some(Mode { bits: 0o750, whole: false }));
    }

    #[test]
    fn what_is_no_list_has_no_mode() {
        assert_eq!(mode(&list(&[(OWNER, 6), (GROUP, 4)])), None);
        assert_eq!(mode(&list(&[(OWNER, 6), (GROUP, 4), (OTHER, 0)])[..27]), None);
    }
}
