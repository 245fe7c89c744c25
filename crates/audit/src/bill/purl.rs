//! Package URLs; purl-spec, PURL-TYPES, "deb".

/// `pkg:deb/debian/NAME@VERSION?arch=ARCH`.
pub(super) fn purl(name: &str, version: &str, architecture: &str) -> String {
    format!("pkg:deb/debian/{}@{}?arch={architecture}", encoded(name), encoded(version))
}

/// With everything but unreserved characters (RFC 3986, section 2.3) by its number.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_characters_are_written_as_numbers() {
        assert_eq!(
            purl("libstdc++6", "1:2.0~rc1-3+b1", "arm64"),
            "pkg:deb/debian/libstdc%2B%2B6@1%3A2.0~rc1-3%2Bb1?arch=arm64"
        );
    }
}
