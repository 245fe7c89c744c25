//! Variables.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Flow, Shell};
use crate::{Stop, World};

/// What dash searches without PATH.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Longer values are not meant: a script doubles one in a loop.
const MAX_LENGTH: usize = 4 << 20;

#[derive(Clone, Debug, Default)]
pub(crate) struct Variable {
    /// Shared, as a subshell has a copy of the table.
    pub(crate) value: Option<Rc<str>>,
    pub(crate) exported: bool,
    pub(crate) readonly: bool,
}

pub(crate) type Table = BTreeMap<String, Variable>;

/// A variable as it was.
pub(crate) type Saved = (String, Option<Variable>);

/// The variables of a new shell.
pub(super) fn initial(world: &World) -> Table {
    let own = |value: &str| Variable { value: Some(Rc::from(value)), ..Variable::default() };
    let mut table = Table::from([
        ("IFS".to_owned(), own(" \t\n")),
        ("OPTIND".to_owned(), own("1")),
        ("PATH".to_owned(), own(PATH)),
        ("PPID".to_owned(), own("1")),
        ("PS1".to_owned(), own("# ")),
        ("PS2".to_owned(), own("> ")),
        ("PS4".to_owned(), own("+ ")),
        ("PWD".to_owned(), own(&world.cwd)),
    ]);
    for (name, value) in &world.environment {
        if name != "IFS" {
            let value = Some(Rc::from(value.as_str()));
            table.insert(name.clone(), Variable { value, exported: true, readonly: false });
        }
    }
    table
}

impl Shell<'_> {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.state.variables.get(name)?.value.as_deref()
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) -> Result<(), Flow> {
        let value = value.into();
        if value.len() > MAX_LENGTH {
            let what = format!("a value of {} bytes for `{name}`, of {MAX_LENGTH} at most,", value.len());
            return Err(Stop::Unsupported { command: "=".to_owned(), what }.into());
        }
        self.writable(name)?;
        let allexport = self.state.options.allexport;
        let variable = Rc::make_mut(&mut self.state.variables).entry(name.to_owned()).or_default();
        variable.value = Some(Rc::from(value));
        variable.exported |= allexport;
        self.stale |= variable.exported;
        if name == "OPTIND" {
            self.state.option_at = 0;
        }
        Ok(())
    }

    fn writable(&mut self, name: &str) -> Result<(), Flow> {
        if self.state.variables.get(name).is_some_and(|variable| variable.readonly) {
            return Err(self.fatal(&format!("{name}: is read only")));
        }
        Ok(())
    }

    pub(crate) fn unset(&mut self, name: &str) -> Result<(), Flow> {
        if self.state.variables.get(name).is_some_and(|variable| variable.readonly) {
            return Err(self.fatal(&format!("unset: {name}: is read only")));
        }
        if self.state.variables.contains_key(name) {
            Rc::make_mut(&mut self.state.variables).remove(name);
            self.stale = true;
        }
        Ok(())
    }

    /// Marks a variable, set or not.
    pub(crate) fn mark(&mut self, name: &str, exported: bool, readonly: bool) {
        let variable = Rc::make_mut(&mut self.state.variables).entry(name.to_owned()).or_default();
        variable.exported |= exported;
        variable.readonly |= readonly;
        self.stale |= exported;
    }

    pub(crate) fn save(&self, name: &str) -> Saved {
        (name.to_owned(), self.state.variables.get(name).cloned())
    }

    /// Puts variables back, the last saved first.
    pub(crate) fn restore(&mut self, saved: Vec<Saved>) {
        if saved.is_empty() {
            return;
        }
        let table = Rc::make_mut(&mut self.state.variables);
        for (name, variable) in saved.into_iter().rev() {
            match variable {
                Some(variable) => table.insert(name, variable),
                None => table.remove(&name),
            };
        }
        self.stale = true;
    }

    /// Makes a variable local to the running function.
    pub(crate) fn localize(&mut self, name: &str) {
        let saved = self.save(name);
        if let Some(scope) = self.state.locals.last_mut() {
            scope.push(saved);
        }
    }

    /// Tells the world which variables are exported.
    pub(crate) fn export(&mut self) {
        if !self.stale {
            return;
        }
        let exported = self.state.variables.iter().filter(|(_, variable)| variable.exported);
        self.world.environment =
            exported.filter_map(|(name, v)| Some((name.clone(), v.value.as_deref()?.to_owned()))).collect();
        self.stale = false;
    }
}
