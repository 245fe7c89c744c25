//! Every ELF file of the root: is it for this processor, and is all there that it needs?
//!
//! Where libraries are looked for: ld.so(8) and glibc, elf/dl-load.c. The
//! cache is not read: what it would find is in these folders, too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use bringup_inspect::elf::Elf;

use super::Chain;
use super::arch::{Arch, mismatch};
use super::trail::Id;
use crate::files::Files;
use crate::volume::{FileKind, Node, Volume};
use crate::{Link, elf};

const NAME: &str = "root-programs";
const RULE: &str = "ld.so(8): DT_RUNPATH, /etc/ld.so.conf, /lib and /usr/lib; System V gABI, chapter 5";

/// Folders with ELF files for other processors: firmware of devices, and boot programs.
const FOREIGN: &[&str] = &[
    "lib/firmware/",
    "usr/lib/firmware/",
    "usr/lib/u-boot/",
    "usr/lib/grub/",
    "boot/",
    "usr/lib/debug/",
    "usr/share/",
];

type Parsed<'f> = Vec<(&'f [u8], Result<Elf, String>)>;

impl Chain<'_> {
    pub(crate) fn programs(&mut self, after: Id, volume: &Volume<'_>, files: &Files, arch: Option<Arch>) {
        let found = parse_all(volume, files, self.options.jobs);
        let link = match judge(volume, files, &found, arch) {
            Ok(what) => Link::holds(NAME, what),
            Err(what) => Link::broken(NAME, what),
        };
        self.trail.add(Some(after), link.rule(RULE));
    }
}

/// Opens every file, and reads those that are ELF.
fn parse_all<'f>(volume: &Volume<'_>, files: &'f Files, jobs: usize) -> Parsed<'f> {
    let regular: Vec<(&[u8], Node)> = files
        .all
        .iter()
        .filter(|(_, file)| file.node.kind == FileKind::File && file.node.len >= 52)
        .map(|(path, file)| (path.as_slice(), file.node))
        .collect();
    let next = AtomicUsize::new(0);
    // Several at a time, so that threads seldom meet.
    const BATCH: usize = 64;
    let work = || {
        let mut found = Vec::new();
        loop {
            let start = next.fetch_add(BATCH, Ordering::Relaxed);
            let Some(batch) = regular.get(start..(start + BATCH).min(regular.len())) else { return found };
            if batch.is_empty() {
                return found;
            }
            for (path, node) in batch {
                match volume.extents(node).and_then(|extents| elf::read(&extents)) {
                    Ok(Some(elf)) => found.push((*path, Ok(elf))),
                    Ok(None) => {}
                    Err(error) => found.push((*path, Err(error.to_string()))),
                }
            }
        }
    };
    let mut found: Parsed<'f> = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..jobs.max(1)).map(|_| scope.spawn(work)).collect();
        let mut found = work();
        for thread in threads {
            found.extend(thread.join().expect("reading an ELF file does not panic"));
        }
        found
    });
    found.sort_by_key(|(path, _)| *path);
    found
}

fn judge(
    volume: &Volume<'_>,
    files: &Files,
    found: &Parsed<'_>,
    arch: Option<Arch>,
) -> Result<String, String> {
    let elves: BTreeMap<&[u8], &Elf> =
        found.iter().filter_map(|(path, elf)| Some((*path, elf.as_ref().ok()?))).collect();
    // Names by which a library is found, wherever it is: for those that load others by a path.
    let mut names: BTreeSet<&[u8]> = BTreeSet::new();
    for path in files.all.keys() {
        names.extend(path.rsplit(|&byte| byte == b'/').next());
    }
    let folders = configured(volume, files);
    let (mut programs, mut libraries, mut objects) = (0, 0, 0);
    let mut wrong = Vec::new();
    for (path, parsed) in found {
        let shown = String::from_utf8_lossy(path);
        if FOREIGN.iter().any(|folder| shown.starts_with(folder)) {
            continue;
        }
        let elf = match parsed {
            Ok(elf) => elf,
            Err(error) => {
                wrong.push(format!("`/{shown}`: {error}"));
                continue;
            }
        };
        // A kernel's modules, and object files that nothing starts.
        if !matches!(elf.kind, 2 | 3) {
            objects += 1;
            let is_module = shown.contains("lib/modules/");
            if let Some(what) = mismatch(arch, elf).filter(|_| is_module) {
                wrong.push(format!("`/{shown}` {what}"));
            }
            continue;
        }
        if let Some(what) = mismatch(arch, elf) {
            wrong.push(format!("`/{shown}` {what}"));
            continue;
        }
        let is_program = elf.interpreter.is_some();
        if is_program || elf.needed.is_empty() {
            programs += 1
        } else {
            libraries += 1
        }
        let gone = |path: &&String| files.find(path.as_bytes()).is_none();
        if let Some(interpreter) = elf.interpreter.as_ref().filter(gone) {
            wrong.push(format!("`/{shown}` needs `{interpreter}`, which is not there"));
            continue;
        }
        for needed in &elf.needed {
            let there = search(files, &elves, path, elf, needed, &folders);
            // What loads a library brings what that needs, in folders of its own.
            if !there && (is_program || !names.contains(needed.as_bytes())) {
                wrong.push(format!("`/{shown}` needs `{needed}`, which is in no folder that is searched"));
                break;
            }
        }
    }
    match wrong.as_slice() {
        [] => Ok(format!(
            "{programs} programs, {libraries} libraries and {objects} objects: all they need is there"
        )),
        [first] => Err(first.clone()),
        [first, rest @ ..] => Err(format!("{first}; and {} more", rest.len())),
    }
}

fn search(
    files: &Files,
    elves: &BTreeMap<&[u8], &Elf>,
    path: &[u8],
    elf: &Elf,
    needed: &str,
    configured: &[String],
) -> bool {
    let fits = |candidate: &str| {
        let found = files.find(candidate.as_bytes());
        found.is_some_and(|(real, _)| {
            elves.get(real.as_slice()).is_none_or(|found| found.identity == elf.identity)
        })
    };
    if needed.contains('/') {
        return fits(needed);
    }
    let origin = folder_of(path);
    let own = elf.library_paths.iter().map(|folder| {
        let multi = Arch::multiarch(elf.identity).first().copied().unwrap_or("lib");
        // ld.so(8), "Dynamic string tokens".
        let folder = folder.replace("$ORIGIN", &origin).replace("${ORIGIN}", &origin);
        folder.replace("$LIB", &format!("lib/{multi}")).replace("${LIB}", &format!("lib/{multi}"))
    });
    let mut folders: Vec<String> = own.collect();
    folders.extend(configured.iter().cloned());
    for multi in Arch::multiarch(elf.identity) {
        folders.extend([format!("lib/{multi}"), format!("usr/lib/{multi}")]);
    }
    folders.extend(["lib", "usr/lib", "lib64", "usr/lib64", "usr/local/lib"].map(str::to_owned));
    folders.iter().any(|folder| fits(&format!("{folder}/{needed}")))
}

/// The folder that a file is in, with a slash in front.
fn folder_of(path: &[u8]) -> String {
    let end = path.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
    format!("/{}", String::from_utf8_lossy(&path[..end]))
}

/// The folders of /etc/ld.so.conf, and of what it includes.
fn configured(volume: &Volume<'_>, files: &Files) -> Vec<String> {
    let mut texts = Vec::new();
    let paths = files.all.keys().filter(|path| {
        path.as_slice() == b"etc/ld.so.conf"
            || path.starts_with(b"etc/ld.so.conf.d/") && path.ends_with(b".conf")
    });
    for path in paths {
        let path = String::from_utf8_lossy(path);
        if let Ok(bytes) = volume.read(&path, 1 << 16) {
            texts.push(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    let lines = texts.iter().flat_map(|text| text.lines()).map(str::trim);
    lines.filter(|line| line.starts_with('/')).map(str::to_owned).collect()
}
