//! debconf's shell library, as commands: what a script gets when it sources `confmodule`.
//!
//! debconf-devel(7); the answers' texts are those of `Debconf/ConfModule.pm`, for scripts see them in
//! `RET`.

use bringup_shell::{Call, Status, Stop};

use super::unsupported;
use crate::machine::Machine;

/// What `confmodule` defines, without `db_`.
const NAMES: [&str; 23] = [
    "beginblock",
    "capb",
    "clear",
    "data",
    "endblock",
    "fget",
    "fset",
    "get",
    "go",
    "info",
    "input",
    "metaget",
    "progress",
    "purge",
    "register",
    "reset",
    "set",
    "settitle",
    "stop",
    "subst",
    "text",
    "title",
    "unregister",
];

/// Whether this is one of them.
pub(crate) fn is_command(name: &str) -> bool {
    let rest = name.strip_prefix("db_");
    rest.is_some_and(|rest| NAMES.contains(&rest) || ["version", "x_loadtemplatefile"].contains(&rest))
}

/// debconf's own status codes.
const OK: Status = 0;
const BAD: Status = 10;
const SKIPPED: Status = 30;

/// The command: its answer is in `RET`, its code is the status.
pub(crate) fn command(machine: &mut Machine<'_>, call: &mut Call<'_>) -> Result<Status, Stop> {
    let name = call.name.strip_prefix("db_").unwrap_or_default();
    if machine.wanted {
        // The script begins anew once it is prepared.
        return unsupported(call, "an answer before the templates are loaded");
    }
    if call.arguments.iter().any(|word| word.contains('\n')) {
        return unsupported(call, "a line break in an argument");
    }
    // The library sends one line, which is split at blanks.
    let line = call.arguments.join(" ");
    let words: Vec<&str> = if machine.debconf.escapes() {
        call.arguments.iter().flat_map(|word| word.split(' ')).filter(|word| !word.is_empty()).collect()
    } else {
        line.split_whitespace().collect()
    };
    if machine.debconf.escapes() && words.iter().any(|word| word.contains('\\')) {
        return unsupported(call, "an escaped argument");
    }
    if name == "stop" {
        return Ok(OK);
    }
    let (status, text) = answer(machine, call, name, &words)?;
    let ret = match (&text, status) {
        (Some(text), 0..10) => text.clone(),
        (Some(text), _) => format!("{status} {text}"),
        (None, _) => status.to_string(),
    };
    machine.assignments.push(("RET".to_owned(), ret));
    Ok(status)
}

fn answer(
    machine: &mut Machine<'_>,
    call: &Call<'_>,
    name: &str,
    words: &[&str],
) -> Result<(Status, Option<String>), Stop> {
    let debconf = &mut machine.debconf;
    let missing = |question: &str| (BAD, Some(format!("{question} doesn't exist")));
    let said = |text: &str| (OK, Some(text.to_owned()));
    let known = |debconf: &crate::debconf::Debconf, question: &str| debconf.exists(question);
    Ok(match (name, words) {
        ("version", _) => said("2.1"),
        ("capb", words) => {
            debconf.set_capabilities(words);
            said("multiselect escape")
        }
        ("title" | "beginblock" | "endblock" | "clear" | "info", _) => (OK, None),
        ("progress", _) => said("OK"),
        ("input" | "text", [priority, question]) => {
            if !known(debconf, question) {
                return Ok((BAD, Some(format!("\"{question}\" doesn't exist"))));
            }
            debconf.input(priority, question);
            (SKIPPED, Some("question skipped".to_owned()))
        }
        ("go", _) => {
            debconf.go();
            said("ok")
        }
        ("purge", _) => {
            debconf.purge();
            (OK, None)
        }
        ("settitle", [question]) => match known(debconf, question) {
            true => (OK, None),
            false => (BAD, Some(format!("\"{question}\" doesn't exist"))),
        },
        ("get" | "set" | "reset" | "subst" | "unregister" | "metaget" | "fget" | "fset", [question, ..])
            if !known(debconf, question) =>
        {
            missing(question)
        }
        ("get", [question]) => (OK, Some(debconf.value(question).unwrap_or_default())),
        ("set", [question, value @ ..]) => {
            debconf.set(question, &value.join(" "));
            said("value set")
        }
        ("reset", [question]) => {
            debconf.reset(question);
            (OK, None)
        }
        ("subst", [question, variable, value @ ..]) => {
            debconf.substitute(question, variable, &value.join(" "));
            (OK, None)
        }
        ("register", [template, question]) => match debconf.register(template, question) {
            true => (OK, None),
            false => (BAD, Some(format!("No such template, \"{template}\""))),
        },
        ("unregister", [question]) => {
            debconf.unregister(question);
            (OK, None)
        }
        ("metaget", [question, field]) => match debconf.field(question, &field.to_lowercase()) {
            Some(value) => (OK, Some(value)),
            None => (BAD, Some(format!("{field} does not exist"))),
        },
        ("fget", [question, flag]) => (OK, Some(debconf.flag(question, flag).to_owned())),
        ("fset", [question, flag, value @ ..]) => {
            let value = value.join(" ");
            debconf.set_flag(question, flag, &value);
            (OK, Some(value))
        }
        ("x_loadtemplatefile", [file, owner @ ..]) => match call.world.read(file) {
            Ok(bytes) => {
                let owner =
                    owner.first().map_or_else(|| debconf.owner().to_owned(), |owner| (*owner).to_owned());
                if let Err(problem) = debconf.load(&String::from_utf8_lossy(&bytes), &owner) {
                    return unsupported(call, problem);
                }
                (OK, None)
            }
            Err(failure) => (BAD, Some(format!("failed to open {file}: {}", failure.text()))),
        },
        _ => return unsupported(call, format!("`{}`", words.join(" "))),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bringup_shell::Host;

    use crate::debconf::Debconf;
    use crate::testing::{call, machine, read, world};

    const TEMPLATES: &str = "Template: p/name\nType: string\nDefault: a\nDescription: Name?\n Of ${what}.\n .\n  list\n\n\
        Template: p/kind\nType: select\nChoices: x, y\\, z\nDescription-de.UTF-8: Art\nDescription: Kind\n\n\
        Template: p/secret\nType: password\nDescription: Secret\n\n";

    /// The files that real debconf 1.5 wrote for the same conversation.
    #[test]
    fn nobody_is_asked_and_defaults_are_taken() {
        let mut machine = machine(&[]);
        machine.debconf = Debconf::new(&BTreeMap::from([("p/name".to_owned(), "given".to_owned())]));
        machine.debconf.begin("p");
        machine.debconf.load(TEMPLATES, "p").unwrap();
        machine.sourced = true;
        let mut world = world(&[]);
        for (line, status, ret) in [
            ("db_version 2.0", 0, "2.1"),
            ("db_input high p/kind", 30, "30 question skipped"),
            ("db_input low p/none", 10, "10 \"p/none\" doesn't exist"),
            ("db_get p/kind", 0, ""),
            ("db_go", 0, "ok"),
            ("db_get p/kind", 0, "x"),
            ("db_get p/name", 0, "given"),
            ("db_fget p/name seen", 0, "true"),
            ("db_set p/kind  y,   z", 0, "value set"),
            ("db_get p/kind", 0, "y, z"),
            ("db_subst p/name what ever", 0, "0"),
            ("db_metaget p/name extended_description", 0, "Of ever.\n\n list"),
            ("db_reset p/name", 0, "0"),
            ("db_get p/name", 0, "a"),
            ("db_register p/name p/other", 0, "0"),
            ("db_fset p/other seen true", 0, "true"),
            ("db_get p/none", 10, "10 p/none doesn't exist"),
            ("db_input medium p/secret", 30, "30 question skipped"),
            ("db_go", 0, "ok"),
        ] {
            let (found, output, _) = call(&mut machine, &mut world, line);
            let assigned = machine.take_assignments();
            assert_eq!((found, output.as_str()), (status, ""), "{line}");
            assert_eq!(assigned, [("RET".to_owned(), ret.to_owned())], "{line}");
        }
        machine.debconf.end();
        machine.debconf.save(&mut world).unwrap();
        let folder = "/var/cache/debconf";
        assert_eq!(
            read(&world, &format!("{folder}/config.dat")),
            "Name: p/kind\nTemplate: p/kind\nValue: y, z\nOwners: p\nFlags: seen\n\n\
             Name: p/name\nTemplate: p/name\nValue: a\nOwners: p\nVariables:\n what = ever\n\n\
             Name: p/other\nTemplate: p/name\nOwners: p\nFlags: seen\n\n"
        );
        assert_eq!(
            read(&world, &format!("{folder}/passwords.dat")),
            "Name: p/secret\nTemplate: p/secret\nValue: \nOwners: p\n\n"
        );
        assert_eq!(
            read(&world, &format!("{folder}/templates.dat")),
            "Name: p/kind\nChoices: x, y\\, z\nDescription: Kind\nDescription-de.utf-8: Art\nType: select\nOwners: p/kind\n\n\
             Name: p/name\nDefault: a\nDescription: Name?\nExtended_description: Of ${what}.\\n\\n list\nType: string\nOwners: p/name, p/other\n\n\
             Name: p/secret\nDescription: Secret\nType: password\nOwners: p/secret\n\n"
        );
    }

    #[test]
    fn without_the_library_there_are_no_such_commands() {
        let machine = machine(&[]);
        assert!(!machine.has("db_get") && machine.has("dpkg"));
    }
}
