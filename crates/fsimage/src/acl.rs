//! Access control lists: Linux passes them in one form, and ext2 and ext4 store them in another.
//!
//! Linux (include/uapi/linux/posix_acl_xattr.h): version 2 as u32, then entries of tag u16,
//! permissions u16 and id u32. ext4 (fs/ext4/acl.h): version 1, and entries for an id have
//! eight bytes, but those without one only the first four. All little-endian.

const LINUX_VERSION: u32 = 2;
const EXT4_VERSION: u32 = 1;
/// `ACL_USER` and `ACL_GROUP`: the tags of entries with an id.
const WITH_ID: [u16; 2] = [0x02, 0x08];
/// `ACL_USER_OBJ`, `ACL_GROUP_OBJ`, `ACL_MASK` and `ACL_OTHER`.
const WITHOUT_ID: [u16; 4] = [0x01, 0x04, 0x10, 0x20];

/// The extended attributes that hold lists.
pub(crate) const NAMES: [&str; 2] = ["system.posix_acl_access", "system.posix_acl_default"];

/// ext4's form of a list in Linux's form; none if it is not one.
pub(crate) fn to_disk(list: &[u8]) -> Option<Vec<u8>> {
    let (version, entries) = list.split_first_chunk::<4>()?;
    let (entries, rest) = entries.as_chunks::<8>();
    if u32::from_le_bytes(*version) != LINUX_VERSION || !rest.is_empty() {
        return None;
    }
    let mut disk = EXT4_VERSION.to_le_bytes().to_vec();
    for entry in entries {
        let tag = u16::from_le_bytes([entry[0], entry[1]]);
        if WITH_ID.contains(&tag) {
            disk.extend_from_slice(entry);
        } else if WITHOUT_ID.contains(&tag) {
            disk.extend_from_slice(&entry[..4]);
        } else {
            return None;
        }
    }
    Some(disk)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(tag: u16, permissions: u16, id: u32) -> Vec<u8> {
        [&tag.to_le_bytes()[..], &permissions.to_le_bytes(), &id.to_le_bytes()].concat()
    }

    #[test]
    fn only_entries_with_an_id_keep_it_on_disk() {
        let list =
            [2_u32.to_le_bytes().to_vec(), entry(1, 7, u32::MAX), entry(8, 5, 4), entry(0x20, 0, u32::MAX)];
        let disk = to_disk(&list.concat()).unwrap();
        assert_eq!(disk, [1, 0, 0, 0, 1, 0, 7, 0, 8, 0, 5, 0, 4, 0, 0, 0, 0x20, 0, 0, 0]);
    }

    #[test]
    fn other_versions_tags_and_lengths_are_no_lists() {
        let good = [2_u32.to_le_bytes().to_vec(), entry(1, 7, u32::MAX)].concat();
        assert!(to_disk(&good).is_some());
        for (at, byte) in [(0, 1), (4, 3)] {
            let mut bad = good.clone();
            bad[at] = byte;
            assert_eq!(to_disk(&bad), None);
        }
        assert_eq!(to_disk(&good[..11]), None);
        assert_eq!(to_disk(b""), None);
    }
}
