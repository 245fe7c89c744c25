//! The text files, in depmod's order of modules.

use std::fmt::Write;

use super::order::Order;
use crate::{Error, Module, ModuleIndex};

impl ModuleIndex {
    /// `modules.dep`: a line for each module, `PATH: PATH ...`, with everything it depends on.
    ///
    /// Within a line, a module stands before what it depends on itself, as `modprobe` expects,
    /// which loads from the end of the line.
    ///
    /// # Errors
    /// A module depends on one that is not there.
    pub fn modules_dep(&self) -> Result<String, Error> {
        Ok(self.dependency_lines()?.into_iter().map(|line| line + "\n").collect())
    }

    /// The lines of [`modules_dep`](Self::modules_dep), one for each module, without their ends.
    pub(crate) fn dependency_lines(&self) -> Result<Vec<String>, Error> {
        let order = Order::of(self)?;
        let line = |(at, module): (usize, &Module)| {
            let mut line = format!("{}:", module.path);
            for dependency in order.dependencies(at) {
                line.push(' ');
                line += &self.modules[dependency].path;
            }
            line
        };
        Ok(self.modules.iter().enumerate().map(line).collect())
    }

    /// `modules.alias`: `alias PATTERN MODULE`.
    pub fn modules_alias(&self) -> String {
        let mut out = String::from("# Aliases extracted from modules themselves.\n");
        for module in &self.modules {
            for alias in &module.aliases {
                line(&mut out, &["alias", alias, &module.name]);
            }
        }
        out
    }

    /// `modules.softdep`: `softdep MODULE pre: ... post: ...`.
    pub fn modules_softdep(&self) -> String {
        let mut out = String::from("# Soft dependencies extracted from modules themselves.\n");
        for module in &self.modules {
            for softdep in &module.softdeps {
                line(&mut out, &["softdep", &module.name, softdep]);
            }
        }
        out
    }

    /// `modules.weakdep`: `weakdep MODULE ...`.
    pub fn modules_weakdep(&self) -> String {
        let mut out = String::from("# Weak dependencies extracted from modules themselves.\n");
        for module in &self.modules {
            for weakdep in &module.weakdeps {
                line(&mut out, &["weakdep", &module.name, weakdep]);
            }
        }
        out
    }

    /// `modules.symbols`: `alias symbol:NAME MODULE`, sorted by symbol within each module.
    pub fn modules_symbols(&self) -> String {
        let mut out = String::from("# Aliases for symbols, used by symbol_request().\n");
        for module in &self.modules {
            for symbol in &module.exports {
                line(&mut out, &["alias", &format!("symbol:{symbol}"), &module.name]);
            }
        }
        out
    }

    /// `modules.devname`: `MODULE NODE TYPE MAJOR:MINOR` of each device node whose opening loads
    /// a module. Without any it is empty.
    pub fn modules_devname(&self) -> String {
        let mut out = String::new();
        for module in &self.modules {
            let Some(node) = module.aliases.iter().find_map(|alias| alias.strip_prefix("devname:")) else {
                continue;
            };
            let Some((kind, major, minor)) = module.aliases.iter().find_map(|alias| device(alias)) else {
                continue;
            };
            if out.is_empty() {
                out += "# Device nodes to trigger on-demand module loading.\n";
            }
            writeln!(out, "{} {node} {kind}{major}:{minor}", module.name)
                .expect("writing to a string does not fail");
        }
        out
    }
}

fn line(out: &mut String, words: &[&str]) {
    *out += &words.join(" ");
    out.push('\n');
}

/// The device number of an alias `char-major-10-229` or `block-major-7-0`.
fn device(alias: &str) -> Option<(char, u32, u32)> {
    let (kind, numbers) = match (alias.strip_prefix("char-major-"), alias.strip_prefix("block-major-")) {
        (Some(numbers), _) => ('c', numbers),
        (_, Some(numbers)) => ('b', numbers),
        _ => return None,
    };
    let (major, minor) = numbers.split_once('-')?;
    Some((kind, major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use crate::ModuleIndex;
    use crate::testing::{Fake, index};

    fn sample() -> ModuleIndex {
        index(&[
            Fake::new("kernel/top.ko").info("depends", "mid,low").info("softdep", "pre: extra"),
            Fake::new("kernel/low.ko").info("alias", "char-major-1-*").export("f"),
            Fake::new("kernel/mid.ko").info("depends", "low").info("weakdep", "extra"),
            Fake::new("kernel/extra.ko")
                .info("alias", "devname:loop-control")
                .info("alias", "char-major-10-237"),
        ])
    }

    #[test]
    fn a_module_stands_before_what_it_depends_on() {
        let expected = "kernel/top.ko: kernel/mid.ko kernel/low.ko\nkernel/low.ko:\n\
            kernel/mid.ko: kernel/low.ko\nkernel/extra.ko:\n";
        assert_eq!(sample().modules_dep().unwrap(), expected);
    }

    #[test]
    fn circles_of_dependencies_end() {
        let index = index(&[
            Fake::new("kernel/a.ko").info("depends", "b"),
            Fake::new("kernel/b.ko").info("depends", "c"),
            Fake::new("kernel/c.ko").info("depends", "b"),
        ]);
        let expected = "kernel/a.ko: kernel/b.ko kernel/c.ko\nkernel/b.ko: kernel/c.ko\n\
            kernel/c.ko: kernel/b.ko\n";
        assert_eq!(index.modules_dep().unwrap(), expected);
    }

    #[test]
    fn texts_begin_with_depmods_own_line() {
        let index = sample();
        assert_eq!(
            index.modules_alias(),
            "# Aliases extracted from modules themselves.\nalias char-major-1-* low\n\
             alias devname:loop-control extra\nalias char-major-10-237 extra\n"
        );
        assert_eq!(
            index.modules_softdep(),
            "# Soft dependencies extracted from modules themselves.\nsoftdep top pre: extra\n"
        );
        assert_eq!(
            index.modules_weakdep(),
            "# Weak dependencies extracted from modules themselves.\nweakdep mid extra\n"
        );
        assert_eq!(
            index.modules_symbols(),
            "# Aliases for symbols, used by symbol_request().\nalias symbol:f low\n"
        );
        assert_eq!(
            index.modules_devname(),
            "# Device nodes to trigger on-demand module loading.\nextra loop-control c10:237\n"
        );
    }
}
