//! `grep`, `egrep`, `fgrep`.

use bringup_shell::{Call, Host, Status, Stop};

use crate::common::{complain, join, lines, read};
use crate::options::{Parsed, unsupported};
use crate::pattern::{Dialect, Flags, Pattern};

const LONG: &[(&str, char)] = &[
    ("after-context", 'A'),
    ("basic-regexp", 'G'),
    ("before-context", 'B'),
    ("byte-offset", 'b'),
    ("color", '='),
    ("colour", '='),
    ("context", 'C'),
    ("count", 'c'),
    ("extended-regexp", 'E'),
    ("file", 'f'),
    ("files-with-matches", 'l'),
    ("files-without-match", 'L'),
    ("fixed-strings", 'F'),
    ("ignore-case", 'i'),
    ("invert-match", 'v'),
    ("line-number", 'n'),
    ("line-regexp", 'x'),
    ("max-count", 'm'),
    ("no-filename", 'h'),
    ("no-messages", 's'),
    ("null-data", 'z'),
    ("only-matching", 'o'),
    ("perl-regexp", 'P'),
    ("quiet", 'q'),
    ("recursive", 'r'),
    ("regexp", 'e'),
    ("silent", 'q'),
    ("text", 'a'),
    ("with-filename", 'H'),
    ("word-regexp", 'w'),
];

/// Prints the lines that match.
pub(crate) fn grep(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let mut words = call.arguments.to_vec();
    // `-1` is `-C 1`: not reproduced, and must not be taken for something else.
    if let Some(word) = words
        .iter()
        .find(|word| word.len() > 1 && word.as_bytes()[1].is_ascii_digit() && word.starts_with('-'))
    {
        return Err(unsupported(call, &format!("`{word}`")));
    }
    let short = "aA:B:cC:e:EFf:GhHilLm:noPqrRsvwxyz=::";
    let mut parsed = crate::options::parse_words(call, &words, short, LONG)?;
    words.clear();
    let mut patterns: Vec<String> = Vec::new();
    let mut given = false;
    for (option, value) in parsed.options.clone() {
        match option {
            'e' => patterns.extend(value.split('\n').map(str::to_owned)),
            'f' => match read(call, &value) {
                Ok(bytes) => {
                    let text = String::from_utf8(bytes).map_err(|_| Stop::NotText { what: value })?;
                    patterns.extend(text.lines().map(str::to_owned));
                }
                Err(failure) => {
                    complain(call, &format!("{value}: {}", failure.text()));
                    return Ok(2);
                }
            },
            _ => continue,
        }
        given = true;
    }
    if !given {
        if parsed.operands.is_empty() {
            call.errors.extend_from_slice(
                b"Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n",
            );
            return Ok(2);
        }
        patterns.extend(parsed.operands.remove(0).split('\n').map(str::to_owned));
    }
    let dialect = match (call.name, parsed.last_of("EFGP")) {
        (_, Some('E')) | ("egrep", None) => Dialect::Extended,
        (_, Some('F')) | ("fgrep", None) => Dialect::Fixed,
        (_, Some('P')) => Dialect::Perl,
        _ => Dialect::Basic,
    };
    let flags = Flags {
        ignore_case: parsed.has('i') || parsed.has('y'),
        multi_line: parsed.has('z'),
        lines: parsed.has('x'),
        words: parsed.has('w') && !parsed.has('x'),
    };
    if flags.words && parsed.has('o') {
        return Err(unsupported(call, "`-w` with `-o`"));
    }
    let pattern = if patterns.is_empty() {
        None
    } else {
        Some(
            Pattern::any(&patterns, dialect, flags)
                .map_err(|bad| unsupported(call, &format!("the pattern ({})", bad.0)))?,
        )
    };
    let mut operands = parsed.operands.clone();
    let recursive = parsed.has('r') || parsed.has('R');
    let mut named = operands.len() > 1 || recursive;
    match parsed.last_of("hH") {
        Some('h') => named = false,
        Some(_) => named = true,
        None => {}
    }
    if operands.is_empty() {
        operands.push(if recursive { "." } else { "-" }.to_owned());
    }
    if recursive {
        let mut found = Vec::new();
        for operand in &operands {
            below(call, operand, &mut found);
        }
        operands = found;
    }
    let search = Search::new(call, parsed, pattern, named)?;
    let mut matched = false;
    let mut failed = false;
    for operand in &operands {
        match read(call, operand) {
            Ok(bytes) => matched |= search.file(call, operand, &bytes)?,
            Err(bringup_shell::Failure::IsDirectory) => {
                if !search.parsed.has('s') {
                    complain(call, &format!("{operand}: Is a directory"));
                }
                failed = true;
            }
            Err(failure) => {
                if !search.parsed.has('s') {
                    complain(call, &format!("{operand}: {}", failure.text()));
                }
                failed = true;
            }
        }
        if matched && search.parsed.has('q') {
            return Ok(0);
        }
    }
    Ok(if failed { 2 } else { u8::from(!matched) })
}

fn below(call: &Call<'_>, path: &str, found: &mut Vec<String>) {
    if !call.world.is_directory(path) {
        found.push(path.to_owned());
        return;
    }
    for name in call.world.names(path) {
        let inner = join(path, &name);
        if !crate::ln::is_link(call, &inner) {
            below(call, &inner, found);
        }
    }
}

struct Search {
    parsed: Parsed,
    pattern: Option<Pattern>,
    named: bool,
    before: usize,
    after: usize,
    most: usize,
}

impl Search {
    fn new(call: &Call<'_>, parsed: Parsed, pattern: Option<Pattern>, named: bool) -> Result<Self, Stop> {
        let number = |letter: char, default: usize| match parsed.value(letter) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| unsupported(call, &format!("`-{letter} {text}`"))),
        };
        let around = number('C', 0)?;
        let (before, after) = (number('B', around)?, number('A', around)?);
        let most = number('m', usize::MAX)?;
        Ok(Self { pattern, named, before, after, most, parsed })
    }

    /// Searches one file; whether a line was selected.
    fn file(&self, call: &mut Call<'_>, name: &str, bytes: &[u8]) -> Result<bool, Stop> {
        let has = |letter| self.parsed.has(letter);
        let end = if has('z') { 0 } else { b'\n' };
        let shown = if name == "-" { "(standard input)" } else { name };
        let prints = !has('q') && !has('c') && !has('l') && !has('L');
        if prints && !has('z') && !has('a') && bytes.contains(&0) {
            return Err(unsupported(call, "a binary file"));
        }
        let all: Vec<&[u8]> = lines(bytes, end).collect();
        let mut count = 0;
        let mut printed = 0;
        let mut due = 0;
        for (number, line) in all.iter().enumerate() {
            let selected = self.pattern.as_ref().is_some_and(|pattern| pattern.is_match(line)) != has('v');
            if !selected || count >= self.most {
                if due > 0 {
                    due -= 1;
                    self.print(call, shown, number, line, b'-', end);
                    printed = number + 1;
                } else if count >= self.most {
                    break;
                }
                continue;
            }
            count += 1;
            if !prints {
                if !has('c') {
                    break;
                }
                continue;
            }
            if has('o') {
                if !has('v') {
                    self.only(call, shown, number, line, end);
                }
                continue;
            }
            let from = number.saturating_sub(self.before).max(printed);
            if (self.before > 0 || self.after > 0) && count > 1 && from > printed {
                call.output.extend_from_slice(b"--\n");
            }
            for (earlier, line) in all.iter().enumerate().take(number).skip(from) {
                self.print(call, shown, earlier, line, b'-', end);
            }
            self.print(call, shown, number, line, b':', end);
            printed = number + 1;
            due = self.after;
        }
        if has('q') {
        } else if has('l') || has('L') {
            if (count > 0) == has('l') {
                call.output.extend_from_slice(format!("{shown}\n").as_bytes());
            }
        } else if has('c') {
            let prefix = if self.named { format!("{shown}:") } else { String::new() };
            call.output.extend_from_slice(format!("{prefix}{count}\n").as_bytes());
        }
        Ok(count > 0)
    }

    fn prefix(&self, call: &mut Call<'_>, name: &str, number: usize, sign: u8) {
        if self.named {
            call.output.extend_from_slice(name.as_bytes());
            call.output.push(sign);
        }
        if self.parsed.has('n') {
            call.output.extend_from_slice((number + 1).to_string().as_bytes());
            call.output.push(sign);
        }
    }

    fn print(&self, call: &mut Call<'_>, name: &str, number: usize, line: &[u8], sign: u8, end: u8) {
        self.prefix(call, name, number, sign);
        call.output.extend_from_slice(line);
        call.output.push(end);
    }

    /// The parts of a line that match, one a line; empty ones are not shown.
    fn only(&self, call: &mut Call<'_>, name: &str, number: usize, line: &[u8], end: u8) {
        let Some(pattern) = &self.pattern else { return };
        let mut at = 0;
        while let Some((start, stop)) = pattern.find_at(line, at).and_then(|groups| groups[0]) {
            if stop > start {
                self.prefix(call, name, number, b':');
                call.output.extend_from_slice(&line[start..stop]);
                call.output.push(end);
                at = stop;
            } else {
                at = stop + 1;
            }
            if at > line.len() {
                break;
            }
        }
    }
}
