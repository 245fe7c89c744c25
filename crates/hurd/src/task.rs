//! The bootstrap task of the system `mach`, compiled once and kept in the store.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bringup_debian::LockedPackage;
use bringup_store::Key;
use bringup_tools::Toolbox;

use crate::{Error, compile, programs};

/// Changes when the same sources and packages would give another task.
const STEP_VERSION: u32 = 1;

/// The set of tools that compiles it; its packages belong in the image's lock.
pub const TOOL_SET: &str = "mach";

/// Where the task goes in the root tree, absolute.
pub const TASK_PATH: &str = "/boot/bootstrap-task";

/// The file of the task in its folder of the store.
const TASK: &str = "task";

/// The file that has the entry point.
const START: &str = "start.c";

/// Compiles the task, or finds it in the store: a static ELF program for i586 without any library.
///
/// `sources` are the `.c` and `.h` files by name, all in one folder; `packages` are those of the
/// set [`TOOL_SET`]. The result depends on nothing else, and needs no network once the packages
/// are in the store.
///
/// # Errors
/// A source is missing or does not compile, the tools cannot be had or started, or the result is
/// not what GNU Mach can start.
pub fn bootstrap_task(
    toolbox: &Toolbox<'_>,
    packages: &[LockedPackage],
    sources: &BTreeMap<String, Vec<u8>>,
) -> Result<PathBuf, Error> {
    check_names(sources)?;
    let key = key(packages, sources);
    let made = toolbox.store.derive_dir(&key, |folder| {
        let root = toolbox.root(bringup_tools::set(TOOL_SET)?, packages)?;
        let task = compile::compile(&root, folder, sources)?;
        programs::check_task(&task)?;
        // What led to it is not part of the result.
        for entry in std::fs::read_dir(folder).map_err(Error::io("list", folder))? {
            let path = entry.map_err(Error::io("list", folder))?.path();
            let removed =
                if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            removed.map_err(Error::io("remove", &path))?;
        }
        let path = folder.join(TASK);
        std::fs::write(&path, task).map_err(Error::io("write", &path))
    });
    Ok(made.map_err(Error::from_derive)?.join(TASK))
}

/// Everything the task is made of.
fn key(packages: &[LockedPackage], sources: &BTreeMap<String, Vec<u8>>) -> Key {
    let mut key = Key::new("mach bootstrap task", STEP_VERSION);
    for package in packages {
        key = key.input("deb", package.sha256.0);
    }
    for (name, bytes) in sources {
        key = key.input(name, bytes);
    }
    key
}

fn check_names(sources: &BTreeMap<String, Vec<u8>>) -> Result<(), Error> {
    for name in sources.keys() {
        let stem = name.strip_suffix(".c").or_else(|| name.strip_suffix(".h")).unwrap_or_default();
        // Nothing that a tool could take for an option or for another folder.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if stem.is_empty() || !stem.bytes().all(plain) || stem.ends_with(compile::STUB_SUFFIX) {
            return Err(Error::SourceName { name: name.clone() });
        }
    }
    for name in [START, compile::MIG_SUPPORT] {
        if !sources.contains_key(name) {
            return Err(Error::NoSource { name });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(names: &[&str]) -> BTreeMap<String, Vec<u8>> {
        names.iter().map(|name| ((*name).to_owned(), name.as_bytes().to_vec())).collect()
    }

    #[test]
    fn sources_have_plain_names() {
        check_names(&sources(&["mig_support.h", "start.c"])).unwrap();
        for name in ["../x.c", "-x.c", ".c", "README", "device_user.c"] {
            let error = check_names(&sources(&["mig_support.h", "start.c", name])).unwrap_err();
            assert!(matches!(error, Error::SourceName { name: found } if found == name));
        }
    }

    #[test]
    fn the_entry_and_the_stubs_header_must_be_there() {
        let error = check_names(&sources(&["mig_support.h"])).unwrap_err();
        assert!(matches!(error, Error::NoSource { name: "start.c" }));
        let error = check_names(&sources(&["start.c"])).unwrap_err();
        assert!(matches!(error, Error::NoSource { name: "mig_support.h" }));
    }

    #[test]
    fn every_source_and_its_name_count() {
        let one = key(&[], &sources(&["a.c", "b.c"])).digest();
        let mut changed = sources(&["a.c", "b.c"]);
        changed.insert("b.c".to_owned(), b"other".to_vec());
        assert_ne!(one, key(&[], &changed).digest());
        assert_ne!(one, key(&[], &sources(&["a.c", "c.c"])).digest());
        assert_eq!(one, key(&[], &sources(&["b.c", "a.c"])).digest());
    }
}
