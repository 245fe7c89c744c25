//! Regular expressions of POSIX with GNU's additions, on bytes.
//!
//! A basic or extended expression is rewritten for `regex-automata`. POSIX wants the longest of the
//! leftmost matches, where that library takes the first alternative: so a cheap search finds where the match
//! starts, and a Pike VM that follows all alternatives finds where it ends at the latest.

use regex_automata::nfa::thompson::{self, pikevm};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind, meta};

/// A dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// BRE: `\(`, `\{`, `\|`, `\+`.
    Basic,
    /// ERE: `(`, `{`, `|`, `+`.
    Extended,
    /// Nothing is special.
    Fixed,
    /// As Perl has it; taken as far as the library understands it.
    Perl,
}

/// A compiled expression.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    quick: meta::Regex,
    longest: Option<pikevm::PikeVM>,
    /// How many groups it has, the whole aside.
    pub(crate) groups: usize,
}

/// Where groups matched, the whole as number 0.
pub(crate) type Groups = Vec<Option<(usize, usize)>>;

/// Why a pattern cannot be used.
#[derive(Debug)]
pub(crate) struct BadPattern(pub(crate) String);

/// How an expression is meant, besides its dialect.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flags {
    /// Letters match in both cases.
    pub(crate) ignore_case: bool,
    /// `^` and `$` match at every line of the text.
    pub(crate) multi_line: bool,
    /// Only whole words (grep's `-w`).
    pub(crate) words: bool,
    /// Only whole lines (grep's `-x`).
    pub(crate) lines: bool,
}

impl Pattern {
    /// Compiles any of some expressions.
    pub(crate) fn any(texts: &[String], dialect: Dialect, flags: Flags) -> Result<Self, BadPattern> {
        let mut parts = Vec::new();
        for text in texts {
            let part = match dialect {
                Dialect::Fixed => text.chars().map(escaped).collect(),
                Dialect::Perl => text.clone(),
                Dialect::Basic | Dialect::Extended => Translation::new(text, dialect).all()?,
            };
            parts.push(part);
        }
        let mut all = parts.join("|");
        if flags.lines {
            all = format!("^(?:{all})$");
        } else if flags.words {
            all = format!(r"(?:^|\W)(?:{all})(?:\W|$)");
        }
        Self::compile(&all, flags, dialect)
    }

    /// Compiles one expression.
    pub(crate) fn new(text: &str, dialect: Dialect, flags: Flags) -> Result<Self, BadPattern> {
        Self::any(&[text.to_owned()], dialect, flags)
    }

    fn compile(text: &str, flags: Flags, dialect: Dialect) -> Result<Self, BadPattern> {
        let bad = |what: &dyn std::fmt::Display| {
            let what = what.to_string();
            BadPattern(what.lines().last().unwrap_or_default().to_owned())
        };
        let syntax = syntax::Config::new()
            .unicode(false)
            .utf8(false)
            .case_insensitive(flags.ignore_case)
            .multi_line(flags.multi_line)
            .dot_matches_new_line(dialect != Dialect::Perl);
        let quick = meta::Regex::builder()
            .configure(meta::Config::new().utf8_empty(false))
            .syntax(syntax)
            .build(text)
            .map_err(|error| bad(&error))?;
        // Perl does take the first alternative; and without a choice first is longest.
        let choice = text.contains(['|', '?', '*', '+', '{']);
        let longest = if dialect == Dialect::Perl || !choice {
            None
        } else {
            let vm = pikevm::PikeVM::builder()
                .configure(pikevm::Config::new().match_kind(MatchKind::All))
                .thompson(thompson::Config::new().utf8(false))
                .syntax(syntax)
                .build(text)
                .map_err(|error| bad(&error))?;
            Some(vm)
        };
        let groups = quick.captures_len() - 1;
        Ok(Self { quick, longest, groups })
    }

    /// Whether it matches anywhere.
    pub(crate) fn is_match(&self, text: &[u8]) -> bool {
        self.quick.is_match(text)
    }

    /// The leftmost longest match from byte `at` on.
    pub(crate) fn find_at(&self, text: &[u8], at: usize) -> Option<Groups> {
        let found = self.quick.find(Input::new(text).range(at..))?;
        let mut captures = self.quick.create_captures();
        if let Some(vm) = &self.longest {
            let input = Input::new(text).range(found.start()..).anchored(Anchored::Yes);
            let mut slots = vec![None; 2 * (self.groups + 1)];
            vm.search_slots(&mut vm.create_cache(), &input, &mut slots)?;
            let pair = |pair: &[Option<regex_automata::util::primitives::NonMaxUsize>]| {
                pair[0].zip(pair[1]).map(|(start, end)| (start.get(), end.get()))
            };
            return Some(slots.chunks(2).map(pair).collect());
        }
        self.quick.search_captures(&Input::new(text).range(found.start()..), &mut captures);
        let group = |index| captures.get_group(index).map(|span| (span.start, span.end));
        Some((0..=self.groups).map(group).collect())
    }
}

/// A character that stands for itself.
fn escaped(letter: char) -> String {
    let mut buffer = [0; 4];
    let bytes = letter.encode_utf8(&mut buffer).as_bytes();
    match bytes {
        [byte] if byte.is_ascii_alphanumeric() || *byte == b'_' => letter.to_string(),
        bytes => bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect(),
    }
}

/// Rewrites one POSIX expression.
struct Translation<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    extended: bool,
    out: String,
    /// Whether a `*` here would be an ordinary character.
    start: bool,
    depth: usize,
}

impl<'a> Translation<'a> {
    fn new(text: &'a str, dialect: Dialect) -> Self {
        let extended = dialect == Dialect::Extended;
        Self { rest: text.chars().peekable(), extended, out: String::new(), start: true, depth: 0 }
    }

    fn all(mut self) -> Result<String, BadPattern> {
        while let Some(letter) = self.rest.next() {
            self.step(letter)?;
        }
        if self.depth > 0 {
            return Err(BadPattern("Unmatched ( or \\(".to_owned()));
        }
        Ok(self.out)
    }

    fn step(&mut self, letter: char) -> Result<(), BadPattern> {
        let extended = self.extended;
        match letter {
            '\\' => {
                let next = self.rest.next().ok_or_else(|| BadPattern("Trailing backslash".to_owned()))?;
                return self.backslash(next);
            }
            '[' => self.bracket()?,
            '.' => self.atom("."),
            '*' if self.start => {
                if extended {
                    // GNU: a star with nothing before it matches nothing.
                    return Ok(());
                }
                self.atom(&escaped('*'));
            }
            '*' => self.repeat("*"),
            '+' | '?' if extended => {
                if !self.start {
                    self.repeat(if letter == '+' { "+" } else { "?" });
                }
            }
            '{' if extended => {
                if self.start {
                    self.atom(&escaped('{'));
                } else {
                    self.interval()?;
                }
            }
            '(' if extended => self.open(),
            ')' if extended && self.depth > 0 => self.close(),
            ')' if extended => return Err(BadPattern("Unmatched ) or \\)".to_owned())),
            '|' if extended => self.alternative(),
            '^' if extended || self.start => {
                self.out.push('^');
                self.start = !extended || self.start;
            }
            '$' if extended || self.ends() => {
                self.out.push('$');
                self.start = false;
            }
            letter => {
                // In the C locale each byte is a character: a repetition takes the last one.
                let text = escaped(letter);
                self.atom(&text);
            }
        }
        Ok(())
    }

    fn backslash(&mut self, next: char) -> Result<(), BadPattern> {
        let basic = !self.extended;
        match next {
            '(' if basic => self.open(),
            ')' if basic && self.depth > 0 => self.close(),
            ')' if basic => return Err(BadPattern("Unmatched ) or \\)".to_owned())),
            '|' if basic => self.alternative(),
            '{' if basic => {
                if self.start {
                    return Err(BadPattern("Invalid preceding regular expression".to_owned()));
                }
                self.interval()?;
            }
            '+' | '?' if basic => {
                if self.start {
                    self.atom(&escaped(next));
                } else {
                    self.repeat(if next == '+' { "+" } else { "?" });
                }
            }
            'w' => self.atom(r"\w"),
            'W' => self.atom(r"\W"),
            's' => self.atom(r"[\s]"),
            'S' => self.atom(r"[^\s]"),
            'b' => self.assertion(r"\b"),
            'B' => self.assertion(r"\B"),
            '<' => self.assertion(r"\b{start}"),
            '>' => self.assertion(r"\b{end}"),
            '`' => self.assertion(r"\A"),
            '\'' => self.assertion(r"\z"),
            'n' => self.atom(r"\n"),
            '1'..='9' => return Err(BadPattern("a back-reference".to_owned())),
            next => {
                let text = escaped(next);
                self.atom(&text);
            }
        }
        Ok(())
    }

    fn atom(&mut self, text: &str) {
        self.out.push_str(text);
        self.start = false;
    }

    fn assertion(&mut self, text: &str) {
        self.out.push_str(text);
        self.start = false;
    }

    /// `a**` is `a*`.
    fn repeat(&mut self, text: &str) {
        if self.out.ends_with(['*', '+', '?', '}']) {
            let body = self.last_atom();
            self.out.insert_str(body, "(?:");
            self.out.push(')');
        }
        self.out.push_str(text);
    }

    /// Where the last atom of the output starts; only used before a second repetition.
    fn last_atom(&self) -> usize {
        let bytes = self.out.as_bytes();
        let mut end = bytes.len() - 1;
        if bytes[end] == b'}' {
            end = self.out.rfind('{').unwrap_or(0);
        }
        match bytes.get(end.wrapping_sub(1)) {
            Some(b')') => {
                let mut depth = 0;
                for at in (0..end).rev() {
                    match bytes[at] {
                        b')' => depth += 1,
                        b'(' => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 {
                        return at;
                    }
                }
                0
            }
            Some(b']') => self.out[..end].rfind('[').unwrap_or(0),
            _ if end >= 4 && bytes[end - 4..end].starts_with(b"\\x") => end - 4,
            _ if end >= 2 && bytes[end - 2] == b'\\' => end - 2,
            _ => end.saturating_sub(1),
        }
    }

    fn open(&mut self) {
        self.out.push('(');
        self.depth += 1;
        self.start = true;
    }

    fn close(&mut self) {
        self.out.push(')');
        self.depth -= 1;
        self.start = false;
    }

    fn alternative(&mut self) {
        self.out.push('|');
        self.start = true;
    }

    /// Whether `$` here is the end of a basic expression or of a group in it.
    fn ends(&mut self) -> bool {
        let mut ahead = self.rest.clone();
        match ahead.next() {
            None => true,
            Some('\\') => matches!(ahead.next(), Some(')' | '|')),
            Some(_) => false,
        }
    }

    /// `{n}`, `{n,}`, `{,m}`, `{n,m}`, behind its opening brace.
    fn interval(&mut self) -> Result<(), BadPattern> {
        let mut text = String::new();
        loop {
            match self.rest.next() {
                Some('}') if self.extended => break,
                Some('\\') if !self.extended && self.rest.peek() == Some(&'}') => {
                    self.rest.next();
                    break;
                }
                Some(letter) if letter.is_ascii_digit() || letter == ',' => text.push(letter),
                _ => return Err(BadPattern("Invalid content of \\{\\}".to_owned())),
            }
        }
        if text.starts_with(',') {
            text.insert(0, '0');
        }
        let (low, high) = text.split_once(',').unwrap_or((&text, &text));
        let number = |text: &str| text.parse::<u32>().ok();
        let backwards = number(low).zip(number(high)).is_some_and(|(low, high)| low > high);
        if number(low).is_none() || backwards {
            return Err(BadPattern("Invalid content of \\{\\}".to_owned()));
        }
        self.repeat(&format!("{{{text}}}"));
        Ok(())
    }

    /// A bracket expression, behind its `[`.
    fn bracket(&mut self) -> Result<(), BadPattern> {
        let unmatched = || BadPattern("Unmatched [, [^, [:, [., or [=".to_owned());
        let mut out = String::from("[");
        if self.rest.peek() == Some(&'^') {
            self.rest.next();
            out.push('^');
        }
        let mut first = true;
        loop {
            let letter = self.rest.next().ok_or_else(unmatched)?;
            if letter == ']' && !first {
                break;
            }
            first = false;
            if letter == '[' && matches!(self.rest.peek(), Some(':' | '.' | '=')) {
                let kind = self.rest.next().ok_or_else(unmatched)?;
                let mut name = String::new();
                loop {
                    let letter = self.rest.next().ok_or_else(unmatched)?;
                    if letter == kind && self.rest.peek() == Some(&']') {
                        self.rest.next();
                        break;
                    }
                    name.push(letter);
                }
                if kind == ':' {
                    out.push_str(&class(&name)?);
                    continue;
                }
                let mut letters = name.chars();
                match (letters.next(), letters.next()) {
                    (Some(letter), None) => out.push_str(&escaped(letter)),
                    _ => return Err(BadPattern("Invalid collation character".to_owned())),
                }
                continue;
            }
            out.push_str(&escaped(letter));
            if self.rest.peek() == Some(&'-') {
                let mut ahead = self.rest.clone();
                ahead.next();
                match ahead.next() {
                    None | Some(']') => {}
                    Some(end) => {
                        if letter > end {
                            return Err(BadPattern("Invalid range end".to_owned()));
                        }
                        if !letter.is_ascii() || !end.is_ascii() {
                            return Err(BadPattern("a range beyond ASCII".to_owned()));
                        }
                        self.rest = ahead;
                        out.push('-');
                        out.push_str(&escaped(end));
                    }
                }
            }
        }
        out.push(']');
        self.atom(&out);
        Ok(())
    }
}

/// A class of POSIX in the C locale.
fn class(name: &str) -> Result<String, BadPattern> {
    const CLASSES: &[&str] = &[
        "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
        "xdigit",
    ];
    if CLASSES.contains(&name) {
        Ok(format!("[:{name}:]"))
    } else {
        Err(BadPattern("Invalid character class name".to_owned()))
    }
}
