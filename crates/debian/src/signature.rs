//! Decides whether a signature counts.
//!
//! The arithmetic is the `pgp` crate's; it leaves every question of time, revocation and strength to its
//! caller, so these are answered here. Where the standards leave room, the stricter reading is taken: a
//! revoked key counts for nothing, whatever the reason and time of its revocation.

use std::time::Duration;

use pgp::composed::{SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureType, SignatureVersion, SubpacketData};
use pgp::ser::Serialize;
use pgp::types::{KeyDetails, PublicParams, Tag, VerifyingKey};

use crate::UnixTime;

/// Clocks of signers and of this machine may differ by this much.
pub(crate) const CLOCK_SKEW: Duration = Duration::from_secs(24 * 60 * 60);

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Nobody trusts the key.
    #[error("the key is not in the keyring")]
    UnknownKey,
    /// The text is not what was signed.
    #[error("the text is not what was signed")]
    Wrong,
    /// Texts with the same hash can be made, or might be soon.
    #[error("{algorithm} is too weak")]
    WeakHash {
        /// The hash algorithm.
        algorithm: String,
    },
    /// The key can be broken, or might be soon.
    #[error("the key is of a weak kind, or too short")]
    WeakKey,
    /// The signature is of a version or type, or makes demands, that are not known here.
    #[error("it is of an unsupported kind")]
    Unsupported,
    /// It was made in the future.
    #[error("it was made on {created}, which is in the future")]
    Future {
        /// When it says it was made.
        created: UnixTime,
    },
    /// Its time is over.
    #[error("it expired on {at}")]
    Expired {
        /// When.
        at: UnixTime,
    },
    /// The key's time is over.
    #[error("the key expired on {at}")]
    KeyExpired {
        /// When.
        at: UnixTime,
    },
    /// The key's owner withdrew it.
    #[error("the key is revoked")]
    KeyRevoked,
    /// The key says nothing valid about itself, or its primary key does not vouch for it.
    #[error("the key is not bound to its owner")]
    KeyUnbound,
    /// The key is for other purposes.
    #[error("the key is not for signing")]
    KeyMayNotSign,
}

/// Checks one signature over `octets` against the certificates that are trusted.
pub(crate) fn check(
    signature: &Signature,
    octets: &[u8],
    trusted: &[SignedPublicKey],
    now: UnixTime,
) -> Result<(), Refusal> {
    if !matches!(signature.typ(), Some(SignatureType::Text | SignatureType::Binary)) {
        return Err(Refusal::Unsupported);
    }
    check_itself(signature, now)?;
    let mut refusal = Refusal::UnknownKey;
    for certificate in trusted {
        let result = if is_issuer(signature, &certificate.primary_key) {
            check_primary(signature, octets, certificate, now)
        } else if let Some(subkey) =
            certificate.public_subkeys.iter().find(|key| is_issuer(signature, &key.key))
        {
            check_subkey(signature, octets, certificate, subkey, now)
        } else {
            continue;
        };
        match result {
            Ok(()) => return Ok(()),
            Err(reason) => refusal = reason,
        }
    }
    Err(refusal)
}

fn is_issuer(signature: &Signature, key: &impl KeyDetails) -> bool {
    match signature.issuer_fingerprint()[..] {
        [] => signature.issuer_key_id().contains(&&key.legacy_key_id()),
        ref fingerprints => fingerprints.contains(&&key.fingerprint()),
    }
}

fn check_primary(
    signature: &Signature,
    octets: &[u8],
    certificate: &SignedPublicKey,
    now: UnixTime,
) -> Result<(), Refusal> {
    check_strength(&certificate.primary_key)?;
    signature.verify(&certificate.primary_key, octets).map_err(|_| Refusal::Wrong)?;
    let own = primary_self_signature(certificate, now)?;
    // A primary key without flags may do everything (RFC 9580, section 5.2.3.29, leaves it open).
    if has_flags(own) && !own.key_flags().sign() { Err(Refusal::KeyMayNotSign) } else { Ok(()) }
}

fn check_subkey(
    signature: &Signature,
    octets: &[u8],
    certificate: &SignedPublicKey,
    subkey: &SignedPublicSubKey,
    now: UnixTime,
) -> Result<(), Refusal> {
    check_strength(&subkey.key)?;
    signature.verify(&subkey.key, octets).map_err(|_| Refusal::Wrong)?;
    check_strength(&certificate.primary_key)?;
    primary_self_signature(certificate, now)?;
    let primary = &certificate.primary_key;
    let revoked = subkey.signatures.iter().any(|signature| {
        signature.typ() == Some(SignatureType::SubkeyRevocation)
            && signature.verify_subkey_binding(primary, &subkey.key).is_ok()
    });
    if revoked {
        return Err(Refusal::KeyRevoked);
    }
    let binding = newest(subkey.signatures.iter().filter(|signature| {
        signature.typ() == Some(SignatureType::SubkeyBinding)
            && check_itself(signature, now).is_ok()
            && signature.verify_subkey_binding(primary, &subkey.key).is_ok()
    }))
    .ok_or(Refusal::KeyUnbound)?;
    if !binding.key_flags().sign() {
        return Err(Refusal::KeyMayNotSign);
    }
    // The subkey must agree, or a stranger's key could be claimed as one's own.
    let agreed = binding.embedded_signature().is_some_and(|back| {
        check_itself(back, now).is_ok() && back.verify_primary_key_binding(&subkey.key, primary).is_ok()
    });
    if !agreed {
        return Err(Refusal::KeyUnbound);
    }
    check_key_expiry(&subkey.key, binding, now)
}

/// The newest valid statement of the primary key about itself, if the key is still good.
fn primary_self_signature(certificate: &SignedPublicKey, now: UnixTime) -> Result<&Signature, Refusal> {
    let primary = &certificate.primary_key;
    let details = &certificate.details;
    if details.revocation_signatures.iter().any(|signature| signature.verify_key(primary).is_ok()) {
        return Err(Refusal::KeyRevoked);
    }
    let direct = details.direct_signatures.iter().filter(|signature| {
        signature.typ() == Some(SignatureType::Key)
            && check_itself(signature, now).is_ok()
            && signature.verify_key(primary).is_ok()
    });
    let users = details.users.iter().flat_map(|user| {
        let valid = move |signature: &&Signature| {
            signature.verify_certification(primary, Tag::UserId, &user.id).is_ok()
        };
        let revokes = |signature: &&Signature| signature.typ() == Some(SignatureType::CertRevocation);
        let revoked = user.signatures.iter().filter(revokes).any(|signature| valid(&signature));
        user.signatures.iter().filter(move |signature| {
            !revoked && !revokes(signature) && check_itself(signature, now).is_ok() && valid(signature)
        })
    });
    let own = newest(direct.chain(users)).ok_or(Refusal::KeyUnbound)?;
    check_key_expiry(primary, own, now)?;
    Ok(own)
}

fn newest<'a>(signatures: impl Iterator<Item = &'a Signature>) -> Option<&'a Signature> {
    signatures.max_by_key(|signature| signature.created())
}

fn has_flags(signature: &Signature) -> bool {
    signature.config().is_some_and(|config| {
        config.hashed_subpackets().any(|packet| matches!(packet.data, SubpacketData::KeyFlags(_)))
    })
}

/// Version, hash, demands and time: what can be said of a signature without its key.
fn check_itself(signature: &Signature, now: UnixTime) -> Result<(), Refusal> {
    let config = signature.config().ok_or(Refusal::Unsupported)?;
    if !matches!(signature.version(), SignatureVersion::V4 | SignatureVersion::V6) {
        return Err(Refusal::Unsupported);
    }
    match config.hash_alg {
        HashAlgorithm::Sha256
        | HashAlgorithm::Sha384
        | HashAlgorithm::Sha512
        | HashAlgorithm::Sha3_256
        | HashAlgorithm::Sha3_512 => {}
        weak => return Err(Refusal::WeakHash { algorithm: weak.to_string() }),
    }
    // RFC 9580, section 5.2.3.7: a critical subpacket that is not understood invalidates the signature.
    let unknown = config.hashed_subpackets().any(|packet| {
        packet.is_critical
            && matches!(
                packet.data,
                SubpacketData::Experimental(..) | SubpacketData::Other(..) | SubpacketData::Notation(_)
            )
    });
    if unknown {
        return Err(Refusal::Unsupported);
    }
    let created =
        signature.created().map(|time| UnixTime(time.as_secs().into())).ok_or(Refusal::Unsupported)?;
    if created > now.after(CLOCK_SKEW) {
        return Err(Refusal::Future { created });
    }
    match signature.signature_expiration_time().map(Duration::from) {
        // Zero means never (RFC 9580, section 5.2.3.18).
        None | Some(Duration::ZERO) => Ok(()),
        Some(life) if created.after(life) > now => Ok(()),
        Some(life) => Err(Refusal::Expired { at: created.after(life) }),
    }
}

fn check_key_expiry(key: &impl KeyDetails, own: &Signature, now: UnixTime) -> Result<(), Refusal> {
    let created = UnixTime(key.created_at().as_secs().into());
    match own.key_expiration_time().map(Duration::from) {
        // Zero means never (RFC 9580, section 5.2.3.13).
        None | Some(Duration::ZERO) => Ok(()),
        Some(life) if created.after(life) > now => Ok(()),
        Some(life) => Err(Refusal::KeyExpired { at: created.after(life) }),
    }
}

/// RSA from 2,048 bits, and elliptic curves.
fn check_strength(key: &impl VerifyingKey) -> Result<(), Refusal> {
    match key.public_params() {
        // The modulus is by far the most of what is written; 2,048 bits are 256 bytes.
        PublicParams::RSA(_) if key.public_params().write_len() >= 256 => Ok(()),
        PublicParams::ECDSA(_)
        | PublicParams::EdDSALegacy(_)
        | PublicParams::Ed25519(_)
        | PublicParams::Ed448(_) => Ok(()),
        _ => Err(Refusal::WeakKey),
    }
}
