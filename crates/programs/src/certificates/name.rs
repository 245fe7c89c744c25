//! A certificate's subject, and the hash that OpenSSL finds it by.

use bringup_shell::Stop;
use sha1::{Digest, Sha1};

use crate::arguments::unsupported;

/// The certificates (DER) of a PEM file (RFC 7468).
///
/// # Errors
/// It has a revocation list, whose links are named otherwise.
pub(super) fn certificates(bytes: &[u8]) -> Result<Vec<Vec<u8>>, Stop> {
    let text = String::from_utf8_lossy(bytes);
    let mut found = Vec::new();
    let mut body: Option<String> = None;
    for line in text.lines().map(str::trim_end) {
        if let Some(label) = line.strip_prefix("-----BEGIN ") {
            body = match label.trim_end_matches('-') {
                "CERTIFICATE" | "X509 CERTIFICATE" => Some(String::new()),
                "TRUSTED CERTIFICATE" | "X509 CRL" => {
                    return Err(unsupported("openssl", format!("`{label}`")));
                }
                _ => None,
            };
        } else if line.starts_with("-----END ") {
            found.extend(body.take().and_then(|body| base64(&body)));
        } else if let Some(body) = &mut body {
            body.push_str(line);
        }
    }
    Ok(found)
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    Some(out)
}

// ASN.1 tags (X.690, 8.1.2; X.680, 8.4).
const INTEGER: u8 = 2;
const UTF8: u8 = 12;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const VERSION: u8 = 0xa0;

/// The first element of `bytes`: tag, content, everything behind it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (len, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        let digits = rest.get(..count).filter(|digits| digits.len() <= 4)?;
        (digits.iter().fold(0, |len, digit| len << 8 | usize::from(*digit)), &rest[count..])
    };
    Some((tag, rest.get(..len)?, rest.get(len..)?))
}

fn encode(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let len = content.len();
    if len < 0x80 {
        out.push(len as u8);
    } else {
        let digits: Vec<u8> = len.to_be_bytes().into_iter().skip_while(|digit| *digit == 0).collect();
        out.push(0x80 | digits.len() as u8);
        out.extend(digits);
    }
    out.extend_from_slice(content);
    out
}

/// The first four bytes, little endian, of SHA-1 over the subject in canonical form (X509_NAME_hash).
pub(super) fn subject_hash(certificate: &[u8]) -> Option<u32> {
    let (_, certificate, _) = element(certificate).filter(|found| found.0 == SEQUENCE)?;
    let (_, mut rest, _) = element(certificate).filter(|found| found.0 == SEQUENCE)?;
    // RFC 5280, 4.1: version (optional), serial number, signature, issuer, validity, subject.
    let mut fields = vec![INTEGER, SEQUENCE, SEQUENCE, SEQUENCE];
    if rest.first() == Some(&VERSION) {
        fields.insert(0, VERSION);
    }
    for tag in fields {
        let (found, _, behind) = element(rest)?;
        if found != tag {
            return None;
        }
        rest = behind;
    }
    let (_, subject, _) = element(rest).filter(|found| found.0 == SEQUENCE)?;
    let digest = Sha1::digest(canonical(subject)?);
    Some(u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]]))
}

/// OpenSSL's canonical form: the sets of a name without the sequence around them, every text as UTF-8 in
/// lower case, blanks around cut off and runs of them made one.
fn canonical(mut name: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    while !name.is_empty() {
        let (_, mut set, behind) = element(name).filter(|found| found.0 == SET)?;
        name = behind;
        let mut entries = Vec::new();
        while !set.is_empty() {
            let (_, entry, rest) = element(set).filter(|found| found.0 == SEQUENCE)?;
            set = rest;
            let (oid_tag, oid, value) = element(entry)?;
            let (tag, value, _) = element(value)?;
            let mut content = encode(oid_tag, oid);
            match text(tag, value) {
                Some(text) => content.extend(encode(UTF8, text?.as_bytes())),
                None => content.extend(encode(tag, value)),
            }
            entries.push(encode(SEQUENCE, &content));
        }
        // DER orders the elements of a set.
        entries.sort();
        out.extend(encode(SET, &entries.concat()));
    }
    Some(out)
}

/// A text in canonical form; none for another kind of value, none inside if it is no text of its kind.
fn text(tag: u8, value: &[u8]) -> Option<Option<String>> {
    let latin = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    let text = match tag {
        // UTF8String; PrintableString, T61String (as Latin-1), IA5String, VisibleString.
        UTF8 => String::from_utf8(value.to_vec()).ok(),
        19 | 20 | 22 | 26 => Some(latin(value)),
        // UniversalString, BMPString: big endian.
        28 => value.chunks(4).map(|unit| char::from_u32(u32::from_be_bytes(unit.try_into().ok()?))).collect(),
        30 => {
            let units = value.chunks(2).map(|unit| Some(u16::from_be_bytes(unit.try_into().ok()?)));
            units.collect::<Option<Vec<u16>>>().and_then(|units| String::from_utf16(&units).ok())
        }
        _ => return None,
    };
    Some(text.map(|text| {
        let blank = |letter: char| letter.is_ascii_whitespace() || letter == '\u{b}';
        let words: Vec<String> =
            text.split(blank).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
        words.join(" ")
    }))
}
