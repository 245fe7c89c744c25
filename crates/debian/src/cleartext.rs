//! Takes a cleartext-signed message apart (RFC 9580, section 7).
//!
//! Stricter than the RFC where that costs nothing: nothing may stand before the message or after it.

const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
const END: &str = "-----END PGP SIGNATURE-----";

/// A signed message, whose signatures are not yet verified.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cleartext<'a> {
    /// The text exactly as signed, but with `\n` for `\r\n`: unescaped, and without blanks that end lines.
    pub(crate) text: String,
    /// The signatures, in ASCII armour.
    pub(crate) armour: &'a str,
}

impl<'a> Cleartext<'a> {
    /// Splits `message`, or says what is wrong with it.
    pub(crate) fn split(message: &'a str) -> Result<Self, &'static str> {
        let mut rest = message;
        if next_line(&mut rest) != Some(BEGIN) {
            return Err("does not begin with a cleartext signature header");
        }
        loop {
            match next_line(&mut rest) {
                Some("") => break,
                Some(header) if header.starts_with("Hash: ") => {}
                _ => return Err("has a header other than `Hash`"),
            }
        }
        let mut text = String::with_capacity(rest.len());
        loop {
            let armour = rest;
            let line = next_line(&mut rest).ok_or("ends before its signature")?;
            if line == SIGNATURE {
                let (_, behind) = armour.split_once(END).ok_or("ends within its signature")?;
                if !behind.trim_ascii().is_empty() {
                    return Err("goes on behind its signature");
                }
                // The last line break belongs to the armour, not to the text.
                text.pop();
                return Ok(Self { text, armour });
            }
            let line = match line.strip_prefix("- ") {
                Some(escaped) => escaped,
                None if line.starts_with('-') => return Err("has a line whose dash is not escaped"),
                None => line,
            };
            text.push_str(line.trim_end_matches([' ', '\t']));
            text.push('\n');
        }
    }

    /// The octets that were hashed: every line break is `\r\n`.
    pub(crate) fn signed_octets(&self) -> Vec<u8> {
        self.text.replace('\n', "\r\n").into_bytes()
    }
}

/// Takes the next line off `rest`, without its line break.
fn next_line<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let (line, behind) = rest.split_once('\n')?;
    *rest = behind;
    Some(line.strip_suffix('\r').unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nSuite: x \n- - dash\n\nend\n\
        -----BEGIN PGP SIGNATURE-----\n\nabcd\n-----END PGP SIGNATURE-----\n";

    #[test]
    fn text_and_signature_are_told_apart() {
        let split = Cleartext::split(MESSAGE).unwrap();
        assert_eq!(split.text, "Suite: x\n- dash\n\nend");
        assert_eq!(split.signed_octets(), b"Suite: x\r\n- dash\r\n\r\nend");
        assert!(split.armour.starts_with(SIGNATURE) && split.armour.ends_with("-----\n"));
        let crlf = MESSAGE.replace('\n', "\r\n");
        assert_eq!(Cleartext::split(&crlf).unwrap().text, split.text);
    }

    #[test]
    fn anything_odd_is_refused() {
        for (from, to, problem) in [
            (
                "-----BEGIN PGP SIGNED",
                "x\n-----BEGIN PGP SIGNED",
                "does not begin with a cleartext signature header",
            ),
            ("Hash: SHA256\n", "Suite: y\n", "has a header other than `Hash`"),
            ("- - dash", "- dash\n-- x", "has a line whose dash is not escaped"),
            ("-----BEGIN PGP SIGNATURE-----\n", "", "has a line whose dash is not escaped"),
            ("-----END PGP SIGNATURE-----", "", "ends within its signature"),
            ("E-----\n\nabcd\n-----END PGP SIGNATURE-----\n", "", "ends before its signature"),
            (
                "-----END PGP SIGNATURE-----\n",
                "-----END PGP SIGNATURE-----\nSuite: y\n",
                "goes on behind its signature",
            ),
        ] {
            assert!(MESSAGE.contains(from), "{from:?}");
            assert_eq!(Cleartext::split(&MESSAGE.replacen(from, to, 1)), Err(problem), "{to:?}");
        }
        assert!(Cleartext::split("").is_err());
    }
}
