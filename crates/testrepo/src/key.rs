//! Keys with every property that a verifier has to look at.

use pgp::composed::{ArmorOptions, SignedKeyDetails, SignedPublicKey, SignedPublicSubKey};
use pgp::composed::{CleartextSignedMessage, KeyType};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{
    KeyFlags, PubKeyInner, PublicKey, PublicSubkey, SecretKey, SecretSubkey, SignatureConfig, SignatureType,
    Subpacket, SubpacketData, UserId,
};
use pgp::types::{
    Duration, KeyDetails, KeyVersion, Password, SecretParams, SignedUser, SigningKey, Tag, Timestamp,
};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::{KEY_MADE, MADE};

/// What a key is to be.
#[derive(Clone, Debug)]
pub struct KeySpec {
    /// Another seed gives another key.
    pub seed: u64,
    /// Seconds since 1970.
    pub created: u32,
    /// Seconds after its creation until it expires; never, if missing.
    pub life: Option<u32>,
    /// Whether it says that it may sign.
    pub may_sign: bool,
    /// Whether its owner revoked it.
    pub revoked: bool,
    /// With which hash it vouches for itself.
    pub self_hash: HashAlgorithm,
    /// Bits of an RSA key; Ed25519, if missing.
    pub rsa_bits: Option<u32>,
    /// A subkey, which then signs in its place.
    pub subkey: Option<Subkey>,
}

/// What a subkey is to be.
#[derive(Clone, Debug)]
pub struct Subkey {
    /// Seconds after the key's creation until it expires; never, if missing.
    pub life: Option<u32>,
    /// Whether it is said to be for signing.
    pub may_sign: bool,
    /// Whether it agrees to belong to the primary key.
    pub agrees: bool,
    /// Whether the primary key revoked it.
    pub revoked: bool,
}

impl Default for KeySpec {
    /// A good primary key that signs itself.
    fn default() -> Self {
        Self {
            seed: 1,
            created: KEY_MADE,
            life: None,
            may_sign: true,
            revoked: false,
            self_hash: HashAlgorithm::Sha512,
            rsa_bits: None,
            subkey: None,
        }
    }
}

impl Default for Subkey {
    /// A good one.
    fn default() -> Self {
        Self { life: None, may_sign: true, agrees: true, revoked: false }
    }
}

/// What a signature is to be.
#[derive(Clone, Debug)]
pub struct SignatureSpec {
    /// Seconds since 1970.
    pub created: u32,
    /// Seconds after that until it expires; never, if missing.
    pub life: Option<u32>,
    /// Hash algorithm.
    pub hash: HashAlgorithm,
}

impl Default for SignatureSpec {
    /// A good one.
    fn default() -> Self {
        Self { created: MADE, life: None, hash: HashAlgorithm::Sha256 }
    }
}

/// A key pair.
#[derive(Clone, Debug)]
pub struct TestKey {
    primary: SecretKey,
    subkey: Option<SecretSubkey>,
    public: SignedPublicKey,
}

impl TestKey {
    /// Makes the key that `spec` describes.
    pub fn new(spec: &KeySpec) -> Self {
        let mut rng = StdRng::seed_from_u64(spec.seed);
        let (inner, secret) = generate(&mut rng, spec);
        let primary_public = PublicKey::from_inner(inner).unwrap();
        let primary = SecretKey::new(primary_public.clone(), secret).unwrap();

        let make = |typ, more: Vec<SubpacketData>| config(typ, spec.self_hash, &primary, spec.created, more);
        let mut flags = KeyFlags::default();
        flags.set_certify(true);
        flags.set_sign(spec.may_sign);
        let mut about = vec![SubpacketData::KeyFlags(flags)];
        about.extend(spec.life.map(|life| SubpacketData::KeyExpirationTime(Duration::from_secs(life))));
        let user = UserId::from_str(Default::default(), "Test Archive <archive@example.org>").unwrap();
        let certification = make(SignatureType::CertPositive, about)
            .sign_certification(&primary, &primary_public, &Password::empty(), Tag::UserId, &user)
            .unwrap();
        let revocation = || {
            make(SignatureType::KeyRevocation, Vec::new())
                .sign_key(&primary, &Password::empty(), &primary_public)
                .unwrap()
        };
        let revocations = if spec.revoked { vec![revocation()] } else { Vec::new() };
        let users = vec![SignedUser::new(user, vec![certification])];
        let details = SignedKeyDetails::new(revocations, Vec::new(), users, Vec::new());

        let mut subkey = None;
        let mut public_subkeys = Vec::new();
        if let Some(wanted) = &spec.subkey {
            let (secret, public) = bind_subkey(&mut rng, wanted, spec, &primary, &primary_public);
            subkey = Some(secret);
            public_subkeys.push(public);
        }
        let public = SignedPublicKey::new(primary_public, details, public_subkeys);
        Self { primary, subkey, public }
    }

    /// The public part, in ASCII armour.
    pub fn public_armour(&self) -> String {
        self.public.to_armored_string(ArmorOptions::default()).unwrap()
    }

    /// The fingerprint of what signs, in upper-case hexadecimal.
    pub fn signer(&self) -> String {
        let fingerprint = self.subkey.as_ref().map_or(self.primary.fingerprint(), |key| key.fingerprint());
        format!("{fingerprint:X}")
    }

    /// Signs `text` in the clear.
    pub fn sign(&self, text: &str, spec: &SignatureSpec) -> String {
        let life = spec.life.map(|life| SubpacketData::SignatureExpirationTime(Duration::from_secs(life)));
        let more: Vec<_> = life.into_iter().collect();
        let signed = match &self.subkey {
            Some(key) => clearsign(text, spec, key, more),
            None => clearsign(text, spec, &self.primary, more),
        };
        signed.to_armored_string(ArmorOptions::default()).unwrap()
    }
}

fn generate(rng: &mut StdRng, spec: &KeySpec) -> (PubKeyInner, SecretParams) {
    let kind = spec.rsa_bits.map_or(KeyType::Ed25519, KeyType::Rsa);
    let (public, secret) = kind.generate(rng).unwrap();
    let created = Timestamp::from_secs(spec.created);
    (PubKeyInner::new(KeyVersion::V4, kind.to_alg(), created, None, public).unwrap(), secret)
}

fn bind_subkey(
    rng: &mut StdRng,
    wanted: &Subkey,
    spec: &KeySpec,
    primary: &SecretKey,
    primary_public: &PublicKey,
) -> (SecretSubkey, SignedPublicSubKey) {
    let (inner, secret) = generate(rng, spec);
    let public = PublicSubkey::from_inner(inner).unwrap();
    let subkey = SecretSubkey::new(public.clone(), secret).unwrap();
    let password = Password::empty();

    let mut flags = KeyFlags::default();
    flags.set_sign(wanted.may_sign);
    let mut about = vec![SubpacketData::KeyFlags(flags)];
    about.extend(wanted.life.map(|life| SubpacketData::KeyExpirationTime(Duration::from_secs(life))));
    if wanted.agrees {
        let back = config(SignatureType::KeyBinding, spec.self_hash, &subkey, spec.created, Vec::new());
        let back = back.sign_primary_key_binding(&subkey, &public, &password, primary_public).unwrap();
        about.push(SubpacketData::EmbeddedSignature(Box::new(back)));
    }
    let sign = |typ, more| {
        config(typ, spec.self_hash, primary, spec.created, more)
            .sign_subkey_binding(primary, primary_public, &password, &public)
            .unwrap()
    };
    let mut signatures = vec![sign(SignatureType::SubkeyBinding, about)];
    if wanted.revoked {
        signatures.push(sign(SignatureType::SubkeyRevocation, Vec::new()));
    }
    (subkey, SignedPublicSubKey::new(public, signatures))
}

fn clearsign(
    text: &str,
    spec: &SignatureSpec,
    key: &impl SigningKey,
    more: Vec<SubpacketData>,
) -> CleartextSignedMessage {
    let config = config(SignatureType::Text, spec.hash, key, spec.created, more);
    CleartextSignedMessage::new(text, config, key, &Password::empty()).unwrap()
}

fn config(
    typ: SignatureType,
    hash: HashAlgorithm,
    key: &impl SigningKey,
    created: u32,
    more: Vec<SubpacketData>,
) -> SignatureConfig {
    let created = SubpacketData::SignatureCreationTime(Timestamp::from_secs(created));
    let issuer = SubpacketData::IssuerFingerprint(key.fingerprint());
    let mut config = SignatureConfig::v4(typ, key.algorithm(), hash);
    config.hashed_subpackets =
        [created, issuer].into_iter().chain(more).map(|data| Subpacket::regular(data).unwrap()).collect();
    config
}
