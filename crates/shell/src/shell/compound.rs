//! Lists, pipelines and compound commands; `set -e`.

use std::rc::Rc;
use std::sync::Arc;

use super::stream::Stream;
use super::{Flow, Outcome, Shell};
use crate::pattern::Pattern;
use crate::syntax::{AndOr, Command, Connector, Kind, List, Pipeline, Word};
use crate::{Status, Stop};

impl Shell<'_> {
    /// Runs commands. In those that are `tested`, a failure is an answer, so `set -e` does not hold.
    pub(crate) fn list(&mut self, list: &List, tested: bool) -> Outcome {
        let mut status = 0;
        for item in &list.0 {
            status = if item.background {
                self.subshell(|shell| shell.and_or(item, true))?;
                self.state.background = true;
                0
            } else {
                self.and_or(item, tested)?
            };
            self.state.status = status;
        }
        Ok(status)
    }

    fn and_or(&mut self, item: &AndOr, tested: bool) -> Outcome {
        let last = item.rest.len();
        let mut status = self.pipeline(&item.first, tested || last > 0)?;
        for (index, (connector, pipeline)) in item.rest.iter().enumerate() {
            if (status == 0) == (*connector == Connector::And) {
                status = self.pipeline(pipeline, tested || index + 1 < last)?;
            }
        }
        Ok(status)
    }

    fn pipeline(&mut self, pipeline: &Pipeline, tested: bool) -> Outcome {
        let tested = tested || pipeline.negated;
        let mut status = match pipeline.commands.as_slice() {
            [command] => self.command(command, tested)?,
            commands => {
                let status = self.pipe(commands, tested)?;
                self.state.status = status;
                self.check(status, tested)?
            }
        };
        if pipeline.negated {
            status = Status::from(status == 0);
            self.state.status = status;
        }
        Ok(status)
    }

    /// Runs each command on all that the one before it printed.
    fn pipe(&mut self, commands: &[Command], tested: bool) -> Outcome {
        let mut input: Option<Vec<u8>> = None;
        let (mut status, mut failed) = (0, 0);
        for (index, command) in commands.iter().enumerate() {
            let given = input.take();
            let body = |shell: &mut Self| {
                if let Some(bytes) = given {
                    shell.state.descriptors.set(0, Some(Stream::input(bytes)));
                }
                shell.command(command, tested)
            };
            if index + 1 < commands.len() {
                let (own, bytes) = self.captured(body)?;
                (status, input) = (own, Some(bytes));
            } else {
                status = self.subshell(body)?;
            }
            failed = if status == 0 { failed } else { status };
        }
        Ok(if self.state.options.pipefail { failed } else { status })
    }

    /// Ends the shell after a failure under `set -e`.
    pub(crate) fn check(&mut self, status: Status, tested: bool) -> Outcome {
        if status != 0 && self.state.options.errexit && !tested {
            return Err(Flow::Exit(status));
        }
        Ok(status)
    }

    pub(crate) fn command(&mut self, command: &Command, tested: bool) -> Outcome {
        self.line = command.line;
        let status = match &command.kind {
            Kind::Simple { assignments, words } => {
                let status =
                    self.deeper(|shell| shell.simple(assignments, words, &command.redirections, tested))?;
                self.state.status = status;
                return self.check(status, tested);
            }
            kind if command.redirections.is_empty() => self.compound(kind, tested)?,
            kind => {
                let saved = self.state.descriptors.clone();
                let outcome = match self.redirect(&command.redirections) {
                    Ok(true) => self.compound(kind, tested),
                    Ok(false) => self.check(2, tested),
                    Err(flow) => Err(flow),
                };
                self.state.descriptors = saved;
                let status = outcome?;
                self.state.status = status;
                status
            }
        };
        self.state.status = status;
        match command.kind {
            Kind::Subshell(_) => self.check(status, tested),
            _ => Ok(status),
        }
    }

    fn compound(&mut self, kind: &Kind, tested: bool) -> Outcome {
        self.deeper(|shell| match kind {
            Kind::Simple { .. } => Ok(0),
            Kind::Group(body) => shell.list(body, tested),
            Kind::Subshell(body) => shell.subshell(|shell| shell.list(body, tested)),
            Kind::If { branches, otherwise } => {
                for (condition, body) in branches {
                    if shell.list(condition, true)? == 0 {
                        return shell.list(body, tested);
                    }
                }
                otherwise.as_ref().map_or(Ok(0), |body| shell.list(body, tested))
            }
            Kind::Loop { until, condition, body } => shell.repeat(*until, condition, body, tested),
            Kind::For { name, words, body } => shell.for_each(name, words.as_deref(), body, tested),
            Kind::Case { word, arms } => shell.case(word, arms, tested),
            Kind::Function { name, body } => {
                Rc::make_mut(&mut shell.state.functions).insert(name.clone(), Arc::clone(body));
                Ok(0)
            }
        })
    }

    fn repeat(&mut self, until: bool, condition: &List, body: &List, tested: bool) -> Outcome {
        let mut status = 0;
        loop {
            // An empty condition runs no command that would be counted.
            self.step()?;
            let round = self.round(|shell| {
                if (shell.list(condition, true)? == 0) == until {
                    return Ok(None);
                }
                shell.list(body, tested).map(Some)
            })?;
            match round {
                Round::Status(Some(own)) => status = own,
                Round::Next => status = 0,
                Round::Status(None) => return Ok(status),
                Round::End => return Ok(0),
            }
        }
    }

    fn for_each(&mut self, name: &str, words: Option<&[Word]>, body: &List, tested: bool) -> Outcome {
        let values = match words {
            Some(words) => self.fields(words)?,
            None => self.state.arguments.to_vec(),
        };
        let mut status = 0;
        for value in values {
            self.step()?;
            self.set(name, value)?;
            match self.round(|shell| shell.list(body, tested).map(Some))? {
                Round::Status(own) => status = own.unwrap_or_default(),
                Round::Next => status = 0,
                Round::End => return Ok(0),
            }
        }
        Ok(status)
    }

    /// One round of a loop, which `break` and `continue` leave.
    fn round(&mut self, body: impl FnOnce(&mut Self) -> Result<Option<Status>, Flow>) -> Result<Round, Flow> {
        self.state.loops += 1;
        let result = body(self);
        self.state.loops -= 1;
        match result {
            Ok(status) => Ok(Round::Status(status)),
            Err(Flow::Break(count)) if count > 1 => Err(Flow::Break(count - 1)),
            Err(Flow::Continue(count)) if count > 1 => Err(Flow::Continue(count - 1)),
            Err(Flow::Break(_)) => Ok(Round::End),
            Err(Flow::Continue(_)) => Ok(Round::Next),
            Err(flow) => Err(flow),
        }
    }

    fn case(&mut self, word: &Word, arms: &[(Vec<Word>, List)], tested: bool) -> Outcome {
        let value = self.single(word)?;
        for (patterns, body) in arms {
            for pattern in patterns {
                // Some scripts have thousands of arms, most of them plain text.
                let matches = match pattern.fixed() {
                    Some(text) => text == value,
                    None => Pattern::new(&self.pattern(pattern)?).matches(value.as_bytes()),
                };
                if matches {
                    return self.list(body, tested);
                }
            }
        }
        Ok(0)
    }

    /// A thing of the shell that is not reproduced.
    pub(crate) fn unsupported(&self, command: &str, what: impl Into<String>) -> Flow {
        Stop::Unsupported { command: command.to_owned(), what: what.into() }.into()
    }
}

/// How one round of a loop ended.
enum Round {
    /// With a status; none if the condition says that it was no round.
    Status(Option<Status>),
    Next,
    End,
}
