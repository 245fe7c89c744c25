//! Identities that genimage would draw at random: made from the configuration, so that equal
//! configurations give equal images.

use bringup_spec::Guid;
use sha2::{Digest, Sha256};

use crate::syntax::{Item, Section};

/// What identities are made from.
pub(crate) struct Seed([u8; 32]);

impl Seed {
    pub(crate) fn of(configuration: &Section) -> Self {
        let mut digest = Sha256::new();
        section(configuration, &mut digest);
        Self(digest.finalize().into())
    }

    /// Sixteen bytes for that purpose.
    pub(crate) fn bytes(&self, of: &str, purpose: &str) -> [u8; 16] {
        let mut digest = Sha256::new_with_prefix(self.0);
        for text in [of, purpose] {
            word(text, &mut digest);
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest.finalize()[..16]);
        bytes
    }

    /// A GUID in the form of random ones (RFC 9562, 5.4).
    pub(crate) fn guid(&self, of: &str, purpose: &str) -> Guid {
        let mut bytes = self.bytes(of, purpose);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Guid(bytes)
    }

    /// A number, for a disk's signature or a FAT volume.
    pub(crate) fn number(&self, of: &str, purpose: &str) -> u32 {
        let [a, b, c, d, ..] = self.bytes(of, purpose);
        u32::from_le_bytes([a, b, c, d])
    }
}

/// What a section says, wherever it stands.
fn section(section: &Section, digest: &mut Sha256) {
    word(&section.name, digest);
    word(section.title.as_deref().unwrap_or_default(), digest);
    digest.update((section.items.len() as u64).to_le_bytes());
    for item in &section.items {
        match item {
            Item::Section(inner) => self::section(inner, digest),
            Item::Value(value) => {
                word(&value.key, digest);
                digest.update((value.values.len() as u64).to_le_bytes());
                value.values.iter().for_each(|value| word(value, digest));
            }
        }
    }
}

fn word(text: &str, digest: &mut Sha256) {
    digest.update((text.len() as u64).to_le_bytes());
    digest.update(text);
}
