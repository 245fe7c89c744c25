//! The words of a program.

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    Regex(String),
    /// A variable, or a keyword.
    Name(String),
    /// A name with its `(` at once behind it: a call.
    Call(String),
    Sign(&'static str),
    NewLine,
}

const SIGNS: &[&str] = &[
    "&&", "||", "==", "!=", "<=", ">=", "!~", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", ">>", "{", "}",
    "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", "<", ">", "|", "?", ":", "~", "$", "=",
];

/// Escapes of a string.
pub(super) fn unescape(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some(sign @ ('"' | '\\' | '/')) => out.push(sign),
            Some('0'..='7' | 'a' | 'b' | 'f' | 'v' | 'x') => return Err("a numbered character".to_owned()),
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
            None => out.push('\\'),
        }
    }
    Ok(out)
}

/// Takes a delimited text apart, behind its first delimiter; its escapes stay. Its length counts the last delimiter.
fn delimited(rest: &str, delimiter: char) -> Result<(&str, usize), String> {
    let mut escaped = false;
    for (at, letter) in rest.char_indices() {
        match letter {
            '\n' => break,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            letter if letter == delimiter => return Ok((&rest[..at], at + 1)),
            _ => {}
        }
    }
    Err(format!("no second `{delimiter}`"))
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let operand = match tokens.last() {
            Some(Token::Number(_) | Token::Text(_) | Token::Regex(_)) => true,
            Some(Token::Name(name)) => !super::parse::is_keyword(name),
            Some(Token::Sign(sign)) => matches!(*sign, ")" | "]" | "$" | "++" | "--"),
            _ => false,
        };
        let len = match letter {
            ' ' | '\t' | '\r' => 1,
            '\\' if rest[1..].starts_with('\n') => 2,
            '\n' => {
                tokens.push(Token::NewLine);
                1
            }
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' => {
                let (body, len) = delimited(&rest[1..], '"')?;
                tokens.push(Token::Text(unescape(body)?));
                len + 1
            }
            '/' if !operand => {
                let (body, len) = delimited(&rest[1..], '/')?;
                tokens.push(Token::Regex(body.replace("\\/", "/")));
                len + 1
            }
            '0'..='9' | '.' => {
                let mut end =
                    rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
                if rest[end..].starts_with(['e', 'E']) {
                    let digits = rest[end + 1..].trim_start_matches(['+', '-']);
                    let sign = rest[end + 1..].len() - digits.len();
                    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
                    end += if count > 0 { 1 + sign + count } else { 0 };
                }
                tokens.push(Token::Number(
                    rest[..end].parse().map_err(|_| format!("number `{}`", &rest[..end]))?,
                ));
                end
            }
            'a'..='z' | 'A'..='Z' | '_' => {
                let end = rest
                    .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
                    .unwrap_or(rest.len());
                let name = rest[..end].to_owned();
                let calls = rest[end..].starts_with('(') && !super::parse::is_keyword(&name);
                tokens.push(if calls { Token::Call(name) } else { Token::Name(name) });
                end
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let sign = sign.ok_or_else(|| format!("sign `{letter}`"))?;
                tokens.push(Token::Sign(sign));
                sign.len()
            }
        };
        rest = &rest[len..];
    }
    Ok(tokens)
}
