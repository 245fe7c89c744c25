//! Parameters: `$name` and `${...}`.

use super::expand::Mode;
use super::fields::Fields;
use super::{Flow, Shell};
use crate::Stop;
use crate::parse::name_length;
use crate::pattern::Pattern;
use crate::syntax::{Operation, Word};

/// What `$$` is: a script has no process here.
const PROCESS: &str = "100";

impl Shell<'_> {
    pub(super) fn parameter(
        &mut self,
        name: &str,
        operation: &Operation,
        quoted: bool,
        mode: Mode,
        fields: &mut Fields,
    ) -> Result<(), Flow> {
        if matches!(operation, Operation::Bad) {
            if self.state.options.bash {
                return Err(self.unsupported("${", format!("an operation on `{name}`")));
            }
            return Err(self.fatal("Bad substitution"));
        }
        if matches!(name, "@" | "*") {
            return self.all(name == "@", operation, quoted, mode, fields);
        }
        let value = self.value(name);
        match operation {
            Operation::None | Operation::Length | Operation::Trim { .. } | Operation::Bad => {
                let Some(value) = value else {
                    if self.state.options.nounset {
                        return Err(self.fatal(&format!("{name}: parameter not set")));
                    }
                    let text = if matches!(operation, Operation::Length) { "0" } else { "" };
                    self.result(text, quoted, mode, fields);
                    return Ok(());
                };
                let text = self.operated(value, operation)?;
                self.result(&text, quoted, mode, fields);
                Ok(())
            }
            Operation::Default { or_empty, word } => match value.filter(|v| !(*or_empty && v.is_empty())) {
                Some(value) => {
                    self.result(&value, quoted, mode, fields);
                    Ok(())
                }
                None => self.inner(word, quoted, mode, fields),
            },
            Operation::Alternative { or_empty, word } => {
                match value.filter(|v| !(*or_empty && v.is_empty())) {
                    Some(_) => self.inner(word, quoted, mode, fields),
                    None => {
                        self.result("", quoted, mode, fields);
                        Ok(())
                    }
                }
            }
            Operation::Assign { or_empty, word } => {
                let value = match value.filter(|v| !(*or_empty && v.is_empty())) {
                    Some(value) => value,
                    None => {
                        if name_length(name.as_bytes()) != name.len() {
                            return Err(self.fatal(&format!("{name}: bad variable name")));
                        }
                        let value = self.single(word)?;
                        self.set(name, value.clone())?;
                        value
                    }
                };
                self.result(&value, quoted, mode, fields);
                Ok(())
            }
            Operation::Error { or_empty, word } => match value.filter(|v| !(*or_empty && v.is_empty())) {
                Some(value) => {
                    self.result(&value, quoted, mode, fields);
                    Ok(())
                }
                None => {
                    let message = self.single(word)?;
                    let text = match (message.is_empty(), or_empty) {
                        (false, _) => message,
                        (true, true) => "parameter not set or null".to_owned(),
                        (true, false) => "parameter not set".to_owned(),
                    };
                    Err(self.fatal(&format!("{name}: {text}")))
                }
            },
        }
    }

    /// The word of `${name-word}`.
    fn inner(&mut self, word: &Word, quoted: bool, mode: Mode, fields: &mut Fields) -> Result<(), Flow> {
        if word.0.is_empty() {
            self.result("", quoted, mode, fields);
            return Ok(());
        }
        self.word(word, Mode { inner: !quoted, ..mode }, fields)
    }

    fn operated(&mut self, value: String, operation: &Operation) -> Result<String, Flow> {
        match operation {
            Operation::Length => Ok(value.len().to_string()),
            Operation::Trim { suffix, longest, pattern } => {
                let pattern = Pattern::new(&self.pattern(pattern)?);
                let bytes = value.as_bytes();
                let rest = if *suffix {
                    pattern.suffix(bytes, *longest).map(|length| value.get(..bytes.len() - length))
                } else {
                    pattern.prefix(bytes, *longest).map(|length| value.get(length..))
                };
                match rest {
                    None => Ok(value),
                    Some(Some(rest)) => Ok(rest.to_owned()),
                    // dash cuts a character in two.
                    Some(None) => Err(Stop::NotText { what: "what is left of a value".to_owned() }.into()),
                }
            }
            _ => Ok(value),
        }
    }

    /// `$@` and `$*`.
    fn all(
        &mut self,
        each: bool,
        operation: &Operation,
        quoted: bool,
        mode: Mode,
        fields: &mut Fields,
    ) -> Result<(), Flow> {
        let arguments = std::rc::Rc::clone(&self.state.arguments);
        // dash takes `$@` as set where there are arguments, and as empty where all of them are.
        let set = !arguments.is_empty();
        let full = arguments.iter().any(|argument| !argument.is_empty()) || arguments.len() > 1;
        match operation {
            Operation::None | Operation::Bad => {}
            Operation::Length => {
                // bash counts the arguments, dash the bytes of `$*`.
                let count = if self.state.options.bash { arguments.len() } else { arguments.join(" ").len() };
                self.result(&count.to_string(), quoted, mode, fields);
                return Ok(());
            }
            Operation::Default { or_empty, word } if !(set && (full || !or_empty)) => {
                return self.inner(word, quoted, mode, fields);
            }
            Operation::Default { .. } => {}
            Operation::Alternative { or_empty, word } => {
                if set && (full || !or_empty) {
                    return self.inner(word, quoted, mode, fields);
                }
                return Ok(());
            }
            Operation::Assign { .. } | Operation::Error { .. } | Operation::Trim { .. } => {
                return Err(self.unsupported("${@...}", "this operation"));
            }
        }
        if mode.split && each && quoted {
            for (index, argument) in arguments.iter().enumerate() {
                if index > 0 {
                    fields.next();
                }
                fields.push(argument, true);
            }
            return Ok(());
        }
        if mode.split && !quoted {
            for (index, argument) in arguments.iter().enumerate() {
                if index > 0 {
                    fields.cut();
                }
                fields.split(argument, self.separators());
            }
            return Ok(());
        }
        let separator = match self.get("IFS") {
            _ if each => " ".to_owned(),
            None => " ".to_owned(),
            Some(text) => text.chars().take(1).collect(),
        };
        fields.push(&arguments.join(&separator), quoted);
        Ok(())
    }

    /// A parameter's value, if it is set; not `$@` and `$*`.
    fn value(&self, name: &str) -> Option<String> {
        let options = &self.state.options;
        match name {
            "#" => Some(self.state.arguments.len().to_string()),
            "?" => Some(self.state.status.to_string()),
            "$" => Some(PROCESS.to_owned()),
            "!" => self.state.background.then(|| PROCESS.to_owned() + "1"),
            "0" => Some(self.name.clone()),
            "-" => {
                // In dash's order.
                let letters = [
                    (options.nounset, 'u'),
                    (options.allexport, 'a'),
                    (options.noclobber, 'C'),
                    (options.verbose, 'v'),
                    (options.xtrace, 'x'),
                    (options.noglob, 'f'),
                    (options.errexit, 'e'),
                ];
                Some(letters.into_iter().filter(|(on, _)| *on).map(|(_, letter)| letter).collect())
            }
            "LINENO" if options.bash => Some(self.line.to_string()),
            _ if name.starts_with(|c: char| c.is_ascii_digit()) => {
                let index: usize = name.parse().ok()?;
                self.state.arguments.get(index.checked_sub(1)?).cloned()
            }
            _ => self.get(name).map(str::to_owned),
        }
    }
}
