//! Reading every module of a package.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use bringup_tree::Tree;

use crate::module::{stem, uncompressed};
use crate::{Error, KernelPackage, ModuleIndex, decompress, elf, normalise};

impl ModuleIndex {
    /// Reads every module of `package` on up to `jobs` threads; the result does not depend on `jobs`.
    ///
    /// # Errors
    /// A module is damaged or there twice; the error names it.
    pub fn scan(tree: &Tree, package: &KernelPackage, jobs: NonZeroUsize) -> Result<Self, Error> {
        let mut paths = package.module_files(tree);
        let order = text(tree, package, "modules.order")?;
        let ranks: HashMap<&str, usize> = order.lines().zip(0..).collect();
        // Stable, so that those without a rank stay sorted by path.
        paths.sort_by_key(|path| ranks.get(uncompressed(path)).copied().unwrap_or(usize::MAX));

        let mut read = read_all(tree, package, &paths, jobs)?;
        name_parts(&mut read);

        let builtin = text(tree, package, "modules.builtin")?;
        let builtin = builtin.lines().filter_map(stem).map(normalise).collect();
        let modules = read.into_iter().map(|read| read.module).collect();
        Self::new(package.version.clone(), modules, builtin, builtin_aliases(tree, package)?)
    }
}

fn read_all(
    tree: &Tree,
    package: &KernelPackage,
    paths: &[String],
    jobs: NonZeroUsize,
) -> Result<Vec<elf::Read>, Error> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = paths.get(at) else { return done };
            let one = tree
                .read(format!("{}/{path}", package.modules))
                .map_err(Error::from)
                .and_then(|packed| decompress::plain(path, packed))
                .and_then(|bytes| elf::read(path, &bytes));
            done.push((at, one));
        }
    };
    let mut all: Vec<(usize, Result<elf::Read, Error>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..jobs.get().min(paths.len())).map(|_| scope.spawn(work)).collect();
        let mut all = work();
        for thread in threads {
            all.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        all
    });
    // So that of several errors it is always the first by position that is reported.
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, one)| one).collect()
}

/// Keeps of each module's strings those that are platform devices which another module drives.
fn name_parts(all: &mut [elf::Read]) {
    let mut drivers: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, read) in all.iter().enumerate() {
        for device in read.module.aliases.iter().filter_map(|alias| alias.strip_prefix("platform:")) {
            drivers.entry(device.to_owned()).or_default().push(at);
        }
    }
    for (at, read) in all.iter_mut().enumerate() {
        let driven = |name: &String| drivers.get(name).is_some_and(|by| by.iter().any(|&other| other != at));
        let parts: BTreeSet<String> = std::mem::take(&mut read.strings).into_iter().filter(driven).collect();
        read.module.parts = parts.into_iter().collect();
    }
}

/// A text file of the module folder; empty where there is none.
fn text(tree: &Tree, package: &KernelPackage, name: &str) -> Result<String, Error> {
    let path = format!("{}/{name}", package.modules);
    match tree.content(&path) {
        Ok(content) => String::from_utf8(content.read()?).map_err(|_| Error::NotText { path }),
        Err(_) => Ok(String::new()),
    }
}

/// The aliases in `modules.builtin.modinfo`, a list of NUL-ended `module.field=value`.
fn builtin_aliases(tree: &Tree, package: &KernelPackage) -> Result<Vec<(String, String)>, Error> {
    let path = format!("{}/modules.builtin.modinfo", package.modules);
    let Ok(content) = tree.content(&path) else { return Ok(Vec::new()) };
    let mut aliases = Vec::new();
    for entry in content.read()?.split(|&byte| byte == 0) {
        let Some(dot) = entry.iter().position(|&byte| byte == b'.') else { continue };
        let Some(alias) = entry[dot + 1..].strip_prefix(b"alias=") else { continue };
        let (Some(name), Some(alias)) = (elf::ascii(&entry[..dot]), elf::ascii(alias)) else {
            return Err(Error::NotText { path });
        };
        aliases.push((alias.to_owned(), normalise(name)));
    }
    Ok(aliases)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fake, package};

    fn jobs(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).unwrap()
    }

    fn fakes() -> Vec<Fake> {
        (0..9).map(|at| Fake::new(&format!("kernel/m{at}.ko")).info("license", "GPL")).collect()
    }

    #[test]
    fn the_number_of_jobs_changes_nothing() {
        let tree = package(&fakes());
        let found = KernelPackage::find(&tree).unwrap();
        let one = ModuleIndex::scan(&tree, &found, jobs(1)).unwrap();
        assert_eq!(one.modules().len(), 9);
        assert_eq!(one, ModuleIndex::scan(&tree, &found, jobs(4)).unwrap());
    }

    #[test]
    fn a_damaged_module_is_named() {
        let mut tree = package(&fakes());
        let found = KernelPackage::find(&tree).unwrap();
        for at in [7, 3] {
            let node = tree.get_mut(format!("{}/kernel/m{at}.ko", found.modules)).unwrap();
            node.kind = bringup_tree::Kind::File(bringup_tree::Content::bytes("junk"));
        }
        let error = ModuleIndex::scan(&tree, &found, jobs(3)).unwrap_err();
        assert_eq!(error.to_string(), "module `kernel/m3.ko` is not a kernel module in ELF");
    }

    #[test]
    fn parts_are_platform_devices_of_other_modules() {
        let tree = package(&[
            Fake::new("kernel/axp20x.ko")
                .info("alias", "platform:axp20x")
                .string("axp20x")
                .string("axp20x-regulator"),
            Fake::new("kernel/r.ko").info("alias", "platform:axp20x-regulator").string("unrelated"),
        ]);
        let found = KernelPackage::find(&tree).unwrap();
        let index = ModuleIndex::scan(&tree, &found, jobs(1)).unwrap();
        assert_eq!(index.get("axp20x").unwrap().parts, ["axp20x-regulator"]);
        assert_eq!(index.get("r").unwrap().parts, [""; 0]);
    }
}
