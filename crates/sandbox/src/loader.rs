//! The way without namespaces: the root's dynamic linker runs the program.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::elf::Starter;
use crate::{Error, Root};

/// Folders of libraries in a root, besides the loader's own.
const LIBRARY_FOLDERS: [&str; 4] = ["usr/lib64", "usr/lib", "lib64", "lib"];

/// What to execute, and the arguments that come before the program's own.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
}

/// How to start the program at `inside`, whose `argv[0]` is to be `name`.
pub(crate) fn start(root: &Root, inside: &str, name: &str) -> Result<Start, Error> {
    let file = root.resolve(inside);
    match root.starter(&file)? {
        Starter::Kernel => Ok(Start { program: file, arguments: Vec::new() }),
        Starter::Loader(loader) => by_loader(root, &file, &loader, name),
        Starter::Script(interpreter, argument) => {
            let inside = root.find(&interpreter)?;
            let interpreter_file = root.resolve(&inside);
            let mut start = match root.starter(&interpreter_file)? {
                Starter::Kernel => Start { program: interpreter_file, arguments: Vec::new() },
                Starter::Loader(loader) => by_loader(root, &interpreter_file, &loader, &interpreter)?,
                // Linux allows a few more; nobody uses them.
                Starter::Script(..) => {
                    return Err(Error::NotAProgram { path: file, reason: "its interpreter is a script" });
                }
            };
            start.arguments.extend(argument.map(OsString::from));
            start.arguments.push(file.into());
            Ok(start)
        }
    }
}

/// ld.so(8); `--argv0` is there since glibc 2.33.
fn by_loader(root: &Root, file: &Path, loader: &str, name: &str) -> Result<Start, Error> {
    let program = root.resolve(loader);
    if !program.is_file() {
        return Err(Error::NoLoader {
            program: name.to_owned(),
            loader: loader.to_owned(),
            namespace: root.refusal.as_ref().map(|refusal| refusal.explain()),
        });
    }
    let mut path = OsString::new();
    for folder in library_folders(root, &program) {
        if !path.is_empty() {
            path.push(":");
        }
        path.push(folder);
    }
    let arguments = vec![
        "--inhibit-cache".into(),
        "--argv0".into(),
        name.into(),
        "--library-path".into(),
        path,
        file.into(),
    ];
    Ok(Start { program, arguments })
}

/// The loader's folder, those folders in it that hold libraries (pulseaudio's, systemd's), and the
/// architecture-independent ones.
fn library_folders(root: &Root, loader: &Path) -> Vec<PathBuf> {
    let own: Vec<PathBuf> = loader.parent().map(Path::to_owned).into_iter().collect();
    let mut private: Vec<PathBuf> = own
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten())
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_dir() && holds_libraries(path))
        .collect();
    private.sort();
    let general = LIBRARY_FOLDERS.iter().map(|folder| root.resolve(folder)).filter(|path| path.is_dir());
    let mut folders: Vec<PathBuf> = Vec::new();
    for folder in own.into_iter().chain(general).chain(private) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

fn holds_libraries(folder: &Path) -> bool {
    fs::read_dir(folder).into_iter().flatten().any(|entry| {
        let name = entry.map(|entry| entry.file_name().to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with("lib") && name.contains(".so")
    })
}
