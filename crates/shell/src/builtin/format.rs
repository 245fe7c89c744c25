//! `echo` and `printf`.

use crate::shell::{Outcome, Shell};

pub(super) fn echo(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    // dash always reads escapes, bash and the program only with -e.
    let mut escapes = !shell.state.options.bash;
    let (mut newline, mut at) = (true, 1);
    while let Some(option) = fields.get(at) {
        match option.as_str() {
            "-n" => newline = false,
            "-e" if shell.state.options.bash => escapes = true,
            "-E" if shell.state.options.bash => escapes = false,
            "-ne" | "-en" if shell.state.options.bash => (newline, escapes) = (false, true),
            _ => break,
        }
        at += 1;
        if !shell.state.options.bash {
            break;
        }
    }
    let mut output = Vec::new();
    for (index, field) in fields[at..].iter().enumerate() {
        if index > 0 {
            output.push(b' ');
        }
        if !escapes {
            output.extend_from_slice(field.as_bytes());
        } else if escaped(field.as_bytes(), true, &mut output) {
            newline = false;
            break;
        }
    }
    if newline {
        output.push(b'\n');
    }
    Ok(u8::from(!shell.write(1, &output)))
}

/// Adds `text` with its escapes read; true if `\c` ended it. Octal numbers begin with `\0` in arguments (of
/// echo and `%b`), and not in formats.
fn escaped(text: &[u8], argument: bool, output: &mut Vec<u8>) -> bool {
    let mut at = 0;
    while at < text.len() {
        let byte = text[at];
        at += 1;
        if byte != b'\\' || at == text.len() {
            output.push(byte);
            continue;
        }
        let letter = text[at];
        at += 1;
        let plain = match letter {
            b'\\' => b'\\',
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'c' if argument => return true,
            b'0'..=b'7' => {
                // After `\0` three digits count in an argument, otherwise three in all.
                let start = if argument && letter == b'0' { at } else { at - 1 };
                let digits =
                    text[start..].iter().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
                at = start + digits;
                let value =
                    text[start..at].iter().fold(0_u32, |value, digit| value * 8 + u32::from(digit - b'0'));
                (value & 0xff) as u8
            }
            other => {
                output.push(b'\\');
                other
            }
        };
        output.push(plain);
    }
    false
}

pub(super) fn printf(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    let rest = match fields.get(1).map(String::as_str) {
        Some("--") => &fields[2..],
        Some("-v") if shell.state.options.bash => return Err(shell.unsupported("printf", "`-v`")),
        _ => &fields[1..],
    };
    let Some((format, arguments)) = rest.split_first() else {
        return Err(shell.fatal("printf: usage: printf format [arg ...]"));
    };
    let mut printer = Printer { arguments, used: 0, output: Vec::new(), status: 0, messages: Vec::new() };
    let result = loop {
        let before = printer.used;
        match printer.round(format.as_bytes()) {
            Ok(false) if printer.used < arguments.len() && printer.used > before => {}
            other => break other,
        }
    };
    let Printer { output, status, messages, .. } = printer;
    shell.write(1, &output);
    for message in messages {
        shell.complain(&format!("printf: {message}"));
    }
    match result {
        Ok(_) => Ok(status),
        Err(what) => Err(shell.unsupported("printf", what)),
    }
}

struct Printer<'a> {
    arguments: &'a [String],
    used: usize,
    output: Vec<u8>,
    status: u8,
    messages: Vec<String>,
}

/// What stands between `%` and the letter.
#[derive(Default)]
struct Layout {
    left: bool,
    zero: bool,
    sign: Option<u8>,
    alternative: bool,
    width: usize,
    precision: Option<usize>,
}

/// Wider fields are not meant.
const MAX_WIDTH: usize = 65_536;

impl<'a> Printer<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let argument = self.arguments.get(self.used).map(String::as_str);
        self.used += usize::from(argument.is_some());
        argument
    }

    /// The format once; true if `\c` ended all.
    fn round(&mut self, format: &[u8]) -> Result<bool, String> {
        let mut at = 0;
        while at < format.len() {
            let end = at + format[at..].iter().position(|byte| *byte == b'%').unwrap_or(format.len() - at);
            // Escapes of a format never contain a percent sign.
            escaped(&format[at..end], false, &mut self.output);
            at = end;
            if at == format.len() {
                break;
            }
            at += 1;
            if format.get(at) == Some(&b'%') {
                self.output.push(b'%');
                at += 1;
                continue;
            }
            let layout = self.layout(format, &mut at)?;
            let letter = format.get(at).copied();
            at += 1;
            if self.conversion(letter, &layout)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn layout(&mut self, format: &[u8], at: &mut usize) -> Result<Layout, String> {
        let mut layout = Layout::default();
        while let Some(flag) = format.get(*at) {
            match flag {
                b'-' => layout.left = true,
                b'0' => layout.zero = true,
                b'#' => layout.alternative = true,
                b'+' => layout.sign = Some(b'+'),
                b' ' => layout.sign = layout.sign.or(Some(b' ')),
                _ => break,
            }
            *at += 1;
        }
        if let Some(width) = self.count(format, at)? {
            layout.left |= width < 0;
            layout.width = width.unsigned_abs() as usize;
        }
        if format.get(*at) == Some(&b'.') {
            *at += 1;
            let precision = self.count(format, at)?.unwrap_or(0);
            layout.precision = usize::try_from(precision).ok();
        }
        Ok(layout)
    }

    /// A number or `*`.
    fn count(&mut self, format: &[u8], at: &mut usize) -> Result<Option<i64>, String> {
        let count = if format.get(*at) == Some(&b'*') {
            *at += 1;
            Some(self.integer(true))
        } else {
            let digits = format[*at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            let text = &format[*at..*at + digits];
            *at += digits;
            let add =
                |value: i64, digit: &u8| value.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
            (digits > 0).then(|| text.iter().fold(0, add))
        };
        match count {
            Some(count) if count.unsigned_abs() > MAX_WIDTH as u64 => Err(format!("a width of {count}")),
            count => Ok(count),
        }
    }

    fn conversion(&mut self, letter: Option<u8>, layout: &Layout) -> Result<bool, String> {
        match letter {
            Some(b's') => {
                let text = self.next().unwrap_or_default().as_bytes();
                let length = layout.precision.map_or(text.len(), |precision| precision.min(text.len()));
                self.pad(&text[..length], layout);
            }
            Some(b'b') => {
                let mut text = Vec::new();
                let ended = escaped(self.next().unwrap_or_default().as_bytes(), true, &mut text);
                let length = layout.precision.map_or(text.len(), |precision| precision.min(text.len()));
                self.pad(&text[..length], layout);
                return Ok(ended);
            }
            Some(b'c') => {
                let text = self.next().unwrap_or_default().as_bytes();
                self.pad(&text[..text.len().min(1)], layout);
            }
            Some(b'd' | b'i') => {
                let value = self.integer(true);
                let sign = if value < 0 { Some(b'-') } else { layout.sign };
                self.number(sign, value.unsigned_abs().to_string(), layout);
            }
            Some(b'u') => {
                let value = self.integer(false);
                self.number(None, (value as u64).to_string(), layout);
            }
            Some(b'o') => {
                let value = self.integer(false);
                let prefix = if layout.alternative && value != 0 { "0" } else { "" };
                self.number(None, format!("{prefix}{value:o}"), layout);
            }
            Some(letter @ (b'x' | b'X')) => {
                let value = self.integer(false);
                if layout.alternative && value != 0 {
                    return Err("`%#x`".to_owned());
                }
                let text = if letter == b'x' { format!("{value:x}") } else { format!("{value:X}") };
                self.number(None, text, layout);
            }
            Some(other) => return Err(format!("`%{}`", char::from(other))),
            None => {
                return Err("a format that ends in `%`".to_owned());
            }
        }
        Ok(false)
    }

    /// An argument as a number; what is none counts as far as it is one.
    fn integer(&mut self, signed: bool) -> i64 {
        let Some(text) = self.next() else { return 0 };
        if let Some(character) = text.strip_prefix(['"', '\'']) {
            return character.bytes().next().map_or(0, i64::from);
        }
        let trimmed = text.trim_start();
        let (negative, digits) = match trimmed.as_bytes() {
            [b'-', ..] => (true, &trimmed[1..]),
            [b'+', ..] => (false, &trimmed[1..]),
            _ => (false, trimmed),
        };
        let (digits, radix) = match digits.as_bytes() {
            [b'0', b'x' | b'X', next, ..] if next.is_ascii_hexdigit() => (&digits[2..], 16),
            [b'0', ..] => (digits, 8),
            _ => (digits, 10),
        };
        let length = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        let (number, rest) = digits.split_at(length);
        if number.is_empty() {
            if !text.is_empty() {
                self.wrong(format!("{text}: expected numeric value"));
            }
            return 0;
        }
        if !rest.is_empty() {
            self.wrong(format!("{text}: not completely converted"));
        }
        let value = u64::from_str_radix(number, radix).unwrap_or(u64::MAX);
        let value = if signed { value.min(i64::MAX as u64) } else { value };
        let value = value as i64;
        if negative { value.wrapping_neg() } else { value }
    }

    fn wrong(&mut self, message: String) {
        self.messages.push(message);
        self.status = 1;
    }

    fn number(&mut self, sign: Option<u8>, digits: String, layout: &Layout) {
        let sign: Vec<u8> = sign.into_iter().collect();
        let wanted = match layout.precision {
            Some(precision) => precision,
            None if layout.zero && !layout.left => layout.width.saturating_sub(sign.len()),
            None => 0,
        };
        let mut text = sign;
        text.extend(std::iter::repeat_n(b'0', wanted.saturating_sub(digits.len())));
        if !(layout.precision == Some(0) && digits == "0") {
            text.extend_from_slice(digits.as_bytes());
        }
        self.pad(&text, layout);
    }

    fn pad(&mut self, text: &[u8], layout: &Layout) {
        let padding = std::iter::repeat_n(b' ', layout.width.saturating_sub(text.len()));
        if !layout.left {
            self.output.extend(padding.clone());
        }
        self.output.extend_from_slice(text);
        if layout.left {
            self.output.extend(padding);
        }
    }
}
