//! Applies patches to a tree: unified differences, with paths one level deep, as source packages have them.
//!
//! dpkg-source applies them with `patch -p1` and no fuzz: every line of context must be there. A change may
//! stand at another line than it says (GNU diffutils manual, "Detailed Description of Unified Format";
//! GNU patch manual, "Imperfect").

use std::collections::VecDeque;

use bringup_tree::{Content, Kind, Meta, Tree};

use crate::Error;

/// Mode of a file that a patch makes without saying one (git's `new file mode` does).
const MODE: u32 = 0o644;

/// Lines of git's that ask for more than text can say.
const UNREADABLE: [&[u8]; 5] =
    [b"GIT binary patch", b"Binary files ", b"rename from ", b"copy from ", b"old mode "];

/// Applies the patch `text`, called `name` in errors, to `tree`.
///
/// # Errors
/// It is malformed, of a kind that is not read, or one of its changes has no place.
pub(crate) fn apply(tree: &mut Tree, name: &str, text: &[u8]) -> Result<(), Error> {
    let mut reader =
        Reader { name, lines: text.split_inclusive(|&byte| byte == b'\n').collect(), mode: MODE };
    while let Some(change) = reader.next()? {
        change.apply(tree, name)?;
    }
    Ok(())
}

/// What a patch does to one file.
struct Change {
    /// Its path, unless it is made.
    old: Option<String>,
    /// Its path, unless it goes.
    new: Option<String>,
    mode: u32,
    hunks: Vec<Hunk>,
}

/// Neighbouring lines before and after; both with their line breaks.
struct Hunk {
    /// The first of `old` in the file, from 1; 0 with no lines.
    line: usize,
    old: Vec<Vec<u8>>,
    new: Vec<Vec<u8>>,
    /// How many lines of context it begins and ends with.
    context: (usize, usize),
}

struct Reader<'a> {
    name: &'a str,
    lines: VecDeque<&'a [u8]>,
    mode: u32,
}

impl Reader<'_> {
    fn bad(&self, file: &str, hunk: usize, problem: &'static str) -> Error {
        Error::Patch { patch: self.name.to_owned(), file: file.to_owned(), hunk, problem }
    }

    /// The next file's change; text between changes is skipped, as patch(1) does.
    fn next(&mut self) -> Result<Option<Change>, Error> {
        while let Some(line) = self.lines.pop_front() {
            if UNREADABLE.iter().any(|start| line.starts_with(start)) {
                let text = String::from_utf8_lossy(line).trim_end().to_owned();
                return Err(self.bad(&text, 0, "is nothing that is applied here"));
            }
            if let Some(mode) = line.strip_prefix(b"new file mode ") {
                let digits = String::from_utf8_lossy(mode);
                let mode = u32::from_str_radix(digits.trim_end(), 8);
                self.mode = mode.map_err(|_| self.bad("", 0, "has a mode that is not octal"))? & 0o777;
            }
            let Some(old) = line.strip_prefix(b"--- ") else { continue };
            let Some(new) = self.lines.front().and_then(|line| line.strip_prefix(b"+++ ")) else { continue };
            let (old, new) = (self.path(old)?, self.path(new)?);
            self.lines.pop_front();
            let mode = std::mem::replace(&mut self.mode, MODE);
            let file = new.as_ref().or(old.as_ref());
            let file = file.ok_or_else(|| self.bad("/dev/null", 0, "is no file to change"))?.clone();
            let mut hunks = Vec::new();
            while let Some(line) = self.lines.front().filter(|line| line.starts_with(b"@@ ")).copied() {
                self.lines.pop_front();
                let number = hunks.len() + 1;
                let counts = header(line).ok_or_else(|| self.bad(&file, number, "has a malformed header"))?;
                hunks.push(self.hunk(&file, number, counts)?);
            }
            if hunks.is_empty() {
                return Err(self.bad(&file, 0, "has no changes"));
            }
            return Ok(Some(Change { old, new, mode, hunks }));
        }
        Ok(None)
    }

    /// The path of a header's line without its first folder; none for `/dev/null`.
    fn path(&self, line: &[u8]) -> Result<Option<String>, Error> {
        let text = String::from_utf8_lossy(line);
        // A time may follow a tab.
        let path = text.split('\t').next().unwrap_or_default().trim_end();
        if path == "/dev/null" {
            return Ok(None);
        }
        let stripped = path.split_once('/').map(|(_, rest)| rest).unwrap_or_default();
        if stripped.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(self.bad(path, 0, "is no path one level below the source"));
        }
        Ok(Some(stripped.to_owned()))
    }

    fn hunk(&mut self, file: &str, number: usize, header: [usize; 4]) -> Result<Hunk, Error> {
        let [line, mut old_left, _, mut new_left] = header;
        let (mut old, mut new) = (Vec::new(), Vec::new());
        let (mut front, mut back, mut changed) = (0, 0, false);
        let short = |reader: &Self| reader.bad(file, number, "has fewer lines than its header says");
        while old_left > 0 || new_left > 0 {
            let text = self.lines.pop_front().ok_or_else(|| short(self))?;
            // Editors take away the blank of an empty line of context.
            let (kind, rest) = match text.split_first() {
                Some((b'\n', _)) => (b' ', text),
                Some((&kind, rest)) => (kind, rest),
                None => return Err(short(self)),
            };
            let (in_old, in_new) = match kind {
                b' ' => (true, true),
                b'-' => (true, false),
                b'+' => (false, true),
                _ => return Err(short(self)),
            };
            let mut bytes = rest.to_vec();
            if self.lines.front().is_some_and(|next| next.starts_with(b"\\ ")) {
                self.lines.pop_front();
                bytes.pop_if(|byte| *byte == b'\n');
            }
            if kind == b' ' {
                if changed { back += 1 } else { front += 1 }
            } else {
                (changed, back) = (true, 0);
            }
            if in_old {
                old_left = old_left.checked_sub(1).ok_or_else(|| short(self))?;
                old.push(bytes.clone());
            }
            if in_new {
                new_left = new_left.checked_sub(1).ok_or_else(|| short(self))?;
                new.push(bytes);
            }
        }
        Ok(Hunk { line, old, new, context: (front, back) })
    }
}

/// `@@ -LINE,COUNT +LINE,COUNT @@`; a count that is missing is 1.
fn header(line: &[u8]) -> Option<[usize; 4]> {
    let text = std::str::from_utf8(line.strip_prefix(b"@@ -")?).or_else(|error| {
        // Behind the second `@@` stands whatever line is above.
        std::str::from_utf8(&line[4..4 + error.valid_up_to()])
    });
    let (ranges, _) = text.ok()?.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let range = |text: &str| {
        let (line, count) = text.split_once(',').unwrap_or((text, "1"));
        Some((line.parse().ok()?, count.parse().ok()?))
    };
    let ((old_line, old_count), (new_line, new_count)) = (range(old)?, range(new)?);
    Some([old_line, old_count, new_line, new_count])
}

impl Change {
    fn apply(self, tree: &mut Tree, patch: &str) -> Result<(), Error> {
        let bad = |file: &str, hunk, problem| Error::Patch {
            patch: patch.to_owned(),
            file: file.to_owned(),
            hunk,
            problem,
        };
        // What patch(1) changes is a file that is there, whichever of the two names it has.
        let there = |path: &&String| tree.get(path.as_str()).is_some();
        let existing = [self.new.as_ref(), self.old.as_ref()].into_iter().flatten().find(there).cloned();
        let name = existing.clone().or(self.new.clone()).or(self.old.clone()).unwrap_or_default();
        let makes = self.hunks.iter().all(|hunk| hunk.old.is_empty());
        let (before, meta) = match existing {
            Some(path) => {
                let node = tree.get(&path).filter(|node| matches!(node.kind, Kind::File(_)));
                let meta = node.ok_or_else(|| bad(&path, 0, "is not a file"))?.meta.clone();
                (tree.read(&path).map_err(|_| bad(&path, 0, "cannot be read"))?, meta)
            }
            None if makes => (Vec::new(), Meta::root(self.mode, 0)),
            None => return Err(bad(&name, 0, "is not there")),
        };
        if self.old.is_none() && !before.is_empty() {
            return Err(bad(&name, 0, "is there already"));
        }
        let mut lines: Vec<Vec<u8>> =
            before.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
        // How far the last change stood from where it said, and what lies behind it.
        let (mut moved, mut floor) = (0_isize, 0);
        for (at, hunk) in self.hunks.iter().enumerate() {
            let found = hunk.place(&lines, moved, floor);
            let place = found.ok_or_else(|| bad(&name, at + 1, "has no place: its lines are not there"))?;
            moved = place as isize - hunk.expected() as isize;
            moved += hunk.new.len() as isize - hunk.old.len() as isize;
            lines.splice(place..place + hunk.old.len(), hunk.new.iter().cloned());
            floor = place + hunk.new.len();
        }
        if self.new.is_none() {
            if !lines.is_empty() {
                return Err(bad(&name, 0, "is to go, but has other lines too"));
            }
            tree.remove(&name);
            return Ok(());
        }
        let file = Kind::File(Content::bytes(lines.concat()));
        let made = tree.insert_all(&name, meta, file, &Meta::root(0o755, 0));
        made.map(drop).map_err(|_| bad(&name, 0, "has no folder to be in"))
    }
}

impl Hunk {
    /// The index of its first line in the file as it was, before any change.
    fn expected(&self) -> usize {
        // Without old lines the number is that of the line above.
        if self.old.is_empty() { self.line } else { self.line.saturating_sub(1) }
    }

    /// Where its old lines are, nearest to where they should be and not before `floor`. A change with less
    /// context in front of it than behind stands at the beginning, and the other way round at the end.
    fn place(&self, lines: &[Vec<u8>], moved: isize, floor: usize) -> Option<usize> {
        let last = lines.len().checked_sub(self.old.len())?;
        let guess = self.expected().saturating_add_signed(moved).min(last);
        let fits =
            |&at: &usize| at >= floor && lines[at..].iter().zip(&self.old).all(|(line, old)| line == old);
        let (front, back) = self.context;
        if front < back && self.line <= 1 {
            return Some(0).filter(fits);
        }
        if back < front {
            return Some(last).filter(fits);
        }
        let near = (0..=lines.len()).flat_map(|off| [guess.checked_sub(off), guess.checked_add(off)]);
        near.flatten().filter(|&at| at <= last).find(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";
    const PATCH: &str = "Description: text\n---\n a | 2 +-\n\n--- a/dir/f\t2025\n+++ b/dir/f\n@@ -2,5 +2,5 @@ one\n two\n three\n\
        -four\n+FOUR\n five\n six\n";

    fn tree(text: &str) -> Tree {
        let mut tree = Tree::new(Meta::root(0o755, 0));
        let file = Kind::File(Content::bytes(text));
        tree.insert_all("dir/f", Meta::root(0o755, 1), file, &Meta::root(0o755, 0)).unwrap();
        tree
    }

    fn patched(text: &str, patch: &str) -> Result<String, Error> {
        let mut tree = tree(text);
        apply(&mut tree, "p", patch.as_bytes())?;
        Ok(String::from_utf8(tree.read("dir/f").unwrap()).unwrap())
    }

    #[test]
    fn lines_are_changed_where_they_are() {
        let wanted = FILE.replace("four", "FOUR");
        assert_eq!(patched(FILE, PATCH).unwrap(), wanted);
        assert_eq!(patched(&format!("zero\n{FILE}"), PATCH).unwrap(), format!("zero\n{wanted}"));
        let mut tree = tree(FILE);
        apply(&mut tree, "p", PATCH.as_bytes()).unwrap();
        assert_eq!(tree.get("dir/f").unwrap().meta.mode, 0o755);
    }

    #[test]
    fn there_is_no_fuzz() {
        let error = patched(&FILE.replace("two", "2"), PATCH).unwrap_err();
        assert_eq!(error.to_string(), "patch `p`: `dir/f`, change 1: has no place: its lines are not there");
    }

    #[test]
    fn changes_at_the_ends_stay_there() {
        let top = "--- a/dir/f\n+++ b/dir/f\n@@ -1,3 +1,4 @@\n+zero\n one\n two\n three\n";
        assert_eq!(patched(FILE, top).unwrap(), format!("zero\n{FILE}"));
        assert!(patched(&format!("x\n{FILE}"), top).is_err());
        let end = "--- a/dir/f\n+++ b/dir/f\n@@ -5,3 +5,4 @@\n five\n six\n seven\n+eight\n";
        assert_eq!(patched(FILE, end).unwrap(), format!("{FILE}eight\n"));
        assert!(patched(&format!("{FILE}x\n"), end).is_err());
    }

    #[test]
    fn a_missing_last_line_break_counts() {
        let patch = "--- a/dir/f\n+++ b/dir/f\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n";
        assert_eq!(patched("a\nb", patch).unwrap(), "a\nb\n");
        assert!(patched("a\nb\n", patch).is_err());
    }

    #[test]
    fn files_are_made_and_taken_away() {
        let made = "diff --git a/new/x b/new/x\nnew file mode 100755\n--- /dev/null\n+++ b/new/x\n@@ -0,0 +1 @@\n+#!/bin/sh\n";
        let mut tree = tree(FILE);
        apply(&mut tree, "p", made.as_bytes()).unwrap();
        assert_eq!(tree.read("new/x").unwrap(), b"#!/bin/sh\n");
        assert_eq!(tree.get("new/x").unwrap().meta.mode, 0o755);
        let error = apply(&mut tree, "p", made.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "patch `p`: `new/x` is there already");
        let gone = "--- a/new/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-#!/bin/sh\n";
        apply(&mut tree, "p", gone.as_bytes()).unwrap();
        assert!(tree.get("new/x").is_none());
    }

    #[test]
    fn two_changes_of_one_file_follow_each_other() {
        let patch = "--- a/dir/f\n+++ b/dir/f\n@@ -1,2 +1,3 @@\n one\n+one and a half\n two\n@@ -6,2 +7,1 @@\n six\n-seven\n";
        assert_eq!(
            patched(FILE, patch).unwrap(),
            FILE.replace("two", "one and a half\ntwo").replace("seven\n", "")
        );
    }

    #[test]
    fn what_cannot_be_applied_is_named() {
        for (from, to, message) in [
            (
                "a/dir/f\t2025\n+++ b/dir/f",
                "a/../f\n+++ b/../f",
                "patch `p`: `a/../f` is no path one level below the source",
            ),
            ("a/dir/f\t2025\n+++ b/dir/f", "a/g\n+++ b/g", "patch `p`: `g` is not there"),
            (" six\n", "", "patch `p`: `dir/f`, change 1: has fewer lines than its header says"),
            ("@@ -2,5 +2,5 @@", "@@ -x +2,5 @@", "patch `p`: `dir/f`, change 1: has a malformed header"),
            ("@@ -2,5", "@ -2,5", "patch `p`: `dir/f` has no changes"),
            ("--- a/", "rename from x\n--- a/", "patch `p`: `rename from x` is nothing that is applied here"),
        ] {
            assert!(PATCH.contains(from), "{from}");
            assert_eq!(patched(FILE, &PATCH.replacen(from, to, 1)).unwrap_err().to_string(), message);
        }
    }
}
