//! Which board and which system the command line means.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bringup_catalog::{NameKind, UnknownName};
use bringup_spec::Board;
use bringup_system::{BUILTIN, System};

use crate::args::{Global, Subject};
use crate::error::Error;
use crate::host;

/// The board and the system that are meant.
pub(crate) fn find(global: &Global, subject: &Subject) -> Result<(&'static Board, System), Error> {
    let board = bringup_catalog::board_among(&global.boards, &subject.board)?;
    Ok((board, system(board, subject.system.as_deref())?))
}

/// Where a board's image goes unless the command line says otherwise.
pub(crate) fn image_path(board: &Board, given: Option<&PathBuf>) -> Result<PathBuf, Error> {
    let default = || Path::new("target/images").join(format!("{}.img", board.name));
    host::absolute(&given.cloned().unwrap_or_else(default))
}

/// A system by its name, or a record by its path (which ends in `.toml` or has a slash in it); without
/// either the first that runs on the board's kernel.
pub(crate) fn system(board: &Board, name: Option<&str>) -> Result<System, Error> {
    let Some(name) = name else { return default_system(board) };
    if name.ends_with(".toml") || name.contains('/') {
        return from_file(Path::new(name));
    }
    let builtin = BUILTIN.iter().find(|builtin| builtin.name == name);
    let builtin = builtin.ok_or_else(|| {
        UnknownName::new(NameKind::System, name, BUILTIN.iter().map(|builtin| builtin.name))
    })?;
    Ok(builtin.system()?)
}

fn default_system(board: &Board) -> Result<System, Error> {
    for builtin in BUILTIN {
        let system = builtin.system()?;
        if system.init.kernel() == board.platform.kernel {
            return Ok(system);
        }
    }
    unreachable!("a test holds that every kernel has a system")
}

/// A record and the files of the folder beside it that bears its name.
fn from_file(path: &Path) -> Result<System, Error> {
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
    Ok(System::parse(&name, &text, sources)?)
}
