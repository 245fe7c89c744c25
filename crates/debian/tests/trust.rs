//! Which signatures count.

use bringup_debian::{Error, Keyring, Refusal, UnixTime};
use bringup_testrepo::{HashAlgorithm, KEY_MADE, KeySpec, MADE, SignatureSpec, Subkey, TestKey};

const NOW: UnixTime = UnixTime(MADE as u64 + 3600);
const TEXT: &str = "Suite: stable\n- dash\n\nDate: x\n";

fn verify(key: &TestKey, message: &str) -> Result<String, Error> {
    let keyring = Keyring::parse("test.asc", key.public_armour().as_bytes()).unwrap();
    keyring.verify("InRelease", message.as_bytes(), NOW)
}

/// Signs with a key and a signature as described, and says why that is refused.
fn refusal(key: &KeySpec, signature: &SignatureSpec) -> Refusal {
    refusal_by(&TestKey::new(key), signature)
}

fn refusal_by(key: &TestKey, signature: &SignatureSpec) -> Refusal {
    match verify(key, &key.sign(TEXT, signature)) {
        Err(Error::Untrusted { refused, .. }) => {
            assert_eq!((refused.len(), refused[0].key.as_str()), (1, key.signer().as_str()));
            refused[0].refusal.clone()
        }
        other => panic!("{other:?}"),
    }
}

fn with_subkey(subkey: Subkey) -> KeySpec {
    KeySpec { subkey: Some(subkey), ..Default::default() }
}

#[test]
fn only_the_signed_text_comes_out() {
    for spec in [KeySpec::default(), with_subkey(Subkey::default())] {
        let key = TestKey::new(&spec);
        let message = key.sign(TEXT, &SignatureSpec::default());
        assert_eq!(verify(&key, &message).unwrap(), TEXT);
        assert!(matches!(verify(&key, &format!("Suite: x\n{message}")), Err(Error::NotSigned { .. })));
        assert!(matches!(verify(&key, &format!("{message}Suite: x\n")), Err(Error::NotSigned { .. })));
    }
}

#[test]
fn a_changed_text_is_refused() {
    let key = TestKey::new(&KeySpec::default());
    let message = key.sign(TEXT, &SignatureSpec::default()).replace("stable", "stablf");
    let error = verify(&key, &message).unwrap_err();
    assert!(matches!(error, Error::Untrusted { ref refused, .. } if refused[0].refusal == Refusal::Wrong));
}

#[test]
fn an_unknown_key_is_refused() {
    let (trusted, stranger) =
        (TestKey::new(&KeySpec::default()), TestKey::new(&KeySpec { seed: 2, ..Default::default() }));
    let error = verify(&trusted, &stranger.sign(TEXT, &SignatureSpec::default())).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&stranger.signer()) && text.contains("not in the keyring"), "{text}");
}

#[test]
fn a_damaged_signature_is_an_error() {
    let key = TestKey::new(&KeySpec::default());
    let message = key.sign(TEXT, &SignatureSpec::default());
    let start = message.find("-----BEGIN PGP SIGNATURE").unwrap() + 30;
    for at in (start..message.len() - 1).step_by(5) {
        let mut bytes = message.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let damaged = String::from_utf8(bytes).unwrap();
        // The checksum of the armour is not looked at; everything else must be right.
        if let Ok(text) = verify(&key, &damaged) {
            assert_eq!(text, TEXT);
            assert!(damaged.lines().nth_back(1).unwrap().starts_with('='), "byte {at}:\n{damaged}");
        }
    }
}

#[test]
fn weak_hashes_and_weak_keys_are_refused() {
    // Only RSA keys sign such hashes at all; a short one is quickly made.
    let key = TestKey::new(&KeySpec { rsa_bits: Some(1024), ..Default::default() });
    for (hash, name) in
        [(HashAlgorithm::Md5, "MD5"), (HashAlgorithm::Sha1, "SHA1"), (HashAlgorithm::Ripemd160, "RIPEMD160")]
    {
        let signature = SignatureSpec { hash, ..Default::default() };
        assert_eq!(refusal_by(&key, &signature), Refusal::WeakHash { algorithm: name.into() });
    }
    assert_eq!(refusal_by(&key, &SignatureSpec::default()), Refusal::WeakKey);
}

#[test]
fn a_signature_has_its_time() {
    let key = KeySpec::default();
    let tomorrow = NOW.0 as u32 + 86_400;
    let future = SignatureSpec { created: tomorrow + 1, ..Default::default() };
    assert_eq!(refusal(&key, &future), Refusal::Future { created: UnixTime(tomorrow as u64 + 1) });
    let skewed = TestKey::new(&key);
    verify(&skewed, &skewed.sign(TEXT, &SignatureSpec { created: tomorrow, ..Default::default() })).unwrap();
    let expired = SignatureSpec { life: Some(3600), ..Default::default() };
    assert_eq!(refusal(&key, &expired), Refusal::Expired { at: NOW });
    let valid = TestKey::new(&key);
    verify(&valid, &valid.sign(TEXT, &SignatureSpec { life: Some(3601), ..Default::default() })).unwrap();
}

#[test]
fn a_key_has_its_time() {
    let life = NOW.0 as u32 - KEY_MADE;
    let at = Refusal::KeyExpired { at: NOW };
    let signature = SignatureSpec::default();
    assert_eq!(refusal(&KeySpec { life: Some(life), ..Default::default() }, &signature), at);
    assert_eq!(refusal(&with_subkey(Subkey { life: Some(life), ..Default::default() }), &signature), at);
    let expired_primary = KeySpec { life: Some(life), ..with_subkey(Subkey::default()) };
    assert_eq!(refusal(&expired_primary, &signature), at);
    let valid = TestKey::new(&KeySpec { life: Some(life + 1), ..with_subkey(Subkey::default()) });
    verify(&valid, &valid.sign(TEXT, &signature)).unwrap();
}

#[test]
fn a_revoked_key_is_refused() {
    let signature = SignatureSpec::default();
    let revoked = KeySpec { revoked: true, ..Default::default() };
    assert_eq!(refusal(&revoked, &signature), Refusal::KeyRevoked);
    let subkey_of_revoked = KeySpec { revoked: true, ..with_subkey(Subkey::default()) };
    assert_eq!(refusal(&subkey_of_revoked, &signature), Refusal::KeyRevoked);
    let revoked_subkey = with_subkey(Subkey { revoked: true, ..Default::default() });
    assert_eq!(refusal(&revoked_subkey, &signature), Refusal::KeyRevoked);
}

#[test]
fn a_key_for_other_purposes_is_refused() {
    let signature = SignatureSpec::default();
    let primary = KeySpec { may_sign: false, ..Default::default() };
    assert_eq!(refusal(&primary, &signature), Refusal::KeyMayNotSign);
    let subkey = with_subkey(Subkey { may_sign: false, ..Default::default() });
    assert_eq!(refusal(&subkey, &signature), Refusal::KeyMayNotSign);
}

#[test]
fn a_subkey_must_agree_to_belong_to_its_primary_key() {
    let claimed = with_subkey(Subkey { agrees: false, ..Default::default() });
    assert_eq!(refusal(&claimed, &SignatureSpec::default()), Refusal::KeyUnbound);
}
