//! `test` and `[`: POSIX.1-2017, utility test, and dash's bltin/test.c for the order of operators.

use bringup_tree::Kind;

use crate::shell::{Outcome, Shell};

pub(super) fn bracket(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    match fields.split_last() {
        Some((last, rest)) if last == "]" => evaluate(shell, rest),
        _ => {
            shell.complain("[: missing ]");
            Ok(2)
        }
    }
}

pub(super) fn test(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    evaluate(shell, fields)
}

fn evaluate(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    let arguments: Vec<&str> = fields.iter().skip(1).map(String::as_str).collect();
    let mut test = Test { shell, arguments: &arguments, at: 0, depth: 0 };
    match test.all() {
        Ok(value) => Ok(u8::from(!value)),
        Err(message) => {
            let name = fields.first().map_or("test", String::as_str);
            let name = name.rsplit('/').next().unwrap_or_default();
            shell.complain(&format!("{name}: {message}"));
            Ok(2)
        }
    }
}

const BINARY: [&str; 14] =
    ["=", "!=", "<", ">", "-eq", "-ne", "-gt", "-ge", "-lt", "-le", "-nt", "-ot", "-ef", "=="];

const UNARY: &str = "bcdefghkLnOGprSstuwxz";

/// How deep parentheses and negations may stand in one another.
const MAX_DEPTH: usize = 100;

struct Test<'a, 'h> {
    shell: &'a Shell<'h>,
    arguments: &'a [&'a str],
    at: usize,
    depth: usize,
}

type Answer = Result<bool, String>;

impl Test<'_, '_> {
    fn all(&mut self) -> Answer {
        // The cases that POSIX defines by the number of arguments, as dash has them.
        match *self.arguments {
            [] => return Ok(false),
            [only] => return Ok(!only.is_empty()),
            [left, operator, right] if self.is_binary(operator) => {
                return self.binary(left, operator, right);
            }
            ["(", only, ")"] => return Ok(!only.is_empty()),
            ["!", left, operator, right] if self.is_binary(operator) => {
                return self.binary(left, operator, right).map(|value| !value);
            }
            _ => {}
        }
        let value = self.or()?;
        match self.peek(0) {
            None => Ok(value),
            Some(operator) if BINARY.contains(&operator) && self.peek(1).is_none() => {
                Err(format!("{operator}: argument expected"))
            }
            Some(_) => {
                let before = self.at.checked_sub(1).and_then(|at| self.arguments.get(at));
                Err(format!("{}: unexpected operator", before.unwrap_or(&"")))
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<&str> {
        self.arguments.get(self.at + ahead).copied()
    }

    fn is_binary(&self, text: &str) -> bool {
        BINARY.contains(&text) && (text != "==" || self.shell.state.options.bash)
    }

    fn or(&mut self) -> Answer {
        let mut value = self.and()?;
        while self.peek(0) == Some("-o") {
            self.at += 1;
            value |= self.and()?;
        }
        Ok(value)
    }

    fn and(&mut self) -> Answer {
        let mut value = self.not()?;
        while self.peek(0) == Some("-a") {
            self.at += 1;
            value &= self.not()?;
        }
        Ok(value)
    }

    fn not(&mut self) -> Answer {
        if self.peek(0) != Some("!") || self.peek(1).is_none() || self.next_is_binary() {
            return self.primary();
        }
        self.at += 1;
        self.nested(Self::not).map(|value| !value)
    }

    fn nested(&mut self, body: fn(&mut Self) -> Answer) -> Answer {
        if self.depth >= MAX_DEPTH {
            return Err("too deep".to_owned());
        }
        self.depth += 1;
        let answer = body(self);
        self.depth -= 1;
        answer
    }

    fn next_is_binary(&self) -> bool {
        self.peek(1).is_some_and(|text| self.is_binary(text)) && self.peek(2).is_some()
    }

    fn primary(&mut self) -> Answer {
        let Some(first) = self.arguments.get(self.at).copied() else {
            // dash: nothing behind an operator is false.
            return Ok(false);
        };
        if first == "(" && !self.next_is_binary() {
            self.at += 1;
            if self.peek(0) == Some(")") {
                self.at += 1;
                return Ok(false);
            }
            let value = self.nested(Self::or)?;
            if self.peek(0) != Some(")") {
                return Err("closing paren expected".to_owned());
            }
            self.at += 1;
            return Ok(value);
        }
        if self.next_is_binary() {
            let (operator, right) = (self.arguments[self.at + 1], self.arguments[self.at + 2]);
            self.at += 3;
            return self.binary(first, operator, right);
        }
        let letter = first.strip_prefix('-').filter(|letter| letter.len() == 1 && UNARY.contains(*letter));
        if let Some(letter) = letter {
            let Some(operand) = self.arguments.get(self.at + 1).copied() else {
                // As the last argument it is a text that is not empty.
                self.at += 1;
                return Ok(true);
            };
            self.at += 2;
            return self.unary(letter.as_bytes()[0], operand);
        }
        self.at += 1;
        Ok(!first.is_empty())
    }

    fn binary(&self, left: &str, operator: &str, right: &str) -> Answer {
        let time = |path: &str| self.shell.world.stat(path).map(|node| node.meta.mtime);
        Ok(match operator {
            "=" | "==" => left == right,
            "!=" => left != right,
            "<" => left < right,
            ">" => left > right,
            // bash counts a missing file as older, dash does not.
            "-nt" => match (time(left), time(right)) {
                (Some(left), Some(right)) => left > right,
                (Some(_), None) => self.shell.state.options.bash,
                _ => false,
            },
            "-ot" => match (time(left), time(right)) {
                (Some(left), Some(right)) => left < right,
                (None, Some(_)) => self.shell.state.options.bash,
                _ => false,
            },
            "-ef" => self.same(left, right),
            _ => {
                let (left, right) = (number(left)?, number(right)?);
                match operator {
                    "-eq" => left == right,
                    "-ne" => left != right,
                    "-gt" => left > right,
                    "-ge" => left >= right,
                    "-lt" => left < right,
                    _ => left <= right,
                }
            }
        })
    }

    /// Whether two paths lead to one node, by any of its names.
    fn same(&self, left: &str, right: &str) -> bool {
        let node = |path: &str| self.shell.world.stat(path);
        matches!((node(left), node(right)), (Some(left), Some(right)) if std::ptr::eq(left, right))
    }

    fn unary(&self, letter: u8, operand: &str) -> Answer {
        match letter {
            b'n' => return Ok(!operand.is_empty()),
            b'z' => return Ok(operand.is_empty()),
            // Nothing is a terminal.
            b't' => return number(operand).map(|_| false),
            _ => {}
        }
        let world = &self.shell.world;
        if matches!(letter, b'h' | b'L') {
            return Ok(world.lstat(operand).is_some_and(|node| matches!(node.kind, Kind::Symlink(_))));
        }
        if operand.is_empty() {
            return Ok(false);
        }
        if world.followed(operand).is_ok_and(|path| path == b"dev/null") {
            return Ok(matches!(letter, b'e' | b'c' | b'r' | b'w' | b'O' | b'G'));
        }
        let Some(node) = world.stat(operand) else { return Ok(false) };
        let (mode, kind) = (node.meta.mode, &node.kind);
        Ok(match letter {
            b'b' => matches!(kind, Kind::BlockDevice(_)),
            b'c' => matches!(kind, Kind::CharDevice(_)),
            b'd' => kind.is_directory(),
            b'f' => matches!(kind, Kind::File(_)),
            b'p' => matches!(kind, Kind::Fifo),
            b'S' => matches!(kind, Kind::Socket),
            b'g' => mode & 0o2000 != 0,
            b'k' => mode & 0o1000 != 0,
            b'u' => mode & 0o4000 != 0,
            b'G' => node.meta.gid == 0,
            b'O' => node.meta.uid == 0,
            // A folder has a size on every file system but the empty tree's.
            b's' => match kind {
                Kind::File(content) => !content.is_empty(),
                kind => kind.is_directory(),
            },
            // Root may do all, but execute only what somebody may.
            b'x' => kind.is_directory() || mode & 0o111 != 0,
            _ => true,
        })
    }
}

/// An integer as dash reads it.
fn number(text: &str) -> Result<i64, String> {
    let digits = text.trim();
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    digits.parse().map_err(|_| format!("Illegal number: {text}"))
}
