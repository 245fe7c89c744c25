//! Commands: lists, pipelines, compound and simple commands, redirections.

use std::sync::{Arc, OnceLock};

use super::{Fault, Parser, Pending, ends_word, name_length};
use crate::syntax::{AndOr, Command, Connector, Kind, List, Pipeline, Redirection, Target, Word};

/// Words that are commands' syntax where a command may begin.
const RESERVED: [&str; 16] = [
    "!", "{", "}", "if", "then", "else", "elif", "fi", "while", "until", "do", "done", "for", "case", "esac",
    "in",
];

/// Those that end a list of commands.
const CLOSING: [&str; 8] = ["}", "then", "else", "elif", "fi", "do", "done", "esac"];

impl Parser<'_> {
    /// Commands up to what cannot be one: a closing word or operator, or the end.
    pub(super) fn list(&mut self) -> Result<List, Fault> {
        self.nested(|parser| {
            let mut list = List::default();
            loop {
                parser.lines()?;
                let closing = parser.reserved().is_some_and(|word| CLOSING.contains(&word));
                if closing || parser.peek().is_none_or(|byte| byte == b')') || parser.looking_at(";;") {
                    return Ok(list);
                }
                let mut item = parser.and_or()?;
                parser.blanks();
                let mut ended = false;
                if parser.peek() == Some(b'&') {
                    parser.at += 1;
                    item.background = true;
                    ended = true;
                } else if parser.peek() == Some(b';') && !parser.looking_at(";;") {
                    parser.at += 1;
                    ended = true;
                }
                list.0.push(item);
                if !ended && !parser.newline()? {
                    return Ok(list);
                }
            }
        })
    }

    /// At least one command.
    fn commands(&mut self) -> Result<List, Fault> {
        let list = self.list()?;
        if list.0.is_empty() { Err(self.unexpected()) } else { Ok(list) }
    }

    fn and_or(&mut self) -> Result<AndOr, Fault> {
        let mut item = AndOr { first: self.pipeline()?, rest: Vec::new(), background: false };
        loop {
            self.blanks();
            let connector = if self.accept("&&") {
                Connector::And
            } else if self.accept("||") {
                Connector::Or
            } else {
                return Ok(item);
            };
            self.lines()?;
            item.rest.push((connector, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Result<Pipeline, Fault> {
        let mut negated = false;
        self.blanks();
        if self.reserved() == Some("!") {
            self.at += 1;
            negated = true;
        }
        let mut commands = vec![self.command()?];
        loop {
            self.blanks();
            if self.looking_at("||") || self.peek() != Some(b'|') {
                return Ok(Pipeline { negated, commands });
            }
            self.at += 1;
            self.lines()?;
            commands.push(self.command()?);
        }
    }

    fn command(&mut self) -> Result<Command, Fault> {
        self.blanks();
        let line = self.line;
        let kind = self.nested(Self::compound)?;
        let Some(kind) = kind else { return self.simple() };
        let mut redirections = Vec::new();
        loop {
            self.blanks();
            match self.redirection()? {
                Some(redirection) => redirections.push(redirection),
                None => return Ok(Command { line, kind, redirections }),
            }
        }
    }

    fn compound(&mut self) -> Result<Option<Kind>, Fault> {
        if self.accept("(") {
            let body = self.commands()?;
            self.operator(")")?;
            return Ok(Some(Kind::Subshell(body)));
        }
        let Some(word) = self.reserved() else {
            if self.bash && self.looking_at("[[ ") {
                return Err(self.fault("`[[` is not reproduced"));
            }
            return Ok(None);
        };
        let kind = match word {
            "{" => {
                self.at += 1;
                let body = self.commands()?;
                self.keyword("}")?;
                Kind::Group(body)
            }
            "if" => self.conditional()?,
            "while" | "until" => {
                self.keyword(word)?;
                let condition = self.commands()?;
                Kind::Loop { until: word == "until", condition, body: self.body()? }
            }
            "for" => self.for_loop()?,
            "case" => self.case()?,
            "in" => return Ok(None),
            _ => return Err(self.unexpected()),
        };
        Ok(Some(kind))
    }

    fn conditional(&mut self) -> Result<Kind, Fault> {
        let mut branches = Vec::new();
        let mut next = "if";
        loop {
            self.keyword(next)?;
            let condition = self.commands()?;
            self.keyword("then")?;
            branches.push((condition, self.commands()?));
            match self.reserved() {
                Some("elif") => next = "elif",
                Some("else") => {
                    self.keyword("else")?;
                    let otherwise = Some(self.commands()?);
                    self.keyword("fi")?;
                    return Ok(Kind::If { branches, otherwise });
                }
                _ => {
                    self.keyword("fi")?;
                    return Ok(Kind::If { branches, otherwise: None });
                }
            }
        }
    }

    fn body(&mut self) -> Result<List, Fault> {
        self.keyword("do")?;
        let body = self.commands()?;
        self.keyword("done")?;
        Ok(body)
    }

    fn for_loop(&mut self) -> Result<Kind, Fault> {
        self.keyword("for")?;
        self.blanks();
        let length = name_length(self.rest().as_bytes());
        if length == 0 {
            return Err(self.fault("`for` without a variable's name"));
        }
        let name = self.rest()[..length].to_owned();
        self.at += length;
        self.lines()?;
        let mut words = None;
        if self.reserved() == Some("in") {
            self.at += 2;
            let mut list = Vec::new();
            self.blanks();
            while self.peek().is_some_and(|byte| !ends_word(byte)) {
                list.push(self.word()?);
                self.blanks();
            }
            words = Some(list);
            if !self.accept(";") && !self.newline()? {
                return Err(self.unexpected());
            }
        } else {
            self.accept(";");
        }
        self.lines()?;
        Ok(Kind::For { name, words, body: self.body()? })
    }

    fn case(&mut self) -> Result<Kind, Fault> {
        self.keyword("case")?;
        self.blanks();
        let word = self.word()?;
        self.lines()?;
        self.keyword("in")?;
        let mut arms = Vec::new();
        loop {
            self.lines()?;
            if self.reserved() == Some("esac") {
                break;
            }
            self.accept("(");
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                patterns.push(self.word()?);
                self.blanks();
                if !self.accept("|") {
                    break;
                }
            }
            self.operator(")")?;
            arms.push((patterns, self.list()?));
            self.lines()?;
            if !self.accept(";;") {
                break;
            }
        }
        self.keyword("esac")?;
        Ok(Kind::Case { word, arms })
    }

    fn simple(&mut self) -> Result<Command, Fault> {
        let line = self.line;
        let (mut assignments, mut words, mut redirections) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            self.blanks();
            if let Some(redirection) = self.redirection()? {
                redirections.push(redirection);
                continue;
            }
            if self.peek().is_none_or(ends_word) {
                break;
            }
            let length = name_length(self.rest().as_bytes());
            if words.is_empty() && length > 0 {
                if self.peek_at(length) == Some(b'=') {
                    let name = self.rest()[..length].to_owned();
                    self.at += length + 1;
                    assignments.push((name, self.assigned()?));
                    continue;
                }
                if assignments.is_empty()
                    && redirections.is_empty()
                    && let Some(function) = self.function(line)?
                {
                    return Ok(function);
                }
            }
            words.push(self.word()?);
        }
        if words.is_empty() && assignments.is_empty() && redirections.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Command { line, kind: Kind::Simple { assignments, words }, redirections })
    }

    /// The value behind `name=`, which may be nothing.
    fn assigned(&mut self) -> Result<Word, Fault> {
        if self.bash && self.peek() == Some(b'(') {
            return Err(self.fault("arrays are not reproduced"));
        }
        if self.peek().is_none_or(ends_word) { Ok(Word::default()) } else { self.word() }
    }

    /// `name() body`
    fn function(&mut self, line: usize) -> Result<Option<Command>, Fault> {
        // In bash functions may have dashes in their names.
        let length =
            self.rest().bytes().take_while(|b| b.is_ascii_alphanumeric() || b"_-.".contains(b)).count();
        let behind = self.rest()[length..].trim_start_matches([' ', '\t']);
        if !behind.starts_with('(') || !behind[1..].trim_start_matches([' ', '\t']).starts_with(')') {
            return Ok(None);
        }
        let name = self.rest()[..length].to_owned();
        if !self.bash && name_length(name.as_bytes()) != length {
            return Err(self.fault(format!("`{name}` is no name for a function")));
        }
        self.at += length;
        self.blanks();
        self.operator("(")?;
        self.operator(")")?;
        self.lines()?;
        let body = Arc::new(self.nested(Self::command)?);
        Ok(Some(Command { line, kind: Kind::Function { name, body }, redirections: Vec::new() }))
    }

    fn redirection(&mut self) -> Result<Option<Redirection>, Fault> {
        if self.bash && self.accept("&>") {
            self.blanks();
            return Ok(Some(Redirection { fd: 1, target: Target::Both(self.word()?) }));
        }
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let Some(direction @ (b'<' | b'>')) = self.peek_at(digits) else { return Ok(None) };
        let default = usize::from(direction == b'>');
        let fd = match digits {
            0 => default,
            // dash has single digits only; longer numbers are words.
            1 => usize::from(self.text.as_bytes()[self.at] - b'0'),
            _ => return Ok(None),
        };
        self.at += digits;
        if self.accept("<<") {
            return self.here_document(fd).map(Some);
        }
        let operator = ["<&", "<>", "<", ">>", ">&", ">|", ">"].into_iter().find(|text| self.accept(text));
        self.blanks();
        let word = self.word()?;
        let target = match operator {
            Some("<" | "<>") => Target::Read(word),
            Some(">" | ">|") => Target::Write(word),
            Some(">>") => Target::Append(word),
            _ => Target::Duplicate(word),
        };
        Ok(Some(Redirection { fd, target }))
    }

    fn here_document(&mut self, fd: usize) -> Result<Redirection, Fault> {
        if self.bash && self.peek() == Some(b'<') {
            return Err(self.fault("`<<<` is not reproduced"));
        }
        let tabs = self.accept("-");
        self.blanks();
        let (delimiter, quoted) = self.delimiter()?;
        let body = Arc::new(OnceLock::new());
        self.pending.push(Pending { delimiter, quoted, tabs, body: Arc::clone(&body) });
        Ok(Redirection { fd, target: Target::Document(body) })
    }

    /// The reserved word that comes next, if one does.
    fn reserved(&self) -> Option<&'static str> {
        let bytes = self.rest().as_bytes();
        let length = bytes.iter().take(6).take_while(|byte| !ends_word(**byte)).count();
        RESERVED.into_iter().find(|word| word.as_bytes() == &bytes[..length])
    }

    fn keyword(&mut self, word: &'static str) -> Result<(), Fault> {
        self.lines()?;
        if self.reserved() != Some(word) {
            return Err(self.fault(format!("`{word}` expected")));
        }
        self.at += word.len();
        Ok(())
    }

    fn operator(&mut self, operator: &'static str) -> Result<(), Fault> {
        self.lines()?;
        if self.accept(operator) { Ok(()) } else { Err(self.fault(format!("`{operator}` expected"))) }
    }
}
