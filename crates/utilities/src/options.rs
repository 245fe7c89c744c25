//! Options as getopt_long(3) reads them.

use bringup_shell::{Call, Stop};

/// A call's options, in order, and its operands.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// Each option by its letter, with its value (empty without one).
    pub(crate) options: Vec<(char, String)>,
    /// What is no option.
    pub(crate) operands: Vec<String>,
}

impl Parsed {
    /// Whether the option was given.
    pub(crate) fn has(&self, letter: char) -> bool {
        self.options.iter().any(|(option, _)| *option == letter)
    }

    /// The option's last value.
    pub(crate) fn value(&self, letter: char) -> Option<&str> {
        self.options.iter().rev().find(|(option, _)| *option == letter).map(|(_, value)| value.as_str())
    }

    /// The last one given of these options.
    pub(crate) fn last_of(&self, letters: &str) -> Option<char> {
        self.options.iter().rev().map(|(option, _)| *option).find(|option| letters.contains(*option))
    }
}

/// Reads the arguments of a call.
///
/// `short` is as for getopt(3): letters, `:` behind one that takes a value, `::` if the value may be
/// missing, a leading `+` if options end at the first operand. `long` gives names for letters; what
/// has no short form stands there for a sign (`#`), which is then in `short` too.
///
/// # Errors
/// An option that is not in the lists, or a value that is missing.
pub(crate) fn parse(call: &Call<'_>, short: &str, long: &[(&str, char)]) -> Result<Parsed, Stop> {
    parse_words(call, call.arguments, short, long)
}

/// As [`parse`], for other words than the call's own.
pub(crate) fn parse_words(
    call: &Call<'_>,
    words: &[String],
    short: &str,
    long: &[(&str, char)],
) -> Result<Parsed, Stop> {
    let ordered = short.starts_with('+');
    let mut parsed = Parsed::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            parsed.operands.extend(words.cloned());
            break;
        }
        if let Some(name) = word.strip_prefix("--") {
            let (name, given) = match name.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (name, None),
            };
            let letter = long_letter(name, long).ok_or_else(|| unsupported(call, &format!("`--{name}`")))?;
            let value = match (takes(short, letter), given) {
                (Takes::Nothing, Some(_)) => return Err(unsupported(call, &format!("`{word}`"))),
                (Takes::Value, None) => words
                    .next()
                    .cloned()
                    .ok_or_else(|| unsupported(call, &format!("`{word}` without a value")))?,
                (_, given) => given.unwrap_or_default(),
            };
            parsed.options.push((letter, value));
        } else if word.len() > 1 && word.starts_with('-') {
            for (at, letter) in word[1..].char_indices() {
                if !letter.is_ascii_alphanumeric() || !short.contains(letter) {
                    return Err(unsupported(call, &format!("`-{letter}`")));
                }
                let rest = &word[1 + at + letter.len_utf8()..];
                let value = match takes(short, letter) {
                    Takes::Nothing => {
                        parsed.options.push((letter, String::new()));
                        continue;
                    }
                    Takes::Value if rest.is_empty() => words
                        .next()
                        .cloned()
                        .ok_or_else(|| unsupported(call, &format!("`-{letter}` without a value")))?,
                    Takes::Value | Takes::Maybe => rest.to_owned(),
                };
                parsed.options.push((letter, value));
                break;
            }
        } else {
            parsed.operands.push(word.clone());
            if ordered {
                parsed.operands.extend(words.cloned());
                break;
            }
        }
    }
    Ok(parsed)
}

/// Whether an option takes a value.
enum Takes {
    Nothing,
    Value,
    Maybe,
}

fn takes(short: &str, letter: char) -> Takes {
    let behind = short.split_once(letter).map_or("", |(_, behind)| behind);
    if behind.starts_with("::") {
        Takes::Maybe
    } else if behind.starts_with(':') {
        Takes::Value
    } else {
        Takes::Nothing
    }
}

/// The letter of a long option, which may be shortened as long as it is clear.
fn long_letter(name: &str, long: &[(&str, char)]) -> Option<char> {
    if let Some((_, letter)) = long.iter().find(|(full, _)| *full == name) {
        return Some(*letter);
    }
    let mut near = long.iter().filter(|(full, _)| full.starts_with(name)).map(|(_, letter)| *letter);
    let first = near.next()?;
    near.all(|letter| letter == first).then_some(first)
}

/// What a function here does not do.
pub(crate) fn unsupported(call: &Call<'_>, what: &str) -> Stop {
    Stop::Unsupported { command: call.name.to_owned(), what: what.to_owned() }
}
