//! Which board and which system the command line means.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bringup_catalog::{NameKind, UnknownName};
use bringup_image::{ImageType, Shaped, TYPES, shape};
use bringup_spec::{Board, Bytes, Kernel};
use bringup_system::{BUILTIN, Builtin, Parent, System};

use crate::args::{Global, Subject, Variant};
use crate::error::Error;
use crate::host;

/// The board and the system that are meant.
pub(crate) fn find(global: &Global, subject: &Subject) -> Result<(&'static Board, System), Error> {
    let board = bringup_catalog::board_among(&global.boards, &subject.board)?;
    Ok((board, system(board, subject.system.as_deref())?))
}

/// The type of image that is meant, and the board in its shape.
pub(crate) fn shaped(board: &Board, variant: &Variant) -> Result<(&'static ImageType, Shaped), Error> {
    let image_type = match &variant.image_type {
        Some(name) => ImageType::named(name, board.name)?,
        None => &TYPES[0],
    };
    Ok((image_type, shape(board, image_type, variant.root_offset.map(Bytes))?))
}

/// Where a board's image goes unless the command line says otherwise.
pub(crate) fn image_path(
    board: &Board,
    image_type: &ImageType,
    given: Option<&PathBuf>,
) -> Result<PathBuf, Error> {
    let default = || Path::new("target/images").join(format!("{}{}", board.name, image_type.suffix));
    host::absolute(&given.cloned().unwrap_or_else(default))
}

/// The folder that a system's folders of sources are relative to: its record's.
pub(crate) fn folder(name: Option<&str>) -> Result<PathBuf, Error> {
    let folder = name.filter(|name| is_file(name)).and_then(|name| Path::new(name).parent());
    host::absolute(folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))
}

/// Whether a system is meant by its record's path, and not by its name.
fn is_file(name: &str) -> bool {
    name.ends_with(".toml") || name.contains('/')
}

/// A system by its name, or a record by its path (which ends in `.toml` or has a slash in it); without
/// either the first that runs on the board's kernel.
pub(crate) fn system(board: &Board, name: Option<&str>) -> Result<System, Error> {
    system_on(board.platform.kernel, name)
}

/// As [`system`], for every board with this kernel.
pub(crate) fn system_on(kernel: Kernel, name: Option<&str>) -> Result<System, Error> {
    let Some(name) = name else { return default_system(kernel) };
    if is_file(name) {
        return from_file(Path::new(name));
    }
    let builtin = BUILTIN.iter().find(|builtin| builtin.name == name);
    let builtin = builtin.ok_or_else(|| {
        UnknownName::new(NameKind::System, name, BUILTIN.iter().map(|builtin| builtin.name))
    })?;
    Ok(builtin.system()?)
}

fn default_system(kernel: Kernel) -> Result<System, Error> {
    for builtin in BUILTIN {
        let system = builtin.system()?;
        if system.init.kernel() == kernel {
            return Ok(system);
        }
    }
    unreachable!("a test holds that every kernel has a system")
}

/// A record, which may inherit another of its folder (`NAME.toml`) before one that comes with the program.
fn from_file(path: &Path) -> Result<System, Error> {
    let Parent { name, text, sources } = record(path)?;
    let names: Vec<&str> = BUILTIN.iter().map(|builtin| builtin.name).collect();
    let failed = RefCell::new(None);
    let find = |name: &str| {
        let beside = path.with_file_name(format!("{name}.toml"));
        if !beside.is_file() || beside == path {
            return BUILTIN.iter().find(|builtin| builtin.name == name).map(Builtin::parent);
        }
        record(&beside).map_err(|error| failed.replace(Some(error))).ok()
    };
    let system = System::parse_with(&name, &text, sources, &names, &find);
    match failed.take() {
        Some(error) => Err(error),
        None => Ok(system?),
    }
}

/// A record's text and the files of the folder beside it that bears its name.
fn record(path: &Path) -> Result<Parent, Error> {
    let failed = |operation, path: &Path| {
        let path = path.to_owned();
        move |source| Error::Io { operation, path, source }
    };
    let text = std::fs::read_to_string(path).map_err(failed("read", path))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let folder = path.with_extension("");
    let mut sources = BTreeMap::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(&folder).map_err(failed("list", &folder))? {
            let path = entry.map_err(failed("list", &folder))?.path();
            if path.is_file() {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                sources.insert(name, std::fs::read(&path).map_err(failed("read", &path))?);
            }
        }
    }
    Ok(Parent { name, text, sources })
}
