//! `expr`.

use bringup_shell::{Call, Host, Status, Stop};

use crate::common::{complain, missing_operand, print};
use crate::options::unsupported;
use crate::pattern::{Dialect, Flags, Pattern};

/// Why an expression has no value.
enum Fault {
    /// A message; the status is 2.
    Error(String),
    Stop(Stop),
}

/// Evaluates an expression of its arguments.
pub(crate) fn expr(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let words = call.arguments.strip_prefix(&["--".to_owned()]).unwrap_or(call.arguments);
    if words.is_empty() {
        missing_operand(call);
        return Ok(2);
    }
    let mut parser = Parser { words, at: 0, call };
    let value = match parser.or() {
        Ok(value) if parser.at == words.len() => Ok(value),
        Ok(_) => Err(Fault::Error(format!("syntax error: unexpected argument '{}'", words[parser.at]))),
        fault => fault,
    };
    match value {
        Ok(value) => {
            print(call, &format!("{value}\n"));
            Ok(u8::from(null(&value)))
        }
        Err(Fault::Error(text)) => {
            complain(call, &text);
            Ok(2)
        }
        Err(Fault::Stop(stop)) => Err(stop),
    }
}

/// Empty, or zero with any sign and length.
fn null(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    value.is_empty() || !digits.is_empty() && digits.bytes().all(|byte| byte == b'0')
}

struct Parser<'a, 'c> {
    words: &'a [String],
    at: usize,
    call: &'a Call<'c>,
}

impl Parser<'_, '_> {
    fn next_if(&mut self, known: &[&str]) -> Option<String> {
        let word = self.words.get(self.at).filter(|word| known.contains(&word.as_str()))?;
        self.at += 1;
        Some(word.clone())
    }

    fn or(&mut self) -> Result<String, Fault> {
        let mut left = self.and()?;
        while self.next_if(&["|"]).is_some() {
            let right = self.and()?;
            if null(&left) {
                left = if null(&right) { "0".to_owned() } else { right };
            }
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<String, Fault> {
        let mut left = self.comparison()?;
        while self.next_if(&["&"]).is_some() {
            let right = self.comparison()?;
            if null(&left) || null(&right) {
                left = "0".to_owned();
            }
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<String, Fault> {
        let mut left = self.sum()?;
        while let Some(sign) = self.next_if(&["<", "<=", "=", "==", "!=", ">=", ">"]) {
            let right = self.sum()?;
            let ordering = match (left.parse::<i64>(), right.parse::<i64>()) {
                (Ok(left), Ok(right)) => left.cmp(&right),
                _ => left.as_bytes().cmp(right.as_bytes()),
            };
            let holds = match sign.as_str() {
                "<" => ordering.is_lt(),
                "<=" => ordering.is_le(),
                ">" => ordering.is_gt(),
                ">=" => ordering.is_ge(),
                "!=" => ordering.is_ne(),
                _ => ordering.is_eq(),
            };
            left = u8::from(holds).to_string();
        }
        Ok(left)
    }

    fn numbers(left: &str, right: &str) -> Result<(i64, i64), Fault> {
        let number =
            |text: &str| text.parse::<i64>().map_err(|_| Fault::Error("non-integer argument".to_owned()));
        Ok((number(left)?, number(right)?))
    }

    fn sum(&mut self) -> Result<String, Fault> {
        let mut left = self.product()?;
        while let Some(sign) = self.next_if(&["+", "-"]) {
            let right = self.product()?;
            let (one, other) = Self::numbers(&left, &right)?;
            let value = if sign == "+" { one.checked_add(other) } else { one.checked_sub(other) };
            left = self.whole(value)?;
        }
        Ok(left)
    }

    fn whole(&self, value: Option<i64>) -> Result<String, Fault> {
        let value = value.ok_or_else(|| Fault::Stop(unsupported(self.call, "a number beyond 64 bits")))?;
        Ok(value.to_string())
    }

    fn product(&mut self) -> Result<String, Fault> {
        let mut left = self.matching()?;
        while let Some(sign) = self.next_if(&["*", "/", "%"]) {
            let right = self.matching()?;
            let (one, other) = Self::numbers(&left, &right)?;
            if sign != "*" && other == 0 {
                return Err(Fault::Error("division by zero".to_owned()));
            }
            let value = match sign.as_str() {
                "*" => one.checked_mul(other),
                "/" => one.checked_div(other),
                _ => one.checked_rem(other),
            };
            left = self.whole(value)?;
        }
        Ok(left)
    }

    fn matching(&mut self) -> Result<String, Fault> {
        let mut left = self.primary()?;
        while self.next_if(&[":"]).is_some() {
            let pattern = self.primary()?;
            left = self.matched(&left, &pattern)?;
        }
        Ok(left)
    }

    /// The first group of a match at the start, or how long the match is.
    fn matched(&self, text: &str, pattern: &str) -> Result<String, Fault> {
        let compiled = Pattern::new(pattern, Dialect::Basic, Flags::default());
        let compiled = compiled
            .map_err(|bad| Fault::Stop(unsupported(self.call, &format!("the pattern ({})", bad.0))))?;
        let groups = compiled
            .find_at(text.as_bytes(), 0)
            .filter(|groups| groups[0].is_some_and(|(start, _)| start == 0));
        Ok(match groups {
            None if compiled.groups > 0 => String::new(),
            None => "0".to_owned(),
            Some(groups) if compiled.groups > 0 => {
                let span = groups[1].map_or(0..0, |(start, stop)| start..stop);
                text.get(span).unwrap_or_default().to_owned()
            }
            Some(groups) => groups[0].map_or(0, |(_, stop)| stop).to_string(),
        })
    }

    fn primary(&mut self) -> Result<String, Fault> {
        let Some(word) = self.words.get(self.at).cloned() else {
            let last = self.words.last().cloned().unwrap_or_default();
            return Err(Fault::Error(format!("syntax error: missing argument after '{last}'")));
        };
        self.at += 1;
        let more = self.at < self.words.len();
        Ok(match word.as_str() {
            "(" => {
                let value = self.or()?;
                if self.next_if(&[")"]).is_none() {
                    let last = self.words.get(self.at.wrapping_sub(1)).cloned().unwrap_or_default();
                    return Err(Fault::Error(format!("syntax error: expecting ')' after '{last}'")));
                }
                value
            }
            "length" if more => self.primary()?.len().to_string(),
            "match" if more => {
                let text = self.primary()?;
                let pattern = self.primary()?;
                self.matched(&text, &pattern)?
            }
            "index" if more => {
                let text = self.primary()?;
                let set = self.primary()?;
                text.bytes()
                    .position(|byte| set.as_bytes().contains(&byte))
                    .map_or(0, |at| at + 1)
                    .to_string()
            }
            "substr" if more => {
                let text = self.primary()?;
                let (start, len) = (self.primary()?, self.primary()?);
                let (start, len) = (start.parse::<usize>().unwrap_or(0), len.parse::<usize>().unwrap_or(0));
                if start == 0 { String::new() } else { text.chars().skip(start - 1).take(len).collect() }
            }
            "+" if more => {
                self.at += 1;
                self.words[self.at - 1].clone()
            }
            _ => word,
        })
    }
}
