//! A diagnosis as text for people.

use std::fmt;

use super::{Diagnosis, Evidence, Failure};

/// How far the boot got, what failed and what to try: a line each, without a final line end.
impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.boots > 1 {
            writeln!(f, "the log shows {} boots; this is the last one that came to an end", self.boots)?;
        }
        write!(f, "reached: {}{}", self.reached, Shown(self.evidence.as_ref()))?;
        let Some(Failure { link, evidence, meaning, advice, hints }) = &self.failure else { return Ok(()) };
        write!(f, "\nfailed: {link}{}", Shown(evidence.as_ref()))?;
        write!(f, "\n  {meaning}\n  help: {advice}")?;
        hints.iter().try_for_each(|hint| write!(f, "\n  {hint}"))
    }
}

/// The line that something follows from, if there is one.
struct Shown<'a>(Option<&'a Evidence>);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(Evidence { line, text }) => write!(f, " (line {line}: `{text}`)"),
            None => Ok(()),
        }
    }
}
