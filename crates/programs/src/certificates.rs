//! `openssl rehash` (OpenSSL 3.5): links by which certificates are found by their subject.

mod name;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use bringup_shell::{Call, Command, Host, Status, Stop, World};
use bringup_tree::Kind;

use crate::arguments::unsupported;
use crate::print;

/// The names and their functions.
pub(crate) const COMMANDS: &[(&str, Command)] = &[("c_rehash", c_rehash), ("openssl", openssl)];

fn openssl(call: &mut Call<'_>, host: &mut dyn Host) -> Result<Status, Stop> {
    match call.arguments.split_first() {
        Some((first, rest)) if first == "rehash" => {
            let mut inner = Call {
                name: "rehash",
                arguments: rest,
                input: call.input,
                output: &mut *call.output,
                errors: &mut *call.errors,
                world: &mut *call.world,
            };
            c_rehash(&mut inner, host)
        }
        // Keys and random numbers are a machine's own.
        first => {
            Err(unsupported("openssl", first.map_or_else(String::new, |first| format!("`{}`", first.0))))
        }
    }
}

fn c_rehash(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let mut verbose = false;
    let mut folders = Vec::new();
    for argument in call.arguments {
        match argument.as_str() {
            "-v" => verbose = true,
            option if option.starts_with('-') => {
                return Err(unsupported(call.name, format!("option `{option}`")));
            }
            folder => folders.push(folder),
        }
    }
    if folders.is_empty() {
        return Err(unsupported(call.name, "the usual folder"));
    }
    for folder in folders {
        rehash(call, folder, verbose)?;
    }
    Ok(0)
}

/// A file, or the target of a link that is there.
struct Entry {
    file: String,
    /// Its certificate's bytes, if it is a file that needs a link.
    certificate: Option<Vec<u8>>,
    /// The number of the link that is there.
    old: Option<usize>,
}

fn rehash(call: &mut Call<'_>, folder: &str, verbose: bool) -> Result<(), Stop> {
    let mut buckets: BTreeMap<u32, Vec<Entry>> = BTreeMap::new();
    if verbose {
        print!(call.output, "Doing {folder}\n");
    }
    for file in call.world.names(folder) {
        let path = format!("{folder}/{file}");
        if let Some((hash, number, target)) = link(call.world, &path, &file)? {
            let bucket = buckets.entry(hash).or_default();
            match bucket.iter_mut().find(|entry| entry.file == target) {
                Some(entry) => entry.old = entry.old.or(Some(number)),
                None => bucket.push(Entry { file: target, certificate: None, old: Some(number) }),
            }
            continue;
        }
        let end = file.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
        if !matches!(end.as_deref(), Some("pem" | "crt" | "cer" | "crl")) {
            continue;
        }
        let Some(Kind::File(content)) = call.world.stat(&path).map(|node| &node.kind) else { continue };
        let bytes = content.read()?;
        let mut found = name::certificates(&bytes)?;
        if found.len() != 1 {
            print!(
                call.errors,
                "rehash: warning: skipping {file}, it does not contain exactly one certificate or CRL\n"
            );
            continue;
        }
        let certificate = found.remove(0);
        let Some(hash) = name::subject_hash(&certificate) else {
            return Err(unsupported("openssl", format!("the certificate in `{path}`")));
        };
        let bucket = buckets.entry(hash).or_default();
        if bucket.iter().any(|entry| entry.certificate.as_ref() == Some(&certificate)) {
            print!(call.errors, "rehash: warning: skipping duplicate certificate in {file}\n");
            continue;
        }
        match bucket.iter_mut().find(|entry| entry.file == file) {
            Some(entry) => entry.certificate = Some(certificate),
            None => bucket.push(Entry { file, certificate: Some(certificate), old: None }),
        }
    }
    for (hash, entries) in buckets {
        let needed = entries.iter().filter(|entry| entry.certificate.is_some()).count();
        let mut used: Vec<usize> =
            entries.iter().filter_map(|entry| entry.old).filter(|old| *old < needed).collect();
        for entry in entries {
            match entry.old {
                // As it is.
                Some(old) if old < needed => {}
                old => {
                    if let Some(old) = old {
                        remove(call.world, &format!("{folder}/{hash:08x}.{old}"))?;
                    }
                    if entry.certificate.is_some() {
                        let number = (0..).find(|number| !used.contains(number)).unwrap_or(0);
                        used.push(number);
                        let link = format!("{folder}/{hash:08x}.{number}");
                        if verbose {
                            print!(call.output, "link {} -> {hash:08x}.{number}\n", entry.file);
                        }
                        if call.world.lstat(&link).is_some() {
                            remove(call.world, &link)?;
                        }
                        call.world
                            .make_symlink(&entry.file, &link)
                            .map_err(|why| unsupported("openssl", format!("`{link}`: {}", why.text())))?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// A link of ours, `HASH.NUMBER`: hash, number, target.
fn link(world: &World, path: &str, file: &str) -> Result<Option<(u32, usize, String)>, Stop> {
    let Some(Kind::Symlink(target)) = world.lstat(path).map(|node| &node.kind) else { return Ok(None) };
    let Some((hash, number)) = file.split_at_checked(8) else { return Ok(None) };
    let Ok(hash) = u32::from_str_radix(hash, 16) else { return Ok(None) };
    if number.starts_with(".r") {
        return Err(unsupported("openssl", "links of revocation lists"));
    }
    let Some(number) = number.strip_prefix('.').and_then(|text| text.parse().ok()) else { return Ok(None) };
    Ok(Some((hash, number, String::from_utf8_lossy(target).into_owned())))
}

fn remove(world: &mut World, path: &str) -> Result<(), Stop> {
    world.remove(path).map_err(|why| unsupported("openssl", format!("`{path}`: {}", why.text())))
}
