//! Files whose name says enough.

use bringup_tree::{Kind, Tree};

use crate::finding::Findings;
use crate::{Allowed, Rule, look};

/// A file that no image may have.
struct Forbidden {
    /// In which folder, below the root.
    folder: &'static str,
    /// How its name begins.
    start: &'static str,
    /// How its name ends.
    end: &'static str,
    rule: Rule,
    what: &'static str,
    fix: &'static str,
}

const SHARED_SEED: &str = "a random seed that every machine made from the image would start from";
const REMOVE_SEED: &str = "remove it: the first boot makes one";
const OTHERS_LEASE: &str = "what a network told another machine";
const REMOVE: &str = "remove it";

/// By folder. Names: the programs' own manual pages (FILES), or their packages' scripts.
const FORBIDDEN: &[Forbidden] = &[
    // sshd(8). A public key alone is as useless as it is wrong.
    forbid(
        "etc/ssh",
        "ssh_host_",
        "_key",
        Rule::HostKey,
        "a host key of SSH that every machine made from the image would share",
        "remove it: `regenerate` of `[first-boot]` makes one on each machine",
    ),
    forbid("etc/ssh", "ssh_host_", "_key.pub", Rule::HostKey, "the public half of a host key of SSH", REMOVE),
    forbid(
        "etc/dropbear",
        "dropbear_",
        "_host_key",
        Rule::HostKey,
        "a host key of SSH that every machine made from the image would share",
        REMOVE,
    ),
    // systemd-random-seed.service(8), bootctl(1).
    forbid("var/lib/systemd", "random-seed", "", Rule::RandomSeed, SHARED_SEED, REMOVE_SEED),
    forbid("var/lib/urandom", "random-seed", "", Rule::RandomSeed, SHARED_SEED, REMOVE_SEED),
    forbid("boot/loader", "random-seed", "", Rule::RandomSeed, SHARED_SEED, REMOVE_SEED),
    forbid("boot/efi/loader", "random-seed", "", Rule::RandomSeed, SHARED_SEED, REMOVE_SEED),
    // systemd-creds(1).
    forbid(
        "var/lib/systemd",
        "credential.secret",
        "",
        Rule::PrivateKey,
        "the key of credentials, which every machine made from the image would share",
        REMOVE,
    ),
    forbid("var/lib/dhcp", "", ".leases", Rule::Lease, OTHERS_LEASE, REMOVE),
    forbid("var/lib/dhclient", "", ".leases", Rule::Lease, OTHERS_LEASE, REMOVE),
    forbid("var/lib/dhcpcd", "", ".lease", Rule::Lease, OTHERS_LEASE, REMOVE),
    forbid("var/lib/dhcpcd", "", ".lease6", Rule::Lease, OTHERS_LEASE, REMOVE),
    forbid("var/lib/dhcpcd", "duid", "", Rule::Identity, "dhcpcd's name of one machine", REMOVE),
    forbid("var/lib/dhcpcd", "secret", "", Rule::Identity, "dhcpcd's secret of one machine", REMOVE),
    forbid("etc", "dhcpcd.duid", "", Rule::Identity, "dhcpcd's name of one machine", REMOVE),
    forbid("var/lib/NetworkManager", "", ".lease", Rule::Lease, OTHERS_LEASE, REMOVE),
    forbid("var/lib/NetworkManager", "seen-bssids", "", Rule::Lease, OTHERS_LEASE, REMOVE),
    forbid(
        "var/lib/NetworkManager",
        "secret_key",
        "",
        Rule::Identity,
        "NetworkManager's secret of one machine",
        REMOVE,
    ),
    // nvme-gen-hostnqn(1).
    forbid("etc/nvme", "hostid", "", Rule::Identity, "NVMe's name of one machine", REMOVE),
    forbid("etc/nvme", "hostnqn", "", Rule::Identity, "NVMe's name of one machine", REMOVE),
];

const fn forbid(
    folder: &'static str,
    start: &'static str,
    end: &'static str,
    rule: Rule,
    what: &'static str,
    fix: &'static str,
) -> Forbidden {
    Forbidden { folder, start, end, rule, what, fix }
}

impl Forbidden {
    /// A name of which only one end is given is that name.
    fn is(&self, name: &[u8]) -> bool {
        if self.end.is_empty() {
            return name == self.start.as_bytes();
        }
        name.len() >= self.start.len() + self.end.len()
            && name.starts_with(self.start.as_bytes())
            && name.ends_with(self.end.as_bytes())
    }
}

/// What programs remember of their users, in a home folder.
const HISTORIES: &[&str] = &[
    ".ash_history",
    ".bash_history",
    ".lesshst",
    ".mysql_history",
    ".node_repl_history",
    ".psql_history",
    ".python_history",
    ".sqlite_history",
    ".viminfo",
    ".wget-hsts",
    ".zsh_history",
];

/// Passwords for other machines, in a home folder.
const CREDENTIALS: &[&str] = &[".git-credentials", ".netrc", ".pgpass"];

const LOGIN_KEYS: &[u8] = b"/.ssh/authorized_keys";

pub(super) fn check(root: &Tree, allow: &Allowed, found: &mut Findings) {
    let is_file = |kind: &Kind| matches!(kind, Kind::File(content) if !content.is_empty());
    for rule in FORBIDDEN {
        for (path, node) in root.children(rule.folder.as_bytes()) {
            if is_file(&node.kind) && rule.is(look::base(path)) && !allow.is_named(path) {
                found.error(rule.rule, path, rule.what, rule.fix);
            }
        }
    }
    for (path, node) in root.below(b"root").chain(root.below(b"home")) {
        if !is_file(&node.kind) || allow.is_made(path) {
            continue;
        }
        let name = look::base(path);
        if HISTORIES.iter().any(|history| history.as_bytes() == name) {
            found.error(Rule::History, path, "what somebody did on another machine", REMOVE);
        } else if path.ends_with(b"/.ssh/known_hosts") {
            found.error(Rule::History, path, "the machines that somebody knew", REMOVE);
        } else if CREDENTIALS.iter().any(|file| file.as_bytes() == name) {
            found.error(Rule::Credential, path, "passwords for other machines", REMOVE);
        } else if path.ends_with(LOGIN_KEYS) {
            found.error(
                Rule::LoginKey,
                path,
                "lets in the owners of keys that no record names",
                "keys belong in `ssh-keys` of a `[[user]]`, or on the command line",
            );
        }
    }
}
