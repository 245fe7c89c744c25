//! From a path to a node.

use super::{FileKind, Node, Reader, Volume};
use crate::Error;

/// How many symbolic links Linux follows (`MAXSYMLINKS`, include/linux/namei.h).
pub(crate) const LINKS_MAX: usize = 40;

impl Volume<'_> {
    /// What `path` leads to, from the root of the volume; links are followed, and none leaves it.
    ///
    /// # Errors
    /// It leads nowhere or in a circle, or something on the way is broken.
    pub fn find(&self, path: &str) -> Result<Node, Error> {
        self.walk(path, true)
    }

    /// As [`find`](Self::find), without following the last component.
    ///
    /// # Errors
    /// As for [`find`](Self::find).
    pub fn find_link(&self, path: &str) -> Result<Node, Error> {
        self.walk(path, false)
    }

    fn walk(&self, path: &str, follow_last: bool) -> Result<Node, Error> {
        let not_found = || Error::NotFound { path: path.to_owned() };
        // What is still to be walked, the next component last.
        let mut left: Vec<Vec<u8>> = components(path.as_bytes());
        let mut above = vec![self.root()?];
        let mut links = 0;
        while let Some(name) = left.pop() {
            let here = *above.last().expect("the root is never taken off");
            if name == b".." {
                if above.len() > 1 {
                    above.pop();
                }
                continue;
            }
            if here.kind != FileKind::Directory {
                return Err(not_found());
            }
            let node = self.child(&here, &name)?.ok_or_else(not_found)?;
            if node.kind == FileKind::Symlink && (follow_last || !left.is_empty()) {
                links += 1;
                if links > LINKS_MAX {
                    return Err(Error::TooManyLinks { path: path.to_owned(), limit: LINKS_MAX });
                }
                let target = self.target(&node)?;
                if target.starts_with(b"/") {
                    above.truncate(1);
                }
                left.extend(components(&target));
            } else {
                above.push(node);
            }
        }
        Ok(*above.last().expect("the root is never taken off"))
    }

    fn child(&self, directory: &Node, name: &[u8]) -> Result<Option<Node>, Error> {
        // FAT's names do not differ by case (Microsoft, fatgen103, "Naming Conventions").
        let same = |found: &[u8]| match &self.reader {
            Reader::Ext(_) => found == name,
            Reader::Fat(_) => found.eq_ignore_ascii_case(name),
        };
        let entry = self.entries(directory)?.into_iter().find(|entry| same(&entry.name));
        entry.map(|entry| self.node(&entry)).transpose()
    }
}

/// The components of a path, the last one first.
fn components(path: &[u8]) -> Vec<Vec<u8>> {
    let parts = path.split(|&byte| byte == b'/').filter(|part| !part.is_empty() && *part != b".");
    parts.rev().map(<[u8]>::to_vec).collect()
}
