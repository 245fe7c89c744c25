//! The record's own files, folders and links.

use super::Work;
use super::put::Owned;
use crate::Error;

impl Work<'_> {
    pub(super) fn directories(&mut self) -> Result<(), Error> {
        let system = self.system;
        for (at, folder) in system.directories.iter().enumerate() {
            let path = format!("directory[{at}]");
            let owned = self.owned(&path, &folder.owner, &folder.group, folder.mode)?;
            self.directory(&folder.path, owned)?;
        }
        Ok(())
    }

    pub(super) fn files(&mut self) -> Result<(), Error> {
        let system = self.system;
        for (at, file) in system.files.iter().enumerate() {
            let path = format!("file[{at}]");
            let owned = self.owned(&path, &file.owner, &file.group, file.mode)?;
            let bytes = match &file.secret {
                Some(secret) => self.secret(&format!("{path}.secret"), secret)?,
                None => system.file_bytes(file)?,
            };
            self.file(&file.path, owned, bytes)?;
        }
        for link in &system.links {
            self.link(&link.path, &link.target)?;
        }
        Ok(())
    }

    fn owned(
        &self,
        path: &str,
        owner: &Option<String>,
        group: &Option<String>,
        mode: u32,
    ) -> Result<Owned, Error> {
        let uid = match owner {
            None => 0,
            Some(name) => self.user_id(name).ok_or_else(|| {
                self.not_there(&format!("{path}.owner"), "the user", name, self.first_fields("/etc/passwd"))
            })?,
        };
        let gid = match group {
            None => 0,
            Some(name) => self.group_id(name).ok_or_else(|| {
                self.not_there(&format!("{path}.group"), "the group", name, self.first_fields("/etc/group"))
            })?,
        };
        Ok(Owned { uid, gid, mode })
    }
}
