//! `getopt` of util-linux: a script's arguments in order, options first, quoted for `eval`.

use bringup_shell::{Call, Host, Status, Stop};

use crate::common::print;
use crate::options::unsupported;

/// Whether an option takes an argument.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Something,
    Perhaps,
}

/// What the script's options are.
#[derive(Default)]
struct Spec {
    short: Vec<(char, Takes)>,
    long: Vec<(String, Takes)>,
    /// Whether one dash starts a long option, too.
    one_dash: bool,
}

/// Options that are wrong are not reproduced: what is said of them goes to whoever typed them.
pub(crate) fn getopt(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let mut spec = Spec::default();
    let mut own = call.arguments.iter();
    loop {
        let Some(option) = own.next() else { return Err(unsupported(call, "arguments without `--`")) };
        let mut value = || own.next().cloned().unwrap_or_default();
        match option.as_str() {
            "--" => break,
            "-a" | "--alternative" => spec.one_dash = true,
            "-n" | "--name" => drop(value()),
            "-o" | "--options" => spec.short = short(&value()),
            "-l" | "--long" | "--longoptions" => spec.long.extend(long(&value())),
            other => return Err(unsupported(call, &format!("`{other}`"))),
        }
    }
    if spec.short.first().is_some_and(|(letter, _)| matches!(letter, '+' | '-')) {
        return Err(unsupported(call, "options that may not stand behind others"));
    }
    let (mut text, mut operands) = (String::new(), Vec::new());
    while let Some(argument) = own.next() {
        let wrong = || unsupported(call, &format!("the argument `{argument}`"));
        if argument == "--" {
            operands.extend(own.by_ref());
        } else if let Some(option) = spec.long_option(argument) {
            let (name, given) =
                option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
            let (name, takes) = spec.named(name).ok_or_else(wrong)?;
            text += &format!(" --{name}");
            match (takes, given) {
                (Takes::Nothing, None) => {}
                (Takes::Nothing, Some(_)) => return Err(wrong()),
                (Takes::Perhaps, given) => text += &quoted(given.unwrap_or_default()),
                (Takes::Something, Some(given)) => text += &quoted(given),
                (Takes::Something, None) => text += &quoted(own.next().ok_or_else(wrong)?),
            }
        } else if argument.len() > 1 && argument.starts_with('-') {
            for (at, letter) in argument[1..].char_indices() {
                let (_, takes) = spec.short.iter().find(|(known, _)| *known == letter).ok_or_else(wrong)?;
                text += &format!(" -{letter}");
                let rest = &argument[1 + at + letter.len_utf8()..];
                match takes {
                    Takes::Nothing => continue,
                    Takes::Something if rest.is_empty() => text += &quoted(own.next().ok_or_else(wrong)?),
                    Takes::Something | Takes::Perhaps => text += &quoted(rest),
                }
                break;
            }
        } else {
            operands.push(argument);
        }
    }
    text += " --";
    for operand in operands {
        text += &quoted(operand);
    }
    print(call, &format!("{text}\n"));
    Ok(0)
}

impl Spec {
    /// What an argument says behind its dashes, if it is a long option (getopt_long_only(3)).
    fn long_option<'a>(&self, argument: &'a str) -> Option<&'a str> {
        if let Some(option) = argument.strip_prefix("--") {
            return Some(option);
        }
        let option = argument.strip_prefix('-').filter(|option| self.one_dash && !option.is_empty())?;
        let is_short = self.short.iter().any(|(letter, _)| option.starts_with(*letter));
        let name = option.split('=').next().unwrap_or(option);
        // A letter alone is a short option where there is one; more letters are what they fit.
        let fits = self.long.iter().any(|(known, _)| known.starts_with(name));
        (if is_short { option.chars().count() > 1 && fits } else { true }).then_some(option)
    }

    /// The option of this name, or the only one that starts like this.
    fn named(&self, name: &str) -> Option<(&str, Takes)> {
        let mut fitting = self.long.iter().filter(|(known, _)| known.starts_with(name));
        let exact = self.long.iter().find(|(known, _)| known == name);
        let one = match (exact, fitting.next(), fitting.next()) {
            (Some(exact), ..) => exact,
            (None, Some(one), None) => one,
            _ => return None,
        };
        Some((&one.0, one.1))
    }
}

/// `ab:c::`.
fn short(text: &str) -> Vec<(char, Takes)> {
    let mut options: Vec<(char, Takes)> = Vec::new();
    for letter in text.chars() {
        match options.last_mut() {
            Some((_, takes)) if letter == ':' => {
                *takes = if *takes == Takes::Nothing { Takes::Something } else { Takes::Perhaps };
            }
            _ => options.push((letter, Takes::Nothing)),
        }
    }
    options
}

/// `one,two:,three::`.
fn long(text: &str) -> Vec<(String, Takes)> {
    let option = |text: &str| {
        let name = text.trim_end_matches(':');
        let takes = match text.len() - name.len() {
            0 => Takes::Nothing,
            1 => Takes::Something,
            _ => Takes::Perhaps,
        };
        (name.to_owned(), takes)
    };
    text.split(|letter: char| letter == ',' || letter.is_whitespace())
        .filter(|text| !text.is_empty())
        .map(option)
        .collect()
}

/// As a shell reads it back, behind a blank.
fn quoted(text: &str) -> String {
    format!(" '{}'", text.replace('\'', "'\\''"))
}
