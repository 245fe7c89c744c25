//! The keys that may sign a repository.

use std::fmt;
use std::io::Read;

use pgp::armor::{BlockType, Dearmor, DearmorOptions};
use pgp::composed::{Deserializable, SignedPublicKey};
use pgp::packet::{Packet, PacketParser, Signature};

use crate::cleartext::Cleartext;
use crate::signature::{self, Refusal};
use crate::{Error, UnixTime};

/// The keys of the Debian archive; see `keys/README.md`.
const DEBIAN: [(&str, &str); 6] = [
    ("bookworm-automatic.asc", include_str!("../keys/bookworm-automatic.asc")),
    ("bookworm-security-automatic.asc", include_str!("../keys/bookworm-security-automatic.asc")),
    ("bookworm-stable.asc", include_str!("../keys/bookworm-stable.asc")),
    ("trixie-automatic.asc", include_str!("../keys/trixie-automatic.asc")),
    ("trixie-security-automatic.asc", include_str!("../keys/trixie-security-automatic.asc")),
    ("trixie-stable.asc", include_str!("../keys/trixie-stable.asc")),
];

/// The most that ASCII armour may hold, in bytes; Debian's three signatures take 2 KiB.
const ARMOUR_LIMIT: usize = 1 << 20;

/// Public keys, each trusted to sign a repository.
#[derive(Clone, Default)]
pub struct Keyring {
    certificates: Vec<SignedPublicKey>,
}

/// A signature that does not count, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Fingerprint or ID of the key that it says it is by, in upper-case hexadecimal.
    pub key: String,
    /// Why it does not count.
    pub refusal: Refusal,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "signature by `{}`: {}", self.key, self.refusal)
    }
}

impl Keyring {
    /// The Debian archive's keys, of the releases 12 and 13.
    pub fn debian() -> Self {
        let mut keyring = Self::default();
        for (name, armour) in DEBIAN {
            let key = Self::parse(name, armour.as_bytes()).expect("a test reads every key that is carried");
            keyring.certificates.extend(key.certificates);
        }
        keyring
    }

    /// Reads keys, in ASCII armour or binary; `name` is for errors.
    ///
    /// # Errors
    /// There is no public key in it, or something that cannot be read.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        let bad = |source| Error::BadKey { file: name.to_owned(), source: Box::new(source) };
        let certificates: Vec<_> = if bytes.trim_ascii_start().starts_with(b"-----BEGIN") {
            let (keys, _) = SignedPublicKey::from_armor_many_buf_with_options(
                bytes,
                DearmorOptions::new().set_limit(ARMOUR_LIMIT),
            )
            .map_err(bad)?;
            keys.collect::<Result<_, _>>().map_err(bad)?
        } else {
            SignedPublicKey::from_bytes_many(bytes).map_err(bad)?.collect::<Result<_, _>>().map_err(bad)?
        };
        if certificates.is_empty() {
            return Err(Error::NoKey { file: name.to_owned() });
        }
        Ok(Self { certificates })
    }

    /// The fingerprints of the primary keys, in upper-case hexadecimal.
    pub fn fingerprints(&self) -> Vec<String> {
        use pgp::types::KeyDetails;
        self.certificates.iter().map(|key| format!("{:X}", key.primary_key.fingerprint())).collect()
    }

    /// Verifies a cleartext-signed `message` and gives the text that was signed, and nothing else.
    ///
    /// One signature that counts is enough: archives sign with the keys of several releases.
    ///
    /// # Errors
    /// The message is malformed, or no signature counts at the time `now`; `name` is for errors.
    pub fn verify(&self, name: &str, message: &[u8], now: UnixTime) -> Result<String, Error> {
        let malformed = |problem| Error::NotSigned { file: name.to_owned(), problem };
        let message = std::str::from_utf8(message)
            .map_err(|error| Error::NotUtf8 { file: name.to_owned(), at: error.valid_up_to() })?;
        let message = Cleartext::split(message).map_err(malformed)?;
        let octets = message.signed_octets();
        let signatures =
            signatures(message.armour).ok_or_else(|| malformed("has a signature that is damaged"))?;
        let mut refused = Vec::new();
        for signature in &signatures {
            match signature::check(signature, &octets, &self.certificates, now) {
                Ok(()) => return Ok(message.text),
                Err(refusal) => refused.push(Refused { key: issuer(signature), refusal }),
            }
        }
        Err(Error::Untrusted { file: name.to_owned(), refused })
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Keyring").field(&self.fingerprints()).finish()
    }
}

fn signatures(armour: &str) -> Option<Vec<Signature>> {
    let mut dearmor = Dearmor::with_options(armour.as_bytes(), DearmorOptions::new().set_limit(ARMOUR_LIMIT));
    dearmor.read_header().ok()?;
    if dearmor.typ != Some(BlockType::Signature) {
        return None;
    }
    let mut bytes = Vec::new();
    dearmor.read_to_end(&mut bytes).ok()?;
    PacketParser::new(&bytes[..])
        .map(|packet| match packet {
            Ok(Packet::Signature(signature)) => Some(signature),
            _ => None,
        })
        .collect()
}

fn issuer(signature: &Signature) -> String {
    if let [fingerprint, ..] = signature.issuer_fingerprint()[..] {
        return format!("{fingerprint:X}");
    }
    let hexadecimal = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    signature.issuer_key_id().first().map_or_else(|| "unknown".into(), |id| hexadecimal(id.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_carried_key_is_read_and_listed_in_its_readme() {
        let readme = include_str!("../keys/README.md");
        let fingerprints = Keyring::debian().fingerprints();
        assert_eq!(fingerprints.len(), DEBIAN.len());
        for ((file, _), fingerprint) in DEBIAN.iter().zip(&fingerprints) {
            let row = readme.lines().find(|line| line.contains(file)).expect(file);
            assert!(row.contains(fingerprint.as_str()), "{file}: {fingerprint}");
        }
    }

    #[test]
    fn a_file_without_keys_is_no_keyring() {
        assert!(matches!(Keyring::parse("k", b""), Err(Error::NoKey { .. })));
        assert!(matches!(Keyring::parse("k", b"-----BEGIN PGP nonsense"), Err(Error::BadKey { .. })));
        let cut = &DEBIAN[0].1.as_bytes()[..2000];
        assert!(Keyring::parse("k", cut).is_err());
    }
}
