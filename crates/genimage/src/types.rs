//! GUIDs, written out or by a partition type's name.

mod table;

use bringup_spec::Guid;

/// Names that are genimage's own (genimage, README.rst, `partition-type-uuid`).
const OWN: [(&str, u128); 15] = [
    ("L", LINUX),
    ("linux", LINUX),
    ("S", SWAP),
    ("H", HOME),
    ("U", EFI),
    ("uefi", EFI),
    ("R", RAID),
    ("raid", RAID),
    ("V", LVM),
    ("lvm", LVM),
    ("F", BASIC_DATA),
    ("fat32", BASIC_DATA),
    // barebox, Documentation/user/state.rst and its environment's.
    ("barebox-state", 0x4778ed65_bf42_45fa_9c5b_287a1dc4aab1),
    ("barebox-env", 0x6c3737f2_07f8_45d1_ad45_15d260aab24d),
    // U-Boot, lib/uuid.c and include/part_efi.h.
    ("u-boot-env", 0x3de21764_95bd_54bd_a5c3_4abe786f38a8),
];

// UEFI 2.10, table 5.7, and the Discoverable Partitions Specification; the last two from Linux's
// and Microsoft's own documentation of GPT types.
const LINUX: u128 = 0x0fc63daf_8483_4772_8e79_3d69d8477de4;
const SWAP: u128 = 0x0657fd6d_a4ab_43c4_84e5_0933c84b4f4f;
const HOME: u128 = 0x933ac7e1_2eb4_4f13_b844_0e14e2aef915;
const EFI: u128 = 0xc12a7328_f81f_11d2_ba4b_00a0c93ec93b;
const RAID: u128 = 0xa19d880f_05fc_4d3b_a006_743f0f84911e;
const LVM: u128 = 0xe6d6d379_f507_44c2_a23c_238f2a3df928;
const BASIC_DATA: u128 = 0xebd0a0a2_b9e5_4433_87c0_68b6b72699c7;

/// What a partition is where nothing is said.
pub(crate) const DEFAULT: Guid = Guid::from_u128(LINUX);

/// The type of that name.
pub(crate) fn named(name: &str) -> Option<Guid> {
    let all = OWN.iter().chain(&table::DISCOVERABLE);
    let found = all.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, digits)| Guid::from_u128(*digits))
}

/// A GUID written as 8, 4, 4, 4 and 12 hexadecimal digits with hyphens between.
pub(crate) fn guid(text: &str) -> Option<Guid> {
    let lengths = text.split('-').map(str::len);
    if !text.is_ascii() || !lengths.eq([8, 4, 4, 4, 12]) || text.contains('+') {
        return None;
    }
    u128::from_str_radix(&text.replace('-', ""), 16).ok().map(Guid::from_u128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_a_name_in_any_case() {
        assert_eq!(named("u"), named("ESP"));
        assert_eq!(named("L"), Some(DEFAULT));
        assert_eq!(named("root-ARM64").unwrap().to_string(), "B921B045-1DF0-41C3-AF44-4C6F280D3FAE");
        assert_eq!(named("X"), None);
    }

    #[test]
    fn no_name_stands_twice_for_different_types() {
        for (name, digits) in OWN.iter().chain(&table::DISCOVERABLE) {
            assert_eq!(named(name), Some(Guid::from_u128(*digits)), "{name}");
        }
    }

    #[test]
    fn a_guid_has_hyphens_at_their_places() {
        assert_eq!(guid("0FC63DAF-8483-4772-8e79-3d69d8477de4"), Some(DEFAULT));
        for bad in [
            "0fc63daf848347728e793d69d8477de4",
            "0fc63daf-8483-4772-8e79-3d69d8477de",
            "L",
            "+fc63daf-8483-4772-8e79-3d69d8477de4",
        ] {
            assert_eq!(guid(bad), None, "{bad}");
        }
    }
}
