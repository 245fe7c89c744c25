//! What stands inside files, and in links.

use std::collections::HashMap;

use bringup_tree::{Content, Kind, Tree};
use memchr::memmem::{self, Finder};

use crate::allowed::is_same_content;
use crate::finding::Findings;
use crate::{Allowed, Error, Installed, Rule, look};

/// Folders of what is written for or by one machine. The rest is as it came in packages.
const FOLDERS: [&[u8]; 7] = [b"boot/loader", b"etc", b"home", b"opt", b"root", b"srv", b"var"];

/// Copies of what packages hold.
const FROM_PACKAGES: &[u8] = b"var/lib/dpkg/info/";

/// Larger files are no configuration, in bytes.
const MAX_LEN: u64 = 1 << 20;

/// The shortest path of the builder that is looked for, in bytes: `/work` would be found by chance.
const MIN_BUILDER: usize = 6;

/// What a PEM file of a private key has; RFC 7468, sections 10 and 11, and OpenSSH's PROTOCOL.key.
const PEM_BEGIN: &[u8] = b"-----BEGIN ";
const PEM_END: &[u8] = b"PRIVATE KEY-----";

struct Search<'a> {
    pem: Finder<'a>,
    builder: Vec<(Finder<'a>, &'a [u8])>,
}

impl Search<'_> {
    /// The builder's path in some bytes.
    fn builder(&self, bytes: &[u8]) -> Option<String> {
        let found = self.builder.iter().find(|(finder, _)| finder.find(bytes).is_some());
        found.map(|(_, path)| String::from_utf8_lossy(path).into_owned())
    }
}

pub(super) fn check(
    root: &Tree,
    packages: &[Installed<'_>],
    allow: &Allowed,
    found: &mut Findings,
) -> Result<(), Error> {
    let shipped = shipped(packages);
    let builder = allow.builder.iter().filter(|path| path.len() >= MIN_BUILDER);
    let search = Search {
        pem: Finder::new(PEM_BEGIN),
        builder: builder.map(|path| (Finder::new(path), path.as_slice())).collect(),
    };
    for (path, _, node) in root.iter() {
        if let Kind::Symlink(target) = &node.kind
            && !allow.is_named(path)
            && let Some(builder) = search.builder(target)
        {
            build_path(path, &format!("leads to `{builder}`"), found);
        }
    }
    for folder in FOLDERS {
        for (path, node) in root.below(folder) {
            let Kind::File(content) = &node.kind else { continue };
            let skipped = content.is_empty() || content.len() > MAX_LEN || path.starts_with(FROM_PACKAGES);
            if skipped || allow.is_named(path) {
                continue;
            }
            let known = shipped.get(path);
            if known.is_some_and(|known| is_same_content(known, content)) {
                continue;
            }
            if let Some(bytes) = look::bytes(root, path)?
                // Unpacked by another route, it is the same file from another place.
                && !known.is_some_and(|known| known.len() == content.len() && known.read().is_ok_and(|known| known == bytes))
            {
                one(path, &bytes, &search, allow, found);
            }
        }
    }
    Ok(())
}

/// The files of packages in those folders: what is as they have it is no machine's own.
fn shipped<'a>(packages: &[Installed<'a>]) -> HashMap<&'a [u8], &'a Content> {
    let mut files = HashMap::new();
    for package in packages {
        for (path, node) in FOLDERS.iter().flat_map(|folder| package.tree.below(folder)) {
            if let Kind::File(content) = &node.kind {
                files.insert(path, content);
            }
        }
    }
    files
}

fn one(path: &[u8], bytes: &[u8], search: &Search<'_>, allow: &Allowed, found: &mut Findings) {
    if let Some(builder) = search.builder(bytes) {
        build_path(path, &format!("has `{builder}`"), found);
    }
    if has_private_key(bytes, &search.pem) {
        found.error(
            Rule::PrivateKey,
            path,
            "a private key that every machine made from the image would share",
            "remove it, or give it as a `[[file]]` with a `secret`",
        );
    }
    if is_wireless(path) && !allow.is_made(path) && has_passphrase(bytes) {
        found.error(
            Rule::Credential,
            path,
            "the password of a wireless network that no record names",
            "give it as the `secret` of `[network.interface.wifi]`",
        );
    }
    if path.starts_with(b"etc/apt/") && !allow.is_named(path) {
        apt(path, bytes, found);
    }
}

fn build_path(path: &[u8], what: &str, found: &mut Findings) {
    found.error(
        Rule::BuildPath,
        path,
        format!("{what}, a path of the machine that made the image"),
        "make the file without it",
    );
}

/// Whether a line begins a private key in PEM.
fn has_private_key(bytes: &[u8], begin: &Finder<'_>) -> bool {
    begin.find_iter(bytes).any(|at| {
        let line = bytes[at..].split(|byte| *byte == b'\n').next().unwrap_or_default();
        line.trim_ascii_end().ends_with(PEM_END)
    })
}

/// Whether programs for wireless networks keep passwords there: wpa_supplicant.conf(5), iwd.network(5),
/// nm-settings-keyfile(5), wpa_supplicant's README.Debian for interfaces(5).
fn is_wireless(path: &[u8]) -> bool {
    const PLACES: [&[u8]; 5] = [
        b"etc/NetworkManager/system-connections/",
        b"etc/netplan/",
        b"etc/network/interfaces",
        b"etc/wpa_supplicant/",
        b"var/lib/iwd/",
    ];
    PLACES.iter().any(|place| path.starts_with(place))
}

/// Whether a line gives a password.
fn has_passphrase(bytes: &[u8]) -> bool {
    const KEYS: [&str; 10] = [
        "passphrase",
        "password",
        "preshared-key",
        "presharedkey",
        "psk",
        "sae_password",
        "wep_key0",
        "wep-key0",
        "wpa-passphrase",
        "wpa-psk",
    ];
    String::from_utf8_lossy(bytes).lines().any(|line| {
        let line = line.trim();
        let key = line.split([' ', '\t', '=', ':']).next().unwrap_or_default().to_ascii_lowercase();
        !line.starts_with(['#', ';']) && KEYS.contains(&key.as_str())
    })
}

/// A proxy, or a name and password for a repository; apt.conf(5), apt_auth.conf(5).
fn apt(path: &[u8], bytes: &[u8], found: &mut Findings) {
    let text = String::from_utf8_lossy(bytes);
    let comment = |line: &&str| !line.trim_start().starts_with(['#', '/']);
    if path.starts_with(b"etc/apt/apt.conf") {
        let proxy = text.lines().filter(comment).find(|line| {
            let line = line.to_ascii_lowercase();
            let at = memmem::find(line.as_bytes(), b"proxy");
            // A name that only begins so is another option.
            at.is_some_and(|at| !line[at + 5..].starts_with(|next: char| next.is_ascii_alphanumeric()))
        });
        if let Some(line) = proxy {
            found.error(
                Rule::Proxy,
                path,
                format!("has `{}`, which no record names", line.trim()),
                "a proxy that is meant belongs in a `[[file]]` of the record",
            );
        }
    }
    let signs_in = path.starts_with(b"etc/apt/auth.conf") && !text.trim().is_empty();
    let in_address = text.lines().filter(comment).any(|line| {
        let rest = line.split("://").nth(1).unwrap_or_default();
        rest.split(['/', ' ']).next().is_some_and(|host| host.contains('@') && host.contains(':'))
    });
    if signs_in || in_address {
        found.error(
            Rule::Credential,
            path,
            "a name and a password for a repository",
            "give it as a `[[file]]` with a `secret`",
        );
    }
}
