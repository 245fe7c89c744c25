//! The initramfs and its first program.

use std::collections::{BTreeMap, BTreeSet};

use bringup_spec::{Bytes, Kernel};

use super::Chain;
use super::arch::{Arch, mismatch};
use super::boot_file::BootFile;
use super::payload::Payload;
use super::root::Root;
use super::trail::Id;
use crate::archive::{Archive, Packed};
use crate::{Error, Link, elf};

const NAME: &str = "initramfs";
const INIT: &str = "initramfs-init";
const MODULES: &str = "initramfs-modules";
const RULE: &str = "Linux, Documentation/driver-api/early-userspace/buffer-format.rst";

impl<'d> Chain<'d> {
    /// Proves the initramfs; gives how long it is in memory, if there is one that can be read.
    pub(crate) fn initramfs(
        &mut self,
        payload: &Payload<'_, 'd>,
        files: &[Result<BootFile<'d>, Error>],
        arch: Option<Arch>,
        release: Option<&str>,
        device_tree: Option<&[u8]>,
        root: &Result<Root<'d>, Link>,
    ) -> Result<Option<u64>, ()> {
        let after = Some(payload.after);
        let Ok(root_volume) = root.as_ref().map(|root| root.volume.as_ref()) else {
            return self.no_root(payload, files);
        };
        if files.is_empty() {
            let what = "there is none; the kernel mounts its root itself";
            let id = self.trail.add(after, Link::absent(NAME, what).rule(RULE));
            self.modules(id, None, arch, release, device_tree, root_volume);
            return Ok(None);
        }
        let read = self.read_archive(files);
        let (archive, ranges, len) = match read {
            Ok(found) => found,
            Err((name, ranges, error @ Error::Unsupported { .. })) => {
                let reason = format!("{name}: {error}");
                self.trail.add(after, Link::not_checked(NAME, reason).over(ranges).rule(RULE));
                return Err(());
            }
            Err((name, ranges, error)) => {
                let id = self
                    .trail
                    .add(after, Link::broken(NAME, format!("{name}: {error}")).over(ranges).rule(RULE));
                self.trail.unreached(Some(id), &[INIT]);
                self.trail.unreached(Some(id), &[MODULES]);
                return Err(());
            }
        };
        let what = format!(
            "{} of {}, {} files and {} unpacked",
            archive.parts.join(" and "),
            Bytes(len),
            archive.files.len(),
            Bytes(archive.unpacked)
        );
        let id = self.trail.add(after, Link::holds(NAME, what).over(ranges).rule(RULE));
        self.initramfs_init(id, &archive, &payload.entry.arguments, arch);
        self.modules(id, Some(&archive), arch, release, device_tree, root_volume);
        Ok(Some(len))
    }

    /// Where root is not known, the modules that it needs are not either.
    fn no_root(
        &mut self,
        payload: &Payload<'_, 'd>,
        files: &[Result<BootFile<'d>, Error>],
    ) -> Result<Option<u64>, ()> {
        let after = Some(payload.after);
        if files.is_empty() {
            self.trail.add(after, Link::absent(NAME, "there is none").rule(RULE));
            return Ok(None);
        }
        match self.read_archive(files) {
            Ok((archive, ranges, len)) => {
                let what = format!("{} of {}", archive.parts.join(" and "), Bytes(len));
                self.trail.add(after, Link::holds(NAME, what).over(ranges).rule(RULE));
                Ok(Some(len))
            }
            Err((name, ranges, error)) => {
                self.trail.add(after, Link::broken(NAME, format!("{name}: {error}")).over(ranges).rule(RULE));
                Err(())
            }
        }
    }

    #[allow(clippy::type_complexity)]
    fn read_archive(
        &self,
        files: &[Result<BootFile<'d>, Error>],
    ) -> Result<(Archive, Vec<std::ops::Range<u64>>, u64), (String, Vec<std::ops::Range<u64>>, Error)> {
        let mut ranges = Vec::new();
        let mut len = 0;
        let mut chained: Box<dyn std::io::Read + '_> = Box::new(std::io::empty());
        let mut name = String::new();
        for file in files {
            let file = match file {
                Ok(file) => file,
                Err(error) => {
                    let path = match error {
                        Error::NotFound { path } | Error::WrongKind { path, .. } => path.clone(),
                        _ => NAME.to_owned(),
                    };
                    let error = Error::NotFound { path };
                    return Err((NAME.to_owned(), ranges, error));
                }
            };
            ranges.extend(file.ranges());
            len += file.extents.len();
            name.clone_from(&file.name);
            // Boot loaders put one behind the other, each at a multiple of 4.
            chained = Box::new(std::io::Read::chain(chained, file.extents.reader()));
        }
        match Archive::read(chained) {
            Ok(archive) => Ok((archive, ranges, len)),
            Err(error) => Err((name, ranges, error)),
        }
    }

    fn initramfs_init(&mut self, after: Id, archive: &Archive, arguments: &str, arch: Option<Arch>) {
        let rule = "Linux, init/main.c, kernel_init_freeable: rdinit=, else /init";
        let path = word(arguments, "rdinit").unwrap_or("/init");
        let link = match start(archive, path, arch, 0) {
            Ok(what) => Link::holds(INIT, what),
            Err(what) => Link::broken(INIT, what),
        };
        self.trail.add(Some(after), link.rule(rule));
    }

    /// Whether a Linux is meant, for rules of its own.
    pub(crate) fn is_linux(&self) -> bool {
        self.machine.platform.is_none_or(|platform| platform.kernel == Kernel::Linux)
    }
}

/// The value of `name=` on a command line; the last one counts.
pub(crate) fn word<'a>(arguments: &'a str, name: &str) -> Option<&'a str> {
    let mut values =
        arguments.split_whitespace().filter_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    values.next_back().map(|value| value.trim_matches('"'))
}

/// Whether a file of the archive can be started, and through what.
fn start(archive: &Archive, path: &str, arch: Option<Arch>, depth: u32) -> Result<String, String> {
    let Some((real, file)) = archive.find(path) else { return Err(format!("there is no `{path}` in it")) };
    if !file.is_file() {
        return Err(format!("`{path}` is no file"));
    }
    if file.mode & 0o111 == 0 {
        return Err(format!("`{real}` has mode {:o}: nobody may execute it", file.mode & 0o7777));
    }
    if let Some(script) = file.head.strip_prefix(b"#!") {
        // A script's interpreter may be a script itself, a few times (Linux, fs/exec.c).
        if depth == 4 {
            return Err(format!("`{path}` is started through more than 4 scripts"));
        }
        let line = script.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line).into_owned();
        let program = line.split_whitespace().next().unwrap_or_default();
        return start(archive, program, arch, depth + 1).map(|what| format!("`{path}` by {what}"));
    }
    // The dynamic section may lie behind what is kept of the file.
    let head = &file.head[..];
    let found = match elf::read(head) {
        Ok(found) => found,
        Err(_) => bringup_inspect::elf::parse(head).ok(),
    };
    let Some(found) = found.or_else(|| header_only(head)) else {
        return Err(format!("`{real}` is neither an ELF program nor a script"));
    };
    if let Some(wrong) = mismatch(arch, &found) {
        return Err(format!("`{real}` {wrong}"));
    }
    if let Some(interpreter) = found.interpreter.as_ref().filter(|path| archive.find(path).is_none()) {
        return Err(format!("`{real}` needs `{interpreter}`, which is not in it"));
    }
    if let Some(name) = missing_library(archive, file) {
        return Err(format!("`{real}` needs `{name}`, which is not in it"));
    }
    Ok(format!("`{real}`, {}", super::arch::processor(found.identity)))
}

/// The first library that a program, or one of its libraries, needs and that no folder has.
fn missing_library(archive: &Archive, program: &Packed) -> Option<String> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let paths = archive.files.keys().map(|path| String::from_utf8_lossy(path).into_owned());
    let there: BTreeMap<String, String> = paths.map(|path| (name(&path), path)).collect();
    let mut left = program.needed.clone();
    let mut seen = BTreeSet::new();
    while let Some(library) = left.pop() {
        if !seen.insert(library.clone()) {
            continue;
        }
        let found = there.get(&name(&library)).and_then(|path| archive.find(path));
        let Some((_, file)) = found else { return Some(library) };
        left.extend(file.needed.iter().cloned());
    }
    None
}

/// The identity and interpreter alone, where the rest was not kept.
fn header_only(head: &[u8]) -> Option<bringup_inspect::elf::Elf> {
    let mut object = head.get(..head.len().min(64))?.to_vec();
    // As a relocatable file, it has no segments to look for.
    *object.get_mut(16)? = 1;
    object.resize(64, 0);
    elf::read(&object[..]).ok().flatten()
}
