//! Whether what was built runs on the target: machine, dynamic linker, libraries; and tells nobody where
//! it was built.

use bringup_inspect::elf;
use bringup_spec::Platform;
use bringup_tree::{Kind, Tree};

use crate::Error;
use crate::environment::TOP;

/// `e_type` of programs and libraries (ELF gABI, "ELF Header"): what has a dynamic linker.
const EXECUTABLE: u16 = 2;
const SHARED: u16 = 3;

/// What a build path begins with.
const PATHS: [&str; 4] = ["/bringup/src/", "/bringup/build/", "/bringup/install/", "/bringup/sysroot/"];

/// Checks everything in `artifact`, the tree of `component`, for `platform`; with `root`, the system that
/// it goes into, also that its dynamic linker and the libraries it needs are there. `provider` says which
/// package has a library, for the error. Gives the libraries needed that are not its own.
///
/// # Errors
/// The first thing that is wrong, by path.
pub fn check(
    component: &str,
    platform: &Platform,
    root: Option<&Tree>,
    artifact: &Tree,
    provider: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<String>, Error> {
    let mut all = Vec::new();
    for (path, _, node) in artifact.iter() {
        let Kind::File(content) = &node.kind else { continue };
        let bytes = content.read()?;
        let path = String::from_utf8_lossy(path).into_owned();
        let found = PATHS.into_iter().find(|prefix| contains(&bytes, prefix.as_bytes()));
        if let Some(found) = found {
            return Err(Error::BuildPath { component: component.to_owned(), path, found });
        }
        if !elf::detect(&bytes) {
            continue;
        }
        let program = Program { component, platform, root, artifact, provider, path };
        all.extend(program.check(&bytes)?);
    }
    all.sort();
    all.dedup();
    Ok(all)
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(bytes, needle).is_some()
}

struct Program<'a> {
    component: &'a str,
    platform: &'a Platform,
    root: Option<&'a Tree>,
    artifact: &'a Tree,
    provider: &'a dyn Fn(&str) -> Option<String>,
    path: String,
}

impl Program<'_> {
    fn check(&self, bytes: &[u8]) -> Result<Vec<String>, Error> {
        let (component, path) = (self.component.to_owned(), self.path.clone());
        let bad = |source| Error::BadProgram { component, path, source };
        let found = elf::parse(bytes).map_err(bad)?;
        let (component, path) = (self.component.to_owned(), self.path.clone());
        found.check(self.platform).map_err(|source| Error::WrongPlatform { component, path, source })?;
        if ![EXECUTABLE, SHARED].contains(&found.kind) {
            return Ok(Vec::new());
        }
        if let Some(interpreter) = &found.interpreter {
            self.interpreter(interpreter)?;
        }
        let mut foreign = Vec::new();
        for library in &found.needed {
            let folders = self.folders(&found.library_paths);
            let in_tree =
                |tree: &Tree| folders.iter().any(|folder| has(tree, &format!("{folder}/{library}")));
            if in_tree(self.artifact) {
                continue;
            }
            if self.root.is_some_and(|root| !in_tree(root)) {
                return Err(Error::MissingLibrary {
                    component: self.component.to_owned(),
                    path: self.path.clone(),
                    library: library.clone(),
                    provider: (self.provider)(library),
                });
            }
            foreign.push(library.clone());
        }
        Ok(foreign)
    }

    fn interpreter(&self, found: &str) -> Result<(), Error> {
        let wrong = |problem| Error::Interpreter {
            component: self.component.to_owned(),
            path: self.path.clone(),
            found: found.to_owned(),
            problem,
        };
        let right = self.platform.dynamic_linker;
        if found != right {
            return Err(wrong(format!("the platform's dynamic linker is `{right}`")));
        }
        if self.root.is_some_and(|root| !has(root, found)) {
            return Err(wrong("the root does not have that (package `libc6`)".to_owned()));
        }
        Ok(())
    }

    /// Where the dynamic linker looks (ld.so(8)): the file's own folders, then the configured ones, which
    /// in Debian are those of its multiarch name (libc6, /etc/ld.so.conf.d/).
    fn folders(&self, own: &[String]) -> Vec<String> {
        let beside = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let origin = |folder: &String| {
            folder.replace("${ORIGIN}", &format!("/{beside}")).replace("$ORIGIN", &format!("/{beside}"))
        };
        let multiarch = self.platform.multiarch;
        let system = ["/usr/local/lib", "/lib", "/usr/lib"];
        let system = system.iter().flat_map(|folder| [format!("{folder}/{multiarch}"), (*folder).to_owned()]);
        own.iter().map(origin).chain(system).collect()
    }
}

/// Whether something other than a dangling link is at `path`, links followed inside the tree.
fn has(tree: &Tree, path: &str) -> bool {
    tree.content(path).is_ok()
}

const _: () = assert!(TOP.len() < PATHS[0].len());

#[cfg(test)]
mod tests;
