//! Options on a command line, as getopt_long(3) takes them.

use bringup_shell::Stop;

use crate::unsupported;

/// An option that a command knows.
pub(crate) struct Known {
    /// Without its dashes.
    pub(crate) long: &'static str,
    /// One letter, or `\0`.
    pub(crate) short: char,
    /// Whether it takes a value.
    pub(crate) value: bool,
}

/// An option without a value.
pub(crate) const fn flag(long: &'static str, short: char) -> Known {
    Known { long, short, value: false }
}

/// An option with a value.
pub(crate) const fn value(long: &'static str, short: char) -> Known {
    Known { long, short, value: true }
}

/// What was given.
#[derive(Debug, Default)]
pub(crate) struct Given {
    options: Vec<(&'static str, String)>,
    /// What is no option, in order.
    pub(crate) operands: Vec<String>,
}

impl Given {
    /// Whether an option was given.
    pub(crate) fn has(&self, long: &str) -> bool {
        self.options.iter().any(|(name, _)| *name == long)
    }

    /// The last value of an option.
    pub(crate) fn value(&self, long: &str) -> Option<&str> {
        self.options.iter().rev().find(|(name, _)| *name == long).map(|(_, value)| value.as_str())
    }

    /// Every value of an option, in order.
    pub(crate) fn values<'a>(&'a self, long: &'a str) -> impl Iterator<Item = &'a str> {
        self.options.iter().filter(move |(name, _)| *name == long).map(|(_, value)| value.as_str())
    }

    /// That `--root` names the root itself or nothing: no other one is looked into here.
    pub(crate) fn check_root(&self, command: &str) -> Result<(), Stop> {
        match self.value("root") {
            Some(root) if root.bytes().any(|byte| byte != b'/') => {
                Err(unsupported(command, format!("`--root={root}`")))
            }
            _ => Ok(()),
        }
    }
}

/// Sorts arguments into options and operands.
///
/// # Errors
/// An option that is not known, or whose value is missing or not wanted.
pub(crate) fn parse(command: &str, known: &[Known], arguments: &[String]) -> Result<Given, Stop> {
    let mut given = Given::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let stop = || unsupported(command, format!("option `{argument}`"));
        if argument == "--" {
            given.operands.extend(arguments.by_ref().cloned());
        } else if let Some(long) = argument.strip_prefix("--") {
            let (name, attached) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            let option = known.iter().find(|option| option.long == name).ok_or_else(stop)?;
            let value = match (option.value, attached) {
                (true, Some(value)) => value,
                (true, None) => arguments.next().ok_or_else(stop)?.clone(),
                (false, None) => String::new(),
                (false, Some(_)) => return Err(stop()),
            };
            given.options.push((option.long, value));
        } else if argument.len() > 1 && argument.starts_with('-') {
            let mut letters = argument[1..].chars();
            while let Some(letter) = letters.next() {
                let option = known.iter().find(|option| option.short == letter).ok_or_else(stop)?;
                let mut value = String::new();
                if option.value {
                    value = letters.by_ref().collect();
                    if value.is_empty() {
                        value.clone_from(arguments.next().ok_or_else(stop)?);
                    }
                }
                given.options.push((option.long, value));
            }
        } else {
            given.operands.push(argument.clone());
        }
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Known] = &[flag("quiet", 'q'), value("root", 'R')];

    fn given(line: &str) -> Result<Given, Stop> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse("x", KNOWN, &words)
    }

    #[test]
    fn options_stand_anywhere_and_take_values_both_ways() {
        for line in ["a --root=/r -q -- -b", "--quiet a --root /r -- -b", "-qR/r a -- -b"] {
            let given = given(line).unwrap();
            assert_eq!((given.value("root"), given.has("quiet")), (Some("/r"), true), "{line}");
            assert_eq!(given.operands, ["a", "-b"], "{line}");
        }
    }

    #[test]
    fn an_unknown_option_stops() {
        let stop = given("--loud").unwrap_err();
        assert_eq!(stop.to_string(), "`x`: option `--loud` is not reproduced");
        assert!(given("--quiet=yes").is_err());
        assert!(given("--root").is_err());
    }

    #[test]
    fn only_the_root_itself_may_be_named() {
        assert!(given("--root=/").unwrap().check_root("x").is_ok());
        let stop = given("--root=/mnt").unwrap().check_root("x").unwrap_err();
        assert_eq!(stop.to_string(), "`x`: `--root=/mnt` is not reproduced");
    }
}
