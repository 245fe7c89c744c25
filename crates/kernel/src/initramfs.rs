//! What goes into an initramfs.

use bringup_tree::Tree;

use crate::closure::Walk;
use crate::{Chosen, Closure, Error, KernelPackage, Module, ModuleIndex, decompress};

/// The modules that mounting a file system (`ext4`) needs, in load order; none where it is built in.
///
/// # Errors
/// The kernel has no driver for it.
pub fn root_file_system_modules<'a>(index: &'a ModuleIndex, name: &str) -> Result<Closure<'a>, Error> {
    // What mount(2) asks the kernel for (fs/filesystems.c, `get_fs_type`).
    let alias = format!("fs-{name}");
    let known = || Error::NoFileSystem { name: name.to_owned(), version: index.version.clone() };
    let mut walk = Walk::new(index);
    // A built-in driver without an alias of its own is still known by its name.
    if walk.try_add(&alias)? || walk.try_add(name)? { Ok(walk.done) } else { Err(known()) }
}

/// The modules of an initramfs in load order, each once: what a board was found to need,
/// then `names` with everything they need.
///
/// # Errors
/// A name is unknown, or a module depends on one that is not there.
pub fn initramfs_modules<'a>(
    index: &'a ModuleIndex,
    board: &[Chosen<'a>],
    names: &[&str],
) -> Result<Vec<&'a Module>, Error> {
    let mut walk = Walk::new(index);
    for chosen in board {
        walk.add(chosen.module)?;
    }
    for name in names {
        walk.add_name(name)?;
    }
    Ok(walk.done.modules)
}

/// The bytes of a module as plain ELF, which every `insmod` can load.
///
/// # Errors
/// The file is not in the tree or is damaged.
pub fn module_bytes(tree: &Tree, package: &KernelPackage, module: &Module) -> Result<Vec<u8>, Error> {
    decompress::plain(&module.path, tree.read(package.module_path(module))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fake, elf, index, package};

    fn fakes() -> [Fake; 2] {
        [
            Fake::new("kernel/ext4.ko").info("alias", "fs-ext4").info("softdep", "pre: crypto-crc32c"),
            Fake::new("kernel/crc32c.ko").info("alias", "crypto-crc32c"),
        ]
    }

    #[test]
    fn a_root_file_system_brings_its_checksums() {
        let index = index(&fakes());
        let closure = root_file_system_modules(&index, "ext4").unwrap();
        let names: Vec<&str> = closure.modules.iter().map(|module| &*module.name).collect();
        assert_eq!(names, ["crc32c", "ext4"]);
    }

    #[test]
    fn a_builtin_file_system_needs_nothing() {
        let index = index(&fakes());
        let closure = root_file_system_modules(&index, "tmpfs").unwrap();
        assert!(closure.modules.is_empty());
        assert_eq!(closure.builtin, ["tmpfs"]);
    }

    #[test]
    fn an_unknown_file_system_is_named() {
        let error = root_file_system_modules(&index(&fakes()), "zfs").unwrap_err();
        assert_eq!(
            error.to_string(),
            "kernel `6.1-test` has no driver for file system `zfs`, neither as a module nor built in"
        );
    }

    #[test]
    fn modules_come_out_as_plain_elf() {
        let tree = package(&fakes());
        let found = KernelPackage::find(&tree).unwrap();
        let index = index(&fakes());
        let modules = initramfs_modules(&index, &[], &["ext4"]).unwrap();
        assert_eq!(modules.len(), 2);
        assert_eq!(module_bytes(&tree, &found, modules[1]).unwrap(), elf(&fakes()[0]));
    }
}
