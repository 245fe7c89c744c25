//! Presets: which units are to be enabled (systemd.preset(5)).

use bringup_shell::World;

use super::name::{self, Class};
use super::scope::Scope;
use crate::{fragments, glob, words};

/// What a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Enable,
    Disable,
    Ignore,
}

/// The rules of all files, in order; the first one that fits counts.
#[derive(Debug)]
pub(crate) struct Presets {
    rules: Vec<(Action, String, Vec<String>)>,
}

impl Presets {
    pub(crate) fn read(world: &World, scope: Scope) -> Self {
        let mut rules = Vec::new();
        for path in fragments::files(world, &fragments::folders(scope.presets()), ".preset") {
            let text =
                world.read(&path).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
            for (_, line) in fragments::lines(&text).filter(|(_, line)| !line.starts_with(';')) {
                rules.extend(rule(line));
            }
        }
        Self { rules }
    }

    /// What is to be done with a unit, and for a template the instances that are meant; without a rule
    /// a unit is enabled.
    pub(crate) fn query(&self, unit: &str) -> (Action, Vec<String>) {
        for (action, pattern, instances) in &self.rules {
            if !instances.is_empty() && name::template(unit).as_ref() == Some(pattern) {
                if name::class(unit) == Some(Class::Template) {
                    let names = instances.iter().filter_map(|instance| name::with_instance(unit, instance));
                    return (*action, names.collect());
                }
                if name::instance(unit).is_some_and(|own| instances.iter().any(|instance| instance == own)) {
                    return (*action, Vec::new());
                }
            }
            if glob::fits(pattern, unit) {
                return (*action, Vec::new());
            }
        }
        (Action::Enable, Vec::new())
    }
}

fn rule(line: &str) -> Option<(Action, String, Vec<String>)> {
    let (verb, rest) = line.split_once([' ', '\t'])?;
    let action = match verb {
        "enable" => Action::Enable,
        "disable" => Action::Disable,
        "ignore" => Action::Ignore,
        _ => return None,
    };
    let mut words = words::of_unit(rest)?;
    if action != Action::Enable {
        return Some((action, rest.trim_start().to_owned(), Vec::new()));
    }
    let instances = words.split_off(words.len().min(1));
    let pattern = words.pop()?;
    if !instances.is_empty() && name::class(&pattern) != Some(Class::Template) {
        return None;
    }
    Some((action, pattern, instances))
}
