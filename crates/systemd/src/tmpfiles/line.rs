//! The lines of tmpfiles.d.

use bringup_shell::{Stop, World};

use super::NAME;
use super::acl::Acls;
use crate::specifier::{Expanded, expand};
use crate::{identity, unsupported, words};

/// What counts when lines are read.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Lines with `!` count.
    pub(crate) boot: bool,
    /// An unknown user is no error.
    pub(crate) graceful: bool,
    /// Only paths below these, if there are any.
    pub(crate) prefixes: Vec<String>,
    /// No paths below these.
    pub(crate) excluded: Vec<String>,
}

impl Wanted {
    fn includes(&self, path: &str) -> bool {
        let below = |prefix: &String| is_below(path, prefix);
        !self.excluded.iter().any(below) && (self.prefixes.is_empty() || self.prefixes.iter().any(below))
    }
}

/// Whether a path is another one or below it.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) kind: char,
    pub(crate) path: String,
    pub(crate) argument: Option<String>,
    /// `+`
    pub(crate) force: bool,
    /// `-`
    pub(crate) may_fail: bool,
    /// `?`
    pub(crate) if_target: bool,
    pub(crate) mode: Option<u32>,
    pub(crate) uid: Option<u32>,
    pub(crate) gid: Option<u32>,
    /// `:` before the mode, the user, the group: only for what the line creates.
    pub(crate) new_only: [bool; 3],
    /// `~` before the mode: bits that nobody had are not set.
    pub(crate) masked: bool,
    pub(crate) age: Option<String>,
    pub(crate) acls: Acls,
}

impl Item {
    /// The mode of what gets created.
    pub(crate) fn new_mode(&self) -> u32 {
        self.mode.unwrap_or(if "dDvqQ".contains(self.kind) { 0o755 } else { 0o644 })
    }

    /// Whether the path is a pattern (`needs_glob` of systemd's src/tmpfiles/tmpfiles.c).
    pub(crate) fn is_pattern(&self) -> bool {
        "wetTaAhHxXrRmzZ".contains(self.kind)
    }

    /// Whether it says what is at the path, not only how it is (`takes_ownership`).
    pub(crate) fn owns(&self) -> bool {
        "fFdDvqQpLcbCwexXrR".contains(self.kind)
    }

    /// Whether two lines for one path can both count.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        if !(self.owns() && other.owns()) {
            return true;
        }
        let appends = |item: &Self| item.kind == 'w' && item.force;
        let plain = |item: &Self| Item {
            kind: ' ',
            force: false,
            may_fail: false,
            if_target: false,
            mode: Some(item.new_mode()).filter(|_| item.mode.is_some()),
            ..item.clone()
        };
        plain(self) == plain(other) || (appends(self) && appends(other))
    }
}

/// What became of a line.
pub(crate) enum Parsed {
    /// It counts.
    Item(Box<Item>),
    /// It does not count here.
    Skipped,
    /// It is wrong.
    Wrong(String),
}

/// Reads a line.
pub(crate) fn parse(world: &World, wanted: &Wanted, line: &str) -> Result<Parsed, Stop> {
    let Some((words, rest)) = words::split(line, 6, true).filter(|(words, _)| words.len() >= 2) else {
        return Ok(Parsed::Wrong("Syntax error.".to_owned()));
    };
    let field = |at: usize| words.get(at).map(String::as_str).filter(|word| !word.is_empty() && *word != "-");
    let mut letters = words[0].chars();
    let mut item = Item { kind: letters.next().unwrap_or(' '), ..Item::default() };
    let (mut boot, mut credential, mut base64) = (false, false, false);
    for letter in letters {
        let flag = match letter {
            '!' => &mut boot,
            '+' => &mut item.force,
            '-' => &mut item.may_fail,
            '?' => &mut item.if_target,
            '^' => &mut credential,
            '~' => &mut base64,
            // Only for removing what lines made.
            '$' => continue,
            '=' => return Err(unsupported(NAME, "the modifier `=`")),
            _ => return Ok(Parsed::Wrong(format!("Unknown modifiers in command: {}", words[0]))),
        };
        *flag = true;
    }
    if (boot && !wanted.boot) || "xX".contains(item.kind) {
        return Ok(Parsed::Skipped);
    }
    if !"fFdDvqQpLcbCwetTaAhHrRmzZ".contains(item.kind) {
        return Ok(Parsed::Wrong(format!("Unknown command type '{}'.", item.kind)));
    }
    let Expanded::Text(path) = expand(NAME, world, &words[1])? else { return Ok(Parsed::Skipped) };
    let path = match path.strip_prefix("/var/run/") {
        Some(below) if !below.trim_matches('/').is_empty() => format!("/run/{below}"),
        _ => path,
    };
    if !path.starts_with('/') {
        return Ok(Parsed::Wrong(format!("Path '{path}' not absolute.")));
    }
    item.path = crate::sysusers::simplify(&path);
    if !wanted.includes(&item.path) {
        return Ok(Parsed::Skipped);
    }
    if base64 {
        return Err(unsupported(NAME, "the modifier `~`"));
    }
    item.argument = Some(rest).filter(|rest| !rest.is_empty() && rest != "-");
    if let Some(parsed) = argument(world, &mut item)? {
        return Ok(parsed);
    }
    if credential {
        // There are no credentials here, and without one the line does not count.
        return Ok(Parsed::Skipped);
    }
    let mut missing = false;
    for (at, kind) in [(3, "user"), (4, "group")] {
        let Some(name) = field(at) else { continue };
        let new_only = name.starts_with(':');
        let name = name.trim_start_matches(':');
        let id = if at == 3 { identity::uid(world, name) } else { identity::gid(world, name) };
        if id.is_none() && !wanted.graceful {
            return Ok(Parsed::Wrong(format!("Failed to resolve {kind} '{name}': No such process")));
        }
        missing |= id.is_none();
        item.new_only[at - 2] = new_only;
        *if at == 3 { &mut item.uid } else { &mut item.gid } = id;
    }
    if let Some(text) = field(2) {
        let digits = text.trim_start_matches(['~', ':']);
        let flags = &text[..text.len() - digits.len()];
        item.masked = flags.contains('~');
        item.new_only[0] = flags.contains(':');
        match u32::from_str_radix(digits, 8).ok().filter(|mode| *mode <= 0o7777) {
            Some(mode) => item.mode = Some(if missing { mode & 0o777 } else { mode }),
            None => return Ok(Parsed::Wrong(format!("Invalid mode '{text}'."))),
        }
    }
    item.age = field(5).map(str::to_owned);
    Ok(Parsed::Item(Box::new(item)))
}

/// Looks at the last field; says so if the line is wrong or does not count.
fn argument(world: &World, item: &mut Item) -> Result<Option<Parsed>, Stop> {
    let wrong = |what: &str| Ok(Some(Parsed::Wrong(what.to_owned())));
    if "CLfFw".contains(item.kind)
        && let Some(text) = item.argument.take()
    {
        let Some(text) = words::unescaped(&text) else {
            return wrong("Failed to unescape parameter to write");
        };
        let Expanded::Text(text) = expand(NAME, world, &text)? else { return Ok(Some(Parsed::Skipped)) };
        item.argument = Some(text);
    }
    match item.kind {
        'L' | 'C' => {
            let source = item.argument.take().unwrap_or_else(|| format!("/usr/share/factory{}", item.path));
            if item.kind == 'C' {
                if !source.starts_with('/') {
                    return wrong(&format!("Source path '{source}' is not absolute."));
                }
                if world.lstat(&source).is_none() {
                    return Ok(Some(Parsed::Skipped));
                }
            }
            item.argument = Some(source);
        }
        'w' | 't' | 'T' | 'c' | 'b' | 'a' | 'A' | 'h' | 'H' if item.argument.is_none() => {
            return wrong("The argument is missing.");
        }
        'a' | 'A' => {
            // A list that cannot be read is ignored, the line still counts.
            let text = item.argument.as_deref().unwrap_or_default();
            item.acls = Acls::parse(world, text, !item.force).unwrap_or_default();
        }
        'h' | 'H' if item.argument.as_deref() != Some("+C") => {
            return Err(unsupported(NAME, "a file attribute other than `+C`"));
        }
        _ => {}
    }
    Ok(None)
}
