//! What must be loaded for what is wanted.

use crate::{Error, Module, ModuleIndex};

/// Modules in the order they can be loaded, and what needs no loading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closure<'a> {
    /// Each after everything it needs.
    pub modules: Vec<&'a Module>,
    /// Names that were asked for and are built in, in the order they were met.
    pub builtin: Vec<&'a str>,
}

impl ModuleIndex {
    /// Everything that `names` need, in load order, as `modprobe` would load it: before a module
    /// its pre-softdeps and the modules it depends on, after it its post-softdeps.
    ///
    /// A name may be in either spelling, or an alias; a softdep that nothing serves is skipped.
    ///
    /// # Errors
    /// A name is unknown, or a module depends on one that is not there.
    pub fn closure(&self, names: &[&str]) -> Result<Closure<'_>, Error> {
        let mut walk = Walk::new(self);
        for name in names {
            walk.add_name(name)?;
        }
        Ok(walk.done)
    }
}

/// Collects a closure step by step.
pub(crate) struct Walk<'a> {
    index: &'a ModuleIndex,
    seen: Vec<bool>,
    pub(crate) done: Closure<'a>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(index: &'a ModuleIndex) -> Self {
        Self { index, seen: vec![false; index.modules.len()], done: Closure::default() }
    }

    /// Adds a module by name or alias.
    pub(crate) fn add_name(&mut self, name: &str) -> Result<(), Error> {
        if self.try_add(name)? { Ok(()) } else { Err(self.index.unknown(name)) }
    }

    /// Whether anything has this name or alias; if so, it has been added.
    pub(crate) fn try_add(&mut self, name: &str) -> Result<bool, Error> {
        if let Some(module) = self.index.get(name) {
            self.add(module)?;
            return Ok(true);
        }
        let normalised = crate::normalise(name);
        if let Ok(at) = self.index.builtin.binary_search(&normalised) {
            self.add_builtin(&self.index.builtin[at]);
            return Ok(true);
        }
        let modules = self.index.by_alias(name);
        let builtin = self.index.builtin_by_alias(name);
        for module in &modules {
            self.add(module)?;
        }
        for name in &builtin {
            self.add_builtin(name);
        }
        Ok(!modules.is_empty() || !builtin.is_empty())
    }

    /// Adds a module of the index with everything it needs.
    ///
    /// The stack is explicit, since a damaged package can chain thousands of modules. Marking a
    /// module on entry makes a circle of dependencies end.
    pub(crate) fn add(&mut self, module: &'a Module) -> Result<(), Error> {
        let mut stack = vec![Step::Enter(module)];
        while let Some(step) = stack.pop() {
            match step {
                Step::Emit(module) => self.done.modules.push(module),
                Step::Enter(module) => {
                    let at =
                        self.index.position(&module.name).ok_or_else(|| self.index.unknown(&module.name))?;
                    if std::mem::replace(&mut self.seen[at], true) {
                        continue;
                    }
                    // Pushed last to first: what is popped first comes first.
                    let post = self.soft(module.post_softdeps());
                    stack.extend(post.into_iter().rev().map(Step::Enter));
                    stack.push(Step::Emit(module));
                    let hard = self.index.direct(module)?;
                    stack.extend(hard.into_iter().rev().map(|at| Step::Enter(&self.index.modules[at])));
                    let pre = self.soft(module.pre_softdeps());
                    stack.extend(pre.into_iter().rev().map(Step::Enter));
                }
            }
        }
        Ok(())
    }

    fn soft<'n>(&self, names: impl Iterator<Item = &'n str>) -> Vec<&'a Module> {
        let mut found = Vec::new();
        for name in names {
            match self.index.get(name) {
                Some(module) => found.push(module),
                None if self.index.is_builtin(name) => {}
                None => found.extend(self.index.by_alias(name)),
            }
        }
        found
    }

    fn add_builtin(&mut self, name: &'a str) {
        if !self.done.builtin.contains(&name) {
            self.done.builtin.push(name);
        }
    }
}

enum Step<'a> {
    Enter(&'a Module),
    Emit(&'a Module),
}

impl ModuleIndex {
    /// Positions of the modules that `module` itself depends on; what is built in is left out.
    pub(crate) fn direct(&self, module: &Module) -> Result<Vec<usize>, Error> {
        let mut found = Vec::new();
        for name in &module.depends {
            match self.position(name) {
                Some(at) => found.push(at),
                None if self.builtin.binary_search(name).is_ok() => {}
                None => {
                    return Err(Error::MissingDependency {
                        module: module.name.clone(),
                        dependency: name.clone(),
                        version: self.version.clone(),
                    });
                }
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fake, index};

    fn sample() -> ModuleIndex {
        index(&[
            Fake::new("kernel/ext4.ko")
                .info("depends", "jbd2,mbcache")
                .info("softdep", "pre: crypto-crc32c")
                .info("alias", "fs-ext4"),
            Fake::new("kernel/jbd2.ko").info("depends", "mmc_core"),
            Fake::new("kernel/mbcache.ko").info("license", "GPL"),
            Fake::new("kernel/crc32c.ko").info("alias", "crypto-crc32c"),
            Fake::new("kernel/loop-a.ko").info("depends", "loop-b"),
            Fake::new("kernel/loop-b.ko").info("depends", "loop-a"),
            Fake::new("kernel/broken.ko").info("depends", "gone"),
            Fake::new("kernel/soft.ko").info("softdep", "pre: nobody post: mbcache"),
        ])
    }

    fn names(index: &ModuleIndex, wanted: &[&str]) -> Vec<String> {
        index.closure(wanted).unwrap().modules.iter().map(|module| module.name.clone()).collect()
    }

    #[test]
    fn dependencies_load_before_their_users() {
        assert_eq!(names(&sample(), &["ext4"]), ["crc32c", "jbd2", "mbcache", "ext4"]);
    }

    #[test]
    fn a_module_is_loaded_once() {
        assert_eq!(names(&sample(), &["mbcache", "ext4", "fs-ext4"]), ["mbcache", "crc32c", "jbd2", "ext4"]);
    }

    #[test]
    fn softdeps_without_a_module_are_skipped() {
        assert_eq!(names(&sample(), &["soft"]), ["soft", "mbcache"]);
    }

    #[test]
    fn circles_end() {
        assert_eq!(names(&sample(), &["loop-a"]), ["loop_b", "loop_a"]);
    }

    #[test]
    fn builtin_names_are_satisfied_and_reported() {
        let index = sample();
        let closure = index.closure(&["mmc-core", "mmc:block"]).unwrap();
        assert!(closure.modules.is_empty());
        assert_eq!(closure.builtin, ["mmc_core", "mmc_block"]);
    }

    #[test]
    fn a_missing_dependency_is_named() {
        let index = sample();
        let error = index.closure(&["broken"]).unwrap_err().to_string();
        assert_eq!(error, "module `broken` depends on `gone`, which kernel `6.1-test` does not have");
    }
}
