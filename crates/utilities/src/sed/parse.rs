//! A script of sed as commands.

use bringup_shell::{Call, Stop};

use crate::options::unsupported;
use crate::pattern::{Dialect, Flags, Pattern};

/// Which lines.
#[derive(Debug, Clone)]
pub(super) enum Address {
    /// A line, from 1; 0 only as the start of a range.
    Line(usize),
    /// `FIRST~STEP`
    Step(usize, usize),
    /// `$`
    Last,
    /// `/REGEX/`; none is the last one used.
    Match(Option<Pattern>),
    /// `ADDRESS,+N`
    Count(usize),
    /// `ADDRESS,~N`
    Multiple(usize),
}

/// A command with its addresses.
#[derive(Debug, Clone)]
pub(super) struct Command {
    pub(super) from: Option<Address>,
    pub(super) to: Option<Address>,
    pub(super) negated: bool,
    pub(super) what: What,
}

/// What a command does.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// `{`: the index behind its `}`.
    Open(usize),
    Close,
    Label,
    /// `b`, `t`, `T` and where to: the end if none.
    Jump(char, Option<usize>),
    /// `a`, `i`, `c`
    Text(char, String),
    /// `r`, `w`
    File(char, String),
    /// `q`, `Q` and the status.
    Quit(char, u8),
    Substitute(Box<Substitute>),
    /// `y`
    Transliterate(Box<[u8; 256]>),
    /// `d D p P n N g G h H x = l F z`
    Simple(char),
}

/// `s/PATTERN/REPLACEMENT/FLAGS`
#[derive(Debug, Clone)]
pub(super) struct Substitute {
    /// None is the last one used.
    pub(super) pattern: Option<Pattern>,
    pub(super) replacement: Vec<Part>,
    pub(super) global: bool,
    pub(super) print: bool,
    /// Which match to start with, from 1.
    pub(super) number: usize,
    pub(super) write: Option<String>,
}

/// A part of a replacement.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Text(Vec<u8>),
    Group(usize),
    /// `\U`, `\L`, `\u`, `\l`, `\E`
    Case(char),
}

pub(super) struct Parser<'a, 'c, 'w> {
    call: &'a Call<'c>,
    rest: std::iter::Peekable<std::str::Chars<'w>>,
    dialect: Dialect,
    zero: bool,
}

impl<'a, 'c, 'w> Parser<'a, 'c, 'w> {
    pub(super) fn new(call: &'a Call<'c>, script: &'w str, dialect: Dialect, zero: bool) -> Self {
        Self { call, rest: script.chars().peekable(), dialect, zero }
    }

    fn bad(&self, what: &str) -> Stop {
        unsupported(self.call, &format!("the script ({what})"))
    }

    pub(super) fn all(mut self) -> Result<Vec<Command>, Stop> {
        let mut commands: Vec<Command> = Vec::new();
        let mut open = Vec::new();
        let mut labels: Vec<(String, usize)> = Vec::new();
        let mut jumps: Vec<(usize, String)> = Vec::new();
        loop {
            self.skip(|letter| letter.is_ascii_whitespace() || letter == ';');
            let Some(&letter) = self.rest.peek() else { break };
            if letter == '#' {
                self.skip(|letter| letter != '\n');
                continue;
            }
            let from = self.address(false)?;
            self.blanks();
            let mut to = None;
            if from.is_some() && self.rest.peek() == Some(&',') {
                self.rest.next();
                self.blanks();
                to = Some(self.address(true)?.ok_or_else(|| self.bad("unexpected `,'"))?);
                self.blanks();
            }
            if matches!(from, Some(Address::Line(0))) && !matches!(to, Some(Address::Match(_))) {
                return Err(self.bad("invalid usage of line address 0"));
            }
            let mut negated = false;
            while self.rest.peek() == Some(&'!') {
                self.rest.next();
                self.blanks();
                negated = true;
            }
            let letter = self.rest.next().ok_or_else(|| self.bad("missing command"))?;
            let at = commands.len();
            let what = match letter {
                '{' => {
                    open.push(at);
                    What::Open(0)
                }
                '}' => {
                    let start = open.pop().ok_or_else(|| self.bad("unexpected `}'"))?;
                    commands[start].what = What::Open(at + 1);
                    self.ending()?;
                    What::Close
                }
                ':' => {
                    labels.push((self.word(false), at));
                    What::Label
                }
                'b' | 't' | 'T' => {
                    let label = self.word(true);
                    if !label.is_empty() {
                        jumps.push((at, label));
                    }
                    What::Jump(letter, None)
                }
                'a' | 'i' | 'c' => What::Text(letter, self.text()?),
                'r' | 'w' => {
                    self.blanks();
                    What::File(letter, self.line())
                }
                'q' | 'Q' => {
                    self.blanks();
                    let status = self.number().unwrap_or(0);
                    self.ending()?;
                    What::Quit(letter, status as u8)
                }
                's' => What::Substitute(Box::new(self.substitute()?)),
                'y' => self.transliterate()?,
                'd' | 'D' | 'p' | 'P' | 'n' | 'N' | 'g' | 'G' | 'h' | 'H' | 'x' | '=' | 'F' | 'z' => {
                    self.ending()?;
                    What::Simple(letter)
                }
                other => return Err(self.bad(&format!("command `{other}`"))),
            };
            commands.push(Command { from, to, negated, what });
        }
        if !open.is_empty() {
            return Err(self.bad("unmatched `{'"));
        }
        for (at, label) in jumps {
            let target = labels.iter().find(|(name, _)| *name == label).map(|(_, at)| *at);
            let target =
                target.ok_or_else(|| self.bad(&format!("can't find label for jump to `{label}'")))?;
            if let What::Jump(_, to) = &mut commands[at].what {
                *to = Some(target);
            }
        }
        Ok(commands)
    }

    fn skip(&mut self, what: impl Fn(char) -> bool) {
        while self.rest.next_if(|letter| what(*letter)).is_some() {}
    }

    fn blanks(&mut self) {
        self.skip(|letter| letter == ' ' || letter == '\t');
    }

    fn number(&mut self) -> Option<usize> {
        let mut text = String::new();
        while let Some(letter) = self.rest.next_if(char::is_ascii_digit) {
            text.push(letter);
        }
        text.parse().ok()
    }

    /// The rest of the line.
    fn line(&mut self) -> String {
        let mut text = String::new();
        while let Some(letter) = self.rest.next_if(|letter| *letter != '\n') {
            text.push(letter);
        }
        text
    }

    /// A label: to a blank, a line's end or a `;`, and where it is jumped to also to a `}`.
    fn word(&mut self, jump: bool) -> String {
        self.blanks();
        let mut text = String::new();
        let ends = |letter: char| letter.is_ascii_whitespace() || letter == ';' || jump && letter == '}';
        while let Some(letter) = self.rest.next_if(|letter| !ends(*letter)) {
            text.push(letter);
        }
        text
    }

    /// Nothing but blanks up to what may end a command.
    fn ending(&mut self) -> Result<(), Stop> {
        self.blanks();
        match self.rest.peek() {
            None | Some('\n' | ';' | '}' | '#') => Ok(()),
            Some(_) => Err(self.bad("extra characters after command")),
        }
    }

    fn address(&mut self, second: bool) -> Result<Option<Address>, Stop> {
        let Some(&letter) = self.rest.peek() else { return Ok(None) };
        Ok(Some(match letter {
            '0'..='9' => {
                let line = self.number().ok_or_else(|| self.bad("line number"))?;
                if self.rest.next_if_eq(&'~').is_some() && !second {
                    Address::Step(line, self.number().unwrap_or(0))
                } else {
                    Address::Line(line)
                }
            }
            '+' if second => {
                self.rest.next();
                Address::Count(self.number().ok_or_else(|| self.bad("line number"))?)
            }
            '~' if second => {
                self.rest.next();
                Address::Multiple(self.number().ok_or_else(|| self.bad("line number"))?)
            }
            '$' => {
                self.rest.next();
                Address::Last
            }
            '/' | '\\' => {
                self.rest.next();
                let delimiter = if letter == '/' {
                    '/'
                } else {
                    self.rest.next().ok_or_else(|| self.bad("unterminated address regex"))?
                };
                let text = self.delimited(delimiter, true)?;
                let mut flags = Flags::default();
                while let Some(flag) = self.rest.next_if(|flag| matches!(flag, 'I' | 'M')) {
                    flags.ignore_case |= flag == 'I';
                    flags.multi_line |= flag == 'M';
                }
                Address::Match(self.pattern(&text, flags)?)
            }
            _ => return Ok(None),
        }))
    }

    fn pattern(&self, text: &str, flags: Flags) -> Result<Option<Pattern>, Stop> {
        if text.is_empty() {
            return Ok(None);
        }
        let pattern = Pattern::new(text, self.dialect, flags);
        pattern.map(Some).map_err(|bad| unsupported(self.call, &format!("the pattern ({})", bad.0)))
    }

    /// Text up to a delimiter, which is taken too; escaped delimiters lose their backslash.
    fn delimited(&mut self, delimiter: char, regex: bool) -> Result<String, Stop> {
        let mut text = String::new();
        let mut bracket = false;
        let mut start = 0;
        loop {
            let letter = self.rest.next().ok_or_else(|| self.bad("unterminated command"))?;
            if bracket {
                // Nothing is special in a bracket expression, not even the delimiter.
                text.push(letter);
                let inside = &text[start..];
                let first = matches!(inside, "]" | "^]");
                if letter == ']' && !first && !open_class(inside) {
                    bracket = false;
                }
                continue;
            }
            if letter == delimiter {
                return Ok(text);
            }
            if letter == '\\' {
                let next = self.rest.next().ok_or_else(|| self.bad("unterminated command"))?;
                if next == delimiter {
                    // `s|a\|b|` means the character itself; GNU sed 4.9 NEWS has the special cases.
                    if regex && "*.[]^$+?(){}|".contains(next) && next != '|' {
                        return Err(self.bad("a special character as an escaped delimiter"));
                    }
                    if regex && next == '|' && self.dialect == Dialect::Extended {
                        text.push('\\');
                    }
                    text.push(next);
                } else {
                    text.push('\\');
                    text.push(next);
                }
                continue;
            }
            if letter == '[' && regex {
                bracket = true;
                start = text.len() + 1;
            }
            if letter == '\n' && regex {
                return Err(self.bad("unterminated address regex"));
            }
            text.push(letter);
        }
    }

    fn substitute(&mut self) -> Result<Substitute, Stop> {
        let delimiter = self.rest.next().ok_or_else(|| self.bad("unterminated `s' command"))?;
        let pattern = self.delimited(delimiter, true)?;
        let replacement = self.delimited_raw(delimiter)?;
        let mut one = Substitute {
            pattern: None,
            replacement: self.replacement(&replacement)?,
            global: false,
            print: false,
            number: 1,
            write: None,
        };
        let mut flags = Flags::default();
        loop {
            match self.rest.peek() {
                Some('g') => one.global = true,
                Some('p') => one.print = true,
                Some('i' | 'I') => flags.ignore_case = true,
                Some('m' | 'M') => flags.multi_line = true,
                Some('0'..='9') => {
                    one.number = self.number().unwrap_or(1);
                    continue;
                }
                Some('w') => {
                    self.rest.next();
                    self.blanks();
                    one.write = Some(self.line());
                    break;
                }
                Some('e') => return Err(self.bad("flag `e`")),
                _ => {
                    self.ending()?;
                    break;
                }
            }
            self.rest.next();
        }
        one.pattern = self.pattern(&pattern, flags)?;
        let groups = one.pattern.as_ref().map_or(9, |pattern| pattern.groups);
        let high =
            one.replacement.iter().find(|part| matches!(part, Part::Group(number) if *number > groups));
        if high.is_some() {
            return Err(self.bad("invalid reference on `s' command's RHS"));
        }
        Ok(one)
    }

    /// A replacement with its backslashes, but for those before the delimiter.
    fn delimited_raw(&mut self, delimiter: char) -> Result<String, Stop> {
        let mut text = String::new();
        loop {
            let letter = self.rest.next().ok_or_else(|| self.bad("unterminated `s' command"))?;
            if letter == delimiter {
                return Ok(text);
            }
            if letter == '\\' {
                let next = self.rest.next().ok_or_else(|| self.bad("unterminated `s' command"))?;
                // An escaped delimiter is that character, with no other meaning; `&` keeps its backslash.
                if next != delimiter || next == '&' {
                    text.push('\\');
                }
                text.push(next);
                continue;
            }
            text.push(letter);
        }
    }

    fn replacement(&self, text: &str) -> Result<Vec<Part>, Stop> {
        let mut parts = Vec::new();
        let mut plain = Vec::new();
        let mut letters = text.chars();
        let mut buffer = [0; 4];
        while let Some(letter) = letters.next() {
            let special = match letter {
                '&' => Some(Part::Group(0)),
                '\\' => match letters.next() {
                    Some(digit @ '0'..='9') => Some(Part::Group(digit as usize - '0' as usize)),
                    Some(case @ ('U' | 'L' | 'u' | 'l' | 'E')) => Some(Part::Case(case)),
                    Some(other) => {
                        match other {
                            'n' => plain.push(b'\n'),
                            't' => plain.push(b'\t'),
                            'a' => plain.push(7),
                            'f' => plain.push(12),
                            'r' => plain.push(b'\r'),
                            'v' => plain.push(11),
                            'c' | 'd' | 'o' | 'x' => return Err(self.bad("a numbered character")),
                            other => plain.extend_from_slice(other.encode_utf8(&mut buffer).as_bytes()),
                        }
                        None
                    }
                    None => None,
                },
                other => {
                    plain.extend_from_slice(other.encode_utf8(&mut buffer).as_bytes());
                    None
                }
            };
            if let Some(special) = special {
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                parts.push(special);
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(parts)
    }

    fn transliterate(&mut self) -> Result<What, Stop> {
        let delimiter = self.rest.next().ok_or_else(|| self.bad("unterminated `y' command"))?;
        let mut sets = Vec::new();
        for _ in 0..2 {
            let text = self.delimited_raw(delimiter)?;
            let mut set = Vec::new();
            let mut letters = text.chars();
            while let Some(letter) = letters.next() {
                let letter = match letter {
                    '\\' => match letters.next() {
                        Some('n') => '\n',
                        Some('\\') => '\\',
                        Some('t') => '\t',
                        _ => return Err(self.bad("an escape in `y`")),
                    },
                    other => other,
                };
                set.push(
                    u8::try_from(letter)
                        .ok()
                        .filter(u8::is_ascii)
                        .ok_or_else(|| self.bad("`y` beyond ASCII"))?,
                );
            }
            sets.push(set);
        }
        self.ending()?;
        if sets[0].len() != sets[1].len() {
            return Err(self.bad("strings for `y' command are different lengths"));
        }
        let mut table: [u8; 256] = std::array::from_fn(|byte| byte as u8);
        for (from, to) in sets[0].iter().zip(&sets[1]) {
            table[usize::from(*from)] = *to;
        }
        Ok(What::Transliterate(Box::new(table)))
    }

    /// The text of `a`, `i`, `c`: GNU's one-liner, or behind a backslash and a line's end.
    fn text(&mut self) -> Result<String, Stop> {
        self.blanks();
        if self.zero {
            return Err(self.bad("text with `-z`"));
        }
        if self.rest.next_if_eq(&'\\').is_some() {
            if self.rest.peek().is_none() {
                // No text, not even an empty line: `$a\` ends a last line that has no end.
                return Ok(String::new());
            }
            // `a\`, a line's end, the text; or the text at once, whose blanks then count.
            let mut ahead = self.rest.clone();
            while ahead.next_if(|letter| *letter == ' ' || *letter == '\t').is_some() {}
            if ahead.next() == Some('\n') {
                self.rest = ahead;
            }
        }
        let mut text = String::new();
        while let Some(letter) = self.rest.next() {
            match letter {
                '\n' => break,
                '\\' => match self.rest.next() {
                    Some('t') => text.push('\t'),
                    Some(next) => text.push(next),
                    None => {}
                },
                letter => text.push(letter),
            }
        }
        if text.is_empty() {
            return Err(self.bad("expected \\ after `a', `c' or `i'"));
        }
        text.push('\n');
        Ok(text)
    }
}

/// Whether a `]` at the end closes only a class such as `[:space:]`.
fn open_class(inside: &str) -> bool {
    let body = &inside[..inside.len() - 1];
    for sign in [':', '.', '='] {
        let opening = format!("[{sign}");
        if let Some(at) = body.rfind(&opening)
            && body.ends_with(sign)
            && body.len() >= at + 3
            && !body[at + 2..body.len() - 1].contains(']')
        {
            return true;
        }
    }
    false
}
