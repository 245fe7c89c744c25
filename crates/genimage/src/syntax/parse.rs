//! Tokens to sections and values.

use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::vec::IntoIter;

use super::lex::{Token, tokens};
use super::{Item, Place, Section, Surroundings, Value};
use crate::{Error, SyntaxError};

/// How deep files may include each other, as in libconfuse (`MAX_INCLUDE_DEPTH`).
const INCLUDES: usize = 10;
/// How deep sections may nest; genimage's own go four deep.
const DEPTH: usize = 16;

struct Parser<'a> {
    tokens: Peekable<IntoIter<(Place, Token)>>,
    /// The last place that there is.
    end: Place,
    surroundings: &'a Surroundings<'a>,
    includes: usize,
}

/// All items of the text of one file.
pub(super) fn parse(
    file: &Arc<Path>,
    text: &[u8],
    surroundings: &Surroundings<'_>,
) -> Result<Vec<Item>, Error> {
    included(file, text, surroundings, 0, 0)
}

fn included(
    file: &Arc<Path>,
    text: &[u8],
    surroundings: &Surroundings<'_>,
    includes: usize,
    depth: usize,
) -> Result<Vec<Item>, Error> {
    let lines = 1 + text.iter().filter(|&&byte| byte == b'\n').count() as u32;
    let tokens = tokens(file, text, surroundings)?.into_iter().peekable();
    let end = Place { file: file.clone(), line: lines };
    let mut parser = Parser { tokens, end, surroundings, includes };
    let items = parser.items(depth)?;
    match parser.tokens.next() {
        None => Ok(items),
        Some((at, token)) => {
            Err(SyntaxError::Syntax { at, expected: "a key", found: token.describe() }.into())
        }
    }
}

impl Parser<'_> {
    fn next(&mut self, expected: &'static str) -> Result<(Place, Token), Error> {
        let end = || SyntaxError::Syntax { at: self.end.clone(), expected, found: "the end".to_owned() };
        Ok(self.tokens.next().ok_or_else(end)?)
    }

    fn word(&mut self, expected: &'static str) -> Result<String, Error> {
        match self.next(expected)? {
            (_, Token::Word(word)) => Ok(word),
            (at, token) => Err(SyntaxError::Syntax { at, expected, found: token.describe() }.into()),
        }
    }

    fn mark(&mut self, mark: char, expected: &'static str) -> Result<(), Error> {
        match self.next(expected)? {
            (_, Token::Mark(found)) if found == mark => Ok(()),
            (at, token) => Err(SyntaxError::Syntax { at, expected, found: token.describe() }.into()),
        }
    }

    /// Everything up to a closing brace, which stays, or to the end.
    fn items(&mut self, depth: usize) -> Result<Vec<Item>, Error> {
        let mut items = Vec::new();
        while let Some((at, token)) = self.tokens.peek().cloned() {
            let name = match token {
                Token::Mark('}') => break,
                Token::Word(word) => word,
                other => {
                    return Err(SyntaxError::Syntax { at, expected: "a key", found: other.describe() }.into());
                }
            };
            self.tokens.next();
            if depth == DEPTH {
                return Err(Error::TooDeep { at, most: DEPTH });
            }
            match self.next("`=`, a title or `{`")? {
                (_, Token::Mark('=')) => items.push(Item::Value(self.value(at, name, false)?)),
                (_, Token::Append) => items.push(Item::Value(self.value(at, name, true)?)),
                (_, Token::Mark('{')) => items.push(Item::Section(self.section(at, name, None, depth)?)),
                (_, Token::Mark('(')) if name == "include" => items.extend(self.include(at, depth)?),
                (_, Token::Word(title)) => {
                    self.mark('{', "`{` after the title")?;
                    items.push(Item::Section(self.section(at, name, Some(title), depth)?));
                }
                (at, token) => {
                    let found = token.describe();
                    return Err(SyntaxError::Syntax { at, expected: "`=`, a title or `{`", found }.into());
                }
            }
        }
        Ok(items)
    }

    fn section(
        &mut self,
        at: Place,
        name: String,
        title: Option<String>,
        depth: usize,
    ) -> Result<Section, Error> {
        let items = self.items(depth + 1)?;
        self.mark('}', "a key or `}`")?;
        Ok(Section { at, name, title, items })
    }

    fn value(&mut self, at: Place, key: String, append: bool) -> Result<Value, Error> {
        if !matches!(self.tokens.peek(), Some((_, Token::Mark('{')))) {
            let values = vec![self.word("a value")?];
            return Ok(Value { at, key, values, list: false, append });
        }
        self.tokens.next();
        let mut values = Vec::new();
        loop {
            match self.next("a value or `}`")? {
                (_, Token::Mark('}')) => return Ok(Value { at, key, values, list: true, append }),
                (_, Token::Word(value)) => values.push(value),
                (at, token) => {
                    return Err(SyntaxError::Syntax {
                        at,
                        expected: "a value or `}`",
                        found: token.describe(),
                    }
                    .into());
                }
            }
            match self.next("`,` or `}`")? {
                (_, Token::Mark('}')) => return Ok(Value { at, key, values, list: true, append }),
                (_, Token::Mark(',')) => {}
                (at, token) => {
                    return Err(
                        SyntaxError::Syntax { at, expected: "`,` or `}`", found: token.describe() }.into()
                    );
                }
            }
        }
    }

    /// `include("file")`, behind the first parenthesis.
    fn include(&mut self, at: Place, depth: usize) -> Result<Vec<Item>, Error> {
        let name = self.word("a file's name")?;
        self.mark(')', "`)`")?;
        if self.includes == INCLUDES {
            return Err(Error::TooDeep { at, most: INCLUDES });
        }
        let found = self.surroundings.include.iter().map(|folder| folder.join(&name));
        let found: Option<PathBuf> = found.into_iter().find(|path| path.is_file());
        let path = found.ok_or_else(|| SyntaxError::NoInclude {
            at,
            name,
            searched: self.surroundings.include.clone(),
        })?;
        let text = std::fs::read(&path).map_err(Error::io("read", &path))?;
        included(&path.into(), &text, self.surroundings, self.includes + 1, depth)
    }
}
