//! Patterns with `*`, `?` and `[...]`: POSIX.1-2017, Shell Command Language, section 2.13.

/// A pattern, ready to be compared with bytes, as dash does it: `?` is one byte.
#[derive(Debug)]
pub(crate) struct Pattern(Vec<Token>);

#[derive(Debug)]
enum Token {
    Byte(u8),
    Any,
    Star,
    Set(Box<[bool; 256]>),
}

impl Token {
    fn takes(&self, byte: u8) -> bool {
        match self {
            Self::Byte(own) => *own == byte,
            Self::Any => true,
            Self::Star => false,
            Self::Set(set) => set[usize::from(byte)],
        }
    }
}

/// The bytes that a backslash has to stand before, to be themselves in a pattern.
pub(crate) const SPECIAL: &[u8] = b"*?[]\\-!^";

/// A pattern that only this text matches.
pub(crate) fn escape(text: &str, pattern: &mut String) {
    for character in text.chars() {
        if character.is_ascii() && SPECIAL.contains(&(character as u8)) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut tokens = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at] {
                b'*' => {
                    if !matches!(tokens.last(), Some(Token::Star)) {
                        tokens.push(Token::Star);
                    }
                }
                b'?' => tokens.push(Token::Any),
                b'\\' if at + 1 < bytes.len() => {
                    at += 1;
                    tokens.push(Token::Byte(bytes[at]));
                }
                b'[' => match set(&bytes[at + 1..]) {
                    Some((set, length)) => {
                        tokens.push(Token::Set(set));
                        at += length;
                    }
                    None => tokens.push(Token::Byte(b'[')),
                },
                byte => tokens.push(Token::Byte(byte)),
            }
            at += 1;
        }
        Self(tokens)
    }

    /// Whether all of `text` matches.
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        // After a mismatch only the last `*` has to take one byte more.
        let (mut token, mut at) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.0.get(token) {
                Some(Token::Star) => {
                    star = Some((token, at));
                    token += 1;
                }
                Some(other) if other.takes(text[at]) => {
                    token += 1;
                    at += 1;
                }
                _ => {
                    let Some((back, taken)) = star else { return false };
                    star = Some((back, taken + 1));
                    (token, at) = (back + 1, taken + 1);
                }
            }
        }
        self.0[token..].iter().all(|token| matches!(token, Token::Star))
    }

    /// How long the shortest or longest start of `text` is that matches.
    pub(crate) fn prefix(&self, text: &[u8], longest: bool) -> Option<usize> {
        walk(self.0.iter(), self.0.len(), text.iter(), longest)
    }

    /// How long the shortest or longest end of `text` is that matches.
    pub(crate) fn suffix(&self, text: &[u8], longest: bool) -> Option<usize> {
        walk(self.0.iter().rev(), self.0.len(), text.iter().rev(), longest)
    }
}

/// Runs all ways of matching side by side, so in time linear in the text.
fn walk<'a>(
    tokens: impl Iterator<Item = &'a Token>,
    count: usize,
    text: impl Iterator<Item = &'a u8>,
    longest: bool,
) -> Option<usize> {
    let tokens: Vec<&Token> = tokens.collect();
    // `active[i]`: the first i tokens match what was read so far.
    let mut active = vec![false; count + 1];
    active[0] = true;
    close(&tokens, &mut active);
    let mut found = active[count].then_some(0);
    for (at, byte) in text.enumerate() {
        if found.is_some() && !longest {
            break;
        }
        active[count] = false;
        for index in (0..count).rev() {
            active[index + 1] |= active[index] && tokens[index].takes(*byte);
            // Reached earlier, a star takes this byte and stays.
            active[index] &= matches!(tokens[index], Token::Star);
        }
        close(&tokens, &mut active);
        found = if active[count] { Some(at + 1) } else { found };
        if !active.contains(&true) {
            break;
        }
    }
    found
}

/// A star may take nothing.
fn close(tokens: &[&Token], active: &mut [bool]) {
    for (index, token) in tokens.iter().enumerate() {
        if active[index] && matches!(token, Token::Star) {
            active[index + 1] = true;
        }
    }
}

/// A bracket expression, whose text begins behind `[`: the bytes it takes, and its length up to and with `]`.
fn set(text: &[u8]) -> Option<(Box<[bool; 256]>, usize)> {
    let mut set = Box::new([false; 256]);
    let mut at = 0;
    let negated = matches!(text.first(), Some(b'!' | b'^'));
    at += usize::from(negated);
    let mut first = true;
    loop {
        let mut byte = *text.get(at)?;
        if byte == b']' && !first {
            break;
        }
        first = false;
        if byte == b'['
            && text.get(at + 1) == Some(&b':')
            && let Some((class, length)) = class(&text[at + 2..])
        {
            for byte in 0..=127_u8 {
                set[usize::from(byte)] |= class(&byte);
            }
            at += 2 + length;
            continue;
        }
        if byte == b'\\' && at + 1 < text.len() {
            at += 1;
            byte = text[at];
        }
        at += 1;
        let range = text.get(at) == Some(&b'-') && text.get(at + 1).is_some_and(|end| *end != b']');
        if range {
            at += 1;
            if text[at] == b'\\' {
                at += 1;
            }
            let end = *text.get(at)?;
            at += 1;
            for byte in byte..=end {
                set[usize::from(byte)] = true;
            }
        } else {
            set[usize::from(byte)] = true;
        }
    }
    if negated {
        set.iter_mut().for_each(|takes| *takes = !*takes);
    }
    Some((set, at + 1))
}

type Class = fn(&u8) -> bool;

/// A class's name, whose text begins behind `[:`: the class, and the length up to and with `:]`.
fn class(text: &[u8]) -> Option<(Class, usize)> {
    const CLASSES: [(&[u8], Class); 12] = [
        (b"alnum:]", u8::is_ascii_alphanumeric),
        (b"alpha:]", u8::is_ascii_alphabetic),
        (b"blank:]", |byte| matches!(byte, b' ' | b'\t')),
        (b"cntrl:]", u8::is_ascii_control),
        (b"digit:]", u8::is_ascii_digit),
        (b"graph:]", u8::is_ascii_graphic),
        (b"lower:]", u8::is_ascii_lowercase),
        (b"print:]", |byte| matches!(byte, b' '..=b'~')),
        (b"punct:]", u8::is_ascii_punctuation),
        (b"space:]", |byte| matches!(byte, b' ' | b'\t'..=b'\r')),
        (b"upper:]", u8::is_ascii_uppercase),
        (b"xdigit:]", u8::is_ascii_hexdigit),
    ];
    CLASSES.into_iter().find(|(name, _)| text.starts_with(name)).map(|(name, class)| (class, name.len()))
}
