use crate::Error;

/// Holds a new board's name against the rules, and against those that are `taken`.
///
/// # Errors
/// It is not in kebab-case, or taken.
pub fn check_name<'a>(name: &str, taken: impl IntoIterator<Item = &'a str>) -> Result<(), Error> {
    // `x86_64` is one word.
    let in_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if !name.split('-').all(|word| !word.is_empty() && word.bytes().all(in_word)) {
        return Err(Error::BadName { name: name.to_owned() });
    }
    match taken.into_iter().any(|taken| taken == name) {
        true => Err(Error::Taken { name: name.to_owned() }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_kebab_case() {
        for name in ["a64-olinuxino", "x86_64-efi", "cubieboard2"] {
            assert_eq!(check_name(name, ["pine64-lts"]), Ok(()));
        }
        for name in ["", "A64-OLinuXino", "a64--olinuxino", "-a64", "a64-", "a64 olinuxino", "../a64", "é"] {
            assert_eq!(check_name(name, []), Err(Error::BadName { name: name.to_owned() }));
        }
    }

    #[test]
    fn a_taken_name_is_refused() {
        let error = check_name("pine64-lts", ["a", "pine64-lts"]).unwrap_err();
        assert_eq!(error.to_string(), "there is a board `pine64-lts` already\nhelp: see `boards/pine64-lts`");
    }
}
