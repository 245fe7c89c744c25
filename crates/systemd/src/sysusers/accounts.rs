//! The four files of accounts as they are before (passwd(5), group(5), shadow(5), gshadow(5)).

use bringup_shell::{Failure, Stop, World};

use crate::unsupported;

/// The lines of one file; none if there is no such file.
pub(crate) type Lines = Option<Vec<Vec<String>>>;

/// Fields of every line.
#[derive(Debug)]
pub(crate) struct Accounts {
    pub(crate) passwd: Lines,
    pub(crate) group: Lines,
    pub(crate) shadow: Lines,
    pub(crate) gshadow: Lines,
}

impl Accounts {
    pub(crate) fn read(world: &World) -> Result<Self, Stop> {
        Ok(Self {
            passwd: read(world, "/etc/passwd", 7, &[2, 3])?,
            group: read(world, "/etc/group", 4, &[2])?,
            shadow: read(world, "/etc/shadow", 9, &[])?,
            gshadow: read(world, "/etc/gshadow", 4, &[])?,
        })
    }

    /// The UID of a user.
    pub(crate) fn uid(&self, name: &str) -> Option<u32> {
        field(&self.passwd, 0, name)?[2].parse().ok()
    }

    /// The GID of a group.
    pub(crate) fn gid(&self, name: &str) -> Option<u32> {
        field(&self.group, 0, name)?[2].parse().ok()
    }

    /// The user of a UID.
    pub(crate) fn user(&self, uid: u32) -> Option<&str> {
        Some(&field(&self.passwd, 2, &uid.to_string())?[0])
    }

    /// The group of a GID.
    pub(crate) fn group_of(&self, gid: u32) -> Option<&str> {
        Some(&field(&self.group, 2, &gid.to_string())?[0])
    }
}

fn field<'a>(lines: &'a Lines, at: usize, value: &str) -> Option<&'a Vec<String>> {
    lines.iter().flatten().find(|fields| fields[at] == value)
}

/// The lines of a file; comments go, as they do when glibc reads and writes them.
fn read(world: &World, path: &str, count: usize, numbers: &[usize]) -> Result<Lines, Stop> {
    let bytes = match world.read(path) {
        Ok(bytes) => bytes,
        Err(Failure::Missing) => return Ok(None),
        Err(failure) => return Err(unsupported(super::NAME, format!("`{path}`: {}", failure.text()))),
    };
    let text = String::from_utf8(bytes).map_err(|_| Stop::NotText { what: path.to_owned() })?;
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let fields: Vec<String> = line.split(':').map(str::to_owned).collect();
        let good = fields.len() == count && numbers.iter().all(|at| fields[*at].parse::<u32>().is_ok());
        // Lines of NIS (`+`, `-`) would have to stay the last ones.
        if !good || line.starts_with(['+', '-']) {
            return Err(unsupported(super::NAME, format!("the line `{line}` of `{path}`")));
        }
        lines.push(fields);
    }
    Ok(Some(lines))
}
