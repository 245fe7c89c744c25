//! Which modules go into the core image, by the package's own list of dependencies.

use std::collections::{BTreeMap, BTreeSet};

use crate::Error;

/// The modules `wanted` and all that they depend on, each behind what it depends on.
///
/// `moddep` is the text of `moddep.lst`: a line `name: dependency dependency`, in which every module
/// has a line. A module's last dependency comes first, as with `grub-mkimage` (util/resolve.c),
/// so that the two can be compared byte by byte.
///
/// # Errors
/// A line has no colon, or a module has no line.
pub fn closure(moddep: &str, wanted: &[&str]) -> Result<Vec<String>, Error> {
    let dependencies = parse(moddep)?;
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    // Modules on the way: a name is pushed to be looked into, then once more, below its
    // dependencies, to be put out. A stack of our own, as a file's nesting has no bound.
    let mut stack: Vec<Step<'_>> =
        wanted.iter().rev().map(|name| Step::Enter { name, needed_by: None }).collect();
    while let Some(step) = stack.pop() {
        match step {
            Step::Leave(name) => order.push(name.to_owned()),
            Step::Enter { name, needed_by } => {
                let Some(needs) = dependencies.get(name) else {
                    let needed_by = needed_by.map(str::to_owned);
                    return Err(Error::UnknownModule { name: name.to_owned(), needed_by });
                };
                if seen.insert(name) {
                    stack.push(Step::Leave(name));
                    stack.extend(needs.iter().map(|need| Step::Enter { name: need, needed_by: Some(name) }));
                }
            }
        }
    }
    Ok(order)
}

enum Step<'a> {
    Enter { name: &'a str, needed_by: Option<&'a str> },
    Leave(&'a str),
}

fn parse(moddep: &str) -> Result<BTreeMap<&str, Vec<&str>>, Error> {
    let mut dependencies = BTreeMap::new();
    for (line, text) in (1..).zip(moddep.lines()) {
        let (name, needs) = text.split_once(':').ok_or(Error::BadDependencies { line })?;
        dependencies.insert(name, needs.split_ascii_whitespace().collect());
    }
    Ok(dependencies)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODDEP: &str =
        "boot:\nmmap: boot\nrelocator: mmap\nvideo:\nlinux: boot mmap relocator video\nls:\n";

    #[test]
    fn what_is_needed_comes_first() {
        assert_eq!(closure(MODDEP, &["linux"]).unwrap(), ["video", "boot", "mmap", "relocator", "linux"]);
    }

    #[test]
    fn a_module_comes_once_at_its_first_place() {
        assert_eq!(closure(MODDEP, &["ls", "mmap", "ls", "boot"]).unwrap(), ["ls", "boot", "mmap"]);
    }

    #[test]
    fn a_module_that_is_not_there_is_named() {
        assert_eq!(
            closure(MODDEP, &["linus"]).unwrap_err().to_string(),
            "`moddep.lst` has no module `linus`"
        );
        assert_eq!(
            closure("a: b\n", &["a"]).unwrap_err().to_string(),
            "`moddep.lst` has no module `b`, which `a` needs"
        );
    }

    #[test]
    fn a_circle_ends() {
        assert_eq!(closure("a: b\nb: a\n", &["a"]).unwrap(), ["b", "a"]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let mut text: String = (0..50_000).map(|n| format!("m{n}: m{}\n", n + 1)).collect();
        text.push_str("m50000:\n");
        assert_eq!(closure(&text, &["m0"]).unwrap().len(), 50_001);
    }

    #[test]
    fn a_line_needs_a_colon() {
        assert_eq!(closure("a:\nb\n", &["a"]).unwrap_err(), Error::BadDependencies { line: 2 });
    }
}
