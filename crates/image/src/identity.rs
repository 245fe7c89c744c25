//! UUIDs and times, derived from what goes in.

use bringup_store::Digest;

/// 16 bytes that follow from `seed` and `role`, in the form of a UUID of version 8 (custom,
/// RFC 9562, section 5.8): a digest, so two roles of one image never share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uuid(pub [u8; 16]);

impl Uuid {
    /// The UUID for `role`.
    pub fn derive(seed: &Digest, role: &str) -> Self {
        let digest = Digest::of(format!("bringup uuid\n{seed}\n{role}\n").as_bytes());
        let mut bytes: [u8; 16] = digest.0[..16].try_into().expect("a digest has 32 bytes");
        bytes[6] = 0x80 | (bytes[6] & 0x0F);
        bytes[8] = 0x80 | (bytes[8] & 0x3F);
        Self(bytes)
    }

    /// The first four bytes as a number, never 0: an MBR's disk signature.
    pub fn disk_signature(&self) -> u32 {
        u32::from_le_bytes(self.0[..4].try_into().expect("four of sixteen bytes")).max(1)
    }
}

impl std::fmt::Display for Uuid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_depend_on_seed_and_role_alone() {
        let seed = Digest::of(b"seed");
        let root = Uuid::derive(&seed, "root");
        assert_eq!(root, Uuid::derive(&seed, "root"));
        assert_ne!(root, Uuid::derive(&seed, "disk"));
        assert_ne!(root, Uuid::derive(&Digest::of(b"other"), "root"));
    }

    #[test]
    fn a_uuid_says_its_version_and_variant() {
        let text = Uuid::derive(&Digest::of(b"x"), "y").to_string();
        assert_eq!((text.len(), &text[14..15]), (36, "8"));
        assert!("89ab".contains(&text[19..20]), "{text}");
    }
}
