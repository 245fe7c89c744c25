//! Options and operands, as `getopt_long` takes them apart.

use bringup_shell::Stop;

/// An option: its letter (or a space), its long names (the first names it here), whether it takes a value.
pub(crate) type Spec = (char, &'static [&'static str], bool);

/// What was given.
#[derive(Debug, Default)]
pub(crate) struct Given {
    options: Vec<(&'static str, String)>,
    /// Everything that is no option.
    pub(crate) operands: Vec<String>,
}

impl Given {
    /// Takes `arguments` apart; options may stand behind operands.
    ///
    /// # Errors
    /// An option that is not in `specs`: it may exist, so the command's result is not known.
    pub(crate) fn parse(command: &str, arguments: &[String], specs: &[Spec]) -> Result<Self, Stop> {
        let unknown = |what: &str| unsupported(command, format!("option `{what}`"));
        let mut given = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            if argument == "--" {
                given.operands.extend(rest.cloned());
                break;
            }
            if let Some(long) = argument.strip_prefix("--") {
                let (name, value) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_owned())),
                    None => (long, None),
                };
                let spec =
                    specs.iter().find(|spec| spec.1.contains(&name)).ok_or_else(|| unknown(argument))?;
                let value = match (spec.2, value) {
                    (true, Some(value)) => value,
                    (true, None) => rest.next().ok_or_else(|| unknown(argument))?.clone(),
                    (false, None) => String::new(),
                    (false, Some(_)) => return Err(unknown(argument)),
                };
                given.options.push((spec.1[0], value));
            } else if argument.len() > 1 && argument.starts_with('-') {
                for (at, letter) in argument[1..].char_indices() {
                    let spec = specs.iter().find(|spec| spec.0 == letter).ok_or_else(|| unknown(argument))?;
                    if !spec.2 {
                        given.options.push((spec.1[0], String::new()));
                        continue;
                    }
                    let attached = &argument[1 + at + letter.len_utf8()..];
                    let value = if attached.is_empty() {
                        rest.next().ok_or_else(|| unknown(argument))?.clone()
                    } else {
                        attached.to_owned()
                    };
                    given.options.push((spec.1[0], value));
                    break;
                }
            } else {
                given.operands.push(argument.clone());
            }
        }
        Ok(given)
    }

    /// Whether the option was given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.options.iter().any(|option| option.0 == name)
    }

    /// The last value given.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values(name).last()
    }

    /// Every value given, in order.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.options.iter().filter(move |option| option.0 == name).map(|option| option.1.as_str())
    }
}

/// A use of a command that is not reproduced.
pub(crate) fn unsupported(command: &str, what: impl Into<String>) -> Stop {
    Stop::Unsupported { command: command.to_owned(), what: what.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECS: &[Spec] =
        &[('r', &["system"], false), ('g', &["gid"], true), (' ', &["home-dir", "home"], true)];

    fn parse(arguments: &[&str]) -> Result<Given, Stop> {
        let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
        Given::parse("useradd", &arguments, SPECS)
    }

    #[test]
    fn options_may_stand_behind_operands() {
        let given = parse(&["x", "-rg7", "--home=/a", "-g", "8", "--", "-r"]).unwrap();
        assert_eq!(given.operands, ["x", "-r"]);
        assert!(given.has("system"));
        assert_eq!(given.value("gid"), Some("8"));
        assert_eq!(given.value("home-dir"), Some("/a"));
    }

    #[test]
    fn an_unknown_option_stops() {
        for bad in ["-x", "--nope", "--system=1", "-g"] {
            let text = parse(&[bad]).unwrap_err().to_string();
            assert_eq!(text, format!("`useradd`: option `{bad}` is not reproduced"));
        }
    }
}
