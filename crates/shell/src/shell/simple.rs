//! Simple commands: assignments, builtins, functions, programs.

use std::rc::Rc;

use super::{Flow, Found, Outcome, Shell};
use crate::builtin::{self, Builtin};
use crate::syntax::{Redirection, Word};

impl Shell<'_> {
    pub(super) fn simple(
        &mut self,
        assignments: &[(String, Word)],
        words: &[Word],
        redirections: &[Redirection],
        tested: bool,
    ) -> Outcome {
        self.step()?;
        self.substituted = None;
        let fields = self.command_fields(words)?;
        let Some(name) = fields.first() else { return self.bare(assignments, redirections) };
        let found = self.find(name, true);
        let saved = self.state.descriptors.clone();
        let special = matches!(&found, Found::Builtin(builtin) if builtin.special);
        if !redirections.is_empty() && !self.redirect(redirections)? {
            self.state.descriptors = saved;
            return if special { Err(Flow::Exit(2)) } else { Ok(2) };
        }
        let keep = name == "exec" && fields.len() == 1;
        let outcome = self.prepared(&found, assignments, &fields, tested);
        if !keep {
            self.state.descriptors = saved;
        }
        outcome
    }

    /// Assignments and redirections without a command.
    fn bare(&mut self, assignments: &[(String, Word)], redirections: &[Redirection]) -> Outcome {
        let saved = self.state.descriptors.clone();
        let opened = self.redirect(redirections);
        self.state.descriptors = saved;
        if !opened? {
            return Ok(2);
        }
        let mut trace = String::new();
        for (name, word) in assignments {
            let value = self.assigned(word)?;
            if self.state.options.xtrace {
                trace.push_str(&format!(" {name}={value}"));
            }
            self.set(name, value)?;
        }
        self.trace(trace.trim_start());
        Ok(self.substituted.unwrap_or(0))
    }

    fn trace(&mut self, text: &str) {
        if self.state.options.xtrace && !text.is_empty() {
            let prefix = self.get("PS4").unwrap_or_default();
            let line = format!("{prefix}{text}\n");
            self.write(2, line.as_bytes());
        }
    }

    /// Runs a command whose redirections are done.
    fn prepared(
        &mut self,
        found: &Found,
        assignments: &[(String, Word)],
        fields: &[String],
        tested: bool,
    ) -> Outcome {
        let mut values = Vec::with_capacity(assignments.len());
        for (name, word) in assignments {
            values.push((name, self.assigned(word)?));
        }
        if self.state.options.xtrace {
            let before: String = values.iter().map(|(name, value)| format!("{name}={value} ")).collect();
            self.trace(&(before + &fields.join(" ")));
        }
        let lasting = matches!(found, Found::Builtin(builtin) if builtin.special);
        let mut saved = Vec::new();
        for (name, value) in values {
            if !lasting {
                saved.push(self.save(name));
            }
            self.set(name, value)?;
            if !lasting {
                self.mark(name, true, false);
            }
        }
        let outcome = match found {
            Found::Builtin(builtin) => self.builtin(builtin, fields, tested),
            Found::Function(body) => self.deeper(|shell| shell.call(body, fields, tested)),
            Found::Program => self.program(fields, ""),
        };
        self.restore(saved);
        outcome
    }

    pub(crate) fn builtin(&mut self, builtin: &Builtin, fields: &[String], tested: bool) -> Outcome {
        let before = std::mem::replace(&mut self.tested, tested);
        if !builtin::PURE.contains(&builtin.name) {
            self.sync();
        }
        let outcome = (builtin.run)(self, fields);
        self.tested = before;
        outcome
    }

    /// Calls a function.
    fn call(&mut self, body: &crate::syntax::Command, fields: &[String], tested: bool) -> Outcome {
        let arguments = Rc::new(fields[1..].to_vec());
        let before = std::mem::replace(&mut self.state.arguments, arguments);
        let loops = std::mem::take(&mut self.state.loops);
        self.state.locals.push(Vec::new());
        let outcome = self.command(body, tested);
        if let Some(scope) = self.state.locals.pop() {
            self.restore(scope);
        }
        self.state.loops = loops;
        self.state.arguments = before;
        match outcome {
            Err(Flow::Return(status)) => Ok(status),
            Err(Flow::Break(_) | Flow::Continue(_)) => Ok(0),
            other => other,
        }
    }
}
