//! One step of a boot chain.

use std::ops::Range;

use serde::Serialize;

/// What was found out about a [`Link`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", content = "reason", rename_all = "kebab-case")]
pub enum Verdict {
    /// It is as the machine needs it.
    Holds,
    /// The machine gets over it, but somebody should look: a spare copy is gone, say.
    Doubtful,
    /// The machine stops here.
    Broken,
    /// It is not there, and the chain does without.
    Absent,
    /// A link in front of it is broken.
    NotReached,
    /// It could not be judged, for this reason.
    NotChecked(String),
}

/// One step of a boot chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Its name, which stays the same across versions: `boot-rom`, `device-tree`.
    pub name: &'static str,
    /// What was found out.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// In one line, what was found, and if it is wrong also what was needed.
    pub what: String,
    /// The bytes of the disk that it rests on.
    pub bytes: Vec<Range<u64>>,
    /// The document or source tree that has the rule.
    pub source: String,
    /// What to change.
    pub help: Option<String>,
    /// The links behind it.
    pub next: Vec<Link>,
}

impl Link {
    pub(crate) fn new(name: &'static str, verdict: Verdict, what: impl Into<String>) -> Self {
        let what = what.into();
        Self { name, verdict, what, bytes: Vec::new(), source: String::new(), help: None, next: Vec::new() }
    }

    pub(crate) fn holds(name: &'static str, what: impl Into<String>) -> Self {
        Self::new(name, Verdict::Holds, what)
    }

    pub(crate) fn broken(name: &'static str, what: impl Into<String>) -> Self {
        Self::new(name, Verdict::Broken, what)
    }

    pub(crate) fn doubtful(name: &'static str, what: impl Into<String>) -> Self {
        Self::new(name, Verdict::Doubtful, what)
    }

    pub(crate) fn absent(name: &'static str, what: impl Into<String>) -> Self {
        Self::new(name, Verdict::Absent, what)
    }

    pub(crate) fn not_checked(name: &'static str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::new(name, Verdict::NotChecked(reason.clone()), reason)
    }

    pub(crate) fn at(mut self, bytes: Range<u64>) -> Self {
        if !bytes.is_empty() {
            self.bytes.push(bytes);
        }
        self
    }

    pub(crate) fn over(mut self, bytes: impl IntoIterator<Item = Range<u64>>) -> Self {
        self.bytes.extend(bytes);
        self
    }

    pub(crate) fn rule(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// This link and all behind it, in the order of the chain.
    pub fn walk(&self) -> Vec<&Link> {
        let mut all = vec![self];
        for next in &self.next {
            all.extend(next.walk());
        }
        all
    }
}
