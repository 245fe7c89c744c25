//! Links for certificates made here; the hash is the one that `openssl x509 -subject_hash` prints.

use bringup_shell::World;
use bringup_tree::Kind;

use super::name::subject_hash;
use crate::testing::{ok, run, world};

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag, content.len() as u8];
    assert!(content.len() < 128);
    out.extend(content);
    out
}

/// What of a certificate comes before the key, for the subject `CN = NAME`.
fn certificate(name: &str, serial: u8) -> Vec<u8> {
    let attribute = der(0x30, &[&[6, 3, 0x55, 4, 3], &der(19, &[name.as_bytes()])]);
    let subject = der(0x30, &[&der(0x31, &[&attribute])]);
    let body = der(0x30, &[&[2, 1, serial], &der(0x30, &[]), &der(0x30, &[]), &der(0x30, &[]), &subject]);
    der(0x30, &[&body])
}

fn pem(der: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in der.chunks(3) {
        let bits =
            part.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at <= part.len() { char::from(digit) } else { '=' });
        }
    }
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

fn target(world: &World, path: &str) -> String {
    match &world.lstat(path).unwrap().kind {
        Kind::Symlink(target) => String::from_utf8(target.clone()).unwrap(),
        kind => kind.describe().to_owned(),
    }
}

#[test]
fn blanks_and_case_of_a_name_do_not_count() {
    let hash = subject_hash(&certificate("Test Root", 1)).unwrap();
    assert_eq!(subject_hash(&certificate(" test  ROOT ", 2)), Some(hash));
    assert_ne!(subject_hash(&certificate("testroot", 1)), Some(hash));
    assert_eq!(subject_hash(&certificate("Test Root", 1)[..20]), None);
}

#[test]
fn certificates_of_one_name_are_counted() {
    let files = [
        ("c/b.pem", pem(&certificate("Root", 2))),
        ("c/a.crt", pem(&certificate("root", 1))),
        ("c/copy.pem", pem(&certificate("root", 1))),
        ("c/both.crt", pem(&certificate("x", 1)) + &pem(&certificate("y", 1))),
        ("c/c.txt", pem(&certificate("z", 1))),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let mut world = world(&files);
    world.make_symlink("gone.pem", "/c/00000000.0").unwrap();
    let (status, _, errors) = run(&mut world, "openssl rehash /c", "").unwrap();
    assert_eq!(status, 0);
    assert_eq!(
        errors,
        "rehash: warning: skipping both.crt, it does not contain exactly one certificate or CRL\nrehash: warning: skipping duplicate certificate in copy.pem\n"
    );
    let hash = subject_hash(&certificate("root", 1)).unwrap();
    assert_eq!(target(&world, &format!("/c/{hash:08x}.0")), "a.crt");
    assert_eq!(target(&world, &format!("/c/{hash:08x}.1")), "b.pem");
    assert!(world.lstat("/c/00000000.0").is_none());
    let before = world.names("/c");
    ok(&mut world, "openssl rehash /c");
    assert_eq!(world.names("/c"), before);
}

#[test]
fn keys_are_not_made() {
    let error = run(&mut world(&[]), "openssl req -x509", "").unwrap_err().to_string();
    assert_eq!(error, "`openssl`: `req` is not reproduced");
}
