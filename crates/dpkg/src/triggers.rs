//! Triggers: who is interested in what, and what is pending.
//!
//! dpkg's `doc/triggers.txt`, deb-triggers(5). A package that is only unpacked is not interested yet:
//! its postinst will see to everything when it is configured.

use std::collections::{BTreeMap, BTreeSet};

use bringup_shell::World;

use crate::Package;
use crate::command::records;
use crate::error::Error;

/// One line of a package's `triggers`.
#[derive(Debug)]
enum Directive {
    Interest { trigger: String, await_: bool },
    Activate { trigger: String },
}

/// Interests, and activations that nobody has processed.
#[derive(Debug, Default)]
pub(crate) struct Triggers {
    /// By explicit trigger: interested packages in the order in which they came.
    explicit: BTreeMap<String, Vec<Interest>>,
    /// Paths, in the order in which the interests came.
    paths: Vec<(String, Interest)>,
    /// What each package activates when its state changes.
    activates: BTreeMap<usize, Vec<String>>,
    /// Packages with pending triggers, in the order of their first; newest trigger first.
    pending: Vec<(usize, Vec<String>)>,
}

#[derive(Clone, Debug)]
struct Interest {
    package: usize,
    name: String,
    await_: bool,
}

impl Interest {
    /// As in dpkg's files.
    fn line(&self) -> String {
        format!("{}{}", self.name, if self.await_ { "" } else { "/noawait" })
    }
}

impl Triggers {
    /// A package has been unpacked: its interests count from now on.
    pub(crate) fn add(&mut self, at: usize, package: &Package<'_>) -> Result<(), Error> {
        for directive in directives(package)? {
            match directive {
                Directive::Interest { trigger, await_ } => {
                    let interest = Interest { package: at, name: package.info_name(), await_ };
                    if trigger.starts_with('/') {
                        self.paths.push((trigger, interest));
                    } else {
                        self.explicit.entry(trigger).or_default().push(interest);
                    }
                }
                Directive::Activate { trigger } => {
                    self.activates.entry(at).or_default().push(trigger);
                }
            }
        }
        Ok(())
    }

    /// What a package's own control file activates.
    pub(crate) fn activations(&self, at: usize) -> Vec<String> {
        self.activates.get(&at).cloned().unwrap_or_default()
    }

    /// Notes a trigger for every package that is interested and `configured`; false if nobody is.
    pub(crate) fn activate(&mut self, trigger: &str, configured: &BTreeSet<usize>) -> bool {
        let found: Vec<(String, usize)> = if trigger.starts_with('/') {
            let below = |path: &str| {
                trigger.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            let paths = self.paths.iter().filter(|(path, _)| below(path));
            paths.map(|(path, interest)| (path.clone(), interest.package)).collect()
        } else {
            let interests = self.explicit.get(trigger).map(Vec::as_slice).unwrap_or_default();
            interests.iter().map(|interest| (trigger.to_owned(), interest.package)).collect()
        };
        for (trigger, package) in found.iter().filter(|(_, package)| configured.contains(package)) {
            self.note(*package, trigger);
        }
        !found.is_empty()
    }

    fn note(&mut self, package: usize, trigger: &str) {
        match self.pending.iter_mut().find(|(one, _)| *one == package) {
            Some((_, triggers)) if triggers.iter().any(|one| one == trigger) => {}
            Some((_, triggers)) => triggers.insert(0, trigger.to_owned()),
            None => self.pending.push((package, vec![trigger.to_owned()])),
        }
    }

    /// The next package with pending triggers, which are pending no longer.
    pub(crate) fn next(&mut self) -> Option<(usize, Vec<String>)> {
        if self.pending.is_empty() { None } else { Some(self.pending.remove(0)) }
    }

    /// Forgets what is pending for a package: its postinst runs with `configure`.
    pub(crate) fn forget(&mut self, package: usize) {
        self.pending.retain(|(one, _)| *one != package);
    }

    /// Writes dpkg's files below `triggers`.
    pub(crate) fn write(&self, world: &mut World) -> Result<(), Error> {
        let folder = "/var/lib/dpkg/triggers";
        records::folder(world, folder)?;
        let file: String =
            self.paths.iter().map(|(path, interest)| format!("{path} {}\n", interest.line())).collect();
        records::write(world, &format!("{folder}/File"), file)?;
        records::write(world, &format!("{folder}/Unincorp"), "")?;
        records::write_mode(world, &format!("{folder}/Lock"), "", 0o600)?;
        for (trigger, interests) in &self.explicit {
            let lines: String = interests.iter().map(|interest| interest.line() + "\n").collect();
            records::write(world, &format!("{folder}/{trigger}"), lines)?;
        }
        Ok(())
    }
}

/// The lines of a package's `triggers`.
fn directives(package: &Package<'_>) -> Result<Vec<Directive>, Error> {
    let Some(text) = package.control_text("triggers") else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let Some((word, trigger)) = line.split_once(char::is_whitespace) else {
            if line.is_empty() {
                continue;
            }
            return Err(bad(package, line));
        };
        let trigger = trigger.trim().to_owned();
        all.push(match word {
            "interest" | "interest-await" => Directive::Interest { trigger, await_: true },
            "interest-noawait" => Directive::Interest { trigger, await_: false },
            "activate" | "activate-await" | "activate-noawait" => Directive::Activate { trigger },
            _ => return Err(bad(package, line)),
        });
    }
    Ok(all)
}

fn bad(package: &Package<'_>, line: &str) -> Error {
    Error::Control {
        package: package.name().to_owned(),
        file: "triggers".to_owned(),
        problem: format!("has a line that makes no sense: `{line}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Made, read, world};

    fn triggers(texts: &[&str]) -> Result<Triggers, Error> {
        let mut triggers = Triggers::default();
        for (at, text) in texts.iter().enumerate() {
            let made = Made::new(&format!("p{at}"), &[]).control("triggers", text);
            triggers.add(at, &made.package())?;
        }
        Ok(triggers)
    }

    #[test]
    fn the_newest_trigger_is_first_and_each_is_there_once() {
        let mut triggers = triggers(&["interest x\ninterest-noawait /usr/share/man # pages\n"]).unwrap();
        let all = BTreeSet::from([0]);
        for trigger in ["x", "/usr/share/man/man1", "/usr/share/manual", "x", "/usr/share/man"] {
            triggers.activate(trigger, &all);
        }
        assert_eq!(triggers.next(), Some((0, vec!["/usr/share/man".to_owned(), "x".to_owned()])));
        assert_eq!(triggers.next(), None);
    }

    #[test]
    fn an_unpacked_package_is_not_interested_yet() {
        let mut triggers = triggers(&["interest x\n"]).unwrap();
        assert!(triggers.activate("x", &BTreeSet::new()));
        assert_eq!(triggers.next(), None);
    }

    #[test]
    fn the_files_are_dpkgs() {
        let triggers = triggers(&["interest-noawait /a\ninterest x\n", "interest-noawait x\n"]).unwrap();
        let mut world = world(&[]);
        triggers.write(&mut world).unwrap();
        assert_eq!(read(&world, "/var/lib/dpkg/triggers/File"), "/a p0/noawait\n");
        assert_eq!(read(&world, "/var/lib/dpkg/triggers/x"), "p0\np1/noawait\n");
    }

    #[test]
    fn a_line_that_makes_no_sense_is_named() {
        let error = triggers(&["interested x\n"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "package `p0`: `triggers` has a line that makes no sense: `interested x`"
        );
    }
}
