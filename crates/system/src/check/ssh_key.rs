//! Lines of `authorized_keys`: sshd(8), "AUTHORIZED_KEYS FILE FORMAT".

/// The kinds of keys that OpenSSH takes: sshd(8), and sshd_config(5), `PubkeyAcceptedAlgorithms`.
const KINDS: &[&str] = &[
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

const LINE: &str = "one line of `authorized_keys`: a kind, as `ssh-ed25519`, a key in base64, a comment";
const PRIVATE: &str = "a public key; this looks like a private one, which must stay secret";
const DSA: &str = "a key of a kind that OpenSSH still takes, which DSA is not";
const BASE64: &str = "a key in base64, whole: this one is cut or has a wrong character";
const OTHER: &str = "a key whose inner kind is the one before it";
const SHAPE: &str = "a key whose parts fill it exactly: this one is cut or too long";

/// Whether `line` is a key; otherwise what it must be.
pub(super) fn check(line: &str) -> Result<(), &'static str> {
    if line.contains("PRIVATE KEY") {
        return Err(PRIVATE);
    }
    if line.contains(['\n', '\r', '\0']) {
        return Err(LINE);
    }
    let words = words(line);
    let at = words.iter().take(2).position(|word| KINDS.contains(&word.as_str()));
    let Some(at) = at else {
        return Err(if words.iter().take(2).any(|word| word == "ssh-dss") { DSA } else { LINE });
    };
    let kind = words[at].as_bytes();
    let blob = decode(words.get(at + 1).ok_or(LINE)?).ok_or(BASE64)?;
    let (inner, rest) = string(&blob).ok_or(SHAPE)?;
    if inner != kind {
        return Err(OTHER);
    }
    let fields = fields(rest).ok_or(SHAPE)?;
    // How many parts each has: RFC 4253, section 6.6; RFC 5656, section 3.1; RFC 8709, section 4;
    // OpenSSH, PROTOCOL.u2f.
    let good = match words[at].as_str() {
        "ssh-ed25519" => fields.len() == 1 && fields[0].len() == 32,
        "sk-ssh-ed25519@openssh.com" => fields.len() == 2 && fields[0].len() == 32,
        "sk-ecdsa-sha2-nistp256@openssh.com" => fields.len() == 3,
        _ => fields.len() == 2,
    };
    if good { Ok(()) } else { Err(SHAPE) }
}

/// The words of a line; white space between double quotes, as options have it, ends none.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in line.chars() {
        let quote = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        quoted ^= quote;
        if !quoted && matches!(c, ' ' | '\t') {
            words.push(String::new());
        } else if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A string of RFC 4251, section 5, and what stands behind it.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

/// Strings that fill `bytes` exactly.
fn fields(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let (field, rest) = string(bytes)?;
        fields.push(field);
        bytes = rest;
    }
    Some(fields)
}

/// Base64 with its padding: RFC 4648, section 4.
fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in digits.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = held << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn encode(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for chunk in bytes.chunks(3) {
            let held = chunk.iter().fold(0_u32, |held, byte| held << 8 | u32::from(*byte));
            let held = held << (8 * (3 - chunk.len()));
            for at in 0..4 {
                let digit = DIGITS[(held >> (18 - 6 * at) & 63) as usize] as char;
                text.push(if at <= chunk.len() { digit } else { '=' });
            }
        }
        text
    }

    fn blob(fields: &[&[u8]]) -> Vec<u8> {
        fields.iter().flat_map(|field| [&(field.len() as u32).to_be_bytes()[..], field].concat()).collect()
    }

    /// A key of the right form that is nobody's.
    pub(crate) fn ed25519() -> String {
        format!("ssh-ed25519 {}", encode(&blob(&[b"ssh-ed25519", &[7; 32]])))
    }

    #[test]
    fn keys_with_comments_and_options_are_taken() {
        for line in [
            ed25519(),
            format!("{} me@home", ed25519()),
            format!("command=\"echo \\\" a b\",no-pty {}", ed25519()),
            format!("ssh-rsa {}", encode(&blob(&[b"ssh-rsa", &[1, 0, 1], &[9; 257]]))),
        ] {
            assert_eq!(check(&line), Ok(()), "{line}");
        }
    }

    #[test]
    fn each_fault_has_its_own_rule() {
        let good = ed25519();
        for (line, rule) in [
            (good[..good.len() - 1].to_owned(), BASE64),
            (good.replace("AAAA", "AA!A"), BASE64),
            (format!("{good} x").replace("ssh-ed25519", "ssh-rsa"), OTHER),
            (format!("ssh-ed25519 {}", encode(&blob(&[b"ssh-ed25519", &[7; 31]]))), SHAPE),
            (format!("ssh-ed25519 {}", encode(b"abc")), SHAPE),
            (good["ssh-ed25519 ".len()..].to_owned(), LINE),
            ("ssh-ed25519".to_owned(), LINE),
            (String::new(), LINE),
            (format!("{good}\n{good}"), LINE),
            ("ssh-dss AAAA".to_owned(), DSA),
            ("-----BEGIN OPENSSH PRIVATE KEY-----".to_owned(), PRIVATE),
        ] {
            assert_eq!(check(&line), Err(rule), "{line}");
        }
    }
}
