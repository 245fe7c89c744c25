//! Every module of a kernel, and what is built in.

use crate::{Error, Module, glob, normalise};

/// How many near matches an error shows.
const NEAR_COUNT: usize = 5;

/// How alike a name must be to be a near match, from 0 to 1 (Jaro-Winkler).
const NEAR_SCORE: f64 = 0.85;

/// All modules of one kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleIndex {
    pub(crate) version: String,
    /// In depmod's order: as `modules.order` lists them, then the others by path.
    pub(crate) modules: Vec<Module>,
    /// Normalised names, sorted; one that two folders have is there twice, as in depmod's index.
    pub(crate) builtin: Vec<String>,
    /// Alias and normalised name, in the order of `modules.builtin.modinfo`.
    pub(crate) builtin_aliases: Vec<(String, String)>,
    /// Positions in `modules`, sorted by name.
    by_name: Vec<usize>,
}

impl ModuleIndex {
    /// Puts an index together; `builtin` is sorted here.
    pub(crate) fn new(
        version: String,
        modules: Vec<Module>,
        mut builtin: Vec<String>,
        builtin_aliases: Vec<(String, String)>,
    ) -> Result<Self, Error> {
        let mut by_name: Vec<usize> = (0..modules.len()).collect();
        by_name.sort_by_key(|&at| &modules[at].name);
        for pair in by_name.windows(2) {
            let (first, second) = (&modules[pair[0]], &modules[pair[1]]);
            if first.name == second.name {
                return Err(Error::DuplicateModule {
                    name: first.name.clone(),
                    first: first.path.clone(),
                    second: second.path.clone(),
                });
            }
        }
        builtin.sort_unstable();
        Ok(Self { version, modules, builtin, builtin_aliases, by_name })
    }

    /// The kernel's version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// All modules, in depmod's order: as `modules.order` lists them, then the others by path.
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// The module of this name, in either spelling.
    pub fn get(&self, name: &str) -> Option<&Module> {
        self.position(&normalise(name)).map(|at| &self.modules[at])
    }

    pub(crate) fn position(&self, normalised: &str) -> Option<usize> {
        let found = self.by_name.binary_search_by_key(&normalised, |&at| &self.modules[at].name);
        found.ok().map(|at| self.by_name[at])
    }

    /// Whether the module of this name, in either spelling, is part of the kernel image.
    pub fn is_builtin(&self, name: &str) -> bool {
        self.builtin.binary_search(&normalise(name)).is_ok()
    }

    /// The modules with an alias that matches, in depmod's order; `alias` is what a device
    /// (`of:NmmcT(null)Callwinner,sun50i-a64-mmc`) or the kernel (`fs-ext4`) asks for.
    pub fn by_alias(&self, alias: &str) -> Vec<&Module> {
        let serves = |module: &&Module| module.aliases.iter().any(|pattern| glob::matches(pattern, alias));
        self.modules.iter().filter(serves).collect()
    }

    /// The names of what is built in and has an alias that matches.
    ///
    /// Only aliases that drivers write themselves are known: the kernel's build leaves the
    /// device tables of built-in drivers out of `modules.builtin.modinfo`.
    pub fn builtin_by_alias(&self, alias: &str) -> Vec<&str> {
        let serves = |entry: &&(String, String)| glob::matches(&entry.0, alias);
        self.builtin_aliases.iter().filter(serves).map(|(_, name)| name.as_str()).collect()
    }

    pub(crate) fn unknown(&self, name: &str) -> Error {
        let wanted = normalise(name);
        let mut scored: Vec<(f64, &str)> = self
            .modules
            .iter()
            .map(|module| module.name.as_str())
            .chain(self.builtin.iter().map(String::as_str))
            .map(|known| (strsim::jaro_winkler(&wanted, known), known))
            .filter(|(score, _)| *score >= NEAR_SCORE)
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        scored.dedup();
        let near = scored.into_iter().take(NEAR_COUNT).map(|(_, known)| known.to_owned()).collect();
        Error::UnknownModule { name: name.to_owned(), version: self.version.clone(), near }
    }
}

#[cfg(test)]
mod tests {
    use crate::Error;
    use crate::testing::{Fake, index, try_index};

    #[test]
    fn names_are_found_in_either_spelling() {
        let index = index(&[Fake::new("kernel/sunxi-mmc.ko").info("alias", "x")]);
        assert_eq!(index.get("sunxi-mmc"), index.get("sunxi_mmc"));
        assert_eq!(index.get("sunxi_mmc").unwrap().name, "sunxi_mmc");
        assert!(index.is_builtin("mmc-core") && index.is_builtin("mmc_core"));
    }

    #[test]
    fn an_alias_finds_every_module_that_serves_it() {
        let index = index(&[
            Fake::new("kernel/b.ko").info("alias", "crypto-crc32c"),
            Fake::new("kernel/a.ko").info("alias", "crypto-*"),
        ]);
        let names: Vec<&str> = index.by_alias("crypto-crc32c").iter().map(|module| &*module.name).collect();
        assert_eq!(names, ["b", "a"]);
        assert_eq!(index.builtin_by_alias("mmc:block"), ["mmc_block"]);
    }

    #[test]
    fn a_module_may_not_be_there_twice() {
        let error = try_index(&[
            Fake::new("kernel/a-b.ko").info("license", "GPL"),
            Fake::new("updates/a_b.ko").info("license", "GPL"),
        ])
        .unwrap_err();
        assert_eq!(error.to_string(), "module `a_b` is there twice: `kernel/a-b.ko` and `updates/a_b.ko`");
    }

    #[test]
    fn an_unknown_name_lists_near_ones() {
        let index = index(&[Fake::new("kernel/sunxi-mmc.ko").info("license", "GPL")]);
        let Err(Error::UnknownModule { near, .. }) = index.closure(&["sunxi-mcm"]) else { panic!() };
        assert_eq!(near, ["sunxi_mmc"]);
    }
}
