//! That the files which dpkg believes in are there, and few others.

use std::collections::HashSet;

use bringup_tree::{Kind, Node, Tree};
use md5::{Digest as _, Md5};

use super::STATUS;
use super::status::Record;
use crate::finding::Findings;
use crate::{Allowed, Error, Rule, look};

const INFO: &str = "var/lib/dpkg/info";
const DIVERSIONS: &[u8] = b"var/lib/dpkg/diversions";

/// Folders of the running system: what packages ship there is not the image's.
const MOUNT_POINTS: [&str; 5] = ["dev/", "proc/", "run/", "sys/", "tmp/"];

/// What is made below `/usr` by programs, and so is in no package; a `*` is any text.
const MADE: &[&str] = &[
    // systemd-hwdb(8) with --usr.
    "usr/lib/udev/hwdb.bin",
    // depmod(8).
    "usr/lib/modules/*/modules.*",
    // locale-gen(8), localedef(1).
    "usr/lib/locale/*",
    // Whatever an administrator has; Debian policy 9.1.2.
    "usr/local/*",
    // update-mime-database(1), update-icon-caches(8), iconvconfig(8), gtk-query-immodules and their kin.
    "usr/*.cache",
    "usr/share/mime/*",
    "usr/share/info/dir*",
    "usr/share/glib-2.0/schemas/gschemas.compiled",
    // py3compile(1).
    "usr/*/__pycache__*",
    // update-perl-sax-parsers(8), update-fonts-dir(8), texhash.
    "usr/share/perl5/XML/SAX/*",
    "usr/share/fonts/*",
    // grub-install, needrestart and dictionaries write below /var, as they should.
];

pub(super) fn check(
    root: &Tree,
    records: &[Record<'_>],
    allow: &Allowed,
    found: &mut Findings,
) -> Result<(), Error> {
    let merged = merged(root);
    let mut owned: HashSet<Vec<u8>> = HashSet::new();
    // Three lines each: path, where it went, for which package; deb-old(5) does not say, dpkg-divert(1) does.
    let diversions = look::text(root, DIVERSIONS)?.unwrap_or_default();
    owned
        .extend(diversions.lines().filter(|line| line.starts_with('/')).map(|path| unaliased(path, &merged)));
    for record in records.iter().filter(|record| record.has_files()) {
        let Some((path, list)) = list(root, record)? else {
            let at = format!("{INFO}/{}.list", record.name);
            found.error(
                Rule::FileList,
                at.as_bytes(),
                format!("is missing, so that dpkg does not know the files of `{}`", record.name),
                "dpkg's records must come from unpacking: this is a fault of the builder",
            );
            continue;
        };
        for line in list.lines().filter(|line| !matches!(*line, "/." | "")) {
            let own = unaliased(line, &merged);
            let is_there = || root.get(&own).is_some() || look::leads_somewhere(root, &own);
            let elsewhere = MOUNT_POINTS.iter().any(|folder| own.starts_with(folder.as_bytes()));
            if !elsewhere && !owned.contains(&own) && !allow.is_made(&own) && !is_there() {
                found.error(
                    Rule::FileList,
                    path.as_bytes(),
                    format!("has `{line}`, which is not there"),
                    "whatever removed it must divert it, or leave it",
                );
            }
            owned.insert(own);
        }
        conffiles(root, record, &merged, allow, found)?;
    }
    unowned(root, &owned, allow, found);
    Ok(())
}

/// The links at the top that lead into `/usr`: `bin` and `usr/bin`.
fn merged(root: &Tree) -> Vec<(Vec<u8>, Vec<u8>)> {
    let links = root.children(b"").filter(|(_, node)| matches!(node.kind, Kind::Symlink(_)));
    links.filter_map(|(path, _)| Some((path.to_vec(), root.resolve(path).ok()?))).collect()
}

/// A path as dpkg knows it, as the tree has it.
fn unaliased(path: &str, merged: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let path = path.trim_start_matches('/').as_bytes();
    for (link, target) in merged {
        if let Some(rest) = path.strip_prefix(link.as_slice())
            && rest.first() == Some(&b'/')
        {
            return [target, rest].concat();
        }
    }
    path.to_vec()
}

/// dpkg's list of a package's files, and where it is.
fn list(root: &Tree, record: &Record<'_>) -> Result<Option<(String, String)>, Error> {
    let plain = format!("{INFO}/{}.list", record.name);
    let with_architecture = format!("{INFO}/{}:{}.list", record.name, record.field("Architecture"));
    for path in [plain, with_architecture] {
        if let Some(text) = look::text(root, path.as_bytes())? {
            return Ok(Some((path, text)));
        }
    }
    Ok(None)
}

/// That each configuration file is as the package has it, or that something is known to have changed it.
fn conffiles(
    root: &Tree,
    record: &Record<'_>,
    merged: &[(Vec<u8>, Vec<u8>)],
    allow: &Allowed,
    found: &mut Findings,
) -> Result<(), Error> {
    for line in record.field("Conffiles").lines().filter(|line| !line.trim().is_empty()) {
        let mut words = line.split_whitespace();
        let (Some(path), Some(sum)) = (words.next(), words.next()) else {
            found.error(
                Rule::Conffile,
                STATUS,
                format!("`{}` has the configuration file `{}` without a sum", record.name, line.trim()),
                "dpkg refuses to work with it: this is a fault of the builder",
            );
            continue;
        };
        let own = unaliased(path, merged);
        let is_obsolete = words.next().is_some();
        if is_obsolete || sum == "newconffile" || allow.is_made(&own) {
            continue;
        }
        // One that is not there was removed, which its list says already.
        let Some(bytes) = look::bytes(root, &own)? else { continue };
        let has: String = Md5::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if has != sum {
            found.error(
                Rule::Conffile,
                &own,
                format!("is not as `{}` has it: its MD5 is {has}, dpkg's record says {sum}", record.name),
                "an upgrade would ask about it: change it by a `[[file]]` of the record, or not at all",
            );
        }
    }
    Ok(())
}

/// Files below `/usr` that no package has.
fn unowned(root: &Tree, owned: &HashSet<Vec<u8>>, allow: &Allowed, found: &mut Findings) {
    for (path, node) in root.below(b"usr") {
        if node.kind.is_directory() || owned.contains(path) || allow.is_made(path) || is_made(path, node) {
            continue;
        }
        found.note(
            Rule::Unowned,
            path,
            "is no package's",
            "whatever makes it belongs in a package, or in the record",
        );
    }
}

fn is_made(path: &[u8], node: &Node) -> bool {
    if matches!(&node.kind, Kind::Symlink(target) if target.starts_with(b"/etc/alternatives/")) {
        return true;
    }
    let path = String::from_utf8_lossy(path);
    MADE.iter().any(|pattern| matches(pattern, &path))
}

/// Whether a text is as a pattern says, whose every `*` is any text.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = None;
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
        last = Some(part);
    }
    match last {
        None => rest.is_empty(),
        Some("") => true,
        Some(end) => rest.is_empty() || text.ends_with(end),
    }
}
