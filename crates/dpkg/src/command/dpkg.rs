//! `dpkg` itself, as scripts use it, `dpkg-trigger` and `dpkg-realpath`.

use std::cmp::Ordering;

use bringup_debian::compare_versions;
use bringup_shell::{Call, Status, Stop};

use super::{fail, query, say, unsupported};
use crate::machine::Machine;

/// `dpkg`.
pub(crate) fn dpkg(machine: &mut Machine<'_>, call: &mut Call<'_>) -> Result<Status, Stop> {
    let words: Vec<&str> = call.arguments.iter().map(String::as_str).filter(|word| *word != "--").collect();
    match words[..] {
        ["--compare-versions", left, operator, right] => compare(call, left, operator, right),
        // An empty version that is not quoted is not there at all.
        ["--compare-versions", ..] => {
            fail(call, "--compare-versions takes three arguments: <version> <relation> <version>")
        }
        ["--print-architecture"] => {
            let text = call.world.architecture.clone();
            say(call, &text);
            Ok(0)
        }
        ["--print-foreign-architectures"] => Ok(0),
        ["-s" | "--status", ref names @ ..] => query::status(machine, call, names),
        ["-L" | "--listfiles", ref names @ ..] => query::list_files(machine, call, names),
        ["-S" | "--search", ref patterns @ ..] => query::search(machine, call, patterns),
        [word, ..] if word.starts_with("--assert-") => Ok(0),
        _ => unsupported(call, format!("`{}`", words.join(" "))),
    }
}

fn compare(call: &mut Call<'_>, left: &str, operator: &str, right: &str) -> Result<Status, Stop> {
    // An empty version is before every other, and behind it where the operator says so.
    let empty_is = |ordering: Ordering| match operator.ends_with("-nl") {
        true => ordering.reverse(),
        false => ordering,
    };
    let order = match (left.is_empty(), right.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => empty_is(Ordering::Less),
        (false, true) => empty_is(Ordering::Greater),
        (false, false) => compare_versions(left, right),
    };
    let holds = match operator.trim_end_matches("-nl") {
        "lt" | "<<" => order.is_lt(),
        "le" | "<=" | "<" => order.is_le(),
        "eq" | "=" => order.is_eq(),
        "ne" => order.is_ne(),
        "ge" | ">=" | ">" => order.is_ge(),
        "gt" | ">>" => order.is_gt(),
        _ => return fail(call, "--compare-versions bad relation"),
    };
    Ok(u8::from(!holds))
}

/// `dpkg-trigger`.
pub(crate) fn trigger(machine: &mut Machine<'_>, call: &mut Call<'_>) -> Result<Status, Stop> {
    let mut name = None;
    let mut words = call.arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--no-await" | "--await" => {}
            "--check-supported" => return Ok(0),
            "--by-package" => drop(words.next()),
            word if word.starts_with("--by-package=") => {}
            word if word.starts_with('-') => return unsupported(call, format!("`{word}`")),
            word => name = Some(word.to_owned()),
        }
    }
    let Some(name) = name else { return fail(call, "takes one argument, the trigger name") };
    machine.activate(&name);
    Ok(0)
}

/// `dpkg-realpath`: a path with every link followed, inside the root.
pub(crate) fn realpath(_: &mut Machine<'_>, call: &mut Call<'_>) -> Result<Status, Stop> {
    let path = match call.arguments {
        [path] => path,
        [option, root, path] if option == "--root" && ["", "/"].contains(&root.as_str()) => path,
        _ => return unsupported(call, format!("`{}`", call.arguments.join(" "))),
    };
    match call.world.followed(path) {
        Ok(found) => {
            say(call, &format!("/{}", String::from_utf8_lossy(&found)));
            Ok(0)
        }
        Err(failure) => fail(call, &format!("cannot canonicalize pathname {path}: {}", failure.text())),
    }
}

/// `perl`: scripts ask whether it works at all.
pub(crate) fn perl(_: &mut Machine<'_>, call: &mut Call<'_>) -> Result<Status, Stop> {
    match call.arguments {
        [option, program] if option == "-e" && program.is_empty() => Ok(0),
        _ => Err(Stop::Unknown { command: call.name.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Made, call, machine, world};

    #[test]
    fn versions_compare_as_for_dpkg() {
        let mut machine = machine(&[]);
        let mut world = world(&[]);
        for (line, status) in [
            ("1.0 lt 1.1", 0),
            ("1.1 lt 1.1", 1),
            ("1.1 le-nl 1.1", 0),
            ("1.0~rc1 ge 1.0", 1),
            ("'' lt 1", 0),
            ("'' lt-nl 1", 1),
            ("1 gt-nl ''", 1),
            ("1 gt ''", 0),
            ("'' eq ''", 0),
            ("2 >> 1", 0),
            ("2 < 2", 0),
            ("2 is 2", 2),
            ("1 lt", 2),
        ] {
            let line = format!("dpkg --compare-versions {line}");
            assert_eq!(call(&mut machine, &mut world, &line).0, status, "{line}");
        }
    }

    #[test]
    fn queries_see_unpacked_packages() {
        let made = [Made::new("a", &[("Multi-Arch", "same")]), Made::new("ab", &[])];
        let packages = [made[0].package(), made[1].package()];
        let mut machine = machine(&packages);
        machine.configured.insert(1);
        let mut world = world(&[]);
        for (line, status, output) in [
            ("dpkg --print-architecture", 0, "arm64\n"),
            ("dpkg-query -W a*", 0, "a:arm64\t1\nab\t1\n"),
            ("dpkg-query -f ${Status}\\n -W ab", 0, "install ok installed\n"),
            ("dpkg-query -W -f=${db:Status-Status} a:arm64", 0, "unpacked"),
            ("dpkg-query --show --showformat=${Version} x", 1, ""),
            ("dpkg -L x", 1, ""),
            ("dpkg -S nothing", 1, ""),
        ] {
            let (found, text, _) = call(&mut machine, &mut world, line);
            assert_eq!((found, text.as_str()), (status, output), "{line}");
        }
    }
}
