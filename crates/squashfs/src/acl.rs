//! Access control lists that are left out.
//!
//! With a list, the group bits of a mode are the list's mask, which may allow the owning group
//! more than its own entry does; without it they count alone. So they take that entry's limits.

/// The extended attributes that hold lists.
pub(crate) const NAMES: [&[u8]; 2] = [ACCESS, b"system.posix_acl_default"];
const ACCESS: &[u8] = b"system.posix_acl_access";

/// `ACL_GROUP_OBJ` (Linux, include/uapi/linux/posix_acl.h).
const OWNING_GROUP: u16 = 0x04;

/// `mode` without what the owning group has only by the mask of the access list in `name` and `list`.
pub(crate) fn mode_without(mode: u32, name: &[u8], list: &[u8]) -> u32 {
    if name != ACCESS {
        return mode;
    }
    // Linux, include/uapi/linux/posix_acl_xattr.h: a version as u32, then entries of tag u16,
    // permissions u16 and id u32.
    let (entries, _) = list.get(4..).unwrap_or_default().as_chunks::<8>();
    let owning = entries.iter().find(|entry| u16::from_le_bytes([entry[0], entry[1]]) == OWNING_GROUP);
    // A list without this entry is none that Linux takes: then nothing is left to the group.
    let permissions = owning.map_or(0, |entry| u32::from(entry[2] & 0o7));
    mode & (!0o070 | permissions << 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owning_group_gains_nothing() {
        // Owner rwx, owning group r-x, group 4 rwx, mask rwx, others none.
        let list = [2, 0, 0, 0]
            .into_iter()
            .chain(
                [[1, 7, 255], [4, 5, 255], [8, 7, 4], [16, 7, 255], [32, 0, 255]]
                    .iter()
                    .flat_map(|[tag, permissions, id]| [*tag, 0, *permissions, 0, *id, 0, 0, 0]),
            )
            .collect::<Vec<u8>>();
        assert_eq!(mode_without(0o2770, ACCESS, &list), 0o2750);
        assert_eq!(mode_without(0o2770, NAMES[1], &list), 0o2770);
        assert_eq!(mode_without(0o2770, ACCESS, &list[..4]), 0o2700);
    }
}
