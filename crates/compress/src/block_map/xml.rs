//! As much of XML as a block map has: elements, attributes, text, comments.

use crate::Error;

/// A part of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// An element begins; its one attribute, if there is one.
    Open(&'a str, Option<(&'a str, &'a str)>),
    /// An element ends.
    Close(&'a str),
    /// Text that is more than white space, without what is around it.
    Text(&'a str),
}

/// The parts of a file, one after the other.
pub(super) struct Tokens<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, rest: text }
    }

    /// The line, from 1, that is being read.
    pub(super) fn line(&self) -> usize {
        let read = &self.text[..self.text.len() - self.rest.len()];
        read.bytes().filter(|&byte| byte == b'\n').count() + 1
    }

    /// The next part; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Token<'a>>, Error> {
        loop {
            self.rest = self.rest.trim_start();
            let Some(markup) = self.rest.strip_prefix('<') else {
                let (text, rest) = self.rest.split_at(self.rest.find('<').unwrap_or(self.rest.len()));
                if text.contains('&') {
                    return Err(self.broken());
                }
                self.rest = rest;
                return Ok(Some(text.trim_end()).filter(|text| !text.is_empty()).map(Token::Text));
            };
            if let Some(comment) = markup.strip_prefix("!--") {
                self.rest = comment.split_once("-->").ok_or_else(|| self.broken())?.1;
            } else if let Some(declaration) = markup.strip_prefix('?') {
                self.rest = declaration.split_once("?>").ok_or_else(|| self.broken())?.1;
            } else {
                let (tag, rest) = markup.split_once('>').ok_or_else(|| self.broken())?;
                let token = token(tag).ok_or_else(|| self.broken())?;
                self.rest = rest;
                return Ok(Some(token));
            }
        }
    }

    /// What is here is no XML, or more of it than a map has.
    pub(super) fn broken(&self) -> Error {
        Error::MapSyntax { line: self.line() }
    }
}

/// What is between `<` and `>`.
fn token(tag: &str) -> Option<Token<'_>> {
    if let Some(name) = tag.strip_prefix('/') {
        return name_of(name.trim_end()).map(Token::Close);
    }
    let Some((name, attribute)) = tag.trim_end().split_once(char::is_whitespace) else {
        return name_of(tag).map(|name| Token::Open(name, None));
    };
    let (key, value) = attribute.split_once('=')?;
    let value = value.trim_start();
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let inner = inner.or_else(|| value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')))?;
    let plain = !inner.contains(['"', '\'', '<', '&']);
    let (name, key) = (name_of(name)?, name_of(key.trim())?);
    plain.then_some(Token::Open(name, Some((key, inner))))
}

/// A name, which for maps is of letters and digits.
fn name_of(name: &str) -> Option<&str> {
    (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Result<Vec<Token<'_>>, Error> {
        let mut tokens = Tokens::new(text);
        std::iter::from_fn(|| tokens.next().transpose()).collect()
    }

    #[test]
    fn elements_attributes_and_text_are_read() {
        let text = "<?xml version=\"1.0\" ?>\n<!-- a <b> -->\n<a  key = 'one two' >\n text \n</a>\n";
        assert_eq!(
            all(text).unwrap(),
            [Token::Open("a", Some(("key", "one two"))), Token::Text("text"), Token::Close("a")]
        );
    }

    #[test]
    fn anything_else_is_refused_with_its_line() {
        for broken in
            ["<a", "<>", "<a/>", "<!DOCTYPE a>", "<!-- a", "<a b>", "<a b=c>", "&amp;", "<a b=\"c' d='e\">"]
        {
            let text = format!("<a>\n{broken}");
            let error = all(&text).unwrap_err();
            assert!(matches!(error, Error::MapSyntax { line: 2 }), "{broken}: {error:?}");
        }
    }
}
