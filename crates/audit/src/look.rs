//! Reading a tree.

use bringup_tree::{Kind, Tree};

use crate::Error;

/// The text of a file, symbolic links followed; none if nothing or no file is there. Bytes that are
/// not UTF-8 are replaced.
pub(crate) fn text(tree: &Tree, path: &[u8]) -> Result<Option<String>, Error> {
    Ok(bytes(tree, path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// The bytes of a file, symbolic links followed; none if nothing or no file is there.
pub(crate) fn bytes(tree: &Tree, path: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let Ok(content) = tree.content(path) else { return Ok(None) };
    let read = content.read();
    read.map(Some).map_err(|source| Error::Read { path: String::from_utf8_lossy(path).into_owned(), source })
}

/// Whether there is something at the end of the path, symbolic links followed.
pub(crate) fn leads_somewhere(tree: &Tree, path: &[u8]) -> bool {
    tree.resolve(path).is_ok_and(|path| tree.get(path).is_some())
}

/// Whether a program could be started there, symbolic links followed.
pub(crate) fn is_program(tree: &Tree, path: &[u8]) -> bool {
    let node = tree.resolve(path).ok().and_then(|path| tree.get(path));
    node.is_some_and(|node| matches!(node.kind, Kind::File(_)) && node.meta.mode & 0o111 != 0)
}

/// The last component.
pub(crate) fn base(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}
