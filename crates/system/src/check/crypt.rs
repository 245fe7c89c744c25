//! Hashed passwords, as crypt(5) writes them.

pub(super) const RULE: &str =
    "a hash that crypt(5) has for new passwords: `$y$`, `$gy$`, `$7$`, `$2b$`, `$6$` or `$5$`";

/// Whether `text` is such a hash; libxcrypt's crypt(5) has a pattern for each method. Methods that it
/// does not have for new passwords (DES, MD5, ...) are none here.
pub(super) fn is_hash(text: &str) -> bool {
    let mut parts = text.split('$');
    if parts.next() != Some("") {
        return false;
    }
    let Some(method) = parts.next() else { return false };
    let parts: Vec<&str> = parts.collect();
    match (method, parts.as_slice()) {
        ("y" | "gy", [parameters, salt, hash]) => {
            !parameters.is_empty() && all(&[parameters, salt, hash]) && salt.len() <= 86 && hash.len() == 43
        }
        ("7", [salt, hash]) => all(&[salt, hash]) && (11..=97).contains(&salt.len()) && hash.len() == 43,
        ("2a" | "2b" | "2y", [cost, hash]) => {
            cost.len() == 2
                && cost.bytes().all(|byte| byte.is_ascii_digit())
                && all(&[hash])
                && hash.len() == 53
        }
        ("6", rest) => sha(rest, 86),
        ("5", rest) => sha(rest, 43),
        _ => false,
    }
}

fn sha(parts: &[&str], length: usize) -> bool {
    let (salt, hash) = match parts {
        [salt, hash] => (salt, hash),
        [rounds, salt, hash]
            if rounds.strip_prefix("rounds=").is_some_and(|count| count.parse::<u32>().is_ok()) =>
        {
            (salt, hash)
        }
        _ => return false,
    };
    let salt_ok = (1..=16).contains(&salt.len()) && !salt.contains(|c: char| c == ':' || c.is_control());
    salt_ok && all(&[hash]) && hash.len() == length
}

/// crypt's own 64 digits.
fn all(parts: &[&str]) -> bool {
    parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./".contains(&byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_methods_form_is_known() {
        let (h43, h86, h53) = ("a".repeat(43), "b".repeat(86), "c".repeat(53));
        for good in [
            format!("$y$j9T$F5Jx5fExrKuPp53xLKQ..1${h43}"),
            format!("$gy$j9T$salt${h43}"),
            format!("$7$DU..../....2Q9obwLhin8qvQl6sisAO/${h43}"),
            format!("$2b$12${h53}"),
            format!("$6$saltsalt${h86}"),
            format!("$6$rounds=5000$saltsalt${h86}"),
            format!("$5$salt${h43}"),
        ] {
            assert!(is_hash(&good), "{good}");
            assert!(!is_hash(&good[..good.len() - 1]), "cut: {good}");
            assert!(!is_hash(&good.replacen('$', "", 1)), "without its first sign: {good}");
        }
    }

    #[test]
    fn passwords_and_old_methods_are_none() {
        for bad in ["", "secret", "$", "$$", "$1$salt$0123456789012345678901", "$6$rounds=x$salt$a", "*", "!"]
        {
            assert!(!is_hash(bad), "{bad}");
        }
    }
}
