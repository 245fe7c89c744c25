//! What `depmod` writes beside the modules.

mod order;
mod text;
mod trie;

use crate::{Error, ModuleIndex, glob};
use trie::Entry;

impl ModuleIndex {
    /// Every file that `depmod` of kmod 34 writes into the module folder, by name.
    ///
    /// # Errors
    /// A module depends on one that is not there, or an index outgrows its format.
    pub fn depmod_files(&self) -> Result<Vec<(&'static str, Vec<u8>)>, Error> {
        Ok(vec![
            ("modules.alias", self.modules_alias().into()),
            ("modules.alias.bin", self.modules_alias_bin()?),
            ("modules.builtin.alias.bin", self.modules_builtin_alias_bin()?),
            ("modules.builtin.bin", self.modules_builtin_bin()?),
            ("modules.dep", self.modules_dep()?.into()),
            ("modules.dep.bin", self.modules_dep_bin()?),
            ("modules.devname", self.modules_devname().into()),
            ("modules.softdep", self.modules_softdep().into()),
            ("modules.symbols", self.modules_symbols().into()),
            ("modules.symbols.bin", self.modules_symbols_bin()?),
            ("modules.weakdep", self.modules_weakdep().into()),
        ])
    }

    /// `modules.dep.bin`: each module's name, with its line of [`modules_dep`](Self::modules_dep).
    ///
    /// # Errors
    /// As for [`depmod_files`](Self::depmod_files).
    pub fn modules_dep_bin(&self) -> Result<Vec<u8>, Error> {
        let mut entries = Vec::new();
        for (priority, (module, value)) in (0..).zip(self.modules.iter().zip(self.dependency_lines()?)) {
            entries.push(Entry { key: module.name.clone(), priority, value });
        }
        trie::write(entries)
    }

    /// `modules.alias.bin`: each alias, normalised, with the modules that have it.
    ///
    /// # Errors
    /// The index outgrows its format.
    pub fn modules_alias_bin(&self) -> Result<Vec<u8>, Error> {
        let mut entries = Vec::new();
        for (priority, module) in (0..).zip(&self.modules) {
            for alias in module.aliases.iter().filter(|alias| glob::is_valid(alias)) {
                entries.push(Entry { key: glob::normalise(alias), priority, value: module.name.clone() });
            }
        }
        trie::write(entries)
    }

    /// `modules.symbols.bin`: `symbol:NAME` of each exported symbol, with the module that has it.
    ///
    /// # Errors
    /// The index outgrows its format.
    pub fn modules_symbols_bin(&self) -> Result<Vec<u8>, Error> {
        let mut entries = Vec::new();
        for (priority, module) in (0..).zip(&self.modules) {
            for symbol in &module.exports {
                entries.push(Entry { key: format!("symbol:{symbol}"), priority, value: module.name.clone() });
            }
        }
        trie::write(entries)
    }

    /// `modules.builtin.bin`: each name that is built in, with an empty value.
    ///
    /// # Errors
    /// The index outgrows its format.
    pub fn modules_builtin_bin(&self) -> Result<Vec<u8>, Error> {
        let entry = |name: &String| Entry { key: name.clone(), priority: 0, value: String::new() };
        trie::write(self.builtin.iter().map(entry).collect())
    }

    /// `modules.builtin.alias.bin`: each alias of what is built in, normalised, with its name.
    ///
    /// # Errors
    /// The index outgrows its format.
    pub fn modules_builtin_alias_bin(&self) -> Result<Vec<u8>, Error> {
        let valid = self.builtin_aliases.iter().filter(|(alias, _)| glob::is_valid(alias));
        let entry = |(alias, name): &(String, String)| Entry {
            key: glob::normalise(alias),
            priority: 0,
            value: name.clone(),
        };
        trie::write(valid.map(entry).collect())
    }
}
