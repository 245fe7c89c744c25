//! `set` and `getopts`.

use std::rc::Rc;

use super::quoted;
use crate::shell::{Outcome, Shell};

/// Options by letter and name that change nothing here: nobody types, no job runs.
const IDLE: [(char, &str); 11] = [
    ('V', "vi"),
    ('E', "emacs"),
    ('I', "ignoreeof"),
    ('b', "notify"),
    ('h', "hashall"),
    ('i', "interactive"),
    ('l', "nolog"),
    ('m', "monitor"),
    ('p', "privileged"),
    ('s', "stdin"),
    ('v', "verbose"),
];

const NAMES: [(&str, char); 7] = [
    ("errexit", 'e'),
    ("nounset", 'u'),
    ("noglob", 'f'),
    ("xtrace", 'x'),
    ("allexport", 'a'),
    ("noclobber", 'C'),
    ("noexec", 'n'),
];

impl Shell<'_> {
    /// Sets an option by its letter; false if there is none.
    pub(crate) fn option(&mut self, letter: char, on: bool) -> bool {
        let options = &mut self.state.options;
        match letter {
            'e' => options.errexit = on,
            'u' => options.nounset = on,
            'f' => options.noglob = on,
            'x' => options.xtrace = on,
            'a' => options.allexport = on,
            'C' => options.noclobber = on,
            'v' => options.verbose = on,
            _ => return IDLE.iter().any(|(idle, _)| *idle == letter),
        }
        true
    }

    fn named_option(&mut self, name: &str, on: bool) -> bool {
        if name == "pipefail" && self.state.options.bash {
            self.state.options.pipefail = on;
            return true;
        }
        match NAMES.iter().find(|(own, _)| *own == name) {
            Some((_, letter)) => self.option(*letter, on),
            None => IDLE.iter().any(|(_, own)| *own == name),
        }
    }
}

pub(super) fn set(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    if fields.len() == 1 {
        let set = shell.state.variables.iter().filter_map(|(name, v)| Some((name, v.value.as_ref()?)));
        let lines: String = set.map(|(name, value)| format!("{name}={}\n", quoted(value))).collect();
        shell.write(1, lines.as_bytes());
        return Ok(0);
    }
    let mut at = 1;
    let mut replaces = false;
    while let Some(field) = fields.get(at) {
        if field == "--" {
            replaces = true;
            at += 1;
            break;
        }
        if field == "-" {
            at += 1;
            shell.option('x', false);
            shell.option('v', false);
            break;
        }
        let on = match field.as_bytes() {
            [b'-', _, ..] => true,
            [b'+', _, ..] => false,
            _ => break,
        };
        at += 1;
        for letter in field[1..].chars() {
            if letter == 'o' {
                let Some(name) = fields.get(at) else {
                    return Err(shell.unsupported("set", "a list of options"));
                };
                at += 1;
                if !shell.named_option(name, on) {
                    return Err(shell.fatal(&format!("set: Illegal option -o {name}")));
                }
            } else if !shell.option(letter, on) {
                return Err(shell.fatal(&format!("set: Illegal option {}{letter}", &field[..1])));
            }
        }
    }
    if replaces || at < fields.len() {
        shell.state.arguments = Rc::new(fields[at..].to_vec());
        shell.state.option_at = 0;
    }
    Ok(0)
}

pub(super) fn getopts(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    let [_, wanted, name, rest @ ..] = fields else {
        return Err(shell.fatal("getopts: Usage: getopts optstring var [arg]"));
    };
    let arguments = if rest.is_empty() { shell.state.arguments.to_vec() } else { rest.to_vec() };
    let silent = wanted.starts_with(':');
    // OPTIND is always the argument behind the one that is being read.
    let next = shell.get("OPTIND").and_then(|text| text.parse().ok()).unwrap_or(1_usize).max(1);
    let mut at = shell.state.option_at;
    let mut index = if at > 0 { next.saturating_sub(1).max(1) } else { next };
    let mut argument = arguments.get(index - 1).map_or("", String::as_str);
    if at >= argument.len() && at > 0 {
        (at, index) = (0, next);
        argument = arguments.get(index - 1).map_or("", String::as_str);
    }
    if at == 0 {
        if argument == "--" || !argument.starts_with('-') || argument == "-" {
            let next = index + usize::from(argument == "--");
            shell.set("OPTIND", next.to_string())?;
            shell.set(name, "?")?;
            return Ok(1);
        }
        at = 1;
    }
    let Some(letter) = argument.get(at..).and_then(|rest| rest.chars().next()) else {
        return Err(shell.unsupported("getopts", "an option that is no letter"));
    };
    at += letter.len_utf8();
    let place = wanted[usize::from(silent)..].find(letter).filter(|_| letter != ':');
    let takes =
        place.is_some_and(|place| wanted[usize::from(silent) + place + letter.len_utf8()..].starts_with(':'));
    let (mut next, mut state) = (index + 1, if at < argument.len() { at } else { 0 });
    let (mut value, mut found, mut message) = (None, letter.to_string(), None);
    if place.is_none() {
        if silent {
            value = Some(letter.to_string());
        } else {
            message = Some(format!("Illegal option -{letter}"));
        }
        found = "?".to_owned();
    } else if takes {
        if at < argument.len() {
            value = Some(argument[at..].to_owned());
            (next, state) = (index + 1, 0);
        } else if let Some(own) = arguments.get(index) {
            value = Some(own.clone());
            (next, state) = (index + 2, 0);
        } else if silent {
            (value, found) = (Some(letter.to_string()), ":".to_owned());
        } else {
            message = Some(format!("No arg for -{letter} option"));
            found = "?".to_owned();
        }
    } else {
        value = Some(String::new());
    }
    if let Some(message) = message {
        shell.write(2, format!("{message}\n").as_bytes());
    }
    match value {
        Some(value) => shell.set("OPTARG", value)?,
        None => shell.unset("OPTARG")?,
    }
    shell.set("OPTIND", next.to_string())?;
    shell.state.option_at = state;
    shell.set(name, found)?;
    Ok(0)
}
