//! `/etc/passwd` and the like: lines, rewritten as shadow's programs rewrite them.

use bringup_shell::{Stop, World};
use bringup_tree::{Content, Kind, Meta};

use crate::arguments::unsupported;

pub(crate) const PASSWD: &str = "/etc/passwd";
pub(crate) const GROUP: &str = "/etc/group";
pub(crate) const SHADOW: &str = "/etc/shadow";
pub(crate) const GSHADOW: &str = "/etc/gshadow";
pub(crate) const SUBUID: &str = "/etc/subuid";
pub(crate) const SUBGID: &str = "/etc/subgid";

/// One of the files; a line is kept as it is unless its entry changes.
#[derive(Debug)]
pub(crate) struct Table {
    path: &'static str,
    lines: Vec<String>,
    changed: bool,
    missing: bool,
}

impl Table {
    /// Reads the file; one that is not there has no lines.
    ///
    /// # Errors
    /// It is no readable text file.
    pub(crate) fn read(world: &World, path: &'static str) -> Result<Self, Stop> {
        let missing = world.stat(path).is_none();
        let bytes = if missing {
            Vec::new()
        } else {
            world.read(path).map_err(|why| unsupported(path, why.text()))?
        };
        let text = String::from_utf8(bytes).map_err(|_| Stop::NotText { what: path.to_owned() })?;
        Ok(Self { path, lines: text.lines().map(str::to_owned).collect(), changed: false, missing })
    }

    /// Whether the file is there.
    pub(crate) fn exists(&self) -> bool {
        !self.missing
    }

    /// Every line, split at colons.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Vec<&str>> {
        self.lines.iter().filter(|line| !line.is_empty()).map(|line| line.split(':').collect())
    }

    /// The row with this first field.
    pub(crate) fn row(&self, name: &str) -> Option<Vec<String>> {
        self.position(name).map(|at| self.lines[at].split(':').map(str::to_owned).collect())
    }

    /// The row whose third field is this number.
    pub(crate) fn row_of_id(&self, id: u32) -> Option<Vec<String>> {
        let row = self.rows().find(|row| row.get(2).and_then(|text| text.parse().ok()) == Some(id))?;
        Some(row.into_iter().map(str::to_owned).collect())
    }

    /// Every third field that is a number.
    pub(crate) fn ids(&self) -> impl Iterator<Item = u32> {
        self.rows().filter_map(|row| row.get(2).and_then(|text| text.parse().ok()))
    }

    /// Replaces the row with the same first field, or puts a new one behind all others; before NIS'
    /// entries (`+`, `-`), which must stay last.
    pub(crate) fn put(&mut self, row: &[impl AsRef<str>]) {
        let fields: Vec<&str> = row.iter().map(AsRef::as_ref).collect();
        let line = fields.join(":");
        self.changed = true;
        if let Some(at) = self.position(fields[0]) {
            self.lines[at] = line;
            return;
        }
        let at = self.lines.iter().position(|line| line.starts_with(['+', '-'])).unwrap_or(self.lines.len());
        self.lines.insert(at, line);
    }

    /// Takes the row away; whether it was there.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        let Some(at) = self.position(name) else { return false };
        self.lines.remove(at);
        self.changed = true;
        true
    }

    /// Puts the lines in the order of their second fields, numbers.
    pub(crate) fn sort_by_start(&mut self) {
        let start = |line: &String| line.split(':').nth(1).and_then(|text| text.parse::<u64>().ok());
        self.lines.sort_by_key(start);
    }

    /// Writes the file if anything changed, as shadow's `commonio_close` does: the old file becomes a
    /// new `FILE-` (its time kept), and a new file takes its place; both get its owner, and of its
    /// mode what 0664 leaves.
    ///
    /// # Errors
    /// The tree refuses.
    pub(crate) fn save(self, world: &mut World) -> Result<(), Stop> {
        if !self.changed {
            return Ok(());
        }
        let at = world.followed(self.path).map_err(|why| unsupported(self.path, why.text()))?;
        // Debian's default for a new [g]shadow file.
        let mut meta = Meta::root(0o440, world.epoch);
        if self.missing {
            let shadow = Self::read(world, GROUP)?.row("shadow");
            meta.gid = shadow.and_then(|row| row.get(2)?.parse().ok()).unwrap_or(0);
        }
        if let Some(old) = world.tree.get(&at) {
            meta.mode = old.meta.mode & 0o664;
            (meta.uid, meta.gid) = (old.meta.uid, old.meta.gid);
            let backup = Meta { mtime: old.meta.mtime, ..meta.clone() };
            let kind = old.kind.clone();
            let name = format!("{}-", self.path);
            let to = world.followed(&name).map_err(|why| unsupported(&name, why.text()))?;
            world.tree.insert(to, backup, kind)?;
        }
        let mut text = self.lines.join("\n");
        if !text.is_empty() {
            text.push('\n');
        }
        world.tree.insert(at, meta, Kind::File(Content::bytes(text)))?;
        Ok(())
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.lines.iter().position(|line| line.split(':').next() == Some(name))
    }
}

/// What lckpwdf(3) leaves behind.
///
/// # Errors
/// There is no `/etc`.
pub(crate) fn lock(world: &mut World) -> Result<(), Stop> {
    const LOCK: &str = "/etc/.pwd.lock";
    if world.lstat(LOCK).is_none() {
        let meta = Meta::root(0o600, world.epoch);
        world.tree.insert(LOCK, meta, Kind::File(Content::bytes(Vec::new())))?;
    }
    Ok(())
}

/// The four files of users and groups, opened together.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) passwd: Table,
    pub(crate) group: Table,
    pub(crate) shadow: Table,
    pub(crate) gshadow: Table,
}

impl Tables {
    /// Reads them, and leaves the lock file.
    ///
    /// # Errors
    /// One of them is no readable text file.
    pub(crate) fn open(world: &mut World) -> Result<Self, Stop> {
        lock(world)?;
        Ok(Self {
            passwd: Table::read(world, PASSWD)?,
            group: Table::read(world, GROUP)?,
            shadow: Table::read(world, SHADOW)?,
            gshadow: Table::read(world, GSHADOW)?,
        })
    }

    /// Writes what changed.
    ///
    /// # Errors
    /// The tree refuses.
    pub(crate) fn save(self, world: &mut World) -> Result<(), Stop> {
        self.passwd.save(world)?;
        self.group.save(world)?;
        self.shadow.save(world)?;
        self.gshadow.save(world)
    }

    /// The group that a name or, if there is none, a number stands for: name and number.
    pub(crate) fn find_group(&self, text: &str) -> Option<(String, u32)> {
        let row = self.group.row(text).or_else(|| self.group.row_of_id(text.parse().ok()?))?;
        let id = row.get(2)?.parse().ok()?;
        Some((row[0].clone(), id))
    }

    /// Adds a group; `!` is the password that nothing matches.
    pub(crate) fn add_group(&mut self, name: &str, gid: u32) {
        self.group.put(&[name, "x", &gid.to_string(), ""]);
        if self.gshadow.exists() {
            self.gshadow.put(&[name, "!", "", ""]);
        }
    }

    /// Applies `change` to the members of a group, in both files; whether it is there.
    pub(crate) fn change_members(&mut self, name: &str, change: impl Fn(&mut Vec<String>)) -> bool {
        let Some(mut row) = self.group.row(name) else { return false };
        if row.len() == 4 {
            row[3] = changed_list(&row[3], &change);
            self.group.put(&row);
        }
        if let Some(mut row) = self.gshadow.row(name)
            && row.len() == 4
        {
            row[3] = changed_list(&row[3], &change);
            self.gshadow.put(&row);
        }
        true
    }

    /// The groups (names) that have this member.
    pub(crate) fn groups_of(&self, user: &str) -> Vec<String> {
        let rows = self.group.rows().filter(|row| row.get(3).is_some_and(|list| is_member(list, user)));
        rows.map(|row| row[0].to_owned()).collect()
    }
}

/// Whether a comma-separated list has this name.
pub(crate) fn is_member(list: &str, name: &str) -> bool {
    list.split(',').any(|member| member == name)
}

fn changed_list(list: &str, change: impl Fn(&mut Vec<String>)) -> String {
    let mut members: Vec<String> =
        list.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    change(&mut members);
    members.join(",")
}
